import { closeSync, constants, fstatSync, open as openCallback, openSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { ReadStream as TerminalStream, isatty } from 'node:tty';
import { promisify } from 'node:util';
import { UsageError } from '../core/errors.js';
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

const FILE_CHUNK_BYTES = 256 * 1024;
const openDescriptor = promisify(openCallback);

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

/**
 * The stored bytes of a regular file or a device, in chunks that are overwritten by the next.
 * Ends early when `stopping` is aborted.
 */
async function* readFileBytes(path: string, stopping: AbortSignal): AsyncGenerator<Buffer> {
  const handle = await open(path, 'r');
  if (isatty(handle.fd)) {
    await handle.close();
    yield* readStream(new TerminalStream(await openDescriptor(path, 'r')), stopping);
    return;
  }
  try {
    const buffer = Buffer.allocUnsafeSlow(FILE_CHUNK_BYTES);
    while (!stopping.aborted) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/**
 * The bytes of a stream. Ends when `stopping` is aborted, at once even when nothing ever comes, and lets go of the stream,
 * so that a silent pipe does not keep the process alive.
 */
async function* readStream(stream: NodeJS.ReadableStream, stopping: AbortSignal): AsyncGenerator<Buffer> {
  const readable = stream instanceof Readable ? stream : new Readable().wrap(stream);
  const stop = () => readable.destroy();
  stopping.addEventListener('abort', stop, { once: true });
  try {
    if (stopping.aborted) return;
    for await (const chunk of readable as AsyncIterable<Buffer | string>) {
      yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    }
  } catch (error) {
    if (!stopping.aborted) throw error;
  } finally {
    stopping.removeEventListener('abort', stop);
    readable.destroy();
  }
}

/** The bytes of a named pipe or a process substitution, as {@link readStream}. */
async function* readPipe(path: string, stopping: AbortSignal): AsyncGenerator<Buffer> {
  if (stopping.aborted) return;
  const descriptor = await openPipe(path, stopping);
  // Through a file stream, one silent read could not be given up.
  yield* readStream(new Socket({ fd: descriptor, readable: true, writable: false }), stopping);
}

/**
 * Waits until somebody writes to the pipe. That wait is inside the system and cannot be cancelled, but a writer of our
 * own ends it; where the pipe is not ours to write to, it goes on until a writer comes.
 */
async function openPipe(path: string, stopping: AbortSignal): Promise<number> {
  let writer: number | undefined;
  const release = () => {
    try {
      writer = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    } catch {
      writer = undefined;
    }
  };
  stopping.addEventListener('abort', release, { once: true });
  try {
    return await openDescriptor(path, 'r');
  } finally {
    stopping.removeEventListener('abort', release);
    if (writer !== undefined) closeSync(writer);
  }
}
