import { ApiError, resourceNotFound } from '../api-error.js';
import { normalizeId } from '../ids.js';
import type { Org } from '../org.js';
import { IngestJob, type JobRequest } from './job.js';
import { processJob } from './process.js';

/** All ingest jobs of the org. */
export class IngestJobs {
  readonly #org: Org;
  readonly #jobs = new Map<string, IngestJob>();
  readonly #stopping = new AbortController();

  constructor(org: Org) {
    this.#org = org;
  }

  all(): IngestJob[] {
    return [...this.#jobs.values()];
  }

  /** @throws ApiError 404 */
  get(id: string): IngestJob {
    const job = this.#jobs.get(normalizeId(id) ?? id);
    if (!job) throw resourceNotFound();
    return job;
  }

  create(request: JobRequest): IngestJob {
    const org = this.#org;
    if (org.bulkBatchesUsed >= org.settings.limits.dailyBulkApiBatches) {
      throw new ApiError(400, 'EXCEEDEDQUOTA', 'ExceededQuota : ApiBatchItems Limit exceeded');
    }
    const id = org.ids.next('750');
    const job = new IngestJob(id, request, org.userId, org.random.fork(`job ${this.#jobs.size}`));
    job.fault = org.faults.forJob(request.type.name, request.operation);
    this.#jobs.set(id, job);
    return job;
  }

  /** Takes the data of an open job. */
  upload(job: IngestJob, data: Buffer): void {
    if (job.state !== 'Open') {
      throw new ApiError(
        400,
        'INVALIDJOBSTATE',
        `InvalidJobState : Job is not open for upload, its state is ${job.state}`,
      );
    }
    // Seen both ways: a second upload is refused here, or accepted and refused when the job is closed.
    if (job.uploads > 0 && job.random.chance(0.5)) throw multipleContents('BULK_API_ERROR', job);
    job.uploads++;
    job.uploadedBytes = data.length;
    job.upload = data;
    if (this.#org.settings.recordBodies) job.csv = data.toString('utf8');
  }

  close(job: IngestJob): void {
    if (job.state !== 'Open') {
      throw new ApiError(400, 'INVALIDJOBSTATE', 'Closing already Completed Job not allowed');
    }
    if (job.uploads > 1) throw multipleContents('INVALIDJOB', job);
    job.enter('UploadComplete');
    processJob(this.#org, job, this.#stopping.signal).catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) throw error;
    });
  }

  /** Stops a job; what it has written stays. */
  abort(job: IngestJob): void {
    if (job.isTerminal) {
      throw new ApiError(400, 'INVALIDJOBSTATE', 'Aborting already Completed Job not allowed');
    }
    job.abort();
  }

  delete(job: IngestJob): void {
    if (job.state === 'Open' || job.state === 'InProgress') {
      throw new ApiError(
        400,
        'INVALIDJOBSTATE',
        `InvalidJobState : Deleting a job in state ${job.state} is not allowed`,
      );
    }
    this.forget(job);
  }

  /** Removes a job whatever its state. */
  forget(job: IngestJob): void {
    if (!job.isTerminal) job.abort();
    this.#jobs.delete(job.id);
  }

  stop(): void {
    this.#stopping.abort();
  }
}

function multipleContents(errorCode: string, job: IngestJob): ApiError {
  const message =
    `Found multipe contents for job: <${job.id.slice(0, 15)}>, please 'Close' / 'Abort' / 'Delete' the current Job then create ` +
    "a new Job and make sure you only do 'PUT' once on a given Job.";
  return new ApiError(400, errorCode, message);
}
