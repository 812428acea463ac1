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

  constructor(
    readonly mapping: TopicMapping,
    /** Milliseconds on the run's clock: when its first record came. */
    readonly openedAtMs: number,
  ) {}

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
