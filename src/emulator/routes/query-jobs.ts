import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, resourceNotFound } from '../api-error.js';
import { writeCsv } from '../bulk/csv.js';
import { badValue, readFormat } from '../bulk/job-request.js';
import { invalidState, QueryJob } from '../bulk/job.js';
import { normalizeId } from '../ids.js';
import { textEntry } from '../json.js';
import type { Org } from '../org.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import { runTable } from '../soql/execute.js';
import { parseSoql } from '../soql/parse.js';
import { dataPath, readJsonBody } from './body.js';

const DEFAULT_RESULT_ROWS = 100_000;
/** Rows that are rendered at once. */
const ROWS_PER_BLOCK = 1000;

/** POST /jobs/query */
export function postQueryJob(org: Org, request: ApiRequest): ApiResponse {
  const { node } = readJsonBody(request);
  const format = readFormat(node, ['operation', 'query']);
  const operation = textEntry(node, 'operation');
  if (operation !== 'query' && operation !== 'queryAll') {
    throw badValue(operation ?? '', 'operation');
  }
  const query = parseSoql(textEntry(node, 'query') ?? '');
  const table = runTable(org, query, dataPath(request), operation === 'queryAll');
  const object = org.schema.type(query.from.text)?.name ?? '';
  const job = new QueryJob(
    org.ids.next('750'),
    { operation, object, ...format, version: request.version },
    org.userId,
    table,
  );
  org.queryJobs.set(job.id, job);
  void sleep(org.settings.bulk.queueMs, undefined, { ref: false }).then(() => {
    if (!job.isTerminal) job.enter('JobComplete');
  });
  return { status: 200, json: job.document() };
}

/** GET /jobs/query */
export function getQueryJobs(org: Org): ApiResponse {
  const records = [...org.queryJobs.values()].map((job) => ({ ...job.document(), jobType: 'V2Query' }));
  return { status: 200, json: { done: true, records, nextRecordsUrl: null } };
}

/** GET /jobs/query/{id} */
export function getQueryJob(org: Org, request: ApiRequest): ApiResponse {
  const job = jobOf(org, request);
  return { status: 200, json: { ...job.document(), ...job.progress() } };
}

/** PATCH /jobs/query/{id} */
export function patchQueryJob(org: Org, request: ApiRequest): ApiResponse {
  const job = jobOf(org, request);
  const state = textEntry(readJsonBody(request).node, 'state');
  if (state !== 'Aborted') {
    throw badValue(state ?? '', 'state');
  }
  job.checkMayAbort();
  job.enter('Aborted');
  return { status: 200, json: job.document() };
}

/** DELETE /jobs/query/{id} */
export function deleteQueryJob(org: Org, request: ApiRequest): ApiResponse {
  const job = jobOf(org, request);
  if (!job.isTerminal) throw invalidState(`Deleting a job in state ${job.state} is not allowed`);
  org.queryJobs.delete(job.id);
  return { status: 204 };
}

/** GET /jobs/query/{id}/results?locator=&maxRecords= */
export function getQueryResults(org: Org, request: ApiRequest): ApiResponse {
  const { request: asked, state, table } = jobOf(org, request);
  if (asked.version !== request.version) {
    throw new ApiError(409, 'VERSION_MISMATCH', 'Results are read with the API version of the job');
  }
  const start = readLocator(request.query.get('locator'));
  const maxRecords = Number(request.query.get('maxRecords') ?? DEFAULT_RESULT_ROWS);
  if (!(Number.isInteger(maxRecords) && maxRecords > 0)) {
    throw new ApiError(400, 'INVALID_QUERY_PARAMETER', 'maxRecords must be a positive number');
  }
  if (state !== 'JobComplete') throw invalidState(`Results are not available in state ${state}`);
  const end = Math.min(start + maxRecords, table.length);
  const chunks = [writeCsv([table.names], asked)];
  for (let at = start; at < end; at += ROWS_PER_BLOCK) {
    chunks.push(writeCsv(table.rows(at, Math.min(end, at + ROWS_PER_BLOCK)), asked));
  }
  const headers = {
    'sforce-numberofrecords': String(Math.max(0, end - start)),
    'sforce-locator': end < table.length ? Buffer.from(String(end)).toString('base64url') : 'null',
  };
  return { status: 200, contentType: 'text/csv;charset=UTF-8', chunks, headers };
}

/** @throws ApiError 400 for what is no locator */
function readLocator(locator: string | null): number {
  if (locator === null) return 0;
  const offset = Buffer.from(locator, 'base64url').toString('utf8');
  if (!/^\d+$/.test(offset)) throw new ApiError(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
  return Number(offset);
}

function jobOf(org: Org, request: ApiRequest): QueryJob {
  const id = request.parameters.id ?? '';
  const job = org.queryJobs.get(normalizeId(id) ?? id);
  if (!job) throw resourceNotFound();
  return job;
}
