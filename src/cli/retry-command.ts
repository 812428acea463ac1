import { shellQuote } from './shell-quote.js';

/** A flag as typed; without a value for a switch. */
export interface TypedFlag {
  readonly flag: string;
  readonly value?: string;
}

// What names the outputs of one run, or what that run alone was to do.
const OF_ONE_RUN = new Set([
  '--failures',
  '--successes',
  '--journal',
  '--report',
  '--dry-run',
  '--shard',
  '--include-in-doubt',
]);

/**
 * The command that replays a failures file with the flags of the run that wrote it, ready to be pasted into a shell.
 * The failures of one shard are replayed whole: a line that was put right may have another key now.
 */
export function composeRetryCommand(typed: readonly TypedFlag[], failuresFile: string): string {
  const kept = typed.filter(({ flag }) => !OF_ONE_RUN.has(flag));
  const words = kept.flatMap(({ flag, value }) => (value === undefined ? [flag] : [flag, value]));
  words.push(failuresFile.startsWith('-') ? `./${failuresFile}` : failuresFile);
  return ['sfreplay', 'retry', ...words].map((word) => shellQuote(word)).join(' ');
}
