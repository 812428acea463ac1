import { UsageError } from '../../core/errors.js';
import { looksLikeFailures } from '../../input/own-lines.js';
import type { Input } from '../../input/input.js';
import { openFiles } from '../../input/source.js';
import type { Settings } from '../../core/settings.js';
import type { InputFlags } from '../flags.js';
import { openInput } from '../session.js';
import { beforehand, refuseOverwriting } from '../usage-checks.js';
import { freeRetryName, shellQuote, type TypedFlag } from '../retry-command.js';
import type { Terminal } from '../terminal.js';
import { runAndReport } from './replay.js';

/**
 * Replays a failures file with the configuration of the run that wrote it, and prints the summary. Inserts in doubt are
 * left out unless asked for. Returns the exit status; throws `SfreplayError`.
 */
export async function runRetry(
  file: string,
  flags: InputFlags,
  typed: readonly TypedFlag[],
  terminal: Terminal,
): Promise<number> {
  await refuseOthers(file, await openFiles([file], terminal.stdin));
  const { warnings, ...opened } = await openInput([file], flags, terminal);
  const settings = settingsOfRetry(opened.settings, flags);
  const defaultFailuresFile = freeRetryName(file);
  refuseOverwriting([file], { ...settings, failuresFile: settings.failuresFile ?? defaultFailuresFile });
  return runAndReport(
    { ...opened, settings, defaultFailuresFile, holdsDoubts: flags.includeInDoubt !== true },
    { command: 'retry', files: [file], flags, typed, warnings },
    terminal,
  );
}

/** The whole of the file is retried, and what the configuration says of outputs is the first run's. */
function settingsOfRetry(settings: Settings, { failures, journal, report }: InputFlags): Settings {
  return {
    ...settings,
    shard: { index: 1, count: 1 },
    failuresFile: failures === undefined ? undefined : settings.failuresFile,
    journalFile: journal === undefined ? undefined : settings.journalFile,
    reportFile: report === undefined ? undefined : settings.reportFile,
  };
}

async function refuseOthers(file: string, input: Input): Promise<void> {
  if (input.isOnce) {
    throw new UsageError('retry reads its file twice, so the file cannot be a pipe.', {
      hint: `To replay a pipe: sfreplay replay ${shellQuote(file)}`,
    });
  }
  if (await beforehand(looksLikeFailures(input))) return;
  throw new UsageError(`${file} is not a failures file: no line of it has an "error" that sfreplay wrote.`, {
    hint: `To send its lines as they are: sfreplay replay ${shellQuote(file)}`,
  });
}
