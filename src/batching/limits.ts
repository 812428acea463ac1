import type { TopicMapping } from '../core/record.js';
import type { Settings } from '../core/settings.js';
import type { Batch, BatchLimits } from './batch.js';
import { JobSize } from './job-size.js';
import type { InputForecast } from './outlook.js';

/** What sObject Collections takes in one call. */
const MAX_COLLECTION_RECORDS = 200;
/** No limit of bytes is documented for a call; a few megabytes are sure to pass every gateway. */
const MAX_COLLECTION_BYTES = 4 * 1024 * 1024;
/** Below the API's 100 MB of CSV, which is mostly shorter than the lines it is made from. The writer cuts by the real size. */
const MAX_BULK_BYTES = 90_000_000;

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

  /** Of a batch that is opened, or of one that is full and may be given more room. */
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

  /** Lines of text that may be gathered over all topics, where that is not the usual. */
  get maxGatheredBytes(): number | undefined {
    return this.#jobs?.maxGatheredBytes;
  }
}
