import { isUtf8 } from 'node:buffer';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { RecordError } from '../api-error.js';
import type { Org } from '../org.js';
import { deleteRows, saveRows } from '../records/save.js';
import type { Outcome } from '../records/row.js';
import { type Column, readCells, readHeader, renderCell } from './columns.js';
import { parseCsvRows, quoted, scanCsv } from './csv.js';
import type { IngestJob } from './job.js';

/** Works on a closed job until it is finished, failed or aborted. Rejects only when `signal` ends the emulator. */
export async function processJob(org: Org, job: IngestJob, signal: AbortSignal): Promise<void> {
  await sleep(org.settings.bulk.queueMs, undefined, { signal, ref: false });
  if (job.state !== 'UploadComplete') return;
  job.enter('InProgress');
  await nextTurn();
  // Somebody may have aborted it meanwhile.
  if (job.isTerminal) return;
  const work = Work.open(org, job);
  if (typeof work === 'string') failWhole(job, work);
  else if (work) await work.run(signal);
  else job.enter('JobComplete');
}

interface Chunk {
  readonly firstRow: number;
  readonly endRow: number;
}

/** An upload that is in order, cut into batches and chunks. */
class Work {
  readonly #org: Org;
  readonly #job: IngestJob;
  readonly #upload: Buffer;
  readonly #rowStarts: readonly number[];
  readonly #columns: readonly Column[];
  /** Columns in the order of the result files. */
  readonly #shownColumns: readonly number[];
  readonly #batches: Chunk[][];
  /** Batches begun; each holds its chunks not yet worked on. */
  readonly #pending = new Set<Chunk[]>();
  #rowsDone = 0;
  /** Where a fault ends the work. */
  readonly #rowsAllowed: number;

  /** A text is what fails the whole job; undefined means that there is nothing to do. */
  static open(org: Org, job: IngestJob): Work | string | undefined {
    const upload = job.upload;
    if (!upload || upload.length === 0) return undefined;
    const { delimiter, lineEnding, type, operation, keyField } = job.request;
    if (!isUtf8(upload)) return 'ClientInputError : Data is not valid UTF-8';
    const layout = scanCsv(upload, delimiter, lineEnding);
    if (!layout.isValid) return layout.error;
    const headerText = upload.toString('utf8', 0, layout.headerEnd);
    if (headerText.length > org.settings.limits.headerChars) {
      return `ClientInputError : Header row is longer than ${org.settings.limits.headerChars} characters`;
    }
    const names = parseCsvRows(headerText, delimiter)[0] ?? [''];
    const columns = readHeader(names, {
      schema: org.schema,
      type,
      operation,
      keyField,
    });
    if (typeof columns === 'string') return columns;
    if (layout.rowStarts.length === 0) return 'InvalidBatch : Records not found';
    return new Work(org, job, upload, [...layout.rowStarts, layout.end], columns);
  }

  private constructor(
    org: Org,
    job: IngestJob,
    upload: Buffer,
    rowStarts: readonly number[],
    columns: readonly Column[],
  ) {
    this.#org = org;
    this.#job = job;
    this.#upload = upload;
    this.#rowStarts = rowStarts;
    this.#columns = columns;
    const indexes = columns.map((_, index) => index);
    this.#shownColumns = job.random.chance(0.5) ? job.random.shuffled(indexes) : indexes;
    this.#batches = this.#cut();
    this.#rowsAllowed = job.fault
      ? Math.floor((rowStarts.length - 1) * (job.fault.done ?? 0.5))
      : Number.POSITIVE_INFINITY;
    const { delimiter } = job.request;
    const shown = this.#shownColumns.map((index) => columns[index]?.name ?? '');
    job.successful.header = ['"sf__Id"', '"sf__Created"', ...shown].join(delimiter);
    job.failed.header = ['"sf__Id"', '"sf__Error"', ...shown].join(delimiter);
    job.unprocessed.header = columns.map((column) => column.name).join(delimiter);
    job.leaveRest = () => this.#leaveRest();
  }

  async run(signal: AbortSignal): Promise<void> {
    const workers = Array.from({ length: this.#org.settings.bulk.parallelBatches }, () => this.#work(signal));
    await Promise.all(workers);
    if (!signal.aborted && !this.#stops()) this.#job.enter('JobComplete');
  }

  async #work(signal: AbortSignal): Promise<void> {
    const { batchTimeMs, recordTimeMs } = this.#org.settings.bulk;
    for (let batch = this.#batches.shift(); batch; batch = this.#batches.shift()) {
      const isAllowed = this.#org.bulkBatchesUsed < this.#org.settings.limits.dailyBulkApiBatches;
      // Rows of a batch beyond the daily allocation show up in none of the result files.
      if (!isAllowed) continue;
      this.#org.bulkBatchesUsed++;
      this.#pending.add(batch);
      if (batchTimeMs > 0) await sleep(batchTimeMs, undefined, { signal, ref: false });
      while (batch.length > 0) {
        const rows = (batch[0]?.endRow ?? 0) - (batch[0]?.firstRow ?? 0);
        if (recordTimeMs > 0) await sleep(recordTimeMs * rows, undefined, { signal, ref: false });
        else await nextTurn();
        if (signal.aborted || this.#stops()) return;
        const chunk = this.#next(batch);
        if (chunk) this.#processChunk(chunk);
      }
      this.#pending.delete(batch);
    }
  }

  /** The next chunk, cut where a fault ends the work. */
  #next(batch: Chunk[]): Chunk | undefined {
    const chunk = batch.shift();
    const room = this.#rowsAllowed - this.#rowsDone;
    if (!chunk || chunk.endRow - chunk.firstRow <= room) return chunk;
    const middle = chunk.firstRow + room;
    batch.unshift({ firstRow: middle, endRow: chunk.endRow });
    return { firstRow: chunk.firstRow, endRow: middle };
  }

  /** Whether the job ended, or a fault ends it here. */
  #stops(): boolean {
    const job = this.#job;
    if (!job.isTerminal) {
      const { fault } = job;
      if (!fault || this.#rowsDone < this.#rowsAllowed) return false;
      if (fault.kind === 'job-stuck') return true;
      this.#leaveRest();
      if (fault.kind === 'job-abort-halfway') job.enter('Aborted');
      else job.enter('Failed', fault.message ?? 'TooManyLockFailure : Too many lock failures. Batch retries used up');
    }
    return true;
  }

  /** What was not worked on goes to the unprocessed rows. */
  #leaveRest(): void {
    for (const chunk of [...this.#pending, ...this.#batches].flat()) {
      const rest = this.#bytes(chunk);
      const isOpenEnded = rest.length > 0 && rest[rest.length - 1] !== 0x0a;
      const lineEnd = this.#job.request.lineEnding === 'LF' ? '\n' : '\r\n';
      this.#job.unprocessed.addRaw(Buffer.concat(isOpenEnded ? [rest, Buffer.from(lineEnd)] : [rest]));
    }
    this.#pending.clear();
    this.#batches.length = 0;
  }

  #cut(): Chunk[][] {
    const { batchSize, chunkSize } = this.#org.settings.bulk;
    const rows = this.#rowStarts.length - 1;
    const batches: Chunk[][] = [];
    for (let first = 0; first < rows; first += batchSize) {
      const end = Math.min(rows, first + batchSize);
      const chunks: Chunk[] = [];
      for (let at = first; at < end; at += chunkSize) {
        chunks.push({ firstRow: at, endRow: Math.min(end, at + chunkSize) });
      }
      batches.push(this.#job.random.shuffled(chunks));
    }
    return this.#job.random.shuffled(batches);
  }

  #bytes({ firstRow, endRow }: Chunk): Buffer {
    return this.#upload.subarray(this.#rowStarts[firstRow], this.#rowStarts[endRow]);
  }

  #processChunk(chunk: Chunk): void {
    const job = this.#job;
    const cellRows = parseCsvRows(this.#bytes(chunk).toString('utf8'), job.request.delimiter);
    const outcomes = this.#write(cellRows);
    cellRows.forEach((cells, index) => {
      const outcome = outcomes[index];
      if (!outcome) return;
      job.processed++;
      if (!outcome.success) job.failedRows++;
      this.#report(cells, outcome);
    });
    this.#rowsDone += cellRows.length;
  }

  #write(cellRows: readonly string[][]): Outcome[] {
    const { type, operation, keyField, assignmentRuleId } = this.#job.request;
    const by = this.#job.id;
    if (operation === 'delete') {
      return deleteRows(
        this.#org,
        cellRows.map((cells) => cells.join(this.#job.request.delimiter).trim()),
        { type, by },
      );
    }
    const mayHoldId = operation !== 'upsert' || keyField?.type === 'id';
    const rows = cellRows.map((cells) => readCells(type, this.#columns, cells, mayHoldId));
    const assignment = assignmentRuleId === undefined ? 'none' : { ruleId: assignmentRuleId };
    return saveRows(this.#org, rows, { operation, keyField, assignment, by });
  }

  #report(cells: readonly string[], outcome: Outcome): void {
    const { request } = this.#job;
    const second = outcome.success ? String(outcome.created ?? false) : errorText(outcome.errors);
    const showsId = outcome.success || (request.operation !== 'insert' && request.version >= 53);
    const line = [quoted(showsId ? (outcome.id ?? '') : ''), quoted(second)];
    for (const index of this.#shownColumns) {
      const column = this.#columns[index];
      if (column) line.push(quoted(renderCell(column, cells[index] ?? '')));
    }
    (outcome.success ? this.#job.successful : this.#job.failed).add(line.join(request.delimiter));
  }
}

function errorText(errors: readonly RecordError[]): string {
  return errors
    .map((error) => `${error.statusCode}:${error.message}:${error.fields.join(' ')} --`)
    .join('')
    .replaceAll(': --', ':--');
}

function failWhole(job: IngestJob, message: string): void {
  // Seen both ways: result files of a job that failed as a whole hold a header, or nothing.
  if (job.random.chance(0.5)) {
    job.successful.header = '"sf__Id","sf__Created"';
    job.failed.header = '"sf__Id","sf__Error"';
  }
  job.enter('Failed', message);
}
