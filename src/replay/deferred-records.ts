import type { Batch } from '../batching/batch.js';
import { Spool } from '../input/spool.js';
import {
  countLines,
  linesOf,
  type Outcome,
  type RecordError,
  type SettledRecord,
  type SourceRecord,
  type TopicMapping,
} from '../core/record.js';
import type { FieldPlan } from '../records/field-plan.js';

const MISSING_PARENT = /Foreign key external ID: [^]* not found for field \S+ in entity (\w+)/i;

/**
 * What is done with deferred records. `again`: all are sent. `behind`: nothing was written since the last of them failed, so
 * that those which hold up others of their key have failed for good, and the others are sent. `last`: all have failed.
 */
type Wave = 'again' | 'behind' | 'last';

/**
 * Records that are not sent when they are read: those of topics that depend on others, and those that failed because a
 * parent was missing that this run may still write. They wait in temporary files.
 *
 * The latter are sent in waves, as long as a wave writes something. Records of a key keep their order: what comes later of
 * a key that is deferred is deferred, too.
 */
export class DeferredRecords {
  readonly #levels: ReadonlyMap<string, number>;
  readonly #byLevel: readonly Spool[];
  /** By sObject, in lower case: the last level at which some topic writes it. */
  readonly #writtenAt = new Map<string, number>();
  /** Whose topics are sent now, or were sent last. */
  #level = 0;
  #wave: Wave | undefined;
  /** What the wave is taken from, and what comes with the next one. */
  #taken = new Spool();
  #deferred = new Spool();
  /** By topic and key, how many lines are deferred behind one that has failed: those of `#deferred`, and those not yet sent of `#taken`. */
  #keys = new Map<string, number>();
  #keysTaken = new Map<string, number>();
  /** In this wave. */
  #hasSent = false;
  #hasWritten = false;

  constructor(plans: readonly FieldPlan[]) {
    this.#levels = dependencyLevels(plans.map(({ mapping }) => mapping));
    const highest = Math.max(0, ...this.#levels.values());
    this.#byLevel = Array.from({ length: highest }, () => new Spool());
    for (const { mapping, sobject } of plans) {
      if (mapping.operation !== 'insert' && mapping.operation !== 'upsert') continue;
      const name = sobject.toLowerCase();
      this.#writtenAt.set(name, Math.max(this.#writtenAt.get(name) ?? 0, this.#levelOf(mapping)));
    }
  }

  /** Does the topic wait for others? */
  dependsOnOthers(mapping: TopicMapping): boolean {
    return this.#levelOf(mapping) > 0;
  }

  put(record: SourceRecord): void {
    add(this.#byLevel[this.#levelOf(record.mapping) - 1] as Spool, record, undefined);
  }

  get isFull(): boolean {
    return this.all.some((spool) => spool.isFull);
  }

  /** Puts on disk what waits in memory. Throws `ReplayStopped`. */
  async flush(): Promise<void> {
    for (const spool of this.all) if (spool.isFull) await spool.flush();
  }

  /**
   * What waits, in the order in which it is to be sent: each spool once all before it is settled or deferred. The waves of a
   * level come before the next level, whose topics wait for all of its records.
   */
  *spools(): Generator<Spool, void> {
    yield* this.#waves();
    for (const spool of this.#byLevel) {
      this.#level++;
      if (spool.count > 0) yield spool;
      yield* this.#waves();
    }
  }

  *#waves(): Generator<Spool, void> {
    for (
      let wave: Wave | undefined = 'again';
      wave !== undefined && this.#deferred.count > 0;
      wave = this.#next(wave)
    ) {
      this.#wave = wave;
      [this.#taken, this.#deferred] = [this.#deferred, new Spool()];
      [this.#keysTaken, this.#keys] = [this.#keys, new Map<string, number>()];
      this.#hasSent = false;
      this.#hasWritten = false;
      yield this.#taken;
    }
    this.#wave = undefined;
  }

  #next(wave: Wave): Wave | undefined {
    if (wave === 'last') return undefined;
    if (this.#hasWritten) return 'again';
    return wave === 'again' || this.#hasSent ? 'behind' : 'last';
  }

  /** Is this record, taken from a spool, to be sent now? Else it has failed for good, by the error it waited with, or is deferred once more. */
  resume(record: SourceRecord, error: RecordError | undefined): 'send' | 'failed' | 'deferred' {
    const isSent = error === undefined ? this.#wave !== 'last' : this.#wave === 'again';
    if (isSent) return 'send';
    if (error !== undefined && this.#isHopeless(error) && (this.#wave === 'last' || this.#holdsUp(record)))
      return 'failed';
    this.defer(record, error);
    return 'deferred';
  }

  /** Is an earlier record of the key deferred? */
  isDeferred(record: SourceRecord): boolean {
    return record.key !== undefined && this.#keys.has(nameOf(record));
  }

  /** Defers the records of a batch that must not be sent, because an earlier one of their key is deferred: these. */
  deferBlocked({ mapping, records, job }: Batch): readonly SourceRecord[] {
    // What is with a job already cannot be held up.
    const mayBeBlocked = job === undefined && this.#keys.size > 0;
    let blocked = mayBeBlocked ? records.filter((record) => this.#keys.has(nameOf(record))) : [];
    if (mapping.allOrNone && blocked.length > 0) blocked = records;
    const isBlocked = new Set(blocked);
    this.noteSent(records.filter((record) => !isBlocked.has(record)));
    for (const record of blocked) this.defer(record, undefined);
    return blocked;
  }

  /** Defers the records that failed for want of a parent which may still come; the outcomes of the others are final. */
  deferRetryable(
    mapping: TopicMapping,
    settled: readonly SettledRecord[],
  ): { readonly final: readonly SettledRecord[]; readonly deferred: readonly SourceRecord[] } {
    this.#hasWritten ||= settled.some(({ outcome }) => outcome.kind === 'succeeded');
    const orphans = new Set(settled.filter(({ record, outcome }) => this.#isRetryable(outcome, record)));
    if (orphans.size === 0) return { final: settled, deferred: [] };
    const isDeferred = (one: SettledRecord): boolean =>
      orphans.has(one) || (mapping.allOrNone && isRolledBack(one.outcome));
    const final = settled.filter((one) => !isDeferred(one));
    // With all_or_none the others of the call have failed with them, and would fail again with one that stays wrong.
    if (mapping.allOrNone && final.some(({ outcome }) => outcome.kind === 'failed')) {
      return { final: settled, deferred: [] };
    }
    const deferred = settled.filter(isDeferred);
    for (const { record, outcome } of deferred) this.defer(record, 'error' in outcome ? outcome.error : undefined);
    return { final, deferred: deferred.map(({ record }) => record) };
  }

  /** Keeps the record for the next wave. `error`: undefined for one that was not sent, since an earlier one of its key is deferred. */
  defer(record: SourceRecord, error: RecordError | undefined): void {
    add(this.#deferred, record, error);
    if (record.key === undefined) return;
    const name = nameOf(record);
    const lines = error === undefined ? countLines([record]) : 0;
    this.#keys.set(name, (this.#keys.get(name) ?? 0) + lines);
  }

  /** They are about to be sent, or the org holds them already: none of them waits any more. */
  noteSent(records: readonly SourceRecord[]): void {
    this.#hasSent ||= records.length > 0;
    if (this.#keysTaken.size === 0) return;
    for (const record of records) {
      const name = nameOf(record);
      const waiting = this.#keysTaken.get(name);
      if (waiting !== undefined) this.#keysTaken.set(name, waiting - countLines([record]));
    }
  }

  /** Removes the files. What they still hold must have its outcome. */
  async remove(): Promise<void> {
    for (const spool of this.all) await spool.remove();
  }

  /** Every spool, whether something waits in it or not. */
  get all(): readonly Spool[] {
    return [...this.#byLevel, this.#taken, this.#deferred];
  }

  #levelOf({ topic }: TopicMapping): number {
    return this.#levels.get(topic) ?? 0;
  }

  #isRetryable(outcome: Outcome, record: SourceRecord): boolean {
    if (outcome.kind !== 'failed') return false;
    const parent = parentOf(outcome.error);
    if (parent === undefined || !this.#writtenAt.has(parent)) return false;
    return !(this.#wave === 'behind' && this.#isHopeless(outcome.error) && this.#holdsUp(record));
  }

  /** Does no topic that is still to be sent write the missing parent? What was rolled back with such a record waits as long as any. */
  #isHopeless(error: RecordError): boolean {
    return this.#level >= (this.#writtenAt.get(parentOf(error) ?? '') ?? this.#byLevel.length);
  }

  #holdsUp(record: SourceRecord): boolean {
    return (this.#keysTaken.get(nameOf(record)) ?? 0) > 0;
  }
}

function parentOf({ message }: RecordError): string | undefined {
  return MISSING_PARENT.exec(message)?.[1]?.toLowerCase();
}

function isRolledBack(outcome: Outcome): boolean {
  return outcome.kind === 'failed' && outcome.error.code === 'ALL_OR_NONE_OPERATION_ROLLED_BACK';
}

/** Names what versions of one key have in common. Records without a key share a name that no key has. */
function nameOf({ mapping, key }: SourceRecord): string {
  return key === undefined ? '' : `${mapping.topic}\n${key}`;
}

function add(spool: Spool, record: SourceRecord, error: RecordError | undefined): void {
  const { mapping, attempts, earlier, insertKey } = record;
  for (const line of linesOf(record)) spool.add(mapping.topic, line, { attempts, earlier, error, insertKey });
}

/**
 * When the records of each topic are sent: at level 0 at once, at every further level once all before it are settled. A
 * topic comes after all that it depends on. Their circles were refused with the configuration.
 */
export function dependencyLevels(mappings: readonly TopicMapping[]): ReadonlyMap<string, number> {
  const waits = new Map(mappings.map(({ topic, dependsOn }) => [topic, new Set(dependsOn).size]));
  const children = new Map<string, string[]>(mappings.map(({ topic }) => [topic, []]));
  for (const { topic, dependsOn } of mappings) {
    for (const parent of new Set(dependsOn)) children.get(parent)?.push(topic);
  }
  const levels = new Map<string, number>();
  let ready = [...waits].flatMap(([topic, count]) => (count === 0 ? [topic] : []));
  for (let level = 0; ready.length > 0; level++) {
    const next: string[] = [];
    for (const topic of ready) {
      levels.set(topic, level);
      for (const child of children.get(topic) ?? []) {
        const left = (waits.get(child) ?? 0) - 1;
        waits.set(child, left);
        if (left === 0) next.push(child);
      }
    }
    ready = next;
  }
  return levels;
}
