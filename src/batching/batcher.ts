import type { SourceRecord, TopicMapping } from '../record.js';
import { Batch, type BatchLimits, type CloseReason } from './batch.js';

/** Lines of text gathered over all topics before the largest batch is sent as it is: thousands of topics must not fill memory. */
const MAX_GATHERED_BYTES = 32 * 1024 * 1024;

/**
 * Gathers records into batches, one open batch per topic. A batch is handed to `onClosed` when it is full by count or
 * bytes, or when a record comes whose key it already holds, unless the two are folded; the caller closes it by period and
 * at the end.
 */
export class Batcher {
  readonly #open = new Map<TopicMapping, Batch>();
  #gatheredBytes = 0;

  constructor(
    private readonly limitsOf: (mapping: TopicMapping) => BatchLimits,
    private readonly onClosed: (batch: Batch, reason: CloseReason) => void,
    private readonly now: () => number,
    private readonly maxGatheredBytes = MAX_GATHERED_BYTES,
  ) {}

  add(record: SourceRecord): void {
    const { mapping } = record;
    const limits = this.limitsOf(mapping);
    this.#closeSiblings(record);
    let batch = this.#open.get(mapping);
    if (batch?.folds(record) === true) {
      batch.fold(record);
    } else {
      const refusal = batch?.refusal(record, limits);
      if (batch !== undefined && refusal !== undefined) {
        this.#close(batch, refusal);
        batch = undefined;
      }
      if (batch === undefined) {
        batch = new Batch(mapping, this.now());
        this.#open.set(mapping, batch);
      }
      batch.add(record);
    }
    this.#gatheredBytes += record.bytes;
    // A full batch goes at once: nothing that may come could still join it.
    if (batch.records.length >= limits.maxRecords) this.#close(batch, 'count');
    else if (batch.bytes >= limits.maxBytes) this.#close(batch, 'bytes');
    else if (this.#gatheredBytes > this.maxGatheredBytes) this.#closeLargest();
  }

  /** A topic has a batch for each of its operations; what comes later of one key must not be sent first. */
  #closeSiblings({ mapping, key }: SourceRecord): void {
    if (key === undefined || (mapping.tombstones !== 'delete' && mapping.operation !== 'delete')) return;
    for (const other of this.#open.values()) {
      const isSibling = other.mapping !== mapping && other.mapping.topic === mapping.topic;
      if (isSibling && other.keys.has(key)) this.#close(other, 'key');
    }
  }

  /** Closes the batches whose first record came `periodMs` ago or earlier and that `mayFly` lets go, oldest first. */
  closeDue(periodMs: number, mayFly: (batch: Batch) => boolean): void {
    const now = this.now();
    for (const batch of this.#oldestFirst()) {
      if (now - batch.openedAtMs < periodMs) break;
      if (mayFly(batch)) this.#close(batch, 'period');
    }
  }

  /** Closes every batch, in the order of their first records. */
  closeAll(): void {
    for (const batch of this.#oldestFirst()) this.#close(batch, 'end');
  }

  /** Milliseconds on the run's clock when the oldest open batch was opened. */
  get oldestOpenedAtMs(): number | undefined {
    let oldest: number | undefined;
    for (const { openedAtMs } of this.#open.values()) {
      if (oldest === undefined || openedAtMs < oldest) oldest = openedAtMs;
    }
    return oldest;
  }

  #oldestFirst(): Batch[] {
    return [...this.#open.values()].sort((a, b) => a.openedAtMs - b.openedAtMs);
  }

  #closeLargest(): void {
    let largest: Batch | undefined;
    for (const batch of this.#open.values()) {
      if (largest === undefined || batch.bytes > largest.bytes) largest = batch;
    }
    if (largest !== undefined) this.#close(largest, 'bytes');
  }

  #close(batch: Batch, reason: CloseReason): void {
    this.#open.delete(batch.mapping);
    this.#gatheredBytes -= batch.bytes;
    batch.closedBy = reason;
    this.onClosed(batch, reason);
  }
}
