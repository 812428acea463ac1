import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReplayStopped } from '../errors.js';
import type { SourceLine, SourceRecord } from '../record.js';
import { LineSplitter } from './lines.js';
import { describeProblem } from './problem.js';

/** A line that waits, and what is known of its record. */
export interface SpooledLine extends SourceLine {
  readonly attempts: number;
  readonly earlier: SourceRecord['earlier'];
}

/** What is held in memory before it is written. */
const MAX_PENDING_CHARS = 512 * 1024;

/**
 * Lines that wait in a temporary file, however many there are, until they are taken out in order. The file is made when
 * it is needed, readable for its owner only. Throws `ReplayStopped` (`SPOOL_UNUSABLE`).
 */
export class Spool {
  #pending: string[] = [];
  #pendingChars = 0;
  #folder: string | undefined;
  #handle: FileHandle | undefined;
  #last: Promise<void> = Promise.resolve();
  /** Of the file, as far as it is whole. */
  #bytes = 0;
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
  add(
    topic: string,
    { position, text, ordinal }: SourceLine,
    attempts: number,
    earlier: SourceRecord['earlier'],
  ): void {
    const entry = `${JSON.stringify([topic, position.file, position.line, ordinal, attempts, earlier ?? null])}\n${text}|\n`;
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
    try {
      if (this.#bytes > 0) {
        const source = createReadStream(this.#path, { highWaterMark: 256 * 1024, end: this.#bytes - 1 });
        for await (const chunk of source as AsyncIterable<Buffer>) yield chunk;
      }
    } catch (error) {
      throw unusable(error);
    }
    if (this.#pending.length > 0) yield Buffer.from(this.#pending.join(''));
  }

  /** Removes the file. */
  async remove(): Promise<void> {
    await this.#last.catch(() => undefined);
    await this.#handle?.close().catch(() => undefined);
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }

  get #path(): string {
    return join(this.#folder ?? '', 'lines.ndjson');
  }

  async #write(): Promise<void> {
    if (this.#pending.length === 0) return;
    const count = this.#pending.length;
    const text = this.#pending.join('');
    try {
      this.#folder ??= await mkdtemp(join(tmpdir(), 'sfreplay-waiting-'));
      this.#handle ??= await open(this.#path, 'w', 0o600);
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length;) {
        const { bytesWritten } = await this.#handle.write(bytes, at, bytes.length - at, this.#bytes + at);
        at += bytesWritten;
      }
      this.#bytes += bytes.length;
      this.#pending.splice(0, count);
      this.#pendingChars -= text.length;
    } catch (error) {
      throw unusable(error);
    }
  }
}

function parse(head: string, text: string): { topic: string; line: SpooledLine } {
  const [topic, file, line, ordinal, attempts, earlier] = JSON.parse(head) as [
    string,
    string,
    number,
    number,
    number,
    string | null,
  ];
  const known = (earlier ?? undefined) as SourceRecord['earlier'];
  return { topic, line: { position: { file, line }, text: text.slice(0, -1), ordinal, attempts, earlier: known } };
}

function unusable(cause: unknown): ReplayStopped {
  if (cause instanceof ReplayStopped) return cause;
  const message = `Lines that wait for others cannot be kept in ${tmpdir()}: ${describeProblem(cause)}`;
  return new ReplayStopped('SPOOL_UNUSABLE', message, {
    hint: 'Make room there, or name another folder in the variable TMPDIR.',
    cause,
  });
}
