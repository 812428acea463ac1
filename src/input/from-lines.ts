import { ReplayStopped } from '../core/errors.js';
import type { Input, Line } from './input.js';
import { LineSplitter } from './lines.js';
import { describeProblem } from './problem.js';

type TextOrBytes = string | Uint8Array;

/** So many lines of an array are taken at a time; those of an asynchronous source are passed on one by one, as they come. */
const PIECE_LINES = 512;
const NEWLINE = 0x0a;
const LINE_END = Buffer.from('\n');

/**
 * A program's own lines: each item is one line, with or without a line end, or the lines that it holds; the chunks of a
 * byte stream are cut into its lines. `name` stands for the file in positions and reports. An item of another type, or an
 * error of the source, stops the run as `INPUT_UNREADABLE`.
 */
export function fromLines(lines: AsyncIterable<TextOrBytes> | Iterable<TextOrBytes>, name = '-'): Input {
  // Whoever gives one text means its lines, not its characters.
  const isWhole = typeof lines === 'string' || lines instanceof Uint8Array;
  return new LinesInput(isWhole ? [lines] : lines, name);
}

class LinesInput implements Input {
  readonly isOnce = true;
  readonly size = undefined;
  readonly files: readonly [{ readonly path: string; lines: number }];
  bytes = 0;
  readonly #pieces: (stopping: AbortSignal) => AsyncIterable<Line[]> | Iterable<Line[]>;
  readonly #splitter: LineSplitter;
  readonly #kind: ReturnType<typeof kindOf>;

  constructor(items: AsyncIterable<TextOrBytes> | Iterable<TextOrBytes>, name: string) {
    // At once, not when the first line is wanted: some sources, readline's among them, lose what comes before.
    if (Symbol.asyncIterator in items) {
      const iterator = items[Symbol.asyncIterator]();
      this.#pieces = (stopping) => this.#oneByOne(iterator, stopping);
    } else {
      this.#pieces = (stopping) => this.#many(items, stopping);
    }
    this.#splitter = new LineSplitter(name);
    this.#kind = kindOf(items);
    this.files = [{ path: name, lines: 0 }];
  }

  get position(): number {
    return this.bytes;
  }

  async *pieces(stopping: AbortSignal): AsyncGenerator<readonly Line[]> {
    try {
      for await (const piece of this.#pieces(stopping)) {
        this.files[0].lines += piece.length;
        if (piece.length > 0) yield piece;
        if (stopping.aborted) return;
      }
    } catch (error) {
      if (stopping.aborted) return;
      const message = `The lines broke off after line ${this.#splitter.lineNumber}: ${describeProblem(error)}`;
      throw new ReplayStopped('INPUT_UNREADABLE', message, { cause: error });
    }
  }

  async *#oneByOne(items: AsyncIterator<TextOrBytes>, stopping: AbortSignal): AsyncGenerator<Line[]> {
    for await (const item of untilStopped(items, stopping)) yield this.#linesOf(item);
    yield this.#splitter.end();
  }

  *#many(items: Iterable<TextOrBytes>, stopping: AbortSignal): Generator<Line[]> {
    let piece: Line[] = [];
    try {
      for (const item of items) {
        if (stopping.aborted) return;
        for (const line of this.#linesOf(item)) piece.push(line);
        if (piece.length < PIECE_LINES) continue;
        yield piece;
        piece = [];
      }
    } catch (error) {
      yield piece;
      throw error;
    }
    yield piece;
  }

  #linesOf(item: TextOrBytes): Line[] {
    const bytes = bytesOf(item);
    const lines = this.#splitter.push(bytes);
    this.bytes += bytes.length;
    const isPart = this.#kind === 'bytes' || (this.#kind === 'web' && typeof item !== 'string');
    if (isPart || bytes.at(-1) === NEWLINE) return lines;
    this.bytes += LINE_END.length;
    return lines.concat(this.#splitter.push(LINE_END));
  }
}

function bytesOf(item: unknown): Buffer {
  if (typeof item === 'string') return Buffer.from(item);
  if (item instanceof Uint8Array) return Buffer.from(item.buffer, item.byteOffset, item.byteLength);
  throw new TypeError(`a line must be a string or bytes, not ${typeof item}.`);
}

/**
 * Whose items are parts of lines: streams cut bytes anywhere. Node's say whether they hand over bytes; one of the web may
 * hand over lines as text.
 */
function kindOf(source: object): 'items' | 'bytes' | 'web' {
  if (source instanceof ReadableStream) return 'web';
  return 'readableObjectMode' in source && source.readableObjectMode === false ? 'bytes' : 'items';
}

/** Ends when `stopping` is aborted, at once even when the next item never comes. */
async function* untilStopped<Item>(iterator: AsyncIterator<Item>, stopping: AbortSignal): AsyncGenerator<Item> {
  let stopWaiting: () => void = () => undefined;
  const stop = () => stopWaiting();
  stopping.addEventListener('abort', stop, { once: true });
  let isOver = false;
  try {
    while (!stopping.aborted) {
      // A promise of its own for each item: a race against one that lasts would collect what it remembers of each.
      const next = await new Promise<IteratorResult<Item> | undefined>((resolve, reject) => {
        stopWaiting = () => resolve(undefined);
        iterator.next().then(resolve, reject);
      });
      if (next === undefined) return;
      isOver = next.done === true;
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    isOver = true;
    throw error;
  } finally {
    stopping.removeEventListener('abort', stop);
    // Not awaited: a source that waits for its next item hears of the end only after that item.
    if (!isOver) iterator.return?.().catch(() => undefined);
  }
}
