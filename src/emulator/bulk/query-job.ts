import { LosslessNumber } from 'lossless-json';
import { ApiError } from '../api-error.js';
import { timestamp } from '../records/read.js';
import type { TextTable } from '../soql/table.js';
import { quoted } from './csv.js';
import type { CsvFormat } from './job-request.js';
import type { JobState } from './job.js';

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
