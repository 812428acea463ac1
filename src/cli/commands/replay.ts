import { setFlagsFromString } from 'node:v8';
import type { NextCommands, Summary } from '../../accounting/summary.js';
import type { ReplayOptions } from '../../replay/replay-options.js';
import { reportedReplay } from '../../replay/replay.js';
import type { InputFlags } from '../flags.js';
import { inSession, openInput } from '../session.js';
import { refuseOverwriting } from '../usage-checks.js';
import { composeContinueCommand, composeRetryCommand, type TypedFlag } from '../retry-command.js';
import { makeRunId } from '../../core/run-id.js';
import type { Terminal } from '../terminal.js';

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
  const { warnings, ...opened } = await openInput(files, flags, terminal);
  const named = files.length === 0 ? ['-'] : files;
  refuseOverwriting(named, opened.settings);
  return runAndReport(opened, { command: 'replay', files: named, flags, typed, warnings }, terminal);
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
  const { input, settings } = options;
  const isJournaled = settings.journalFile !== undefined || !input.isOnce;
  const progress = flags.quiet === true ? 'none' : (flags.progress ?? 'auto');
  const commandsFor = ({ run, failures_file: failures, journal_file: journal }: Summary): NextCommands => ({
    retryCommand: failures === null ? undefined : composeRetryCommand(typed, failures),
    continueCommand:
      run.stopped === null || journal === null ? undefined : composeContinueCommand(command, typed, files, journal),
  });
  return inSession(terminal, { progress, warnings, isJournaled }, async ({ warn, signals, observer, end }) => {
    // Loaded while the org is waited for.
    const resultModule = import('../result.js');
    const { summary, reportFile } = await reportedReplay(
      {
        ...options,
        runId,
        defaultJournalFile: `sfreplay-${runId}.journal`,
        stopping: signals.stopping,
        aborting: signals.aborting,
        env: terminal.environment,
        observer,
      },
      commandsFor,
    );
    end();
    const { tellSummary } = await resultModule;
    await tellSummary(summary, { ...commandsFor(summary), reportFile }, flags.json, terminal, warn);
    return summary.run.exit_code;
  });
}

/**
 * Has memory collected when the heap has grown by half, not when it has quadrupled: records live for seconds, and a loader
 * that shares a machine should stay small. Measured: two thirds of the peak memory for a tenth more CPU time. Not before
 * the program is loaded, which would only take longer.
 */
function limitHeapGrowth(): void {
  setFlagsFromString('--heap-growing-percent=50');
}
