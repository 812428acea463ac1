import { getJob, isJobFinished, type IngestJob } from '../salesforce/ingest-jobs.js';
import type { Looks } from './looks.js';
import type { WriterContext } from './writer.js';

/**
 * Looks at a closed job until it has ended, however long that takes: the org goes on whether we look or not.
 * Undefined when the run is ended at once. Throws `RequestError` when the job cannot be looked at any more.
 */
export async function waitForJob(jobId: string, context: WriterContext, looks: Looks): Promise<IngestJob | undefined> {
  const closedAt = context.now();
  for (const delayMs of looks.delays()) {
    await context.sleep(delayMs, context.aborting);
    if (context.aborting.aborted) return undefined;
    const job = await getJob(context.client, jobId, { signal: context.aborting });
    if (isJobFinished(job)) {
      looks.noteDuration(context.now() - closedAt);
      return job;
    }
  }
  return undefined;
}
