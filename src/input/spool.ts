import type { RecordError, SourceLine, SourceRecord } from '../core/record.js';
import { LineSplitter } from './lines.js';
import { TemporaryFile } from './temporary-file.js';

/** What is known of the record of a line that waits. */
interface SpooledState extends Pick<SourceRecord, 'attempts' | 'earlier' | 'insertKey'> {
  /** Why it failed, where it waits to be sent once more. */
  readonly error: RecordError | undefined;
}

export type SpooledLine = SourceLine & SpooledState;

/** What is held in memory before it is written. */
const MAX_PENDING_CHARS = 512 * 1024;
const CHUNK_BYTES = 256 * 1024;

/**
 * Lines that wait in a temporary file, however many there are, until they are taken out in order.
 * Throws `ReplayStopped` (`SPOOL_UNUSABLE`).
 */
export class Spool {
  #pending: string[] = [];
  #pendingChars = 0;
  readonly #file = new TemporaryFile('Lines that wait for others');
  #last: Promise<void> = Promise.resolve();
  readonly #waiting = new Map<string, number>();
  #taken = 0;

  /** Lines that were put in and not yet taken out. */
  get count(): number {
    return [...this.#waiting.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The same by topic. */
  get waiting(): ReadonlyMap<string, number> {
    return this.#waiting;
  }

  /** Takes a line in. To be followed by `flush` before more is read than memory can bear. */
  add(topic: string, { position, text, ordinal }: SourceLine, state: SpooledState): void {
    const { attempts, earlier, error, insertKey } = state;
    const head = [topic, position.file, position.line, ordinal, attempts, earlier ?? null, error ?? null, insertKey];
    const entry = `${JSON.stringify(head)}\n${text}|\n`;
    this.#pending.push(entry);
    this.#pendingChars += entry.length;
    this.#waiting.set(topic, (this.#waiting.get(topic) ?? 0) + 1);
  }

  get isFull(): boolean {
    return this.#pendingChars > MAX_PENDING_CHARS;
  }

  /** Writes down what is in memory. */
  flush(): Promise<void> {
    this.#last = this.#last.then(() => this.#write());
    return this.#last;
  }

  /** The lines that were not taken out yet, in the order in which they came. What the disk did not take is still there. */
  async *take(): AsyncGenerator<SpooledLine> {
    await this.flush().catch(() => undefined);
    const splitter = new LineSplitter('spool', { maxLineBytes: Number.MAX_SAFE_INTEGER });
    let passed = 0;
    let head: string | undefined;
    for await (const chunk of this.#chunks()) {
      for (const line of splitter.push(chunk)) {
        const text = line.kind === 'text' ? line.text : line.raw;
        if (head === undefined) {
          head = text;
          continue;
        }
        const isNew = ++passed > this.#taken;
        const spooled = isNew ? parse(head, text) : undefined;
        head = undefined;
        if (spooled === undefined) continue;
        this.#taken++;
        this.#waiting.set(spooled.topic, (this.#waiting.get(spooled.topic) ?? 0) - 1);
        yield spooled.line;
      }
    }
  }

  async *#chunks(): AsyncGenerator<Buffer> {
    const end = this.#file.size;
    for (let at = 0; at < end; at += CHUNK_BYTES) yield await this.#file.read(at, Math.min(CHUNK_BYTES, end - at));
    if (this.#pending.length > 0) yield Buffer.from(this.#pending.join(''));
  }

  /** Removes the file, and what waits in it. */
  async remove(): Promise<void> {
    await this.#last.catch(() => undefined);
    await this.#file.remove();
    this.#pending = [];
    this.#pendingChars = 0;
    this.#waiting.clear();
  }

  async #write(): Promise<void> {
    if (this.#pending.length === 0) return;
    const count = this.#pending.length;
    const text = this.#pending.join('');
    await this.#file.append(Buffer.from(text));
    this.#pending.splice(0, count);
    this.#pendingChars -= text.length;
  }
}

function parse(head: string, text: string): { topic: string; line: SpooledLine } {
  const [topic, file, line, ordinal, attempts, earlier, error, insertKey] = JSON.parse(head) as [
    string,
    string,
    number,
    number,
    number,
    SourceRecord['earlier'] | null,
    RecordError | null,
    string | null,
  ];
  const state = {
    attempts,
    earlier: earlier ?? undefined,
    error: error ?? undefined,
    insertKey: insertKey ?? undefined,
  };
  return { topic, line: { position: { file, line }, text: text.slice(0, -1), ordinal, ...state } };
}
