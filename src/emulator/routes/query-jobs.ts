import { setTimeout as sleep } from 'node:timers/promises';
import { LosslessNumber } from 'lossless-json';
import { ApiError, resourceNotFound } from '../api-error.js';
import { type CsvFormat, readFormat } from '../bulk/job-request.js';
import { normalizeId } from '../ids.js';
import { textEntry } from '../json.js';
import type { Org } from '../org.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import { parseSoql } from '../soql/parse.js';
import { readJsonBody } from './body.js';
import { rendered, timestamp } from '../records/read.js';
import { quoted } from '../bulk/csv.js';
import type { JobState } from '../bulk/job.js';
import { javaDouble } from '../decimal.js';
import { type Query, queryError } from '../soql/query.js';
import { type FieldPath, readPath, resolvePath, resolveType, type Scope } from '../soql/resolve.js';
import { matchingRows } from '../soql/rows.js';

const PROPERTIES = ['operation', 'query', 'contentType', 'columnDelimiter', 'lineEnding'];
const DEFAULT_RESULT_ROWS = 100_000;

/** POST /jobs/query */
export function postQueryJob(org: Org, request: ApiRequest): ApiResponse {
  const { node } = readJsonBody(request);
  const format = readFormat(node, PROPERTIES);
  const operation = textEntry(node, 'operation');
  if (operation !== 'query' && operation !== 'queryAll') {
    throw new ApiError(400, 'API_ERROR', `Invalid value: '${operation ?? ''}' supplied for property: 'operation'`);
  }
  const query = parseSoql(textEntry(node, 'query') ?? '');
  const table = runTable(org, query, `v${request.version.toFixed(1)}`, operation === 'queryAll');
  const object = org.schema.type(query.from.text)?.name ?? '';
  const job = new QueryJob(
    org.ids.next('750'),
    { operation, object, ...format, version: request.version },
    org.userId,
    table,
  );
  org.queryJobs.set(job.id, job);
  void sleep(org.settings.bulk.queueMs, undefined, { ref: false }).then(() => job.complete());
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
    throw new ApiError(400, 'API_ERROR', `Invalid value: '${state ?? ''}' supplied for property: 'state'`);
  }
  job.abort();
  return { status: 200, json: job.document() };
}

/** DELETE /jobs/query/{id} */
export function deleteQueryJob(org: Org, request: ApiRequest): ApiResponse {
  const job = jobOf(org, request);
  if (!job.isTerminal) {
    throw new ApiError(400, 'INVALIDJOBSTATE', `InvalidJobState : Deleting a job in state ${job.state} is not allowed`);
  }
  org.queryJobs.delete(job.id);
  return { status: 204 };
}

/** GET /jobs/query/{id}/results?locator=&maxRecords= */
export function getQueryResults(org: Org, request: ApiRequest): ApiResponse {
  const job = jobOf(org, request);
  if (job.request.version !== request.version) {
    throw new ApiError(409, 'VERSION_MISMATCH', 'Results are read with the API version of the job');
  }
  const start = readLocator(request.query.get('locator'));
  const maxRecords = Number(request.query.get('maxRecords') ?? DEFAULT_RESULT_ROWS);
  if (!(Number.isInteger(maxRecords) && maxRecords > 0)) {
    throw new ApiError(400, 'INVALID_QUERY_PARAMETER', 'maxRecords must be a positive number');
  }
  const end = start + maxRecords;
  const { csv, rows, isLast } = job.results(start, end);
  return {
    status: 200,
    contentType: 'text/csv;charset=UTF-8',
    chunks: [Buffer.from(csv)],
    headers: {
      'sforce-numberofrecords': String(rows),
      'sforce-locator': isLast ? 'null' : Buffer.from(String(end)).toString('base64url'),
    },
  };
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

/** What a client asks for when it creates a query job; checked. */
export interface QueryJobRequest extends CsvFormat {
  readonly operation: 'query' | 'queryAll';
  readonly object: string;
  /** For example 62. */
  readonly version: number;
}

/** A query job and its life. The records are those of the moment when it was made. */
export class QueryJob {
  readonly id: string;
  readonly request: QueryJobRequest;
  readonly #createdById: string;
  readonly #createdMs = Date.now();
  readonly #table: TextTable;
  #modifiedMs = Date.now();
  state: JobState = 'UploadComplete';

  constructor(id: string, request: QueryJobRequest, createdById: string, table: TextTable) {
    this.id = id;
    this.request = request;
    this.#createdById = createdById;
    this.#table = table;
  }

  get isTerminal(): boolean {
    return this.state === 'JobComplete' || this.state === 'Failed' || this.state === 'Aborted';
  }

  complete(): void {
    if (!this.isTerminal) this.#enter('JobComplete');
  }

  /** @throws ApiError 400 INVALIDJOBSTATE */
  abort(): void {
    if (this.isTerminal) throw new ApiError(400, 'INVALIDJOBSTATE', 'Aborting already Completed Job not allowed');
    this.#enter('Aborted');
  }

  /** The document that create, GET and a change of state answer with. */
  document(): Record<string, unknown> {
    const { operation, object, lineEnding, delimiterName, version } = this.request;
    return {
      id: this.id,
      operation,
      object,
      createdById: this.#createdById,
      createdDate: timestamp(this.#createdMs),
      systemModstamp: timestamp(this.#modifiedMs),
      state: this.state,
      concurrencyMode: 'Parallel',
      contentType: 'CSV',
      apiVersion: new LosslessNumber(version.toFixed(1)),
      lineEnding,
      columnDelimiter: delimiterName,
    };
  }

  /** What GET tells beside the document. */
  progress(): Record<string, unknown> {
    const elapsedMs = this.#modifiedMs - this.#createdMs;
    return {
      jobType: 'V2Query',
      numberRecordsProcessed: this.state === 'JobComplete' ? this.#table.length : 0,
      retries: 0,
      totalProcessingTime: elapsedMs,
      isPkChunkingSupported: true,
    };
  }

  /**
   * A page of the result.
   * @throws ApiError 400 INVALIDJOBSTATE as long as there is none
   */
  results(start: number, end: number): { readonly csv: string; readonly rows: number; readonly isLast: boolean } {
    const table = this.#table;
    if (this.state !== 'JobComplete') {
      throw new ApiError(400, 'INVALIDJOBSTATE', `InvalidJobState : Results are not available in state ${this.state}`);
    }
    const { delimiter, lineEnding } = this.request;
    const lineEnd = lineEnding === 'LF' ? '\n' : '\r\n';
    const rows = table.rows(start, end);
    const lines = [table.names, ...rows].map((cells) => cells.map(quoted).join(delimiter) + lineEnd);
    return { csv: lines.join(''), rows: rows.length, isLast: end >= table.length };
  }

  #enter(state: JobState): void {
    this.state = state;
    this.#modifiedMs = Date.now();
  }
}

/** A result as rows of text, for CSV. */
export interface TextTable {
  readonly names: readonly string[];
  readonly length: number;
  readonly rows: (start: number, end: number) => string[][];
}

/**
 * Runs a query of a bulk job, which is flat: fields, and fields of parents.
 * @throws ApiError 400 INVALID_TYPE, INVALID_FIELD, MALFORMED_QUERY for what bulk jobs do not know
 */
export function runTable(org: Org, query: Query, version: string, withDeleted: boolean): TextTable {
  const scope: Scope = { org, query, type: resolveType(org, query), version, withDeleted };
  if (query.groupBy.length > 0 || query.offset > 0) throw notInBulk(query, 'GROUP BY and OFFSET');
  const columns = query.items.flatMap((item) => {
    if (item.kind === 'fields') {
      return scope.type.document.fields
        .filter((field) => !isCompound({ lookups: [], field }))
        .map((field) => ({ name: field.name, path: { lookups: [], field } }));
    }
    if (item.kind !== 'field') throw notInBulk(query, 'Aggregates, TYPEOF and nested queries');
    const path = resolvePath(scope, item.path);
    if (isCompound(path)) throw notInBulk(query, 'Compound address and location fields');
    return [{ name: item.path.text, path }];
  });
  const found = matchingRows(scope);
  return {
    names: columns.map(({ name }) => name),
    length: found.length,
    rows: (start, end) =>
      found.slice(start, end).map((row) => columns.map(({ path }) => cell(path, readPath(org, row, path)))),
  };
}

function cell({ field }: FieldPath, value: Parameters<typeof rendered>[1]): string {
  if (value === null) return '';
  if (field.type === 'datetime') return String(value).replace('+0000', 'Z');
  const isDouble = field.type === 'double' || field.type === 'currency' || field.type === 'percent';
  return isDouble ? javaDouble(String(value)) : String(rendered(field, value));
}

function isCompound({ field }: FieldPath): boolean {
  return field.type === 'address' || field.type === 'location';
}

function notInBulk({ text, from }: Query, what: string): Error {
  return queryError('MALFORMED_QUERY', `${what} are not supported in bulk queries`, text, from.at);
}
