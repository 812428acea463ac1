import type { Mode, SourceRecord } from '../core/record.js';
import type { Batch } from './batch.js';
import { Batcher, type BatcherOptions } from './batcher.js';
import { Dispatcher } from './dispatcher.js';

interface FeedOptions extends Pick<BatcherOptions, 'limits' | 'now'> {
  /** How many batches of a mode may be in flight at once, over all topics. */
  readonly slots: (mode: Mode) => number;
  /** The longest that an incomplete batch waits before it is sent, if a slot is free. */
  readonly batchPeriodMs: number;
  /** Sends a batch and settles its records. */
  readonly send: (batch: Batch) => Promise<void>;
  /** Is more about to come from what is read already? Batches wait for that, a few periods at most. */
  readonly mayGrow?: () => boolean;
}

/** So many periods a batch waits at most for what is about to come. */
const MAX_PERIODS_OPEN = 24;

/**
 * From records to batches in flight: gathers, closes by period, dispatches. A batch whose period is over while all slots
 * are busy stays open, for it could not be sent anyway and may still grow. When input that was paused goes on, the
 * period begins anew, for now such a batch may grow.
 */
export class BatchFeed {
  readonly #batcher: Batcher;
  readonly #dispatcher: Dispatcher;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  /** Is reading paused, for want of room? */
  #isReadPaused = false;
  /** When reading last went on. */
  #resumedAtMs = -Infinity;

  constructor(private readonly options: FeedOptions) {
    this.#dispatcher = new Dispatcher({ slots: options.slots, send: options.send, onRoom: () => this.#useRoom() });
    this.#batcher = new Batcher({ limits: options.limits, queue: this.#dispatcher, now: options.now });
  }

  add(record: SourceRecord): void {
    this.#batcher.add(record);
    if (this.#timer === undefined) this.#armTimer();
  }

  /** Is an earlier record of the key gathered, waiting or in flight? */
  holds({ mapping: { topic }, key }: SourceRecord): boolean {
    return key !== undefined && (this.#batcher.holds(topic, key) || this.#dispatcher.holds(topic, key));
  }

  /** A batch that an earlier run made. To be given before any record that may share a key with it. */
  resume(batch: Batch): void {
    this.#dispatcher.dispatch(batch);
  }

  /** True when reading on would pile up more than may wait: await `room()` first. */
  get isFull(): boolean {
    return this.#dispatcher.isFull;
  }

  async room(): Promise<void> {
    this.#isReadPaused = true;
    // Nothing can join them now.
    this.#closeDue();
    try {
      await this.#dispatcher.room();
    } finally {
      this.#isReadPaused = false;
      this.#resumedAtMs = this.options.now();
      this.#disarmTimer();
      this.#armTimer();
    }
  }

  /** Sends what is gathered; resolves when nothing is in flight. More may come then. */
  async drain(): Promise<void> {
    this.#disarmTimer();
    this.#batcher.closeAll();
    await this.#dispatcher.idle();
  }

  /** The input has ended: sends what is gathered; resolves when nothing is in flight. */
  async finish(): Promise<void> {
    this.#isOver = true;
    this.#disarmTimer();
    this.#batcher.closeAll();
    await this.#dispatcher.idle();
  }

  /** Sends nothing more, and gives back what was not sent. What is in flight goes on; `finish` waits for it. */
  halt(): SourceRecord[] {
    this.#isOver = true;
    this.#disarmTimer();
    const waiting = this.#dispatcher.halt();
    // Closed behind a halted dispatcher, so that none of them is sent.
    this.#batcher.closeAll();
    return [...waiting, ...this.#dispatcher.halt()].flatMap((batch) => batch.records);
  }

  #useRoom(): void {
    if (this.#isOver) return;
    this.#batcher.closeReady();
    const goesOn = this.#isReadPaused && !this.#dispatcher.isFull;
    if (!goesOn) this.#closeDue();
  }

  #closeDue(): void {
    if (this.#isOver) return;
    this.#disarmTimer();
    const { now, batchPeriodMs } = this.options;
    if (!this.#grows && (this.#isReadPaused || now() >= this.#resumedAtMs + batchPeriodMs))
      this.#batcher.closeDue(batchPeriodMs);
    this.#armTimer();
  }

  get #grows(): boolean {
    const { now, batchPeriodMs, mayGrow } = this.options;
    const oldest = this.#batcher.oldestOpenedAtMs;
    return mayGrow?.() === true && oldest !== undefined && now() < oldest + MAX_PERIODS_OPEN * batchPeriodMs;
  }

  /** Without a free slot for the oldest batch there is nothing to wait for but a slot, which calls by itself. */
  #armTimer(): void {
    const oldest = this.#batcher.oldestOpenedAtMs;
    if (this.#isOver || oldest === undefined) return;
    const { now, batchPeriodMs } = this.options;
    const sinceMs = this.#isReadPaused ? oldest : Math.max(oldest, this.#resumedAtMs);
    const delayMs = sinceMs + batchPeriodMs - now();
    this.#timer = setTimeout(() => this.#closeDue(), delayMs > 0 ? delayMs : batchPeriodMs);
  }

  #disarmTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
