import { ApiError, resourceNotFound } from '../api-error.js';
import { parseMultipart } from '../bulk/multipart.js';
import { readJobRequest } from '../bulk/job-request.js';
import { parseJson, textEntry } from '../json.js';
import type { IngestJob } from '../bulk/job.js';
import type { Org } from '../org.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import { readJsonBody, unsupportedMediaType } from './body.js';

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
