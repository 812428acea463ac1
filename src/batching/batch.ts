import type { SourceRecord, TopicMapping } from '../record.js';

/** What closed a batch. */
export type CloseReason = 'count' | 'bytes' | 'period' | 'key' | 'end';

/** The most that a batch holds. */
export interface BatchLimits {
  readonly maxRecords: number;
  /** Of the lines' text, UTF-8. A single record may exceed it. */
  readonly maxBytes: number;
}

/** Records of one topic, in input order, no key twice, that are sent together. */
export class Batch {
  readonly records: SourceRecord[] = [];
  readonly keys = new Set<string>();
  bytes = 0;
  /** Set when an earlier run has given these records to a bulk job, whose state the org knows. */
  jobId: string | undefined;

  constructor(
    readonly mapping: TopicMapping,
    /** Milliseconds on the run's clock: when its first record came. */
    readonly openedAtMs: number,
  ) {}

  /** The records of a bulk job that an earlier run made. */
  static of(records: readonly SourceRecord[], jobId: string): Batch {
    const [first] = records;
    if (first === undefined) throw new Error(`bulk job ${jobId} without records`);
    const batch = new Batch(first.mapping, 0);
    for (const record of records) batch.add(record);
    batch.jobId = jobId;
    return batch;
  }

  /** Why this record cannot join, or undefined when it can. */
  refusal(record: SourceRecord, limits: BatchLimits): CloseReason | undefined {
    if (record.key !== undefined && this.keys.has(record.key)) return 'key';
    if (this.records.length >= limits.maxRecords) return 'count';
    if (this.records.length > 0 && this.bytes + record.bytes > limits.maxBytes) return 'bytes';
    return undefined;
  }

  add(record: SourceRecord): void {
    this.records.push(record);
    if (record.key !== undefined) this.keys.add(record.key);
    this.bytes += record.bytes;
  }
}
