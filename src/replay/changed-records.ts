import type { BatchFeed } from '../batching/feed.js';
import { fold } from '../batching/batch.js';
import { byMapping, countLines, type SourceRecord } from '../core/record.js';
import type { FieldPlan } from '../records/field-plan.js';
import { RequestError } from '../salesforce/errors.js';
import { HeldRecords } from '../writers/held-records.js';
import { readsAtOnce } from '../writers/present-values.js';
import type { RunContext } from './run-context.js';

/** Where records go to be sent. */
export type Feed = Pick<BatchFeed, 'add' | 'resume' | 'isFull' | 'room' | 'drain' | 'finish' | 'halt'>;

/** Records of one topic that are read together: so many that the last of the calls, which is not full, counts little. */
const MAX_RECORDS = 4_000;
/** Of their lines. */
const MAX_BYTES = 8 * 1024 * 1024;

/** What was gathered of one topic, in the order of the input. */
class Group {
  readonly records: SourceRecord[] = [];
  bytes = 0;
  /** Where the last record of each key stands. */
  readonly #places = new Map<string, number>();

  /** Folds it into the version before it where the mapping says so. */
  add(record: SourceRecord): void {
    const key = record.key as string;
    this.bytes += record.bytes;
    const place = this.#places.get(key) ?? -1;
    const earlier = this.records[place];
    if (earlier !== undefined && isFolded(earlier, record)) this.records[place] = fold(earlier, record);
    else this.#places.set(key, this.records.push(record) - 1);
  }

  get isWhole(): boolean {
    return this.records.length >= MAX_RECORDS || this.bytes >= MAX_BYTES;
  }
}

/**
 * `only_changes`: reads what the org holds of the records that come, a group at a time, settles those that it holds as they
 * are, and hands on the others in their order, to be gathered into batches. A record is not read but handed on where an
 * earlier one of its key is still on its way.
 */
export class ChangedRecords implements Feed {
  readonly #groups = new Map<string, Group>();
  #bytes = 0;
  /** Topics to be read although their group is not whole. */
  #due = new Set<string>();
  /** Where reading fails, this stays, and fails whoever waits for it. */
  #reading: Promise<void> | undefined;
  /** Was the group that is being read, or was read last, whole, so that the input flows? */
  #isFlowing = false;
  #timer: NodeJS.Timeout | undefined;
  #isHalted = false;
  /** Undefined for what cannot be read, and is sent. */
  readonly #readers = new Map<FieldPlan, HeldRecords | undefined>();

  constructor(
    private readonly feed: BatchFeed,
    private readonly context: RunContext,
  ) {}

  add(record: SourceRecord): void {
    if (record.key === undefined) {
      this.feed.add(record);
      return;
    }
    const { topic } = record.mapping;
    const group = this.#groups.get(topic) ?? new Group();
    this.#groups.set(topic, group);
    group.add(record);
    this.#bytes += record.bytes;
    this.#timer ??= setTimeout(() => this.#readAll(), this.context.run.settings.batchPeriodMs / 2);
    if (group.isWhole || this.#holdsMuch) this.#start();
  }

  resume(...[batch]: Parameters<BatchFeed['resume']>): void {
    this.feed.resume(batch);
  }

  /** Is a whole group being read, so that more records may follow those handed on? */
  get isFlowing(): boolean {
    return this.#isFlowing;
  }

  get isFull(): boolean {
    return this.#isFilled || this.feed.isFull;
  }

  async room(): Promise<void> {
    while (this.#isFilled) {
      this.#start();
      await this.#reading;
    }
    await this.feed.room();
  }

  async drain(): Promise<void> {
    await this.#finishReading();
    await this.feed.drain();
  }

  async finish(): Promise<void> {
    await this.#finishReading();
    await this.feed.finish();
  }

  halt(): SourceRecord[] {
    this.#isHalted = true;
    this.#disarmTimer();
    const gathered = [...this.#groups.values()].flatMap(({ records }) => records);
    this.#groups.clear();
    this.#bytes = 0;
    return [...this.feed.halt(), ...gathered];
  }

  get #holdsMuch(): boolean {
    return this.#bytes >= MAX_BYTES;
  }

  /** A group may be gathered while another is read. */
  get #isFilled(): boolean {
    if (this.#isHalted || this.#reading === undefined) return false;
    return this.#holdsMuch || [...this.#groups.values()].some(({ isWhole }) => isWhole);
  }

  #readAll(): void {
    this.#disarmTimer();
    this.#due = new Set(this.#groups.keys());
    this.#start();
  }

  async #finishReading(): Promise<void> {
    do {
      this.#readAll();
      await this.#reading;
    } while (this.#reading !== undefined);
    this.#isFlowing = false;
  }

  /** One group after the other: the calls for it go side by side. */
  #start(): void {
    if (this.#reading !== undefined || this.#isHalted) return;
    const group = this.#takeGroup();
    if (group === undefined) return;
    this.#isFlowing = group.isWhole;
    this.#reading = this.#pass(group.records).then(() => {
      this.#reading = undefined;
      this.#start();
    });
    this.#reading.catch(() => undefined);
  }

  #takeGroup(): Group | undefined {
    const groups = [...this.#groups].sort(([, a], [, b]) => b.bytes - a.bytes);
    const [topic, group] =
      groups.find(([one]) => this.#due.has(one)) ?? groups.find(([, { isWhole }]) => isWhole || this.#holdsMuch) ?? [];
    if (topic === undefined || group === undefined) return undefined;
    this.#due.delete(topic);
    this.#groups.delete(topic);
    this.#bytes -= group.bytes;
    return group;
  }

  async #pass(records: readonly SourceRecord[]): Promise<void> {
    const { deferred, limits, settlement } = this.context;
    const held = await this.#find(records.filter((record) => !this.#isInFlight(record)));
    const unchanged: SourceRecord[] = [];
    const changed: SourceRecord[] = [];
    const changedKeys = new Set<string | undefined>();
    for (const record of records) {
      if (held.has(record) && !changedKeys.has(record.key)) unchanged.push(record);
      else {
        changed.push(record);
        changedKeys.add(record.key);
      }
    }
    deferred.noteSent(unchanged);
    for (const some of byMapping(unchanged)) {
      limits.noteUnchanged((some[0] as SourceRecord).mapping, countLines(some));
      await settlement.settle(some.map((record) => ({ record, outcome: { kind: 'unchanged' } })));
    }
    for (const record of changed) {
      this.feed.add(record);
      if (this.feed.isFull) await this.feed.room();
    }
  }

  /** What the org holds now is not what this record will find. */
  #isInFlight(record: SourceRecord): boolean {
    return this.feed.holds(record) || this.context.deferred.isDeferred(record);
  }

  async #find(records: readonly SourceRecord[]): Promise<ReadonlySet<SourceRecord>> {
    const { context } = this;
    const isStopping = (): boolean => context.run.stopping.aborted;
    const held = new Set<SourceRecord>();
    for (const some of byMapping(records)) {
      const plan = context.plans.get((some[0] as SourceRecord).mapping) as FieldPlan;
      if (isStopping()) break;
      try {
        for (const record of (await this.#readerOf(plan)?.find(some)) ?? []) held.add(record);
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        if (error.stop !== undefined) context.stop(error.stop);
        if (isStopping()) break;
        this.#readers.set(plan, undefined);
        const reason = `${plan.sobject} cannot be read: ${error.message}`;
        context.warnOnce(`${plan.mapping.topic}: only_changes has no effect, since ${reason}`);
      }
    }
    return held;
  }

  #readerOf(plan: FieldPlan): HeldRecords | undefined {
    if (!this.#readers.has(plan)) {
      const { client, settings, stopping, aborting: signal } = this.context.run;
      this.#readers.set(plan, new HeldRecords(plan, { client, signal, stopping, callsAtOnce: readsAtOnce(settings) }));
    }
    return this.#readers.get(plan);
  }

  #disarmTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

function isFolded(earlier: SourceRecord, later: SourceRecord): boolean {
  return earlier.mapping === later.mapping && later.mapping.compact && earlier.exactKey === later.exactKey;
}
