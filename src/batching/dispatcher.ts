import type { Mode } from '../core/record.js';
import type { Batch } from './batch.js';

export interface DispatcherOptions {
  /** How many batches of a mode may be in flight at once, over all topics. May change at any time. */
  readonly slots: (mode: Mode) => number;
  /** Sends a batch and settles its records. A rejection is a bug: it halts the dispatcher and is rethrown by `room` and `idle`. */
  readonly send: (batch: Batch) => Promise<void>;
  /** Called each time a place has become free. */
  readonly onRoom?: () => void;
  /** Lines of text that may wait for a slot. */
  readonly maxWaitingBytes?: number;
  readonly maxWaitingBatches?: number;
}

interface QueuedBatch {
  readonly batch: Batch;
  /** Batches before this one that hold one of its keys. It waits until the last of them is settled. */
  readonly blockedBy: Set<QueuedBatch>;
  readonly blocks: QueuedBatch[];
}

/**
 * Decides what is sent when. A batch waits for a free slot of its mode, and for every earlier batch of its topic that holds
 * one of its keys; batches that share no key overtake one another.
 */
export class Dispatcher {
  /** Per topic: the last batch, waiting or in flight, that holds a key. */
  readonly #holders = new Map<string, Map<string, QueuedBatch>>();
  readonly #waiting: Record<Mode, Set<QueuedBatch>> = { realtime: new Set(), bulk: new Set() };
  readonly #inFlight: Record<Mode, number> = { realtime: 0, bulk: 0 };
  #waitingBytes = 0;
  #isHalted = false;
  #failure: { error: unknown } | undefined;
  #wakeups: (() => void)[] = [];
  readonly #maxWaitingBytes: number;
  readonly #maxWaitingBatches: number;

  constructor(private readonly options: DispatcherOptions) {
    this.#maxWaitingBytes = options.maxWaitingBytes ?? 4 * 1024 * 1024;
    this.#maxWaitingBatches = options.maxWaitingBatches ?? 512;
  }

  /** Takes a batch over; it is sent as soon as it may be. Ask `isFull` and await `room()` before reading on. */
  dispatch(batch: Batch): void {
    this.#rethrow();
    const queued: QueuedBatch = { batch, blockedBy: new Set(), blocks: [] };
    this.#claimKeys(queued);
    this.#waiting[batch.mapping.mode].add(queued);
    this.#waitingBytes += batch.bytes;
    this.#sendReady(batch.mapping.mode);
  }

  /** True when reading on would pile up more than may wait. */
  get isFull(): boolean {
    if (this.#isHalted) return false;
    return this.#waitingBytes > this.#maxWaitingBytes || this.#waitingCount > this.#maxWaitingBatches;
  }

  /** Resolves when there is room again, or when the dispatcher is halted. This wait is the back-pressure. */
  async room(): Promise<void> {
    while (this.isFull) await this.#nextChange();
    this.#rethrow();
  }

  /** Would the batch be sent at once? While a slot is free, those that wait do so for a key. */
  canSend({ mapping, keys }: Batch): boolean {
    if (this.#isHalted || !this.#hasSlot(mapping.mode)) return false;
    const holders = this.#holders.get(mapping.topic);
    if (holders === undefined || holders.size === 0) return true;
    for (const key of keys) if (holders.has(key)) return false;
    return true;
  }

  /** Is a record of the key waiting or in flight? */
  holds(topic: string, key: string): boolean {
    return this.#holders.get(topic)?.has(key) === true;
  }

  /** Sends nothing more. What waits is given back, in the order of each topic; what is in flight goes on. */
  halt(): Batch[] {
    this.#isHalted = true;
    const { realtime, bulk } = this.#waiting;
    const left = [...realtime, ...bulk].map(({ batch }) => batch);
    realtime.clear();
    bulk.clear();
    this.#waitingBytes = 0;
    this.#wake();
    return left;
  }

  /** Resolves when nothing is in flight, and nothing waits unless it is halted. */
  async idle(): Promise<void> {
    // Once halted, what still comes waits in vain.
    const isWaiting = (): boolean => this.#waitingCount > 0 && !this.#isHalted;
    while (isWaiting() || this.#inFlight.realtime > 0 || this.#inFlight.bulk > 0) await this.#nextChange();
    this.#rethrow();
  }

  #claimKeys(queued: QueuedBatch): void {
    const { topic } = queued.batch.mapping;
    let holders = this.#holders.get(topic);
    if (holders === undefined) this.#holders.set(topic, (holders = new Map<string, QueuedBatch>()));
    for (const key of queued.batch.keys) {
      const holder = holders.get(key);
      if (holder !== undefined && !queued.blockedBy.has(holder)) {
        queued.blockedBy.add(holder);
        holder.blocks.push(queued);
      }
      holders.set(key, queued);
    }
  }

  #releaseKeys(queued: QueuedBatch): void {
    const holders = this.#holders.get(queued.batch.mapping.topic);
    for (const key of queued.batch.keys) if (holders?.get(key) === queued) holders.delete(key);
    for (const blocked of queued.blocks) blocked.blockedBy.delete(queued);
  }

  get #waitingCount(): number {
    return this.#waiting.realtime.size + this.#waiting.bulk.size;
  }

  #hasSlot(mode: Mode): boolean {
    return this.#inFlight[mode] < this.options.slots(mode);
  }

  #sendReady(mode: Mode): void {
    if (this.#isHalted) return;
    for (const queued of this.#waiting[mode]) {
      if (!this.#hasSlot(mode)) return;
      if (queued.blockedBy.size > 0) continue;
      this.#waiting[mode].delete(queued);
      this.#waitingBytes -= queued.batch.bytes;
      this.#inFlight[mode] += 1;
      void this.#send(queued);
    }
  }

  async #send(queued: QueuedBatch): Promise<void> {
    try {
      await this.options.send(queued.batch);
    } catch (error) {
      this.#failure ??= { error };
      this.halt();
    }
    const { mode } = queued.batch.mapping;
    this.#inFlight[mode] -= 1;
    this.#releaseKeys(queued);
    this.#sendReady(mode);
    this.options.onRoom?.();
    this.#wake();
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => this.#wakeups.push(resolve));
  }

  #wake(): void {
    const wakeups = this.#wakeups;
    this.#wakeups = [];
    for (const wakeup of wakeups) wakeup();
  }

  #rethrow(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
