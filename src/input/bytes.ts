import { closeSync, constants, open as openCallback, openSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { ReadStream as TerminalStream, isatty } from 'node:tty';
import { promisify } from 'node:util';

const FILE_CHUNK_BYTES = 256 * 1024;

const openDescriptor = promisify(openCallback);

/**
 * The stored bytes of a regular file or a device, in chunks that are overwritten by the next.
 * Ends early when `stopping` is aborted.
 */
export async function* readFileBytes(path: string, stopping: AbortSignal): AsyncGenerator<Buffer> {
  const handle = await open(path, 'r');
  if (isatty(handle.fd)) {
    await handle.close();
    yield* readStream(new TerminalStream(await openDescriptor(path, 'r')), stopping);
    return;
  }
  try {
    yield* readHandle(handle, stopping);
  } finally {
    await handle.close();
  }
}

/**
 * The bytes of a stream. Ends when `stopping` is aborted, at once even when nothing ever comes, and lets go of the stream,
 * so that a silent pipe does not keep the process alive.
 */
export async function* readStream(stream: NodeJS.ReadableStream, stopping: AbortSignal): AsyncGenerator<Buffer> {
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
export async function* readPipe(path: string, stopping: AbortSignal): AsyncGenerator<Buffer> {
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

async function* readHandle(handle: FileHandle, stopping: AbortSignal): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(FILE_CHUNK_BYTES);
  while (!stopping.aborted) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}
