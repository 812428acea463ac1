import { LosslessNumber } from 'lossless-json';
import type { Fault } from '../faults.js';
import type { Random } from '../random.js';
import type { DescribeField } from '../schema/describe.js';
import type { SObjectType } from '../schema/schema.js';
import type { LineEnding } from './csv.js';

export type JobState = 'Open' | 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Failed' | 'Aborted';
export type JobOperation = 'insert' | 'update' | 'upsert' | 'delete';

/** What a client asks for when it creates a job; checked. */
export interface JobRequest {
  readonly type: SObjectType;
  readonly operation: JobOperation;
  readonly keyField: DescribeField | undefined;
  readonly lineEnding: LineEnding;
  readonly delimiterName: string;
  readonly delimiter: string;
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

/** One ingest job and its life. */
export class IngestJob {
  readonly id: string;
  readonly request: JobRequest;
  readonly random: Random;
  readonly createdById: string;
  readonly createdMs = Date.now();
  readonly successful: ResultFile;
  readonly failed: ResultFile;
  readonly unprocessed: ResultFile;
  fault: Fault | undefined;
  /** Set while rows are being worked on: moves the remaining ones to `unprocessed`. */
  leaveRest: (() => void) | undefined;
  state: JobState = 'Open';
  modifiedMs = Date.now();
  upload: Buffer | undefined;
  uploads = 0;
  uploadedBytes = 0;
  csv: string | undefined;
  errorMessage: string | undefined;
  processed = 0;
  failedRows = 0;
  startedMs = 0;
  finishedMs = 0;

  constructor(id: string, request: JobRequest, createdById: string, random: Random) {
    this.id = id;
    this.request = request;
    this.createdById = createdById;
    this.random = random;
    const lineEnd = request.lineEnding === 'LF' ? '\n' : '\r\n';
    this.successful = new ResultFile(random, lineEnd);
    this.failed = new ResultFile(random, lineEnd);
    this.unprocessed = new ResultFile(random, lineEnd);
  }

  get isTerminal(): boolean {
    return this.state === 'JobComplete' || this.state === 'Failed' || this.state === 'Aborted';
  }

  /** Moves on; in a terminal state the upload is let go and the results are ready. */
  enter(state: JobState, errorMessage?: string): void {
    this.state = state;
    this.errorMessage = errorMessage;
    this.modifiedMs = Date.now();
    if (state === 'InProgress') this.startedMs = this.modifiedMs;
    if (!this.isTerminal) return;
    this.finishedMs = this.modifiedMs;
    for (const file of [this.successful, this.failed, this.unprocessed]) file.seal();
    this.upload = undefined;
    this.leaveRest = undefined;
  }

  /** Rows not yet worked on become unprocessed; what was written stays. */
  abort(): void {
    if (this.leaveRest) this.leaveRest();
    else if (this.upload) this.unprocessed.addRaw(this.upload);
    this.enter('Aborted');
  }

  view(): EmulatedJob {
    return {
      id: this.id,
      object: this.request.type.name,
      operation: this.request.operation,
      externalIdFieldName: this.request.keyField?.name,
      state: this.state,
      errorMessage: this.errorMessage,
      numberRecordsProcessed: this.processed,
      numberRecordsFailed: this.failedRows,
      uploads: this.uploads,
      uploadedBytes: this.uploadedBytes,
      csv: this.csv,
      createdMs: this.createdMs,
      finishedMs: this.finishedMs,
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
    const elapsedMs = (this.finishedMs || this.modifiedMs) - (this.startedMs || this.modifiedMs);
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
    return {
      id: this.id,
      operation,
      object: type.name,
      createdById: this.createdById,
      createdDate: timestamp(this.createdMs),
      systemModstamp: timestamp(this.modifiedMs),
      state: this.state,
      ...(keyField ? { externalIdFieldName: keyField.name } : {}),
      ...(assignmentRuleId === undefined ? {} : { assignmentRuleId }),
      concurrencyMode: 'Parallel',
      contentType: 'CSV',
      apiVersion: new LosslessNumber(version.toFixed(1)),
    };
  }

  #upload(): Record<string, unknown> {
    const { lineEnding, delimiterName, version } = this.request;
    const contentUrl = `services/data/v${version.toFixed(1)}/jobs/ingest/${this.id}/batches`;
    return { ...(this.state === 'Open' ? { contentUrl } : {}), lineEnding, columnDelimiter: delimiterName };
  }
}

function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+0000');
}

const LINES_PER_BLOCK = 10_000;

/** One of a job's result files: lines arrive as rows are worked on and leave in another order. */
export class ResultFile {
  readonly #random: Random;
  readonly #lineEnd: string;
  #header = '';
  #lines: string[] = [];
  #blocks: Buffer[] = [];

  constructor(random: Random, lineEnd: string) {
    this.#random = random;
    this.#lineEnd = lineEnd;
  }

  set header(header: string) {
    this.#header = header;
  }

  /** @param line without its line end */
  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length >= LINES_PER_BLOCK) this.#flush();
  }

  /** A piece of the uploaded file as it was, line ends included. */
  addRaw(bytes: Buffer): void {
    this.#blocks.push(bytes);
  }

  /** No more lines come: mixes the blocks. */
  seal(): void {
    this.#flush();
    this.#blocks = this.#random.shuffled(this.#blocks);
  }

  chunks(): Buffer[] {
    return this.#header === '' ? this.#blocks : [Buffer.from(this.#header + this.#lineEnd), ...this.#blocks];
  }

  #flush(): void {
    if (this.#lines.length === 0) return;
    this.#blocks.push(Buffer.from(this.#random.shuffled(this.#lines).join(this.#lineEnd) + this.#lineEnd));
    this.#lines = [];
  }
}
