import { setFlagsFromString } from 'node:v8';
import type { Summary } from '../../accounting/summary.js';
import { loadSettings } from '../../config/load.js';
import { openFiles } from '../../input/source.js';
import type { ReplayOptions } from '../../replay-options.js';
import { summaryAnnotations } from '../../report/annotations.js';
import { reportedReplay } from '../../reported-replay.js';
import { formatSummaryJson } from '../../report/summary-json.js';
import { summaryMarkdown } from '../../report/summary-markdown.js';
import { formatSummary } from '../../report/summary-text.js';
import { forLog, reportToCi } from '../ci.js';
import { Conversation } from '../conversation.js';
import type { ReplayFlags } from '../flags.js';
import { refuseMisspeltCommand } from '../misspelt-command.js';
import { refuseOverwriting } from '../outputs.js';
import { composeRetryCommand, type TypedFlag } from '../retry-command.js';
import { makeRunId } from '../../run-id.js';
import { listenForSignals } from '../signals.js';
import { hasColor, print, progressStyle, widthOf, type Terminal } from '../terminal.js';
import { bareTopic } from '../topic.js';

/** Replays files, or standard input, and prints the summary. Returns the exit status; throws `SfreplayError`. */
export async function runReplay(
  files: readonly string[],
  flags: ReplayFlags,
  typed: readonly TypedFlag[],
  terminal: Terminal,
): Promise<number> {
  refuseMisspeltCommand(files);
  if (flags.dryRun === true) {
    const { runCheck } = await import('./check.js');
    return runCheck(files.length === 0 ? ['-'] : files, flags, terminal);
  }
  const { environment, stdin } = terminal;
  const input = await openFiles(files, stdin);
  const { settings, warnings } = await loadSettings(flags, environment, terminal.cwd, { offline: false });
  const topic = bareTopic(flags, settings);
  refuseOverwriting(files.length === 0 ? ['-'] : files, settings);
  return carryOut({ settings, input, bareTopic: topic }, { flags, typed, warnings }, terminal);
}

/** What was asked for, as far as it shapes what is shown. */
interface Asked {
  readonly flags: Pick<ReplayFlags, 'progress' | 'quiet' | 'json'>;
  readonly typed: readonly TypedFlag[];
  readonly warnings: readonly string[];
}

/** Carries out a replay that is ready to begin, shows its progress and prints its summary. Returns the exit status. */
export async function carryOut(
  options: Omit<ReplayOptions, 'runId' | 'stopping' | 'aborting' | 'env' | 'observer'>,
  { flags, typed, warnings }: Asked,
  terminal: Terminal,
): Promise<number> {
  keepSmall();
  const { environment, stdout } = terminal;
  const { journalFile } = options.settings;
  const progress = progressStyle(flags.quiet === true ? 'none' : flags.progress, terminal);
  const conversation = await Conversation.open(terminal, progress);
  const commandFor = ({ failures_file: file }: Summary): string | undefined =>
    file === null ? undefined : composeRetryCommand(typed, file);
  for (const warning of warnings) conversation.warn(warning);
  const signals = listenForSignals(terminal.signals, (text) => conversation.warn(text), journalFile !== undefined);
  try {
    const { summary, reportFile } = await reportedReplay(
      {
        ...options,
        runId: makeRunId(),
        stopping: signals.stopping,
        aborting: signals.aborting,
        env: environment,
        observer: {
          onStart: (look) => conversation.watch(look),
          onWarning: (warning) => conversation.warn(warning),
        },
      },
      commandFor,
    );
    conversation.end();
    const retryCommand = commandFor(summary);
    const style = { color: hasColor(stdout, environment), width: widthOf(stdout), retryCommand, reportFile };
    const text =
      flags.json === true
        ? forLog(formatSummaryJson(summary), environment, 'json')
        : forLog(formatSummary(summary, style), environment);
    const told = {
      markdown: () => summaryMarkdown(summary, retryCommand),
      annotations: () => summaryAnnotations(summary),
    };
    await reportToCi(told, terminal, (warning) => conversation.warn(warning));
    await print(stdout, text);
    return summary.run.exit_code;
  } finally {
    conversation.end();
    signals.release();
  }
}

/**
 * Has memory collected when the heap has grown by half, not when it has quadrupled: records live for seconds, and a loader
 * that shares a machine should stay small. Measured: two thirds of the peak memory for a tenth more CPU time. Not before
 * the program is loaded, which would only take longer.
 */
function keepSmall(): void {
  setFlagsFromString('--heap-growing-percent=50');
}
