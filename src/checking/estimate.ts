import type { Batch } from '../batching/batch.js';
import { looksUpIds, type Mode, type TopicMapping } from '../core/record.js';
import { readCalls, readsAtOnce } from '../writers/present-values.js';
import type { Settings } from '../core/settings.js';

/** What the batches of one topic, or of all, cost. */
interface Cost {
  readonly batches: number;
  readonly apiCalls: number;
  readonly bulkBatches: number;
}

/*
 * What nobody knows before a run, taken from what orgs usually do. They decide the time alone, and are told with it.
 */
const MS_PER_REALTIME_RECORD = 4;
const BULK_JOB_MS = 5_000;
const BULK_RECORDS_PER_SECOND = 500;
/** What `max_in_flight: auto` is reckoned to find. */
const USUAL_CALLS_AT_ONCE = 8;
/** Stands in for a round trip that could not be measured. */
const USUAL_ROUND_TRIP_MS = 150;
/** Salesforce cuts a job's file into batches of so many rows. */
const BULK_BATCH_ROWS = 10_000;
/** Create, upload, close. */
const CALLS_TO_BEGIN_A_JOB = 3;

/** Adds up what the batches of a replay would cost. */
export class CostMeter {
  /** By the topic's name: its tombstones have a mapping of their own. */
  readonly #topics = new Map<string, TopicCost>();
  readonly #roundTripMs: number;

  constructor(
    private readonly settings: Settings,
    private readonly measuredRoundTripMs: number | undefined,
  ) {
    this.#roundTripMs = measuredRoundTripMs ?? USUAL_ROUND_TRIP_MS;
    for (const { topic, mode } of settings.mappings) this.#topics.set(topic, new TopicCost(mode));
  }

  add({ mapping, records, closedBy }: Batch): void {
    const topic = this.#topicOf(mapping);
    topic.batches++;
    let ms: number;
    if (mapping.mode === 'bulk') {
      ms = BULK_JOB_MS + (records.length / BULK_RECORDS_PER_SECOND) * 1000;
      topic.bulkBatches += Math.ceil(records.length / BULK_BATCH_ROWS);
      const polls = Math.ceil(ms / this.settings.bulkPollIntervalMs);
      topic.writeCalls += CALLS_TO_BEGIN_A_JOB + polls + this.#resultCalls();
    } else {
      ms = this.#roundTripMs + records.length * MS_PER_REALTIME_RECORD;
      topic.writeCalls++;
    }
    if (this.settings.onlyChanges) topic.recordsRead += records.filter(({ key }) => key !== undefined).length;
    const lookups = looksUpIds(mapping) ? readCalls(records.length) : 0;
    topic.writeCalls += lookups;
    topic.addTime(ms + lookups * this.#roundTripMs, closedBy === 'key');
  }

  costOf(mapping: TopicMapping): Cost {
    return this.#topicOf(mapping);
  }

  get total(): Cost {
    const total = { batches: 0, apiCalls: 0, bulkBatches: 0 };
    for (const cost of this.#topics.values()) {
      total.batches += cost.batches;
      total.apiCalls += cost.apiCalls;
      total.bulkBatches += cost.bulkBatches;
    }
    return total;
  }

  /**
   * One topic after another, as dumps mostly are; within a topic as much side by side as order and settings allow. Nobody
   * knows what `only_changes` will spare: all is taken to be read and sent.
   */
  get durationMs(): number {
    let durationMs = 0;
    for (const topic of this.#topics.values()) {
      const { maxConcurrentBulkJobs } = this.settings;
      const lanes = Math.min(topic.mode === 'bulk' ? maxConcurrentBulkJobs : this.#callsAtOnce, topic.batches);
      if (topic.batches > 0) durationMs += Math.max(topic.totalMs / lanes, topic.longestChainMs);
      const readLanes = Math.min(readsAtOnce(this.settings), topic.readCalls);
      if (readLanes > 0) durationMs += (topic.readCalls * this.#roundTripMs) / readLanes;
    }
    return Math.round(durationMs);
  }

  /** What the time is reckoned with; one sentence each. */
  get assumptions(): string[] {
    const costly = [...this.#topics.values()].filter(({ batches }) => batches > 0);
    const modes = new Set(costly.map(({ mode }) => mode));
    const { maxConcurrentBulkJobs } = this.settings;
    const roundTrip = `${Math.round(this.#roundTripMs)} ms (${this.measuredRoundTripMs === undefined ? 'assumed' : 'measured'})`;
    const told: string[] = [];
    if (modes.has('realtime')) {
      const lanes = `${this.#callsAtOnce} ${this.#callsAtOnce === 1 ? 'call' : 'calls'} at a time`;
      told.push(`realtime: a round trip of ${roundTrip} and ${MS_PER_REALTIME_RECORD} ms a record, ${lanes}`);
    }
    if (modes.has('bulk')) {
      const lanes = `${maxConcurrentBulkJobs} ${maxConcurrentBulkJobs === 1 ? 'job' : 'jobs'} at a time`;
      told.push(`bulk: ${BULK_JOB_MS / 1000} s a job and ${BULK_RECORDS_PER_SECOND} records/s in it, ${lanes}`);
    }
    if (costly.some(({ readCalls }) => readCalls > 0)) {
      const calls = readsAtOnce(this.settings);
      const lanes = `${calls} ${calls === 1 ? 'call' : 'calls'} at a time`;
      told.push(`only_changes: all records are read, a round trip for each call, ${lanes}, and then sent`);
    }
    return told;
  }

  get roundTripMs(): number | null {
    return this.measuredRoundTripMs === undefined ? null : Math.round(this.measuredRoundTripMs);
  }

  get #callsAtOnce(): number {
    const { maxInFlight } = this.settings;
    return maxInFlight === 'auto' ? USUAL_CALLS_AT_ONCE : maxInFlight;
  }

  #topicOf(mapping: Pick<TopicMapping, 'topic'>): TopicCost {
    const topic = this.#topics.get(mapping.topic);
    if (topic === undefined) throw new Error(`topic ${mapping.topic} is not in the estimate`);
    return topic;
  }

  /** The failures, and the successes where they are asked for. */
  #resultCalls(): number {
    return this.settings.successesFile === undefined ? 1 : 2;
  }
}

class TopicCost implements Cost {
  batches = 0;
  /** But those that read what the org holds. */
  writeCalls = 0;
  /** Before they are sent, with `only_changes`. */
  recordsRead = 0;
  bulkBatches = 0;
  totalMs = 0;
  longestChainMs = 0;
  #chainMs = 0;

  constructor(readonly mode: Mode) {}

  get apiCalls(): number {
    return this.writeCalls + this.readCalls;
  }

  get readCalls(): number {
    return readCalls(this.recordsRead);
  }

  /** A batch that was closed for a repeated key is waited for by the next one. */
  addTime(ms: number, isFollowed: boolean): void {
    this.totalMs += ms;
    this.#chainMs += ms;
    this.longestChainMs = Math.max(this.longestChainMs, this.#chainMs);
    if (!isFollowed) this.#chainMs = 0;
  }
}
