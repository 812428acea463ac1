import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { RecordError } from '../api-error.js';
import type { Org } from '../org.js';
import type { Outcome } from '../records/row.js';
import { deleteRows, saveRows } from '../records/save.js';
import { readCells, readHeader, renderCell, type Column } from './columns.js';
import { readCsv, writeCsv } from './csv.js';
import type { IngestJob } from './job.js';

const MAX_HEADER_CHARS = 32_000;

/** Rows that are written together; duplicates are looked for within a chunk. */
type Chunk = readonly string[][];

/** Works on a closed job until it is finished, failed or aborted. Rejects only when `signal` ends the emulator. */
export async function processJob(org: Org, job: IngestJob, signal: AbortSignal): Promise<void> {
  await sleep(org.settings.bulk.queueMs, undefined, { signal, ref: false });
  if (job.state !== 'UploadComplete') return;
  job.enter('InProgress');
  await nextTurn();
  const rows = job.upload && job.upload.length > 0 ? await readCsv(job.upload, job.request) : [];
  // Somebody may have aborted it meanwhile.
  if (job.isTerminal) return;
  const columns = typeof rows === 'string' ? rows : readColumns(org, job, rows);
  if (typeof columns === 'string') failWhole(job, columns);
  else if (columns) await new Work(org, job, rows.slice(1) as string[][], columns).run(signal);
  else job.enter('JobComplete');
}

/** A text is what fails the whole job; undefined means that there is nothing to do. */
function readColumns(org: Org, job: IngestJob, rows: readonly string[][]): readonly Column[] | string | undefined {
  const [names] = rows;
  if (!names) return undefined;
  if (names.join().length > MAX_HEADER_CHARS) {
    return `ClientInputError : Header row is longer than ${MAX_HEADER_CHARS} characters`;
  }
  const { type, operation, keyField } = job.request;
  const columns = readHeader(names, { schema: org.schema, type, operation, keyField });
  return typeof columns !== 'string' && rows.length === 1 ? 'InvalidBatch : Records not found' : columns;
}

/** An upload that is in order, cut into batches and chunks. */
class Work {
  readonly #org: Org;
  readonly #job: IngestJob;
  readonly #columns: readonly Column[];
  /** Columns in the order of the result files. */
  readonly #shownColumns: readonly number[];
  /** Each holds its chunks not yet worked on. */
  readonly #batches: Chunk[][];
  #batchesBegun = 0;
  /** Where a fault ends the work. */
  readonly #rowsAllowed: number;

  constructor(org: Org, job: IngestJob, rows: readonly string[][], columns: readonly Column[]) {
    this.#org = org;
    this.#job = job;
    this.#columns = columns;
    const indexes = columns.map((_, index) => index);
    this.#shownColumns = job.random.chance(0.5) ? job.random.shuffled(indexes) : indexes;
    this.#batches = this.#cut(rows);
    this.#rowsAllowed = job.fault ? Math.floor(rows.length * (job.fault.done ?? 0.5)) : Number.POSITIVE_INFINITY;
    const shown = this.#shownColumns.map((index) => columns[index]?.name ?? '');
    nameResults(job, shown);
    job.unprocessed.header = columns.map((column) => column.name).join(job.request.delimiter);
    job.leaveRest = () => this.#leaveRest();
  }

  async run(signal: AbortSignal): Promise<void> {
    const workers = Array.from({ length: this.#org.settings.bulk.parallelBatches }, () => this.#work(signal));
    await Promise.all(workers);
    if (!signal.aborted && !this.#stops()) this.#job.enter('JobComplete');
  }

  async #work(signal: AbortSignal): Promise<void> {
    const { batchTimeMs, recordTimeMs } = this.#org.settings.bulk;
    for (let batch = this.#begin(); batch; batch = this.#begin()) {
      if (batchTimeMs > 0) await sleep(batchTimeMs, undefined, { signal, ref: false });
      while (batch.length > 0) {
        if (recordTimeMs > 0) await sleep(recordTimeMs * (batch[0]?.length ?? 0), undefined, { signal, ref: false });
        else await nextTurn();
        if (signal.aborted || this.#stops()) return;
        const chunk = this.#next(batch);
        if (chunk) this.#processChunk(chunk);
      }
    }
  }

  /** The next batch. Rows of one beyond the daily allocation show up in none of the result files. */
  #begin(): Chunk[] | undefined {
    const batch = this.#batches[this.#batchesBegun++];
    const isAllowed = this.#org.bulkBatchesUsed < this.#org.settings.limits.dailyBulkApiBatches;
    if (batch && !isAllowed) batch.length = 0;
    if (batch && isAllowed) this.#org.bulkBatchesUsed++;
    return batch;
  }

  /** The next chunk, cut where a fault ends the work. */
  #next(batch: Chunk[]): Chunk | undefined {
    const chunk = batch.shift();
    const room = this.#rowsAllowed - this.#job.processed;
    if (!chunk || chunk.length <= room) return chunk;
    batch.unshift(chunk.slice(room));
    return chunk.slice(0, room);
  }

  /** Whether the job ended, or a fault ends it here. */
  #stops(): boolean {
    const job = this.#job;
    if (job.isTerminal) return true;
    const { fault } = job;
    if (!fault || job.processed < this.#rowsAllowed) return false;
    if (fault.kind === 'job-stuck') return true;
    this.#leaveRest();
    if (fault.kind === 'job-abort-halfway') job.enter('Aborted');
    else job.enter('Failed', fault.message ?? 'TooManyLockFailure : Too many lock failures. Batch retries used up');
    return true;
  }

  /** What was not worked on goes to the unprocessed rows. */
  #leaveRest(): void {
    for (const batch of this.#batches) {
      for (const chunk of batch.splice(0)) this.#job.unprocessed.addBlock(writeCsv(chunk, this.#job.request, false));
    }
  }

  #cut(rows: readonly string[][]): Chunk[][] {
    const { batchSize, chunkSize } = this.#org.settings.bulk;
    const batches = slices(rows, batchSize).map((batch) => this.#job.random.shuffled(slices(batch, chunkSize)));
    return this.#job.random.shuffled(batches);
  }

  #processChunk(chunk: Chunk): void {
    const job = this.#job;
    this.#write(chunk).forEach((outcome, index) => {
      if (!outcome.success) job.failedRows++;
      this.#report(chunk[index] ?? [], outcome);
    });
    job.processed += chunk.length;
  }

  #write(chunk: Chunk): Outcome[] {
    const { type, operation, keyField, assignmentRuleId, delimiter } = this.#job.request;
    const by = this.#job.id;
    if (operation === 'delete') {
      const ids = chunk.map((cells) => cells.join(delimiter).trim());
      return deleteRows(this.#org, ids, { type, by });
    }
    const mayHoldId = operation !== 'upsert' || keyField?.type === 'id';
    const rows = chunk.map((cells) => readCells(type, this.#columns, cells, mayHoldId));
    const rule = this.#org.assignmentRules.get(assignmentRuleId ?? '');
    return saveRows(this.#org, rows, { operation, keyField, assignmentRules: rule ? [rule] : [], by });
  }

  #report(cells: readonly string[], outcome: Outcome): void {
    const { request } = this.#job;
    const second = outcome.success ? String(outcome.created ?? false) : errorText(outcome.errors);
    const showsId = outcome.success || (request.operation !== 'insert' && request.version >= 53);
    const shown = this.#shownColumns.map((index) => {
      const column = this.#columns[index];
      return column ? renderCell(column, cells[index] ?? '') : '';
    });
    const file = outcome.success ? this.#job.successful : this.#job.failed;
    file.add([(showsId && outcome.id) || '', second, ...shown]);
  }
}

function slices<T>(items: readonly T[], size: number): T[][] {
  const all: T[][] = [];
  for (let at = 0; at < items.length; at += size) all.push(items.slice(at, at + size));
  return all;
}

function errorText(errors: readonly RecordError[]): string {
  return errors
    .map((error) => `${error.statusCode}:${error.message}:${error.fields.join(' ')} --`)
    .join('')
    .replaceAll(': --', ':--');
}

function failWhole(job: IngestJob, message: string): void {
  // Seen both ways: result files of a job that failed as a whole hold a header, or nothing.
  if (job.random.chance(0.5)) nameResults(job, []);
  job.enter('Failed', message);
}

function nameResults({ request, successful, failed }: IngestJob, columns: readonly string[]): void {
  successful.header = ['"sf__Id"', '"sf__Created"', ...columns].join(request.delimiter);
  failed.header = ['"sf__Id"', '"sf__Error"', ...columns].join(request.delimiter);
}
