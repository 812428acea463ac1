import type { SourceLine, SourceRecord } from '../core/record.js';
import { TemporaryFile } from './temporary-file.js';

/** A line that waits, and where it stands among all. */
export interface PartitionedLine extends SourceLine, Pick<SourceRecord, 'insertKey'> {
  /** 0-based, over all topics. */
  readonly place: number;
  readonly topic: string;
}

/** What is held in memory before it is written. */
const MAX_PENDING_CHARS = 4 * 1024 * 1024;

interface Extent {
  readonly at: number;
  readonly length: number;
}

/**
 * Lines in one temporary file, apart by partition, so that those of one partition can be read without the others, and all of
 * them in the order in which they came. Throws `ReplayStopped` (`SPOOL_UNUSABLE`).
 */
export class Partitions {
  readonly #file = new TemporaryFile('Lines that are compared');
  readonly #pending: string[][];
  readonly #extents: Extent[][];
  /** What was written at once: all lines of one come before those of the next. */
  readonly #writes: Extent[] = [];
  readonly #bytes: number[];
  #pendingChars = 0;

  constructor(readonly count: number) {
    const each = <Item>(make: () => Item): Item[] => Array.from({ length: count }, make);
    this.#pending = each(() => []);
    this.#extents = each(() => []);
    this.#bytes = each(() => 0);
  }

  add(partition: number, { place, topic, position, ordinal, text, insertKey }: PartitionedLine): void {
    const head = JSON.stringify([place, topic, position.file, position.line, ordinal, insertKey]);
    const entry = `${head}\n${text}\n`;
    this.#pending[partition]?.push(entry);
    this.#pendingChars += entry.length;
  }

  /** To be followed by `flush` before more is read than memory can bear. */
  get isFull(): boolean {
    return this.#pendingChars > MAX_PENDING_CHARS;
  }

  async flush(): Promise<void> {
    const start = this.#file.size;
    let at = start;
    const buffers: Buffer[] = [];
    for (const [partition, entries] of this.#pending.entries()) {
      if (entries.length === 0) continue;
      const bytes = Buffer.from(entries.join(''));
      buffers.push(bytes);
      this.#extents[partition]?.push({ at, length: bytes.length });
      this.#bytes[partition] = this.bytesOf(partition) + bytes.length;
      at += bytes.length;
      entries.length = 0;
    }
    if (buffers.length === 0) return;
    this.#pendingChars = 0;
    await this.#file.append(Buffer.concat(buffers));
    this.#writes.push({ at: start, length: at - start });
  }

  bytesOf(partition: number): number {
    return this.#bytes[partition] ?? 0;
  }

  /** The lines of one partition in their order. All must be flushed. */
  async *read(partition: number): AsyncGenerator<PartitionedLine> {
    for (const extent of this.#extents[partition] ?? []) yield* await this.#linesOf(extent);
  }

  /** All lines in their order, in pieces. */
  async *inOrder(): AsyncGenerator<readonly PartitionedLine[]> {
    for (const extent of this.#writes) yield (await this.#linesOf(extent)).sort((a, b) => a.place - b.place);
  }

  remove(): Promise<void> {
    return this.#file.remove();
  }

  async #linesOf({ at, length }: Extent): Promise<PartitionedLine[]> {
    const texts = (await this.#file.read(at, length)).toString('utf8').split('\n');
    const lines: PartitionedLine[] = [];
    for (let i = 0; i + 1 < texts.length; i += 2) {
      const head = JSON.parse(texts[i] ?? '') as [number, string, string, number, number, string | null];
      const [place, topic, file, line, ordinal, insertKey] = head;
      const text = texts[i + 1] ?? '';
      lines.push({ place, topic, position: { file, line }, ordinal, text, insertKey: insertKey ?? undefined });
    }
    return lines;
  }
}
