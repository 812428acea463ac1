import { check } from '../../checking/check.js';
import { loadSettings } from '../../config/load.js';
import { openFiles } from '../../input/source.js';
import { checkAnnotations } from '../../report/annotations.js';
import { checkDocument } from '../../report/check.js';
import { formatCheckJson } from '../../report/json.js';
import { formatMarkdown } from '../../report/markdown.js';
import { formatText } from '../../report/text.js';
import { forLog, reportToCi } from '../ci.js';
import { StderrOutput } from '../stderr-output.js';
import type { InputFlags } from '../flags.js';
import { listenForSignals } from '../signals.js';
import { hasColor, isPiped, print, widthOf, type Terminal } from '../terminal.js';
import { bareTopic } from '../usage-checks.js';

/**
 * Says what a replay would do, and writes nothing. Without files only configuration and org are looked at, unless it is the dry run
 * of a replay.
 * Returns the exit status; throws `SfreplayError`.
 */
export async function runCheck(files: readonly string[], flags: InputFlags, terminal: Terminal): Promise<number> {
  const { environment, stdin, stdout } = terminal;
  const isInputMeant = files.length > 0 || flags.dryRun === true;
  const command = flags.dryRun === true ? 'sfreplay --dry-run' : 'sfreplay check';
  const input = isInputMeant ? await openFiles(files, stdin, { command }) : undefined;
  const offline = flags.offline === true;
  const { settings, warnings } = await loadSettings(flags, environment, terminal.cwd, { offline });
  const topic = bareTopic(flags, settings);

  const output = await StderrOutput.open(terminal, 'none');
  for (const warning of warnings) output.warn(warning);
  if (!isInputMeant && isPiped(stdin)) output.warn('Standard input was not read. To read it: sfreplay check -');
  const signals = listenForSignals(terminal.signals, (text) => output.warn(text));
  try {
    const report = await check({
      settings,
      input,
      bareTopic: topic,
      stopping: signals.stopping,
      env: environment,
    });
    const document = checkDocument(report);
    const text =
      flags.json === true
        ? forLog(formatCheckJson(report), environment, 'json')
        : forLog(formatText(document, { color: hasColor(stdout, environment), width: widthOf(stdout) }), environment);
    const told = { markdown: () => formatMarkdown(document), annotations: () => checkAnnotations(report) };
    await reportToCi(told, terminal, (warning) => output.warn(warning));
    await print(stdout, text);
    return report.exit_code;
  } finally {
    signals.release();
  }
}
