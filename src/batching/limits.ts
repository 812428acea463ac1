import type { TopicMapping } from '../record.js';
import type { BatchLimits } from './batch.js';

/** What sObject Collections takes in one call. */
const MAX_COLLECTION_RECORDS = 200;
/** No limit of bytes is documented for a call; a few megabytes are sure to pass every gateway. */
const MAX_COLLECTION_BYTES = 4 * 1024 * 1024;
/** Below the API's 100 MB of CSV, which is mostly shorter than the lines it is made from. The writer cuts by the real size. */
const MAX_BULK_BYTES = 90_000_000;

export function batchLimitsOf({ mode }: TopicMapping, bulkBatchSize: number): BatchLimits {
  return mode === 'bulk'
    ? { maxRecords: bulkBatchSize, maxBytes: MAX_BULK_BYTES }
    : { maxRecords: Math.min(bulkBatchSize, MAX_COLLECTION_RECORDS), maxBytes: MAX_COLLECTION_BYTES };
}
