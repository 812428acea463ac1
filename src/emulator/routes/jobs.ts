import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, resourceNotFound } from '../api-error.js';
import { oneOf, readIngestRequest, readQueryRequest } from '../bulk/job-request.js';
import { IngestJob, invalidState, QueryJob, type Job } from '../bulk/job.js';
import { processJob } from '../bulk/process.js';
import { normalizeId } from '../ids.js';
import type { Org } from '../org.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import { runTable } from '../soql/execute.js';
import { dataPath, readJsonBody, unsupportedMediaType } from './body.js';

const DEFAULT_RESULT_ROWS = 100_000;

export function postJob(org: Org, request: ApiRequest): ApiResponse {
  const job = apiOf(request) === 'query' ? createQueryJob(org, request) : createIngestJob(org, request);
  org.jobs.set(job.id, job);
  return { status: 200, json: job.document('created') };
}

export function getJobs(org: Org, request: ApiRequest): ApiResponse {
  const api = apiOf(request);
  const jobType = request.query.get('jobType') ?? 'V2Ingest';
  const all = [...org.jobs.values()].filter((job) => job.api === api && (api === 'query' || jobType === 'V2Ingest'));
  const offset = Number(request.query.get('queryLocator') ?? '0');
  if (!Number.isInteger(offset)) throw invalidLocator();
  const end = offset + org.settings.limits.listedJobs;
  const nextRecordsUrl = end < all.length ? `${dataPath(request)}/jobs/${api}?queryLocator=${end}` : null;
  const records = all.slice(offset, end).map((job) => job.document('listed'));
  return { status: 200, json: { done: nextRecordsUrl === null, nextRecordsUrl, records } };
}

export function getJob(org: Org, request: ApiRequest): ApiResponse {
  return { status: 200, json: requestedJob(org, request).document('asked') };
}

export function patchJob(org: Org, request: ApiRequest): ApiResponse {
  const job = requestedJob(org, request);
  const states = job instanceof IngestJob ? (['UploadComplete', 'Aborted'] as const) : (['Aborted'] as const);
  const state = oneOf<'UploadComplete' | 'Aborted'>(states, readJsonBody(request).node, 'state');
  if (state === 'Aborted') abort(job);
  else close(org, job as IngestJob);
  return { status: 200, json: job.document('changed') };
}

export function deleteJob(org: Org, request: ApiRequest): ApiResponse {
  const job = requestedJob(org, request);
  const isKept = job instanceof QueryJob ? !job.isTerminal : job.state === 'Open' || job.state === 'InProgress';
  if (isKept) throw invalidState(`Deleting a job in state ${job.state} is not allowed`);
  forget(org, job);
  return { status: 204 };
}

export function putBatches(org: Org, request: ApiRequest): ApiResponse {
  const job = jobOf(org, request.parameters.id, IngestJob);
  const contentType = request.headers['content-type'] ?? '';
  if (!/^text\/csv\b/i.test(contentType)) throw unsupportedMediaType(contentType);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw unsupportedMediaType(`${contentType} with Content-Encoding ${encoding}`);
  if (job.state !== 'Open') throw invalidState(`Job is not open for upload, its state is ${job.state}`);
  // Seen both ways: a second upload is refused here, or accepted and refused when the job is closed.
  if (job.uploads > 0 && job.random.chance(0.5)) throw multipleContents('BULK_API_ERROR', job);
  job.uploads++;
  job.uploadedBytes = request.body.length;
  job.upload = request.body;
  if (org.settings.recordBodies) job.csv = request.body.toString('utf8');
  return { status: 201, contentType: 'text/plain', chunks: [] };
}

export function getIngestResults(org: Org, request: ApiRequest): ApiResponse {
  const job = jobOf(org, request.parameters.id, IngestJob);
  const { successful: successfulresults, failed: failedresults, unprocessed: unprocessedrecords } = job;
  const files = new Map(Object.entries({ successfulresults, failedresults, unprocessedrecords }));
  const file = files.get((request.parameters.file ?? '').toLowerCase());
  if (!file) throw resourceNotFound();
  if (!job.isTerminal) throw invalidState(`Results are not available in state ${job.state}`);
  return { status: 200, contentType: 'text/csv', chunks: file.chunks() };
}

export function getQueryResults(org: Org, request: ApiRequest): ApiResponse {
  const job = jobOf(org, request.parameters.id, QueryJob);
  if (job.request.version !== request.version) {
    throw new ApiError(409, 'VERSION_MISMATCH', 'Results are read with the API version of the job');
  }
  const locator = request.query.get('locator');
  const start = locator === null ? '0' : Buffer.from(locator, 'base64url').toString('utf8');
  if (!/^\d+$/.test(start)) throw invalidLocator();
  const maxRecords = Number(request.query.get('maxRecords') ?? DEFAULT_RESULT_ROWS);
  if (!(Number.isInteger(maxRecords) && maxRecords > 0)) {
    throw new ApiError(400, 'INVALID_QUERY_PARAMETER', 'maxRecords must be a positive number');
  }
  if (job.state !== 'JobComplete') throw invalidState(`Results are not available in state ${job.state}`);
  const { length } = job.table;
  const end = Math.min(Number(start) + maxRecords, length);
  const headers = {
    'sforce-numberofrecords': String(Math.max(0, end - Number(start))),
    'sforce-locator': end < length ? Buffer.from(String(end)).toString('base64url') : 'null',
  };
  return { status: 200, contentType: 'text/csv;charset=UTF-8', chunks: job.csv(Number(start), end), headers };
}

/** @throws ApiError 404 */
export function jobOf<T extends Job>(org: Org, id = '', Kind: new (...given: never[]) => T): T {
  const job = org.jobs.get(normalizeId(id) ?? id);
  if (job instanceof Kind) return job;
  throw resourceNotFound();
}

/** Stops a job; what it has written stays. */
export function abort(job: Job): void {
  if (job.isTerminal) throw new ApiError(400, 'INVALIDJOBSTATE', 'Aborting already Completed Job not allowed');
  job.abort();
}

/** Removes a job whatever its state. */
export function forget(org: Org, job: Job): void {
  if (!job.isTerminal) job.abort();
  org.jobs.delete(job.id);
}

function apiOf({ parameters }: ApiRequest): Job['api'] {
  if (parameters.api === 'ingest' || parameters.api === 'query') return parameters.api;
  throw resourceNotFound();
}

function requestedJob(org: Org, request: ApiRequest): Job {
  return jobOf<Job>(org, request.parameters.id, apiOf(request) === 'query' ? QueryJob : IngestJob);
}

function createIngestJob(org: Org, request: ApiRequest): IngestJob {
  const asked = readIngestRequest(org, readJsonBody(request).node, request.version);
  if (org.bulkBatchesUsed >= org.settings.limits.dailyBulkApiBatches) {
    throw new ApiError(400, 'EXCEEDEDQUOTA', 'ExceededQuota : ApiBatchItems Limit exceeded');
  }
  const fault = org.faults.forJob(asked.type.name, asked.operation);
  return new IngestJob(org.ids.next('750'), asked, org.userId, org.random.fork(`job ${org.jobs.size}`), fault);
}

function createQueryJob(org: Org, request: ApiRequest): QueryJob {
  const { query, ...asked } = readQueryRequest(readJsonBody(request).node);
  const table = runTable(org, query, dataPath(request), asked.operation === 'queryAll');
  const { version } = request;
  const job = new QueryJob(org.ids.next('750'), { ...asked, type: table.type, version }, org.userId, table);
  void sleep(org.settings.bulk.queueMs, undefined, { ref: false }).then(() => {
    if (!job.isTerminal) job.enter('JobComplete');
  });
  return job;
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

function invalidLocator(): ApiError {
  return new ApiError(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
}
