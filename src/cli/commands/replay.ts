import { setFlagsFromString } from 'node:v8';
import type { NextCommands, Summary } from '../../accounting/summary.js';
import { loadSettings } from '../../config/load.js';
import { openFiles } from '../../input/source.js';
import type { ReplayOptions } from '../../replay/replay-options.js';
import { reportedReplay } from '../../replay/replay.js';
import { StderrOutput } from '../stderr-output.js';
import type { InputFlags } from '../flags.js';
import { bareTopic, refuseOverwriting } from '../usage-checks.js';
import { composeContinueCommand, composeRetryCommand, type TypedFlag } from '../retry-command.js';
import { makeRunId } from '../../core/run-id.js';
import { listenForSignals } from '../signals.js';
import { progressStyle, type Terminal } from '../terminal.js';

/** Replays files, or standard input, and prints the summary. Returns the exit status; throws `SfreplayError`. */
export async function runReplay(
  files: readonly string[],
  flags: InputFlags,
  typed: readonly TypedFlag[],
  terminal: Terminal,
): Promise<number> {
  if (flags.dryRun === true) {
    const { runCheck } = await import('./check.js');
    return runCheck(files, flags, terminal);
  }
  const { environment, stdin } = terminal;
  const input = await openFiles(files, stdin);
  const { settings, warnings } = await loadSettings(flags, environment, terminal.cwd, { offline: false });
  const topic = bareTopic(flags, settings);
  refuseOverwriting(files.length === 0 ? ['-'] : files, settings);
  const asked = { command: 'replay', files: files.length === 0 ? ['-'] : files, flags, typed, warnings } as const;
  return runAndReport({ settings, input, bareTopic: topic }, asked, terminal);
}

/** What was asked for, as far as it shapes what is shown. */
interface OutputChoice {
  readonly command: 'replay' | 'retry';
  readonly files: readonly string[];
  readonly flags: Pick<InputFlags, 'progress' | 'quiet' | 'json'>;
  readonly typed: readonly TypedFlag[];
  readonly warnings: readonly string[];
}

/** Carries out a replay that is ready to begin, shows its progress and prints its summary. Returns the exit status. */
export async function runAndReport(
  options: Omit<ReplayOptions, 'runId' | 'stopping' | 'aborting' | 'env' | 'observer'>,
  { command, files, flags, typed, warnings }: OutputChoice,
  terminal: Terminal,
): Promise<number> {
  limitHeapGrowth();
  const runId = makeRunId();
  const { environment } = terminal;
  const { input, settings } = options;
  const isJournaled = settings.journalFile !== undefined || !input.isOnce;
  const progress = progressStyle(flags.quiet === true ? 'none' : flags.progress, terminal);
  const output = await StderrOutput.open(terminal, progress);
  const commandsFor = ({ run, failures_file: failures, journal_file: journal }: Summary): NextCommands => ({
    retryCommand: failures === null ? undefined : composeRetryCommand(typed, failures),
    continueCommand:
      run.stopped === null || journal === null ? undefined : composeContinueCommand(command, typed, files, journal),
  });
  for (const warning of warnings) output.warn(warning);
  const signals = listenForSignals(terminal.signals, (text) => output.warn(text), isJournaled);
  // Loaded while the org is waited for.
  const summaryModule = import('../tell-summary.js');
  try {
    const { summary, reportFile } = await reportedReplay(
      {
        ...options,
        runId,
        defaultJournalFile: `sfreplay-${runId}.journal`,
        stopping: signals.stopping,
        aborting: signals.aborting,
        env: environment,
        observer: {
          onStart: (look) => output.watch(look),
          onWarning: (warning) => output.warn(warning),
        },
      },
      commandsFor,
    );
    output.end();
    const { tellSummary } = await summaryModule;
    const asked = { isJson: flags.json === true, ...commandsFor(summary), reportFile };
    await tellSummary(summary, asked, terminal, (warning) => output.warn(warning));
    return summary.run.exit_code;
  } finally {
    output.end();
    signals.release();
  }
}

/**
 * Has memory collected when the heap has grown by half, not when it has quadrupled: records live for seconds, and a loader
 * that shares a machine should stay small. Measured: two thirds of the peak memory for a tenth more CPU time. Not before
 * the program is loaded, which would only take longer.
 */
function limitHeapGrowth(): void {
  setFlagsFromString('--heap-growing-percent=50');
}
