import { ApiError, resourceNotFound } from '../api-error.js';
import { badValue, readJobRequest } from '../bulk/job-request.js';
import { IngestJob, invalidState, type JobRequest } from '../bulk/job.js';
import { processJob } from '../bulk/process.js';
import { normalizeId } from '../ids.js';
import { parseJson, textEntry } from '../json.js';
import type { Org } from '../org.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import { dataPath, readJsonBody, unsupportedMediaType } from './body.js';

const MAX_MULTIPART_CHARS = 100_000;

/** POST /jobs/ingest */
export function postJob(org: Org, request: ApiRequest): ApiResponse | Promise<ApiResponse> {
  if (/^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '')) return postMultipartJob(org, request);
  const job = create(org, readJobRequest(org, readJsonBody(request).node, request.version));
  return { status: 200, json: job.createdDocument() };
}

/** PUT /jobs/ingest/{id}/batches */
export function putBatches(org: Org, request: ApiRequest): ApiResponse {
  const job = jobOf(org, request.parameters.id);
  const contentType = request.headers['content-type'] ?? '';
  if (!/^text\/csv\b/i.test(contentType)) throw unsupportedMediaType(contentType);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw unsupportedMediaType(`${contentType} with Content-Encoding ${encoding}`);
  upload(org, job, request.body);
  return { status: 201, contentType: 'text/plain', chunks: [] };
}

/** PATCH /jobs/ingest/{id} */
export function patchJob(org: Org, request: ApiRequest): ApiResponse {
  const job = jobOf(org, request.parameters.id);
  const state = textEntry(readJsonBody(request).node, 'state');
  if (state === 'UploadComplete') close(org, job);
  else if (state === 'Aborted') abort(job);
  else throw badValue(state ?? '', 'state');
  return { status: 200, json: job.reducedDocument() };
}

/** GET /jobs/ingest/{id} */
export function getJob(org: Org, request: ApiRequest): ApiResponse {
  return { status: 200, json: jobOf(org, request.parameters.id).document() };
}

/** DELETE /jobs/ingest/{id} */
export function deleteJob(org: Org, request: ApiRequest): ApiResponse {
  const job = jobOf(org, request.parameters.id);
  if (job.state === 'Open' || job.state === 'InProgress') {
    throw invalidState(`Deleting a job in state ${job.state} is not allowed`);
  }
  forget(org, job);
  return { status: 204 };
}

/** GET /jobs/ingest */
export function getJobs(org: Org, request: ApiRequest): ApiResponse {
  const jobType = request.query.get('jobType');
  const all = jobType === null || jobType === 'V2Ingest' ? [...org.jobs.values()] : [];
  const offset = Number(request.query.get('queryLocator') ?? '0');
  if (!Number.isInteger(offset)) throw new ApiError(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
  const end = offset + org.settings.limits.listedJobs;
  const nextRecordsUrl = end < all.length ? `${dataPath(request)}/jobs/ingest?queryLocator=${end}` : null;
  const records = all.slice(offset, end).map((job) => job.listedDocument());
  return { status: 200, json: { done: nextRecordsUrl === null, nextRecordsUrl, records } };
}

/** GET /jobs/ingest/{id}/{successfulResults | failedResults | unprocessedrecords} */
export function getResults(org: Org, request: ApiRequest): ApiResponse {
  const job = jobOf(org, request.parameters.id);
  const files = new Map(
    Object.entries({
      successfulresults: job.successful,
      failedresults: job.failed,
      unprocessedrecords: job.unprocessed,
    }),
  );
  const file = files.get((request.parameters.file ?? '').toLowerCase());
  if (!file) throw resourceNotFound();
  if (!job.isTerminal) throw invalidState(`Results are not available in state ${job.state}`);
  return { status: 200, contentType: 'text/csv', chunks: file.chunks() };
}

/** @throws ApiError 404 */
export function jobOf(org: Org, id = ''): IngestJob {
  const job = org.jobs.get(normalizeId(id) ?? id);
  if (!job) throw resourceNotFound();
  return job;
}

/** Stops a job; what it has written stays. */
export function abort(job: IngestJob): void {
  job.checkMayAbort();
  job.abort();
}

/** Removes a job whatever its state. */
export function forget(org: Org, job: IngestJob): void {
  if (!job.isTerminal) job.abort();
  org.jobs.delete(job.id);
}

/** A job whose description and data come in one request, which closes it as well. */
async function postMultipartJob(org: Org, request: ApiRequest): Promise<ApiResponse> {
  const { job: description, content } = await readParts(request);
  if (content.toString('utf8').length > MAX_MULTIPART_CHARS) {
    throw new ApiError(400, 'INVALIDJOB', 'InvalidJob : The data of a multipart request is too large');
  }
  const node = parseJson(description.toString('utf8'));
  if (node.kind !== 'object') throw new ApiError(400, 'JSON_PARSER_ERROR', 'The part "job" must be an object');
  const job = create(org, readJobRequest(org, node, request.version));
  upload(org, job, content);
  close(org, job);
  return { status: 200, json: job.reducedDocument() };
}

/** @throws ApiError 400 INVALID_MULTIPART_REQUEST */
async function readParts({ body, headers }: ApiRequest): Promise<{ job: Buffer; content: Buffer }> {
  const contentType = headers['content-type'] ?? '';
  // Deprecated for bodies of any size; those of such jobs are small.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const form = await new Response(body, { headers: { 'content-type': contentType } }).formData().catch(() => undefined);
  const part = async (name: string): Promise<Buffer> => {
    const value = form?.get(name);
    if (typeof value === 'string') return Buffer.from(value);
    if (value) return Buffer.from(await value.arrayBuffer());
    const problem = form ? `the part "${name}" is needed` : 'its parts cannot be read';
    throw new ApiError(400, 'INVALID_MULTIPART_REQUEST', `Multipart request is malformed: ${problem}`);
  };
  return { job: await part('job'), content: await part('content') };
}

function create(org: Org, request: JobRequest): IngestJob {
  if (org.bulkBatchesUsed >= org.settings.limits.dailyBulkApiBatches) {
    throw new ApiError(400, 'EXCEEDEDQUOTA', 'ExceededQuota : ApiBatchItems Limit exceeded');
  }
  const fault = org.faults.forJob(request.type.name, request.operation);
  const random = org.random.fork(`job ${org.jobs.size}`);
  const job = new IngestJob(org.ids.next('750'), request, org.userId, random, fault);
  org.jobs.set(job.id, job);
  return job;
}

/** Takes the data of an open job. */
function upload(org: Org, job: IngestJob, data: Buffer): void {
  if (job.state !== 'Open') throw invalidState(`Job is not open for upload, its state is ${job.state}`);
  // Seen both ways: a second upload is refused here, or accepted and refused when the job is closed.
  if (job.uploads > 0 && job.random.chance(0.5)) throw multipleContents('BULK_API_ERROR', job);
  job.uploads++;
  job.uploadedBytes = data.length;
  job.upload = data;
  if (org.settings.recordBodies) job.csv = data.toString('utf8');
}

function close(org: Org, job: IngestJob): void {
  if (job.state !== 'Open') throw new ApiError(400, 'INVALIDJOBSTATE', 'Closing already Completed Job not allowed');
  if (job.uploads > 1) throw multipleContents('INVALIDJOB', job);
  job.enter('UploadComplete');
  const { signal } = org.stopping;
  processJob(org, job, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

function multipleContents(errorCode: string, job: IngestJob): ApiError {
  const message =
    `Found multipe contents for job: <${job.id.slice(0, 15)}>, please 'Close' / 'Abort' / 'Delete' the current Job then create ` +
    "a new Job and make sure you only do 'PUT' once on a given Job.";
  return new ApiError(400, errorCode, message);
}
