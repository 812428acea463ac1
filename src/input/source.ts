import { ReplayStopped, UsageError } from '../core/errors.js';
import { DamagedError, decompress } from './decompress.js';
import { adviceFor, recogniseFormat } from './formats.js';
import type { Input, Line } from './input.js';
import { inspectFiles, type ByteSource } from './byte-source.js';
import { LineSplitter } from './lines.js';
import { describeProblem, nameOf } from './problem.js';

interface OpenOptions {
  /** The longest line that is read, 16 MiB unless told. */
  readonly maxLineBytes?: number;
  /** The command that was given, for hints: `sfreplay` unless told. */
  readonly command?: string;
}

/**
 * The files in the order given, or standard input for none and for `-`. Every file is looked at before any is read: throws
 * a `UsageError` that names all that are missing, unreadable, folders, or in a format that is not read.
 */
export async function openFiles(
  paths: readonly string[],
  stdin: NodeJS.ReadableStream,
  options: OpenOptions = {},
): Promise<Input> {
  if (paths.length === 0 && 'isTTY' in stdin && stdin.isTTY === true) {
    throw new UsageError('No file is named, and standard input is a terminal.', {
      hint: 'Name the files to replay, pipe lines in, or give - to type them.',
    });
  }
  return new FileInput(await inspectFiles(paths, stdin, options.command), options);
}

class FileInput implements Input {
  readonly isOnce: boolean;
  readonly size: number | undefined;
  readonly files: readonly { readonly path: string; lines: number }[];
  bytes = 0;
  position = 0;
  readonly command: string | undefined;

  constructor(
    private readonly sources: readonly ByteSource[],
    private readonly options: OpenOptions,
  ) {
    this.command = options.command;
    this.isOnce = sources.some(({ isOnce }) => isOnce);
    // NaN with one that is not known.
    const size = sources.reduce((sum, one) => sum + (one.size ?? NaN), 0);
    this.size = Number.isNaN(size) ? undefined : size;
    this.files = sources.map(({ path }) => ({ path, lines: 0 }));
  }

  async *pieces(stopping: AbortSignal): AsyncGenerator<readonly Line[]> {
    for (const [index, source] of this.sources.entries()) {
      for await (const piece of this.#linesOf(source, stopping)) {
        const file = this.files[index];
        if (file !== undefined) file.lines += piece.length;
        yield piece;
        if (stopping.aborted) return;
      }
    }
  }

  async *#linesOf(source: ByteSource, stopping: AbortSignal): AsyncGenerator<readonly Line[]> {
    const splitter = new LineSplitter(source.path, this.options);
    try {
      for await (const chunk of decoded(this.#counted(source.read(stopping)), source.path, this.command)) {
        this.bytes += chunk.length;
        const lines = splitter.push(chunk);
        if (lines.length > 0) yield lines;
      }
    } catch (error) {
      // A reader that was stopped in the middle of a compressed file sees it cut off.
      if (stopping.aborted) return;
      throw stoppedBy(error, source.path, splitter.lineNumber);
    }
    // What is left of a file that was not read to its end is no line.
    if (stopping.aborted) return;
    const last = splitter.end();
    if (last.length > 0) yield last;
  }

  async *#counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.position += chunk.length;
      yield chunk;
    }
  }
}

/** The bytes of text, whatever way they are stored. */
async function* decoded(
  chunks: AsyncGenerator<Buffer>,
  path: string,
  command: string | undefined,
): AsyncGenerator<Buffer> {
  try {
    const { format, beginning } = await lookAhead(chunks);
    if (format?.kind === 'foreign') {
      const message = `${capitalised(nameOf(path))} is ${format.name}.`;
      throw new ReplayStopped('INPUT_UNREADABLE', message, { hint: adviceFor(format, '-', command) });
    }
    const whole = chain(beginning, chunks);
    yield* format?.kind === 'gzip' || format?.kind === 'zstd' ? decompress(whole, format.kind) : whole;
  } finally {
    await chunks.return(undefined);
  }
}

/** Reads only as much as it takes to know the format: a pipe's first short line must not wait for the next. */
async function lookAhead(chunks: AsyncGenerator<Buffer>) {
  let beginning: Buffer = Buffer.alloc(0);
  let format = recogniseFormat(beginning);
  while (format === undefined) {
    const next = await chunks.next();
    if (next.done === true) break;
    beginning = beginning.length === 0 ? next.value : Buffer.concat([beginning, next.value]);
    format = recogniseFormat(beginning);
    if (format === undefined) beginning = Buffer.from(beginning);
  }
  return { format, beginning };
}

async function* chain(beginning: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield beginning;
  yield* rest;
}

function stoppedBy(error: unknown, path: string, line: number): ReplayStopped {
  if (error instanceof ReplayStopped) return error;
  const name = nameOf(path);
  const soFar = line === 0 ? 'before its first line' : `after line ${line}`;
  const rest =
    line === 0 ? 'Then replay all of it.' : `Then replay what comes ${soFar}: the lines up to there were read.`;
  if (error instanceof DamagedError) {
    const message = `${capitalised(name)} is damaged or cut off ${soFar}: ${error.message}.`;
    const hint = `Fetch the file again and check it (gzip -t or zstd -t). ${rest}`;
    return new ReplayStopped('INPUT_DAMAGED', message, { hint, cause: error });
  }
  const message = `Cannot read ${name} ${soFar}: ${describeProblem(error)}.`;
  return new ReplayStopped('INPUT_UNREADABLE', message, {
    hint: `Make sure that it can be read. ${rest}`,
    cause: error,
  });
}

/** For the beginning of a sentence; a path keeps its letters. */
function capitalised(name: string): string {
  return name === 'standard input' ? 'Standard input' : name;
}
