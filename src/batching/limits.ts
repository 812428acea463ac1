import { countLines, type TopicMapping } from '../core/record.js';
import type { Settings } from '../core/settings.js';
import type { Batch, BatchLimits } from './batch.js';

/** What sObject Collections takes in one call. */
const MAX_COLLECTION_RECORDS = 200;
/** No limit of bytes is documented for a call; a few megabytes are sure to pass every gateway. */
const MAX_COLLECTION_BYTES = 4 * 1024 * 1024;
/** Below the API's 100 MB of CSV, which is mostly shorter than the lines it is made from. The writer cuts by the real size. */
const MAX_BULK_BYTES = 90_000_000;
/** Below so many records the calls and the queueing of a further job cost more than it brings. */
const MIN_RECORDS = 1_000;
/** So many records of a batch tell what its topic is like. */
const INITIAL_RECORDS = 200;
/** Salesforce works on a job in batches of so many, side by side, and counts them; a few more than that cost a whole further one. */
const ORG_BATCH_RECORDS = 10_000;
/** Lines of text that all jobs in flight may hold, and all batches that are being gathered: what bounds the memory. */
const MAX_IN_FLIGHT_BYTES = 48 * 1024 * 1024;
const MAX_GATHERED_JOB_BYTES = 16 * 1024 * 1024;
/** Lines of text gathered over all topics before the largest batches are sent as they are: thousands of topics must not fill memory. */
const MAX_GATHERED_BYTES = 32 * 1024 * 1024;

/** How much batches hold, by the settings or, where they say `auto`, by the work there is. */
export class SizeLimits {
  readonly #jobs: JobSize | undefined;

  constructor(
    private readonly settings: Pick<Settings, 'mappings' | 'bulkBatchSize' | 'maxConcurrentBulkJobs'>,
    forecast: InputForecast,
  ) {
    const { mappings, bulkBatchSize, maxConcurrentBulkJobs: slots } = settings;
    const topics = mappings.filter(({ mode }) => mode === 'bulk').map(({ topic }) => topic);
    this.#jobs =
      bulkBatchSize === 'auto' ? new JobSize({ topics, slots, forecast, maxBytes: MAX_BULK_BYTES }) : undefined;
  }

  /** Asked when a batch is opened, and whenever it is full by count: it may be given more room then. */
  of(mapping: TopicMapping, full?: Batch): BatchLimits {
    const { bulkBatchSize } = this.settings;
    if (mapping.mode === 'realtime') {
      const maxRecords =
        bulkBatchSize === 'auto' ? MAX_COLLECTION_RECORDS : Math.min(bulkBatchSize, MAX_COLLECTION_RECORDS);
      return { maxRecords, maxBytes: MAX_COLLECTION_BYTES };
    }
    if (bulkBatchSize !== 'auto') return { maxRecords: bulkBatchSize, maxBytes: MAX_BULK_BYTES };
    return (this.#jobs as JobSize).limitsOf(mapping.topic, full);
  }

  /** To be told of each batch as it is closed. */
  noteClosed(batch: Batch): void {
    if (batch.mapping.mode === 'bulk') this.#jobs?.noteClosed(batch);
  }

  /** So many lines of a batch that was closed will be sent later. */
  noteDeferred({ mapping: { mode, topic } }: Batch, lines: number): void {
    if (mode === 'bulk') this.#jobs?.noteDeferred(topic, lines);
  }

  /** So many lines need not be sent. */
  noteUnchanged({ mode, topic }: TopicMapping, lines: number): void {
    if (mode === 'bulk') this.#jobs?.noteUnchanged(topic, lines);
  }

  /** Lines of text that may be gathered over all topics. */
  get maxGatheredBytes(): number {
    return this.#jobs === undefined ? MAX_GATHERED_BYTES : MAX_GATHERED_JOB_BYTES;
  }
}

/**
 * How much is still to come, as far as can be told while the input is read: what was read so far, and by what factor that
 * will grow until the end.
 */
export class InputForecast {
  readonly #records = new Map<string, number>();
  #all = 0;
  /** All records that the input will have held, reckoned when its last piece was taken. */
  #expected: number | undefined;
  #hasEnded = false;

  /** A record that this run is to send. */
  noteRecord(topic: string): void {
    this.#all++;
    this.#records.set(topic, (this.#records.get(topic) ?? 0) + 1);
  }

  /** So many lines up to `position` are about to be taken. Of the first ones all are reckoned to be records. */
  noteAhead(lines: number, position: number, size: number | undefined): void {
    if (size !== undefined && position > 0) this.#expected ??= lines * Math.max(1, size / position);
  }

  /** All records of the input up to `position` were noted. Both in bytes as stored; the size is undefined where nobody knows it. */
  notePosition(position: number, size: number | undefined): void {
    if (size !== undefined && position > 0) this.#expected = this.#all * Math.max(1, size / position);
  }

  noteEnd(): void {
    this.#hasEnded = true;
  }

  /** Records of the topic so far. */
  recordsOf(topic: string): number {
    return this.#records.get(topic) ?? 0;
  }

  /** 1 at the end of the input; undefined where the length of the input is not known. */
  get expectedGrowth(): number | undefined {
    if (this.#hasEnded) return 1;
    if (this.#expected === undefined || this.#all === 0) return undefined;
    return Math.max(1, this.#expected / this.#all);
  }
}

interface JobSizeOptions {
  /** The topics that are written in bulk. */
  readonly topics: readonly string[];
  /** Jobs in flight at once. */
  readonly slots: number;
  readonly forecast: InputForecast;
  /** Of one job's lines. */
  readonly maxBytes: number;
}

/**
 * `bulk_batch_size: auto`: jobs as large as the limits, memory and the work left allow, and as many as keep all slots
 * busy to the end. What there is to do is spread evenly, over as few rounds of the slots as the jobs can hold. From an
 * input of unknown length as much is expected to come as came already, so that the first jobs are small and grow.
 */
class JobSize {
  /** By topic, what closed batches hold. */
  readonly #closed = new Map<string, { lines: number; records: number; bytes: number }>();

  constructor(private readonly options: JobSizeOptions) {}

  noteClosed({ mapping: { topic }, records, bytes }: Batch): void {
    const closed = this.#closed.get(topic) ?? { lines: 0, records: 0, bytes: 0 };
    const lines = closed.lines + countLines(records);
    this.#closed.set(topic, { lines, records: closed.records + records.length, bytes: closed.bytes + bytes });
  }

  /** Lines of closed batches come once more. */
  noteDeferred(topic: string, lines: number): void {
    const closed = this.#closed.get(topic);
    if (closed !== undefined) closed.lines -= lines;
  }

  /** Lines that no batch will hold. */
  noteUnchanged(topic: string, lines: number): void {
    const closed = this.#closed.get(topic) ?? { lines: 0, records: 0, bytes: 0 };
    this.#closed.set(topic, { ...closed, lines: closed.lines + lines });
  }

  /** A batch begins with a few; whenever it is full, more is known of its topic. */
  limitsOf(topic: string, full: Batch | undefined): BatchLimits {
    const { slots } = this.options;
    const maxBytes = Math.min(this.options.maxBytes, MAX_GATHERED_JOB_BYTES, Math.floor(MAX_IN_FLIGHT_BYTES / slots));
    if (full === undefined) return { maxRecords: INITIAL_RECORDS, maxBytes };
    const maxRecords = Math.max(1, Math.floor(maxBytes / this.#recordBytes(topic, full)));
    return { maxRecords: Math.max(1, this.#recordsOf(topic, maxRecords)), maxBytes };
  }

  #recordsOf(topic: string, maxRecords: number): number {
    const { topics, slots, forecast } = this.options;
    const { expectedGrowth: growth } = forecast;
    const whole = wholeBatches(maxRecords);
    const all = topics.reduce((sum, one) => sum + forecast.recordsOf(one), 0) * (growth ?? 1);
    const perSlot = growth === undefined ? 1 : Math.ceil(all / (slots * whole));
    const even = Math.max(MIN_RECORDS, all / (slots * perSlot));
    if (growth === undefined) return wholeBatches(Math.min(whole, Math.ceil(even)));
    const ofTopic = forecast.recordsOf(topic) * growth;
    // Rather a few larger ones than a few more than there are slots.
    const share = Math.min(whole, ofTopic / Math.max(1, Math.round(ofTopic / even)));
    const left = ofTopic - (this.#closed.get(topic)?.lines ?? 0);
    const jobs = Math.max(1, Math.round(left / share));
    // How much is left for the last one is not exactly known, and what it leaves over would be one more.
    if (jobs === 1) return Math.min(maxRecords, Math.ceil(left * 1.05));
    return wholeBatches(Math.min(whole, Math.ceil(left / jobs)));
  }

  #recordBytes(topic: string, { records, bytes }: Batch): number {
    const closed = this.#closed.get(topic);
    return (bytes + (closed?.bytes ?? 0)) / (records.length + (closed?.records ?? 0));
  }
}

function wholeBatches(records: number): number {
  return records < ORG_BATCH_RECORDS ? records : records - (records % ORG_BATCH_RECORDS);
}
