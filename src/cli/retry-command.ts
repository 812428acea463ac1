import { existsSync } from 'node:fs';
import * as nodePath from 'node:path';
import type { Command } from 'commander';

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
  return compose('retry', wordsOf(kept), [failuresFile]);
}

/** The command that goes on with the journal of a run of the same flags and files, `-` for standard input. */
export function composeContinueCommand(
  command: 'replay' | 'retry',
  typed: readonly TypedFlag[],
  files: readonly string[],
  journalFile: string,
): string {
  const kept = typed.filter(({ flag }) => flag !== '--journal');
  return compose(command, wordsOf([...kept, { flag: '--journal', value: journalFile }]), files);
}

/** The flags that were typed, in the order of the help. */
export function typedFlags(command: Command): TypedFlag[] {
  return command.options.flatMap((option): TypedFlag[] => {
    const name = option.attributeName();
    if (command.getOptionValueSource(name) !== 'cli') return [];
    const flag = option.short ?? option.long ?? '';
    const value: unknown = command.getOptionValue(name);
    const values: unknown[] = Array.isArray(value) ? value : [value];
    return values.map((one) => (one === true ? { flag } : { flag, value: String(one) }));
  });
}

function wordsOf(typed: readonly TypedFlag[]): string[] {
  return typed.flatMap(({ flag, value }) => (value === undefined ? [flag] : [flag, value]));
}

function compose(command: string, words: readonly string[], files: readonly string[]): string {
  const paths = files.map((file) => (file !== '-' && file.startsWith('-') ? `./${file}` : file));
  return ['sfreplay', command, ...words, ...paths].map((word) => shellQuote(word)).join(' ');
}

/**
 * A word as it can be pasted into a shell. On Windows between double quotes, which both of its shells take; what is left
 * special between them there has no place in a file's name.
 */
export function shellQuote(word: string, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') return /^[\w@+=:,./\\-]+$/.test(word) ? word : `"${word.replaceAll('"', '\\"')}"`;
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** `failed.ndjson` → `failed.retry-1.ndjson` → `failed.retry-2.ndjson`: the first of these that nothing has. */
export function freeRetryName(
  path: string,
  isTaken: (path: string) => boolean = existsSync,
  paths: nodePath.PlatformPath = nodePath,
): string {
  // What is read may be compressed, what is written is not.
  const { root, dir, name, ext } = paths.parse(path.replace(/(?<=[^/\\])\.(?:gz|zst)$/i, ''));
  const [, stem = name, count = '0'] = /^(.*?)(?:\.retry-(\d{1,9}))?$/.exec(name) ?? [];
  for (let next = Number(count) + 1; ; next++) {
    const candidate = paths.format({ root, dir, base: `${stem}.retry-${next}${ext}` });
    if (!isTaken(candidate)) return candidate;
  }
}
