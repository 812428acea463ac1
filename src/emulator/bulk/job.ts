import { LosslessNumber } from 'lossless-json';
import { ApiError } from '../api-error.js';
import type { Fault } from '../faults.js';
import type { Random } from '../random.js';
import { timestamp } from '../records/values.js';
import type { DescribeField } from '../schema/describe.js';
import type { SObjectType } from '../schema/schema.js';
import type { TextTable } from '../soql/result.js';
import { lineEndOf, writeCsv, type CsvFormat } from './csv.js';

export type JobState = 'Open' | 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Failed' | 'Aborted';
export type JobOperation = 'insert' | 'update' | 'upsert' | 'delete';

/** What a client asks for when it creates a job; checked. */
export interface JobRequest extends CsvFormat {
  readonly type: SObjectType;
  readonly operation: JobOperation;
  readonly keyField: DescribeField | undefined;
  readonly assignmentRuleId: string | undefined;
  /** For example 62. */
  readonly version: number;
}

/** A bulk job as `Emulator.jobs()` shows it. */
export interface EmulatedJob {
  readonly id: string;
  readonly object: string;
  readonly operation: JobOperation;
  readonly externalIdFieldName: string | undefined;
  readonly state: JobState;
  readonly errorMessage: string | undefined;
  /** Failed rows included. */
  readonly numberRecordsProcessed: number;
  readonly numberRecordsFailed: number;
  /** Uploads accepted, and the bytes of the latest. */
  readonly uploads: number;
  readonly uploadedBytes: number;
  /** The uploaded file; only with `recordBodies`. */
  readonly csv: string | undefined;
  /** On the clock of `Date.now()`. */
  readonly createdMs: number;
  /** When it reached its terminal state; 0 before. */
  readonly finishedMs: number;
}

/** Rows that are rendered at once, and mixed with one another. */
const ROWS_PER_BLOCK = 1000;

/** What ingest and query jobs have in common. */
export abstract class Job {
  readonly id: string;
  readonly createdById: string;
  readonly createdMs = Date.now();
  modifiedMs = this.createdMs;
  state: JobState;

  constructor(id: string, createdById: string, state: JobState) {
    this.id = id;
    this.createdById = createdById;
    this.state = state;
  }

  get isTerminal(): boolean {
    return this.state === 'JobComplete' || this.state === 'Failed' || this.state === 'Aborted';
  }

  enter(state: JobState): void {
    this.state = state;
    this.modifiedMs = Date.now();
  }

  /** @throws ApiError 400 INVALIDJOBSTATE */
  checkMayAbort(): void {
    if (this.isTerminal) throw new ApiError(400, 'INVALIDJOBSTATE', 'Aborting already Completed Job not allowed');
  }

  /** What every document of the job begins with. */
  protected facts(operation: string, object: string, version: number, more: Readonly<Record<string, unknown>> = {}) {
    return {
      id: this.id,
      operation,
      object,
      createdById: this.createdById,
      createdDate: timestamp(this.createdMs),
      systemModstamp: timestamp(this.modifiedMs),
      state: this.state,
      ...more,
      concurrencyMode: 'Parallel',
      contentType: 'CSV',
      apiVersion: new LosslessNumber(version.toFixed(1)),
    };
  }
}

/** One ingest job and its life. */
export class IngestJob extends Job {
  readonly request: JobRequest;
  readonly random: Random;
  readonly successful: ResultFile;
  readonly failed: ResultFile;
  readonly unprocessed: ResultFile;
  readonly fault: Fault | undefined;
  /** Set while rows are being worked on: moves the remaining ones to `unprocessed`. */
  leaveRest: (() => void) | undefined;
  upload: Buffer | undefined;
  uploads = 0;
  uploadedBytes = 0;
  csv: string | undefined;
  errorMessage: string | undefined;
  processed = 0;
  failedRows = 0;
  #startedMs = 0;
  #finishedMs = 0;

  constructor(id: string, request: JobRequest, createdById: string, random: Random, fault: Fault | undefined) {
    super(id, createdById, 'Open');
    this.request = request;
    this.random = random;
    this.fault = fault;
    this.successful = new ResultFile(random, request);
    this.failed = new ResultFile(random, request);
    this.unprocessed = new ResultFile(random, request);
  }

  /** Moves on; in a terminal state the upload is let go and the results are ready. */
  override enter(state: JobState, errorMessage?: string): void {
    super.enter(state);
    this.errorMessage = errorMessage;
    if (state === 'InProgress') this.#startedMs = this.modifiedMs;
    if (!this.isTerminal) return;
    this.#finishedMs = this.modifiedMs;
    for (const file of [this.successful, this.failed, this.unprocessed]) file.seal();
    this.upload = undefined;
    this.leaveRest = undefined;
  }

  /** Rows not yet worked on become unprocessed; what was written stays. */
  abort(): void {
    if (this.leaveRest) this.leaveRest();
    else if (this.upload) this.unprocessed.addBlock(this.upload);
    this.enter('Aborted');
  }

  view(): EmulatedJob {
    const { type, operation, keyField } = this.request;
    const { id, state, errorMessage, uploads, uploadedBytes, csv, createdMs } = this;
    return {
      ...{ id, state, errorMessage, uploads, uploadedBytes, csv, createdMs, operation },
      object: type.name,
      externalIdFieldName: keyField?.name,
      numberRecordsProcessed: this.processed,
      numberRecordsFailed: this.failedRows,
      finishedMs: this.#finishedMs,
    };
  }

  /** The document of a new job. */
  createdDocument(): Record<string, unknown> {
    return { ...this.reducedDocument(), ...this.#upload() };
  }

  /** The document in a list of jobs. */
  listedDocument(): Record<string, unknown> {
    return { ...this.reducedDocument(), jobType: 'V2Ingest', ...this.#upload() };
  }

  /** The document of one job. */
  document(): Record<string, unknown> {
    const elapsedMs = (this.#finishedMs || this.modifiedMs) - (this.#startedMs || this.modifiedMs);
    const counters = { numberRecordsProcessed: this.processed, numberRecordsFailed: this.failedRows };
    return {
      ...this.listedDocument(),
      ...(this.state === 'Open' && this.uploads === 0 ? {} : counters),
      retries: 0,
      totalProcessingTime: elapsedMs,
      apiActiveProcessingTime: elapsedMs,
      apexProcessingTime: 0,
      ...(this.errorMessage === undefined ? {} : { errorMessage: this.errorMessage }),
    };
  }

  /** The document that a change of state answers with. */
  reducedDocument(): Record<string, unknown> {
    const { type, operation, keyField, assignmentRuleId, version } = this.request;
    return this.facts(operation, type.name, version, {
      ...(keyField ? { externalIdFieldName: keyField.name } : {}),
      ...(assignmentRuleId === undefined ? {} : { assignmentRuleId }),
    });
  }

  #upload(): Record<string, unknown> {
    const { lineEnding, delimiterName, version } = this.request;
    const contentUrl = `services/data/v${version.toFixed(1)}/jobs/ingest/${this.id}/batches`;
    return { ...(this.state === 'Open' ? { contentUrl } : {}), lineEnding, columnDelimiter: delimiterName };
  }
}

/** What a client asks for when it creates a query job; checked. */
interface QueryJobRequest extends CsvFormat {
  readonly operation: 'query' | 'queryAll';
  readonly object: string;
  /** For example 62. */
  readonly version: number;
}

/** A query job and its life. The records are those of the moment when it was made. */
export class QueryJob extends Job {
  readonly request: QueryJobRequest;
  readonly table: TextTable;

  constructor(id: string, request: QueryJobRequest, createdById: string, table: TextTable) {
    super(id, createdById, 'UploadComplete');
    this.request = request;
    this.table = table;
  }

  /** The document that create, GET and a change of state answer with. */
  document(): Record<string, unknown> {
    const { operation, object, lineEnding, delimiterName, version } = this.request;
    return { ...this.facts(operation, object, version), lineEnding, columnDelimiter: delimiterName };
  }

  /** What GET tells beside the document. */
  progress(): Record<string, unknown> {
    return {
      jobType: 'V2Query',
      numberRecordsProcessed: this.state === 'JobComplete' ? this.table.length : 0,
      retries: 0,
      totalProcessingTime: this.modifiedMs - this.createdMs,
      isPkChunkingSupported: true,
    };
  }
}

/** One of a job's result files: rows arrive as they are worked on and leave in another order. */
class ResultFile {
  readonly #random: Random;
  readonly #format: CsvFormat;
  header = '';
  #rows: (readonly string[])[] = [];
  #blocks: Buffer[] = [];

  constructor(random: Random, format: CsvFormat) {
    this.#random = random;
    this.#format = format;
  }

  add(row: readonly string[]): void {
    this.#rows.push(row);
    if (this.#rows.length >= ROWS_PER_BLOCK) this.#flush();
  }

  /** Lines that are written already, line ends included. */
  addBlock(bytes: Buffer): void {
    this.#blocks.push(bytes);
  }

  /** No more rows come: mixes the blocks. */
  seal(): void {
    this.#flush();
    this.#blocks = this.#random.shuffled(this.#blocks);
  }

  chunks(): Buffer[] {
    if (this.header === '') return this.#blocks;
    return [Buffer.from(this.header + lineEndOf(this.#format.lineEnding)), ...this.#blocks];
  }

  #flush(): void {
    if (this.#rows.length > 0) this.#blocks.push(writeCsv(this.#random.shuffled(this.#rows), this.#format));
    this.#rows = [];
  }
}

export function invalidState(message: string): ApiError {
  return new ApiError(400, 'INVALIDJOBSTATE', `InvalidJobState : ${message}`);
}
