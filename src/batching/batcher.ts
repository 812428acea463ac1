import type { SourceRecord, TopicMapping } from '../core/record.js';
import { Batch, type CloseReason } from './batch.js';
import type { SizeLimits } from './limits.js';

/** When too much is gathered, so many batches go that this part is left: to look for them at each record would cost more than all else. */
const KEPT_WHEN_FULL = 7 / 8;
/** Batches of one mapping that are open at once: each holds a later version of some key that the one before it holds. */
const MAX_OPEN_BATCHES = 32;

export interface BatcherOptions {
  readonly limits: Pick<SizeLimits, 'of' | 'noteClosed' | 'maxGatheredBytes'>;
  readonly queue: BatchQueue;
  readonly now: () => number;
}

/** Where closed batches go. */
interface BatchQueue {
  /** Would the batch be in flight at once if it were closed now? */
  canSend(batch: Batch): boolean;
  dispatch(batch: Batch): void;
}

/**
 * Gathers records into batches. A batch goes to the queue when it is full by count or bytes, or when a record comes
 * whose key it already holds, unless the two are folded; the caller closes it by period and at the end.
 *
 * A batch that could not be sent yet anyway, since all slots are busy or an earlier batch holds one of its keys, stays open
 * when a key comes a second time: the repeated record begins a further batch behind it, and what comes later of other
 * keys still joins the first. So repeated keys cost few batches. Those of one mapping are closed in their order.
 */
export class Batcher {
  readonly #open = new Map<TopicMapping, Batch[]>();
  #gatheredBytes = 0;

  constructor(private readonly options: BatcherOptions) {}

  add(record: SourceRecord): void {
    this.#closeSiblings(record);
    const open = this.#openOf(record.mapping);
    const holder = lastHolder(open, record.key);
    const held = open[holder];
    this.#gatheredBytes += record.bytes;
    if (held?.folds(record) === true) {
      held.fold(record);
      this.#closeIfFull(open, holder);
    } else {
      this.#closeIfFull(open, this.#place(record, open, holder + 1));
    }
    if (this.#gatheredBytes > this.options.limits.maxGatheredBytes) this.#makeRoom();
  }

  /** Is a record of the key gathered? */
  holds(topic: string, key: string): boolean {
    for (const [mapping, open] of this.#open) {
      if (mapping.topic === topic && lastHolder(open, key) >= 0) return true;
    }
    return false;
  }

  /** Closes the batches behind which others wait, where they can be sent now. */
  closeReady(): void {
    for (const open of this.#open.values()) {
      while (open.length > 1 && this.options.queue.canSend(open[0] as Batch)) this.#closeThrough(open, 0, 'key');
    }
  }

  /** Closes the batches whose first record came `periodMs` ago or earlier, where they can be sent, oldest first. */
  closeDue(periodMs: number): void {
    const dueAtMs = this.options.now() - periodMs;
    for (let due = this.#oldestDue(dueAtMs); due !== undefined; due = this.#oldestDue(dueAtMs)) {
      this.#closeThrough(due, 0, 'period');
    }
  }

  /** Closes every batch, in the order of their first records. */
  closeAll(): void {
    const all = [...this.#open.values()].flatMap((open) =>
      open.map((batch, at) => ({ batch, reason: at === open.length - 1 ? ('end' as const) : ('key' as const) })),
    );
    this.#open.clear();
    all.sort((a, b) => a.batch.openedAtMs - b.batch.openedAtMs);
    for (const { batch, reason } of all) this.#close(batch, reason);
  }

  /** Milliseconds on the run's clock when the oldest open batch was opened. */
  get oldestOpenedAtMs(): number | undefined {
    let oldest: number | undefined;
    for (const [first] of this.#open.values()) {
      if (first !== undefined && (oldest === undefined || first.openedAtMs < oldest)) oldest = first.openedAtMs;
    }
    return oldest;
  }

  /** Those of a mapping whose first one has been open longest, if it can be sent. */
  #oldestDue(dueAtMs: number): Batch[] | undefined {
    let oldest: Batch[] | undefined;
    let oldestAtMs = Infinity;
    for (const open of this.#open.values()) {
      const [first] = open;
      if (first === undefined || first.openedAtMs > dueAtMs || first.openedAtMs >= oldestAtMs) continue;
      if (!this.options.queue.canSend(first)) continue;
      oldest = open;
      oldestAtMs = first.openedAtMs;
    }
    return oldest;
  }

  #openOf(mapping: TopicMapping): Batch[] {
    let open = this.#open.get(mapping);
    if (open === undefined) this.#open.set(mapping, (open = []));
    return open;
  }

  /** Puts the record into the first batch from `at` on that takes it, a new one if need be, and says which that is. */
  #place(record: SourceRecord, open: Batch[], at: number): number {
    let place = at;
    // The key is held by the last batch of all.
    if (place === open.length && place > 0 && this.#isClosedByKey(open)) {
      this.#closeThrough(open, 0, 'key');
      place--;
    }
    for (;;) {
      const batch = open[place] ?? this.#openBatch(record.mapping, open);
      const refusal = batch.refusal(record);
      if (refusal === undefined) {
        batch.add(record);
        return place;
      }
      this.#closeThrough(open, place, refusal);
      place = 0;
    }
  }

  /** Which records share a call with `all_or_none` must not depend on how busy the org is. */
  #isClosedByKey(open: readonly Batch[]): boolean {
    const first = open[0] as Batch;
    return open.length >= MAX_OPEN_BATCHES || first.mapping.allOrNone || this.options.queue.canSend(first);
  }

  #openBatch(mapping: TopicMapping, open: Batch[]): Batch {
    const batch = new Batch(mapping, this.options.now(), this.options.limits.of(mapping));
    open.push(batch);
    return batch;
  }

  /** A full batch goes at once: nothing that may come could still join it. */
  #closeIfFull(open: Batch[], place: number): void {
    const batch = open[place] as Batch;
    if (batch.fullBy === 'count') batch.limits = this.options.limits.of(batch.mapping, batch);
    const { fullBy } = batch;
    if (fullBy !== undefined) this.#closeThrough(open, place, fullBy);
  }

  /** A topic has a batch for each of its operations; what comes later of one key must not be sent first. */
  #closeSiblings({ mapping, key }: SourceRecord): void {
    if (key === undefined || (mapping.tombstones !== 'delete' && mapping.operation !== 'delete')) return;
    for (const [other, open] of this.#open) {
      if (other === mapping || other.topic !== mapping.topic) continue;
      const holder = lastHolder(open, key);
      if (holder >= 0) this.#closeThrough(open, holder, 'key');
    }
  }

  /** Closes the largest batches. The first of a mapping is the largest of those that wait behind one another, or nearly. */
  #makeRoom(): void {
    const maxBytes = this.options.limits.maxGatheredBytes * KEPT_WHEN_FULL;
    while (this.#gatheredBytes > maxBytes) {
      const largest = [...this.#open.values()].filter((open) => open.length > 0);
      largest.sort(([a], [b]) => (b as Batch).bytes - (a as Batch).bytes);
      for (const open of largest) {
        if (this.#gatheredBytes <= maxBytes) return;
        this.#closeThrough(open, 0, 'bytes');
      }
    }
  }

  /** Those before it hold earlier versions of its keys, and must be sent first. */
  #closeThrough(open: Batch[], place: number, reason: CloseReason): void {
    const closed = open.splice(0, place + 1);
    for (const [at, batch] of closed.entries()) this.#close(batch, at === place ? reason : 'key');
  }

  #close(batch: Batch, reason: CloseReason): void {
    this.#gatheredBytes -= batch.bytes;
    batch.closedBy = reason;
    this.options.limits.noteClosed(batch);
    this.options.queue.dispatch(batch);
  }
}

/** The place of the last batch that holds the key; -1 where none does. */
function lastHolder(open: readonly Batch[], key: string | undefined): number {
  if (key === undefined) return -1;
  let place = open.length - 1;
  while (place >= 0 && open[place]?.keys.has(key) !== true) place--;
  return place;
}
