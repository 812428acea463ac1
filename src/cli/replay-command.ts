/** A flag as typed; without a value for a switch. */
export interface TypedFlag {
  readonly flag: string;
  readonly value?: string;
}

// What names the outputs of one run, and would overwrite them in the next.
const OF_ONE_RUN = new Set(['--failures', '--successes', '--journal', '--dry-run', '--shard']);

/**
 * The command that replays a failures file with the flags of the run that wrote it, ready to be pasted into a shell.
 * `chosenFailures` is the failures file that flag or configuration named: the replay is given the next name, since it
 * reads that file while it writes its own. The failures of one shard are replayed whole: a line that was put right may
 * have another key now.
 */
export function composeReplayCommand(
  typed: readonly TypedFlag[],
  failuresFile: string,
  chosenFailures: string | undefined,
  isSharded = false,
): string {
  const kept = typed.filter(({ flag }) => !OF_ONE_RUN.has(flag));
  const words = kept.flatMap(({ flag, value }) => (value === undefined ? [flag] : [flag, value]));
  if (isSharded) words.push('--shard', '1/1');
  if (chosenFailures !== undefined) words.push('--failures', nextName(chosenFailures));
  words.push(failuresFile.startsWith('-') ? `./${failuresFile}` : failuresFile);
  return ['sfreplay', ...words].map(shellQuote).join(' ');
}

/** `failed.ndjson` → `failed.2.ndjson` → `failed.3.ndjson` */
function nextName(path: string): string {
  const [, stem = path, count, ending = ''] = /^(.*?)(?:\.(\d+))?(\.[^./\\]*)?$/.exec(path) ?? [];
  return `${stem}.${Number(count ?? 1) + 1}${ending}`;
}

export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
