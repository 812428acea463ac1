import {
  linesOf,
  type Outcome,
  type RecordError,
  type SourceLine,
  type SourceRecord,
  type TopicMapping,
} from '../core/record.js';
import { DroppedTally, ErrorTally } from './error-tally.js';
import { InputAccount } from './input-account.js';
import type { Totals, TopicSummary } from './summary.js';

/** Counts what became of each line. Whoever counts an outcome here has made sure of it on disk first. */
export class Ledger extends InputAccount {
  /** By topic. */
  readonly topics: ReadonlyMap<string, TopicLedger>;
  /** Of the unmapped lines, those that count as failed. */
  unmappedFailed = 0;
  /** Lines without a topic's account (malformed, unmapped) that an earlier run has put into the failures file. */
  resumedDiscards = 0;

  constructor(mappings: readonly TopicMapping[], knowsCreated: (mapping: TopicMapping) => boolean) {
    super();
    this.topics = new Map(mappings.map((mapping) => [mapping.topic, new TopicLedger(mapping, knowsCreated(mapping))]));
  }

  topic(mapping: TopicMapping): TopicLedger {
    const topic = this.topics.get(mapping.topic);
    if (topic === undefined) throw new Error(`topic ${mapping.topic} is not in the ledger`);
    return topic;
  }

  totals(): Totals {
    const topics = [...this.topics.values()];
    const sum = (count: (topic: TopicLedger) => number): number =>
      topics.reduce((total, topic) => total + count(topic), 0);
    return {
      read: this.lines,
      succeeded: sum((topic) => topic.succeeded),
      unchanged: sum((topic) => topic.unchanged),
      failed: sum((topic) => topic.failed) + this.unmappedFailed,
      in_doubt: sum((topic) => topic.inDoubt),
      superseded: sum((topic) => topic.superseded),
      unmapped: this.unmapped - this.unmappedFailed,
      malformed: this.malformed,
      resumed: sum((topic) => topic.resumed) + this.resumedDiscards,
      unsent: sum((topic) => topic.unsent),
    };
  }

  /** Every line read has exactly one outcome. A ledger that does not add up is a bug, and is said aloud. */
  assertSettled(): void {
    const { read, ...outcomes } = this.totals();
    const settled = Object.values(outcomes).reduce((total, count) => total + count, 0);
    if (settled !== read) throw new Error(`${read} lines were read, but ${settled} have an outcome`);
    for (const topic of this.topics.values()) topic.assertSettled();
  }
}

/** The account of one topic. */
export class TopicLedger {
  read = 0;
  /** Records handed to a writer so far. */
  sent = 0;
  inFlight = 0;
  succeeded = 0;
  /** The org held them as they are. */
  unchanged = 0;
  created = 0;
  failed = 0;
  inDoubt = 0;
  unsent = 0;
  /** Lines whose fields went out with a later line of their key. */
  superseded = 0;
  /** Settled by an earlier run of the same journal. */
  resumed = 0;
  batches = 0;
  /** Batches that a repeated key closed before they were full, and those that folding has spared. */
  batchesClosedByKey = 0;
  batchesSaved = 0;
  /** Of the superseded lines. */
  tombstonesSkipped = 0;
  /** Of the lines in doubt, those that this run did not send. */
  heldBack = 0;
  readonly jobs: string[] = [];
  readonly errors = new ErrorTally();
  readonly dropped = new DroppedTally();

  constructor(
    readonly mapping: TopicMapping,
    private readonly knowsCreated: boolean,
  ) {}

  settle(record: SourceRecord, outcome: Outcome): void {
    for (const { field: name } of record.refusedColumns ?? []) this.dropped.add({ kind: 'unwritable', name });
    const { kind } = outcome;
    if (kind === 'succeeded' || kind === 'unchanged') {
      this[kind]++;
      this.superseded += record.folded?.length ?? 0;
      if (kind === 'succeeded' && outcome.created === true) this.created++;
      return;
    }
    for (const line of linesOf(record)) {
      if (kind === 'failed') this.fail(outcome.error, line);
      else if (kind === 'in_doubt') this.#doubt(outcome.error, line);
      else this.unsent++;
    }
  }

  fail(error: RecordError, line: Omit<SourceLine, 'text'>): void {
    this.failed++;
    this.errors.add(error, line);
  }

  /** An earlier run left the line in doubt, and it was not sent again. */
  holdBack(error: RecordError, line: Omit<SourceLine, 'text'>): void {
    this.heldBack++;
    this.#doubt(error, line);
  }

  /** A tombstone that means nothing. */
  skip(): void {
    this.superseded++;
    this.tombstonesSkipped++;
  }

  summary(): TopicSummary {
    const { topic, sobject, operation, mode } = this.mapping;
    return {
      topic,
      sobject,
      operation,
      mode,
      read: this.read,
      succeeded: this.succeeded,
      created: this.knowsCreated ? this.created : null,
      failed: this.failed,
      in_doubt: this.inDoubt,
      unchanged: this.unchanged,
      superseded: this.superseded,
      resumed: this.resumed,
      unsent: this.unsent,
      batches: this.batches,
      jobs: this.jobs,
      errors: this.errors.list(),
      dropped_fields: this.dropped.countsOf('unwritable'),
      unknown_fields: this.dropped.countsOf('unknown'),
      nearest_fields: this.dropped.nearest(),
    };
  }

  /** Lines of this topic that have an outcome. */
  get settled(): number {
    return this.succeeded + this.unchanged + this.failed + this.inDoubt + this.superseded + this.unsent + this.resumed;
  }

  assertSettled(): void {
    if (this.settled !== this.read) {
      throw new Error(
        `topic ${this.mapping.topic}: ${this.read} records were read, but ${this.settled} have an outcome`,
      );
    }
  }

  #doubt(error: RecordError, line: Omit<SourceLine, 'text'>): void {
    this.inDoubt++;
    this.errors.add(error, line);
  }
}
