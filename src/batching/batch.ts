import type { EarlierJob } from '../core/journal.js';
import {
  linesOf,
  type Column,
  type RecordFields,
  type Scalar,
  type SourceRecord,
  type TopicMapping,
} from '../core/record.js';

/** What closed a batch. */
export type CloseReason = 'count' | 'bytes' | 'period' | 'key' | 'end';

/** The most that a batch holds. */
export interface BatchLimits {
  readonly maxRecords: number;
  /** Of the lines' text, UTF-8. A single record may exceed it. */
  readonly maxBytes: number;
}

const UNLIMITED: BatchLimits = { maxRecords: Infinity, maxBytes: Infinity };

/** Records of one topic, in input order, no key twice, that are sent together. */
export class Batch {
  readonly records: SourceRecord[] = [];
  readonly keys = new Set<string>();
  bytes = 0;
  /** Set when an earlier run has given these records to a bulk job, whose state the org knows. */
  job: EarlierJob | undefined;
  closedBy: CloseReason | undefined;
  /** How many more batches it would have been if a repeated key had closed it. */
  saved = 0;
  /** Where the record of each key stands; kept where records are folded. */
  readonly #places = new Map<string, number>();
  /** Keys since the last repeated one. */
  #keysUnfolded = new Set<string>();

  constructor(
    readonly mapping: TopicMapping,
    /** Milliseconds on the run's clock: when its first record came. */
    readonly openedAtMs: number,
    public limits: BatchLimits = UNLIMITED,
  ) {}

  /** The records of a bulk job that an earlier run made. */
  static of(records: readonly SourceRecord[], job: EarlierJob): Batch {
    const [first] = records;
    if (first === undefined) throw new Error(`bulk job ${job.id} without records`);
    const batch = new Batch(first.mapping, 0);
    for (const record of records) {
      if (batch.folds(record)) batch.fold(record);
      else batch.add(record);
    }
    batch.job = job;
    return batch;
  }

  /** The same batch, but for these of its records. */
  without(records: readonly SourceRecord[]): Batch {
    if (records.length === 0) return this;
    const without = new Set(records);
    const rest = new Batch(this.mapping, this.openedAtMs);
    for (const record of this.records) if (!without.has(record)) rest.add(record);
    rest.closedBy = this.closedBy;
    rest.saved = this.saved;
    return rest;
  }

  /** Why this record, whose key the batch does not hold, cannot join; undefined when it can. */
  refusal(record: SourceRecord): CloseReason | undefined {
    const { maxRecords, maxBytes } = this.limits;
    if (this.records.length >= maxRecords) return 'count';
    if (this.records.length > 0 && this.bytes + record.bytes > maxBytes) return 'bytes';
    return undefined;
  }

  /** Which limit is reached, if one is. */
  get fullBy(): CloseReason | undefined {
    if (this.records.length >= this.limits.maxRecords) return 'count';
    return this.bytes >= this.limits.maxBytes ? 'bytes' : undefined;
  }

  add(record: SourceRecord): void {
    this.records.push(record);
    this.bytes += record.bytes;
    const { fields, key } = record;
    // Its text is all that is sent of it.
    if (fields.json !== undefined) fields.forget?.();
    if (key === undefined) return;
    this.keys.add(key);
    if (!this.mapping.compact) return;
    this.#places.set(key, this.records.length - 1);
    this.#keysUnfolded.add(key);
  }

  /** Is the record a version of one that the batch holds, to be folded into it? */
  folds(record: SourceRecord): boolean {
    const place = record.key === undefined ? undefined : this.#places.get(record.key);
    if (place === undefined) return false;
    return this.records[place]?.exactKey === record.exactKey;
  }

  fold(record: SourceRecord): void {
    const key = record.key as string;
    const place = this.#places.get(key) as number;
    this.records[place] = fold(this.records[place] as SourceRecord, record);
    this.bytes += record.bytes;
    if (this.#keysUnfolded.has(key)) {
      this.saved++;
      this.#keysUnfolded = new Set();
    }
    this.#keysUnfolded.add(key);
  }
}

/** Two versions of one key as one record: the later line with the fields of both, of which the later ones win. */
export function fold(earlier: SourceRecord, later: SourceRecord): SourceRecord {
  return {
    ...later,
    bytes: earlier.bytes + later.bytes,
    fields: foldFields(earlier.fields, later.fields),
    folded: [...linesOf(earlier), ...(later.folded ?? [])],
    earlier: later.earlier ?? earlier.earlier,
  };
}

function foldFields(earlier: RecordFields, later: RecordFields): RecordFields {
  // Versions of one shape share their columns.
  if (earlier.columns === later.columns) return later;
  const byField = new Map<string, { column: Column; value: Scalar }>();
  for (const { columns, values } of [earlier, later]) {
    for (const [i, column] of columns.entries()) {
      byField.set(column.field.toLowerCase(), { column, value: values[i] as Scalar });
    }
  }
  const members = [...byField.values()];
  return { columns: members.map(({ column }) => column), values: members.map(({ value }) => value) };
}
