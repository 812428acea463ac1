import { getJob, isJobFinished, type IngestJob } from '../salesforce/ingest-jobs.js';
import type { JobWatch } from './looks.js';
import type { WriterContext } from './writer.js';

/**
 * Looks at a closed job until it has ended, however long that takes: the org goes on whether we look or not.
 * Undefined when the run is ended at once. Throws `RequestError` when the job cannot be looked at any more.
 */
export async function waitForJob(
  jobId: string,
  context: WriterContext,
  watch: JobWatch,
): Promise<IngestJob | undefined> {
  const closedAt = context.now();
  const ageMs = (): number => context.now() - closedAt;
  for (;;) {
    await context.sleep(watch.nextDelayMs(ageMs()), context.aborting);
    if (context.aborting.aborted) return undefined;
    if (!watch.isWorthALook(ageMs())) continue;
    const lookedAtMs = ageMs();
    const job = await getJob(context.client, jobId, { signal: context.aborting });
    if (isJobFinished(job)) {
      watch.noteEnded(lookedAtMs);
      return job;
    }
    watch.noteAtWork(lookedAtMs);
  }
}
