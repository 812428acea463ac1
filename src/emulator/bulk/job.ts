import { LosslessNumber } from 'lossless-json';
import { ApiError } from '../api-error.js';
import type { Fault } from '../faults.js';
import type { Random } from '../random.js';
import { timestamp } from '../records/values.js';
import type { TextTable } from '../soql/execute.js';
import { lineEndOf, writeCsv, type CsvFormat } from './csv.js';
import type { JobRequest } from './job-request.js';

export type JobState = 'Open' | 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Failed' | 'Aborted';
export type JobOperation = 'insert' | 'update' | 'upsert' | 'delete';
/** Where a document of a job is shown: to who made it, to who changed its state, in a list, to who asks for it. */
type Occasion = 'created' | 'changed' | 'listed' | 'asked';

/** A bulk job as `Emulator.jobs()` shows it. */
export type EmulatedJob = Readonly<ReturnType<IngestJob['view']>>;

/** Rows that are rendered at once, and mixed with one another. */
const ROWS_PER_BLOCK = 1000;

/** What ingest and query jobs have in common. */
abstract class BulkJob {
  abstract readonly api: 'ingest' | 'query';
  abstract readonly request: JobRequest<string>;
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

  document(occasion: Occasion): Record<string, unknown> {
    const { type, operation, keyField, assignmentRuleId, version, lineEnding, delimiterName } = this.request;
    const apiVersion = version.toFixed(1);
    const isIngest = this.api === 'ingest';
    const contentUrl = `services/data/v${apiVersion}/jobs/ingest/${this.id}/batches`;
    return {
      ...{ id: this.id, operation, object: type.name, createdById: this.createdById },
      ...{ createdDate: timestamp(this.createdMs), systemModstamp: timestamp(this.modifiedMs), state: this.state },
      ...(keyField ? { externalIdFieldName: keyField.name } : {}),
      ...(assignmentRuleId === undefined ? {} : { assignmentRuleId }),
      ...{ concurrencyMode: 'Parallel', contentType: 'CSV', apiVersion: new LosslessNumber(apiVersion) },
      ...(occasion === 'listed' || occasion === 'asked' ? { jobType: isIngest ? 'V2Ingest' : 'V2Query' } : {}),
      ...(isIngest && occasion !== 'changed' && this.state === 'Open' ? { contentUrl } : {}),
      ...(isIngest && occasion === 'changed' ? {} : { lineEnding, columnDelimiter: delimiterName }),
      ...(occasion === 'asked' ? this.progress() : {}),
    };
  }

  protected abstract progress(): Record<string, unknown>;
}

/** One ingest job and its life. */
export class IngestJob extends BulkJob {
  readonly api = 'ingest';
  readonly request: JobRequest<JobOperation>;
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

  constructor(
    id: string,
    request: JobRequest<JobOperation>,
    createdById: string,
    random: Random,
    fault: Fault | undefined,
  ) {
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

  view() {
    return {
      id: this.id,
      object: this.request.type.name,
      operation: this.request.operation,
      externalIdFieldName: this.request.keyField?.name,
      state: this.state,
      errorMessage: this.errorMessage,
      /** Failed rows included. */
      numberRecordsProcessed: this.processed,
      numberRecordsFailed: this.failedRows,
      /** Uploads accepted, and the bytes of the latest. */
      uploads: this.uploads,
      uploadedBytes: this.uploadedBytes,
      /** The uploaded file; only with `recordBodies`. */
      csv: this.csv,
      /** On the clock of `Date.now()`. */
      createdMs: this.createdMs,
      /** When it reached its terminal state; 0 before. */
      finishedMs: this.#finishedMs,
    };
  }

  protected progress(): Record<string, unknown> {
    const elapsedMs = (this.#finishedMs || this.modifiedMs) - (this.#startedMs || this.modifiedMs);
    const counters = { numberRecordsProcessed: this.processed, numberRecordsFailed: this.failedRows };
    return {
      ...(this.state === 'Open' && this.uploads === 0 ? {} : counters),
      retries: 0,
      totalProcessingTime: elapsedMs,
      apiActiveProcessingTime: elapsedMs,
      apexProcessingTime: 0,
      ...(this.errorMessage === undefined ? {} : { errorMessage: this.errorMessage }),
    };
  }
}

/** A query job and its life. The records are those of the moment when it was made. */
export class QueryJob extends BulkJob {
  readonly api = 'query';
  readonly request: JobRequest<string>;
  readonly table: TextTable;

  constructor(id: string, request: JobRequest<string>, createdById: string, table: TextTable) {
    super(id, createdById, 'UploadComplete');
    this.request = request;
    this.table = table;
  }

  abort(): void {
    this.enter('Aborted');
  }

  /** The rows from `start` on, before `end`, with the header. */
  csv(start: number, end: number): Buffer[] {
    const chunks = [writeCsv([this.table.names], this.request)];
    for (let at = start; at < end; at += ROWS_PER_BLOCK) {
      chunks.push(writeCsv(this.table.rows(at, Math.min(end, at + ROWS_PER_BLOCK)), this.request));
    }
    return chunks;
  }

  protected progress(): Record<string, unknown> {
    return {
      numberRecordsProcessed: this.state === 'JobComplete' ? this.table.length : 0,
      retries: 0,
      totalProcessingTime: this.modifiedMs - this.createdMs,
      isPkChunkingSupported: true,
    };
  }
}

export type Job = IngestJob | QueryJob;

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
