import { ApiError, resourceNotFound } from '../api-error.js';
import { readJobRequest } from '../bulk/job-request.js';
import { parseJson, textEntry } from '../json.js';
import { IngestJob, type JobRequest } from '../bulk/job.js';
import type { Org } from '../org.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import { readJsonBody, unsupportedMediaType } from './body.js';
import { normalizeId } from '../ids.js';
import { processJob } from '../bulk/process.js';

/** POST /jobs/ingest */
export function postJob(org: Org, request: ApiRequest): ApiResponse {
  const contentType = request.headers['content-type'] ?? '';
  if (/^multipart\/form-data\b/i.test(contentType)) return postMultipartJob(org, request, contentType);
  const job = org.jobs.create(readJobRequest(org, readJsonBody(request).node, request.version));
  return { status: 200, json: job.createdDocument() };
}

/** PUT /jobs/ingest/{id}/batches */
export function putBatches(org: Org, request: ApiRequest): ApiResponse {
  const job = jobOf(org, request);
  const contentType = request.headers['content-type'] ?? '';
  if (!/^text\/csv\b/i.test(contentType)) throw unsupportedMediaType(contentType);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw unsupportedMediaType(`${contentType} with Content-Encoding ${encoding}`);
  org.jobs.upload(job, request.body);
  return { status: 201, contentType: 'text/plain', chunks: [] };
}

/** PATCH /jobs/ingest/{id} */
export function patchJob(org: Org, request: ApiRequest): ApiResponse {
  const job = jobOf(org, request);
  const state = textEntry(readJsonBody(request).node, 'state');
  if (state === 'UploadComplete') org.jobs.close(job);
  else if (state === 'Aborted') org.jobs.abort(job);
  else throw new ApiError(400, 'API_ERROR', `Invalid value: '${state ?? ''}' supplied for property: 'state'`);
  return { status: 200, json: job.reducedDocument() };
}

/** GET /jobs/ingest/{id} */
export function getJob(org: Org, request: ApiRequest): ApiResponse {
  return { status: 200, json: jobOf(org, request).document() };
}

/** DELETE /jobs/ingest/{id} */
export function deleteJob(org: Org, request: ApiRequest): ApiResponse {
  org.jobs.delete(jobOf(org, request));
  return { status: 204 };
}

/** GET /jobs/ingest */
export function getJobs(org: Org, request: ApiRequest): ApiResponse {
  const { listedJobs } = org.settings.limits;
  const jobType = request.query.get('jobType');
  const all = jobType === null || jobType === 'V2Ingest' ? org.jobs.all() : [];
  const offset = Number(request.query.get('queryLocator') ?? '0');
  if (!Number.isInteger(offset)) throw new ApiError(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
  const end = offset + listedJobs;
  const base = `/services/data/v${request.version.toFixed(1)}/jobs/ingest`;
  const nextRecordsUrl = end < all.length ? `${base}?queryLocator=${end}` : null;
  const records = all.slice(offset, end).map((job) => job.listedDocument());
  return { status: 200, json: { done: nextRecordsUrl === null, nextRecordsUrl, records } };
}

/** GET /jobs/ingest/{id}/{successfulResults | failedResults | unprocessedrecords} */
export function getResults(org: Org, request: ApiRequest): ApiResponse {
  const job = jobOf(org, request);
  const file = resultFile(job, request.parameters.file ?? '');
  if (!file) throw resourceNotFound();
  if (!job.isTerminal) {
    throw new ApiError(400, 'INVALIDJOBSTATE', `InvalidJobState : Results are not available in state ${job.state}`);
  }
  return { status: 200, contentType: 'text/csv', chunks: file.chunks() };
}

function postMultipartJob(org: Org, request: ApiRequest, contentType: string): ApiResponse {
  const { job: description, content } = parseMultipart(request.body, contentType);
  if (content.toString('utf8').length > org.settings.limits.multipartChars) {
    throw new ApiError(400, 'INVALIDJOB', 'InvalidJob : The data of a multipart request is too large');
  }
  const node = parseJson(description);
  if (node.kind !== 'object') throw new ApiError(400, 'JSON_PARSER_ERROR', 'The part "job" must be an object');
  const job = org.jobs.create(readJobRequest(org, node, request.version));
  org.jobs.upload(job, content);
  org.jobs.close(job);
  return { status: 200, json: job.reducedDocument() };
}

function jobOf(org: Org, request: ApiRequest): IngestJob {
  return org.jobs.get(request.parameters.id ?? '');
}

function resultFile(job: IngestJob, name: string): IngestJob['successful'] | undefined {
  switch (name.toLowerCase()) {
    case 'successfulresults':
      return job.successful;
    case 'failedresults':
      return job.failed;
    case 'unprocessedrecords':
      return job.unprocessed;
    default:
      return undefined;
  }
}

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

/**
 * The two parts of a multipart job: its description and its data, untouched.
 * @throws ApiError 400 for a body that is not in order
 */
export function parseMultipart(body: Buffer, contentType: string): { readonly job: string; readonly content: Buffer } {
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark === undefined) throw malformed('no boundary in the content type');
  const parts = new Map<string, Buffer>();
  let at = body.indexOf(`--${mark}`);
  while (at >= 0) {
    const start = at + mark.length + 2;
    const next = body.indexOf(`\r\n--${mark}`, start);
    if (next < 0) break;
    const headerEnd = body.indexOf('\r\n\r\n', start);
    if (headerEnd < 0 || headerEnd > next) throw malformed('a part has no headers');
    const name = /name="([^"]+)"/i.exec(body.toString('utf8', start, headerEnd))?.[1];
    if (name === undefined) throw malformed('a part has no name');
    parts.set(name, body.subarray(headerEnd + 4, next));
    at = next + 2;
  }
  const job = parts.get('job');
  const content = parts.get('content');
  if (!job || !content) throw malformed('the parts "job" and "content" are needed');
  return { job: job.toString('utf8'), content };
}

function malformed(problem: string): ApiError {
  return new ApiError(400, 'INVALID_MULTIPART_REQUEST', `Multipart request is malformed: ${problem}`);
}
