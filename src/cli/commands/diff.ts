import { setFlagsFromString } from 'node:v8';
import type { DiffReport } from '../../accounting/diff-report.js';
import { diff } from '../../checking/diff.js';
import { loadSettings } from '../../config/load.js';
import { UsageError } from '../../core/errors.js';
import { makeRunId } from '../../core/run-id.js';
import { reasonOf } from '../../core/unknown.js';
import { openFiles } from '../../input/source.js';
import { diffAnnotations } from '../../report/annotations.js';
import { diffDocument } from '../../report/diff.js';
import { formatMarkdown } from '../../report/markdown.js';
import { formatDiffJson } from '../../report/json.js';
import { formatText } from '../../report/text.js';
import { forLog, reportToCi } from '../ci.js';
import { StderrOutput } from '../stderr-output.js';
import type { InputFlags } from '../flags.js';
import { bareTopic, refuseOutputs } from '../usage-checks.js';
import { listenForSignals } from '../signals.js';
import { hasColor, isPiped, print, progressStyle, widthOf, type Terminal } from '../terminal.js';

/** Compares files with what the org holds. Returns the exit status; throws `SfreplayError`. */
export async function runDiff(files: readonly string[], flags: InputFlags, terminal: Terminal): Promise<number> {
  const { environment, stdin, stdout } = terminal;
  if (files.length === 0) {
    const hint = isPiped(stdin) ? 'Standard input was not read. To read it: sfreplay diff -' : HINT;
    throw new UsageError('There is nothing to compare: no file is named.', { hint });
  }
  const input = await openFiles(files, stdin);
  const { settings, warnings } = await loadSettings(flags, environment, terminal.cwd, { offline: false });
  const topic = bareTopic(flags, settings);
  const { out, json } = flags;
  const { reportFile } = settings;
  if (out === '-')
    throw new UsageError('The lines cannot go to standard output, which carries the result.', { hint: OUT });
  refuseOutputs(files, [
    { path: out, name: 'file of lines' },
    { path: reportFile, name: 'report file' },
  ]);
  const page = reportFile === undefined ? undefined : await import('../../replay/page-file.js');
  if (reportFile !== undefined) page?.refuseNoPage(reportFile);

  // Measured: states of many records come and go, and the heap would grow to four times of what lives.
  setFlagsFromString('--heap-growing-percent=50');
  const progress = progressStyle(flags.quiet === true ? 'none' : flags.progress, terminal);
  const output = await StderrOutput.open(terminal, progress);
  for (const warning of warnings) output.warn(warning);
  const signals = listenForSignals(terminal.signals, (text) => output.warn(text));
  try {
    const found = await diff({
      ...{ settings, input, bareTopic: topic, out, runId: makeRunId(), stopping: signals.stopping, env: environment },
      observer: {
        onStart: (look) => output.watch(look),
        onWarning: (warning) => output.warn(warning),
      },
    });
    output.end();
    const report = reportFile === undefined ? found : await withPage(found, reportFile);
    const told = {
      markdown: () => formatMarkdown(diffDocument(report, reportFile)),
      annotations: () => diffAnnotations(report),
    };
    await reportToCi(told, terminal, (warning) => output.warn(warning));
    await print(stdout, textOf(report));
    return report.run.exit_code;
  } finally {
    output.end();
    signals.release();
  }

  /** Where the page cannot be written, that is told, and status 0 would be a lie. */
  async function withPage(found: DiffReport, path: string): Promise<DiffReport> {
    const { formatDiffPage } = await import('../../report/page/diff-page.js');
    try {
      await page?.replaceFile(path, formatDiffPage(found), found.run.id);
      return found;
    } catch (error) {
      output.warn(`The report file ${path} cannot be written: ${reasonOf(error)}`);
      return { ...found, run: { ...found.run, exit_code: 1 } };
    }
  }

  function textOf(report: DiffReport): string {
    if (json === true) return forLog(formatDiffJson(report), environment, 'json');
    return forLog(
      formatText(diffDocument(report, reportFile), { color: hasColor(stdout, environment), width: widthOf(stdout) }),
      environment,
    );
  }
}

const HINT = 'Name the files that were replayed, or are to be, or - for standard input.';
const OUT = 'Name a file, such as differs.ndjson.';
