import { type BigIntStats, fstatSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { InputFlags } from './flags.js';
import { ReplayStopped, UsageError } from '../core/errors.js';
import { whyUnwritable } from '../core/output-file.js';
import type { Settings } from '../core/settings.js';

/**
 * Refuses to write over what is being read, two outputs into one file, or where nothing can be written. Throws `UsageError`.
 * Devices may be shared: `/dev/null` twice does no harm.
 */
export function refuseOverwriting(inputs: readonly string[], settings: Settings): void {
  const { failuresFile, successesFile, journalFile, reportFile } = settings;
  refuseOutputs(inputs, [
    { path: failuresFile, name: 'failures file' },
    { path: successesFile, name: 'successes file' },
    { path: journalFile, name: 'journal' },
    { path: reportFile, name: 'report file' },
  ]);
}

/** The same for any outputs. */
export function refuseOutputs(
  inputs: readonly string[],
  outputs: readonly { readonly path: string | undefined; readonly name: string }[],
): void {
  for (const { path, name } of outputs) {
    const input = path === undefined ? undefined : inputs.find((one) => isSameFile(one, path));
    if (path === undefined || input === undefined) continue;
    const read = input === '-' ? 'standard input' : input;
    throw new UsageError(`The ${name} ${path} is being read as ${read}; writing it would destroy the input.`, {
      hint: `Give another ${name}.`,
    });
  }
  const given = outputs.filter((output) => output.path !== undefined) as { path: string; name: string }[];
  for (const { path, name } of given) {
    const problem = whyUnwritable(path);
    if (problem === undefined) continue;
    throw new UsageError(`The ${name} ${path} ${problem}.`, {
      hint: 'Name a file in a folder that exists and can be written to.',
    });
  }
  for (const [i, one] of given.entries()) {
    for (const other of given.slice(i + 1)) {
      const isShared = placeOf(one.path) === placeOf(other.path) || isSameFile(one.path, other.path);
      if (!isShared || isDevice(one.path)) continue;
      throw new UsageError(`The ${one.name} and the ${other.name} have the same path: ${one.path}.`, {
        hint: 'Give each a file of its own.',
      });
    }
  }
}

function isSameFile(one: string, other: string): boolean {
  const [first, second] = [stats(one), stats(other)];
  if (first?.isFile() !== true || second?.isFile() !== true) return false;
  return first.dev === second.dev && first.ino === second.ino;
}

/** One text for a file, there or not yet, however its folder is spelled. */
function placeOf(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return resolve(path);
  }
}

function isDevice(path: string): boolean {
  const found = stats(path);
  return found !== undefined && !found.isFile();
}

/** As big integers: the file numbers of Windows are larger than a number can tell apart. */
function stats(path: string): BigIntStats | undefined {
  try {
    return path === '-' ? fstatSync(0, { bigint: true }) : statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}

/** The result of work that comes before everything else: what breaks off then is the user's to put right. Throws `UsageError`. */
export async function beforehand<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof ReplayStopped)) throw error;
    throw new UsageError(error.message, { hint: error.hint, cause: error });
  }
}

/** The topic of bare records, checked against the mappings; undefined where `--topic` is not given. Throws `UsageError`. */
export function bareTopic(flags: InputFlags, settings: Settings): string | undefined {
  const { topic } = flags;
  if (topic === undefined) return undefined;
  if (flags.envelope !== undefined && flags.envelope !== 'auto') {
    throw new UsageError(
      `--topic says that the lines are bare records, --envelope that they are ${flags.envelope}'s.`,
      {
        hint: 'Give one of them.',
      },
    );
  }
  const topics = settings.mappings.map((mapping) => mapping.topic);
  if (topics.includes(topic)) return topic;
  throw new UsageError(`--topic ${topic} has no mapping, so no line could be sent.`, {
    hint: `Mapped topics: ${topics.join(', ')}. Add one with --map ${topic}=SOBJECT:OPERATION:EXTERNAL_ID_FIELD.`,
  });
}
