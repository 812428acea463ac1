import { setFlagsFromString } from 'node:v8';
import { diff } from '../../checking/diff.js';
import { UsageError } from '../../core/errors.js';
import { withoutPage } from '../../core/exit-status.js';
import { makeRunId } from '../../core/run-id.js';
import { diffAnnotations } from '../../report/annotations.js';
import { diffDocument } from '../../report/diff.js';
import { formatDiffJson } from '../../report/json.js';
import type { InputFlags } from '../flags.js';
import { tellResult } from '../result.js';
import { inSession, openInput } from '../session.js';
import { isPiped, type Terminal } from '../terminal.js';
import { refuseOutputs } from '../usage-checks.js';

/** Compares files with what the org holds. Returns the exit status; throws `SfreplayError`. */
export async function runDiff(files: readonly string[], flags: InputFlags, terminal: Terminal): Promise<number> {
  if (files.length === 0) {
    const hint = isPiped(terminal.stdin) ? 'Standard input was not read. To read it: sfreplay diff -' : HINT;
    throw new UsageError('There is nothing to compare: no file is named.', { hint });
  }
  const { warnings, ...opened } = await openInput(files, flags, terminal);
  const { out, json } = flags;
  const { reportFile } = opened.settings;
  refuseOutputs(files, [
    { path: out, name: 'file of lines' },
    { path: reportFile, name: 'report file' },
  ]);
  const page = reportFile === undefined ? undefined : await import('../../replay/report-file.js');
  if (reportFile !== undefined) page?.refuseNoPage(reportFile);

  // Measured: states of many records come and go, and the heap would grow to four times of what lives.
  setFlagsFromString('--heap-growing-percent=50');
  const progress = flags.quiet === true ? 'none' : (flags.progress ?? 'auto');
  return inSession(terminal, { progress, warnings }, async ({ warn, signals: { stopping }, observer, end }) => {
    let report = await diff({ ...opened, out, runId: makeRunId(), stopping, env: terminal.environment, observer });
    end();
    if (reportFile !== undefined) {
      const { formatDiffPage } = await import('../../report/page/diff-page.js');
      const problem = await page?.writePage(reportFile, report.run.id, () => formatDiffPage(report));
      if (problem !== undefined) {
        warn(problem);
        report = withoutPage(report);
      }
    }
    const result = {
      document: diffDocument(report, reportFile),
      json: () => formatDiffJson(report),
      annotations: () => diffAnnotations(report),
    };
    await tellResult(result, json, terminal, warn);
    return report.run.exit_code;
  });
}

const HINT = 'Name the files to compare, or - for standard input.';
