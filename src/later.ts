import type { Batch } from './batching/batch.js';
import { levelsOf } from './batching/levels.js';
import { Spool } from './input/spool.js';
import { linesOf, type Outcome, type SourceRecord, type TopicMapping } from './record.js';
import type { FieldPlan } from './writers/fields.js';

const MISSING_PARENT = /Foreign key external ID: [^]* not found for field \S+ in entity (\w+)/i;

/** What is settled now, and what waits for a second try. */
export interface Sifted {
  readonly records: readonly SourceRecord[];
  readonly outcomes: readonly Outcome[];
  readonly held: readonly SourceRecord[];
}

/**
 * Records that are not sent when they are read: those of topics that depend on others, and those that failed because a
 * parent was missing that this run may still write. They wait in temporary files.
 */
export class Later {
  readonly #levels: ReadonlyMap<string, number>;
  readonly #byLevel: readonly Spool[];
  readonly #secondTries = new Spool();
  /** By topic, the keys of records that wait for their second try: what comes later of such a key must wait, too. */
  readonly #heldKeys = new Map<string, Set<string>>();
  readonly #writtenSObjects: ReadonlySet<string>;
  #isLastTry = false;

  constructor(plans: readonly FieldPlan[]) {
    this.#levels = levelsOf(plans.map(({ mapping }) => mapping));
    const highest = Math.max(0, ...this.#levels.values());
    this.#byLevel = Array.from({ length: highest }, () => new Spool());
    const writing = plans.filter(({ mapping: { operation } }) => operation === 'insert' || operation === 'upsert');
    this.#writtenSObjects = new Set(writing.map(({ sobject }) => sobject.toLowerCase()));
  }

  /** Does the topic wait for others? */
  isLater({ topic }: TopicMapping): boolean {
    return (this.#levels.get(topic) ?? 0) > 0;
  }

  put(record: SourceRecord): void {
    const level = this.#levels.get(record.mapping.topic) ?? 0;
    add(this.#byLevel[level - 1] as Spool, record);
  }

  get isFull(): boolean {
    return this.all.some((spool) => spool.isFull);
  }

  /** Puts on disk what waits in memory. Throws `ReplayStopped`. */
  async flush(): Promise<void> {
    for (const spool of this.all) if (spool.isFull) await spool.flush();
  }

  /** What waits, in the order in which it is to be sent: each spool once all before it is settled. */
  *spools(): Generator<Spool, void> {
    for (const spool of this.#byLevel) if (spool.count > 0) yield spool;
    this.#isLastTry = true;
    if (this.#secondTries.count > 0) yield this.#secondTries;
  }

  /** The records of a batch that must wait for their second try, because an earlier one of their key does. */
  waitingOf({ mapping, records, job }: Batch): readonly SourceRecord[] {
    const keys = this.#heldKeys.get(mapping.topic);
    // What is with a job already cannot be held up.
    if (keys === undefined || this.#isLastTry || job !== undefined) return [];
    const waiting = records.filter(({ key }) => key !== undefined && keys.has(key));
    return mapping.allOrNone && waiting.length > 0 ? records : waiting;
  }

  /** Parts off the records that failed for want of a parent, unless this was their second try. */
  sift(mapping: TopicMapping, records: readonly SourceRecord[], outcomes: readonly Outcome[]): Sifted {
    if (this.#isLastTry || !outcomes.some((outcome) => this.#mayPassLater(outcome)))
      return { records, outcomes, held: [] };
    const isHeld = outcomes.map(
      (outcome) => this.#mayPassLater(outcome) || (mapping.allOrNone && isRolledBack(outcome)),
    );
    // With all_or_none the others of the call have failed with them, and would fail again with one that stays wrong.
    const isHopeless =
      mapping.allOrNone && outcomes.some((outcome, i) => outcome.kind === 'failed' && isHeld[i] !== true);
    if (isHopeless) return { records, outcomes, held: [] };
    return {
      records: records.filter((_, i) => isHeld[i] !== true),
      outcomes: outcomes.filter((_, i) => isHeld[i] !== true),
      held: records.filter((_, i) => isHeld[i] === true),
    };
  }

  /** Keeps the records for their second try, at the end of the run. */
  hold(records: readonly SourceRecord[]): void {
    for (const record of records) {
      add(this.#secondTries, record);
      const { key, mapping } = record;
      if (key === undefined) continue;
      const keys = this.#heldKeys.get(mapping.topic);
      if (keys === undefined) this.#heldKeys.set(mapping.topic, new Set([key]));
      else keys.add(key);
    }
  }

  /** Removes the files. What they still hold must have its outcome. */
  async remove(): Promise<void> {
    for (const spool of this.all) await spool.remove();
  }

  /** Every spool, whether something waits in it or not. */
  get all(): readonly Spool[] {
    return [...this.#byLevel, this.#secondTries];
  }

  #mayPassLater(outcome: Outcome): boolean {
    if (outcome.kind !== 'failed') return false;
    const entity = MISSING_PARENT.exec(outcome.error.message)?.[1];
    return entity !== undefined && this.#writtenSObjects.has(entity.toLowerCase());
  }
}

function isRolledBack(outcome: Outcome): boolean {
  return outcome.kind === 'failed' && outcome.error.code === 'ALL_OR_NONE_OPERATION_ROLLED_BACK';
}

function add(spool: Spool, record: SourceRecord): void {
  const { mapping, attempts, earlier } = record;
  for (const line of linesOf(record)) spool.add(mapping.topic, line, attempts, earlier);
}
