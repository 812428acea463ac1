import type { Mode } from '../core/record.js';
import type { Batch } from './batch.js';

export interface DispatcherOptions {
  /** How many batches of a mode may be in flight at once, over all topics. May change while batches fly. */
  readonly slots: (mode: Mode) => number;
  /** Sends a batch and settles its records. Must not reject; what it throws ends the run. */
  readonly fly: (batch: Batch) => Promise<void>;
  /** Called each time a place has become free. */
  readonly onRoom?: () => void;
  /** Lines of text that may wait for a slot. */
  readonly maxWaitingBytes?: number;
  readonly maxWaitingBatches?: number;
}

interface Flight {
  readonly batch: Batch;
  /** Batches before this one that hold one of its keys. It waits until the last of them is settled. */
  readonly blockedBy: Set<Flight>;
  readonly blocks: Flight[];
}

/**
 * Decides what may fly. A batch waits for a free slot of its mode, and for every earlier batch of its topic that holds
 * one of its keys; batches that share no key overtake one another.
 */
export class Dispatcher {
  /** Per topic: the last batch, waiting or in flight, that holds a key. */
  readonly #holders = new Map<string, Map<string, Flight>>();
  readonly #waiting: Record<Mode, Set<Flight>> = { realtime: new Set(), bulk: new Set() };
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

  /** Takes a batch over; it flies as soon as it may. Ask `isFull` and await `room()` before reading on. */
  dispatch(batch: Batch): void {
    this.#rethrow();
    const flight: Flight = { batch, blockedBy: new Set(), blocks: [] };
    this.#claimKeys(flight);
    this.#waiting[batch.mapping.mode].add(flight);
    this.#waitingBytes += batch.bytes;
    this.#launch(batch.mapping.mode);
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

  /** Would the batch fly at once? While a slot is free, those that wait do so for a key. */
  mayFly({ mapping, keys }: Batch): boolean {
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

  #claimKeys(flight: Flight): void {
    const { topic } = flight.batch.mapping;
    let holders = this.#holders.get(topic);
    if (holders === undefined) this.#holders.set(topic, (holders = new Map<string, Flight>()));
    for (const key of flight.batch.keys) {
      const holder = holders.get(key);
      if (holder !== undefined && !flight.blockedBy.has(holder)) {
        flight.blockedBy.add(holder);
        holder.blocks.push(flight);
      }
      holders.set(key, flight);
    }
  }

  #releaseKeys(flight: Flight): void {
    const holders = this.#holders.get(flight.batch.mapping.topic);
    for (const key of flight.batch.keys) if (holders?.get(key) === flight) holders.delete(key);
    for (const blocked of flight.blocks) blocked.blockedBy.delete(flight);
  }

  get #waitingCount(): number {
    return this.#waiting.realtime.size + this.#waiting.bulk.size;
  }

  #hasSlot(mode: Mode): boolean {
    return this.#inFlight[mode] < this.options.slots(mode);
  }

  #launch(mode: Mode): void {
    if (this.#isHalted) return;
    for (const flight of this.#waiting[mode]) {
      if (!this.#hasSlot(mode)) return;
      if (flight.blockedBy.size > 0) continue;
      this.#waiting[mode].delete(flight);
      this.#waitingBytes -= flight.batch.bytes;
      this.#inFlight[mode] += 1;
      void this.#fly(flight);
    }
  }

  async #fly(flight: Flight): Promise<void> {
    try {
      await this.options.fly(flight.batch);
    } catch (error) {
      this.#failure ??= { error };
      this.halt();
    }
    const { mode } = flight.batch.mapping;
    this.#inFlight[mode] -= 1;
    this.#releaseKeys(flight);
    this.#launch(mode);
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
