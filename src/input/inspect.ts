import { fstatSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { UsageError } from '../core/errors.js';
import { readFileBytes, readPipe, readStream } from './bytes.js';
import { adviceFor, MAGIC_BYTES, recogniseFormat } from './formats.js';
import { describeProblem, nameOf } from './problem.js';

/** A file, pipe or stream that can be opened, as far as one can tell before reading it. */
export interface ByteSource {
  /** As the user gave it; `-` is standard input. */
  readonly path: string;
  /** True where the bytes come once only. */
  readonly isOnce: boolean;
  /** In bytes as stored; undefined where it is not known. */
  readonly size: number | undefined;
  /** The stored bytes; each chunk is valid until the next is asked for. Ends early when `stopping` is aborted. */
  read(stopping: AbortSignal): AsyncIterable<Buffer>;
}

const IS_FOLDER = 'is a folder, not a file';

/** Other spellings of standard input; opening them anew fails where it is a socket. */
const STANDARD_INPUT = new Set(['-', '/dev/stdin', '/dev/fd/0', '/proc/self/fd/0']);

/** Throws a `UsageError` that names every file which cannot be replayed. `command` is the one that was given, for hints. */
export async function inspectFiles(
  paths: readonly string[],
  stdin: NodeJS.ReadableStream,
  command?: string,
): Promise<readonly ByteSource[]> {
  if (paths.length === 0) return inspectFiles(['-'], stdin, command);
  if (paths.filter((path) => STANDARD_INPUT.has(path)).length > 1) {
    throw new UsageError('Standard input is named twice, but can be read only once.');
  }
  const found: (ByteSource | Unreadable)[] = [];
  for (const path of paths) {
    found.push(STANDARD_INPUT.has(path) ? standardInput(path, stdin) : await inspectFile(path, command));
  }
  const problems = found.filter((source) => 'problem' in source);
  const [first] = problems;
  if (first === undefined) return found.filter((source): source is ByteSource => !('problem' in source));
  if (problems.length === 1) throw new UsageError(`Cannot read ${first.problem}.`, { hint: first.advice });
  const list = problems.map(({ problem, advice }) => `\n  ${problem}${advice === undefined ? '' : ` (${advice})`}`);
  throw new UsageError(`Cannot read ${problems.length} of ${paths.length} files:${list.join('')}`);
}

interface Unreadable {
  readonly problem: string;
  readonly advice: string | undefined;
}

function standardInput(path: string, stdin: NodeJS.ReadableStream): ByteSource | Unreadable {
  // Node gives a folder out for a stream that is empty.
  if ('fd' in stdin && typeof stdin.fd === 'number' && isFolder(stdin.fd)) return unreadable('-', IS_FOLDER);
  return { path, isOnce: true, size: undefined, read: (stopping) => readStream(stdin, stopping) };
}

function isFolder(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isDirectory();
  } catch {
    return false;
  }
}

async function inspectFile(path: string, command: string | undefined): Promise<ByteSource | Unreadable> {
  try {
    const stats = await stat(path);
    if (stats.isFIFO()) {
      return { path, isOnce: true, size: undefined, read: (stopping) => readPipe(path, stopping) };
    }
    if (stats.isSocket()) return unreadable(path, 'is a socket, not a file');
    if (stats.isDirectory()) return unreadable(path, IS_FOLDER);
    const isRegular = stats.isFile();
    if (isRegular) {
      const format = recogniseFormat(await readBeginning(path));
      if (format?.kind === 'foreign') return unreadable(path, `is ${format.name}`, adviceFor(format, path, command));
    }
    const size = isRegular ? stats.size : undefined;
    return { path, isOnce: !isRegular, size, read: (stopping) => readFileBytes(path, stopping) };
  } catch (error) {
    return unreadable(path, describeProblem(error));
  }
}

/** Reading proves more than asking for permissions does. */
async function readBeginning(path: string): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAGIC_BYTES), 0, MAGIC_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function unreadable(path: string, what: string, advice?: string): Unreadable {
  return { problem: `${nameOf(path)}: ${what}`, advice };
}
