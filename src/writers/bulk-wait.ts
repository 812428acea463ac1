import { onAbort } from '../salesforce/wait.js';
import { getJob, isJobFinished, type IngestJob } from '../salesforce/ingest-jobs.js';
import type { Looks } from './looks.js';
import type { WriterContext } from './writer.js';

/**
 * Looks at a closed job until it has ended, however long that takes: the org goes on whether we look or not.
 * Undefined when the run is ended at once. Throws `RequestError` when the job cannot be looked at any more.
 */
export async function waitForJob(
  jobId: string,
  context: WriterContext,
  looks: Looks,
  records: number,
): Promise<IngestJob | undefined> {
  const watch = looks.watch(records);
  const { aborting } = context;
  const forget = onAbort(aborting, () => watch.wake());
  try {
    while (!aborting.aborted) {
      const { delayMs, woken } = watch.plan();
      await context.sleep(delayMs, woken);
      if (woken.aborted) continue;
      const { ageMs } = watch;
      watch.noteLook();
      const job = await getJob(context.client, jobId, { signal: aborting });
      if (isJobFinished(job)) {
        watch.noteEnded(ageMs);
        return job;
      }
      watch.noteAtWork(ageMs);
    }
    return undefined;
  } finally {
    forget();
    looks.forget(watch);
  }
}
