import { ReplayStopped } from '../core/errors.js';
import type { RecordError } from '../core/record.js';
import { RequestError, type ApiError } from '../salesforce/errors.js';
import type { IngestJob } from '../salesforce/ingest-jobs.js';
import { readResults, type ResultKind } from '../salesforce/job-results.js';
import { backoffDelayMs, recordVerdict } from '../salesforce/retry.js';
import { visibleName } from '../core/text.js';
import { ResultFile, SentRows, type ResultRow } from './bulk-match.js';
import type { CsvFile } from './csv.js';
import type { Fates, Slot } from './fates.js';
import type { FieldPlan } from '../records/field-plan.js';
import { isSent, leaveOut } from './refused-fields.js';
import { parseJobError, parseRowError, unknownColumn } from './row-error.js';
import { matchByValues } from './value-match.js';
import type { WriterContext } from './writer.js';

interface Room {
  readonly fates: Fates;
  readonly plan: FieldPlan;
  readonly context: WriterContext;
}

/** Result files that hold fewer rows than the job says are fetched again so often: a download can be cut unnoticed. */
const FETCHES = 3;

/**
 * Settles the records of a job that has ended. Results are fetched only where the counters do not say everything; what
 * stands in no result file is sent again, or in doubt.
 */
export async function settleJob(job: IngestJob, file: CsvFile<Slot>, room: Room): Promise<void> {
  const { fates, context } = room;
  const sent = file.records.length;
  const failed = job.numberRecordsFailed;
  const isWhole = job.state === 'JobComplete' && job.numberRecordsProcessed === sent;
  if (isWhole && failed === 0 && !context.wantsIds) {
    fates.settleAll(file.records, { kind: 'succeeded', id: undefined, created: undefined });
    return;
  }
  const results = new JobResults(job, file, room);
  try {
    if (!isWhole || failed > 0) await results.fetch('failedResults', failed);
    results.match(false);
    if (!isWhole || context.wantsIds || !results.tellsAllFailures()) {
      // Where some failed row speaks of a record that cannot be told, the successes tell the others.
      await results.fetch('successfulResults', succeededOf(job));
    }
    if (!isWhole && results.isStructuralFailure()) {
      refuseFile(parseJobError(job.errorMessage), file, room);
      return;
    }
    if (!isWhole) await results.fetch('unprocessedrecords', Math.max(0, sent - job.numberRecordsProcessed));
    results.match(true);
    results.settle(isWhole);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    fates.stop ??= error.stop;
    if (fates.leavesRest) {
      // The results stay in the org: the next run reads them, all of them, so that rows are not told apart by halves.
      if (!context.stopping.aborted) fates.stop ??= new ReplayStopped(error.code, error.message);
      fates.leaveUnknown(file.records, { code: error.code, message: error.message }, true);
      return;
    }
    results.match(false);
    results.settle(isWhole, error);
  }
}

function succeededOf(job: IngestJob): number {
  return Math.max(0, job.numberRecordsProcessed - job.numberRecordsFailed);
}

/** The result files of one job, and whom their rows speak of. */
class JobResults {
  readonly #files = new Map<ResultKind, ResultFile>();
  readonly #rows: SentRows;
  #matched = new Map<Slot, { kind: ResultKind; row: ResultRow }>();
  #left: readonly Slot[] = [];

  constructor(
    private readonly job: IngestJob,
    private readonly file: CsvFile<Slot>,
    private readonly room: Room,
  ) {
    this.#rows = new SentRows(file.records, file.columns, room.plan);
  }

  rowsOf(kind: ResultKind): number {
    return this.#files.get(kind)?.rows ?? 0;
  }

  async fetch(kind: ResultKind, expectedRows: number): Promise<void> {
    const { context } = this.room;
    for (let attempt = 1; attempt <= FETCHES; attempt++) {
      if (attempt > 1) await context.sleep(backoffDelayMs(attempt - 1, context.random), context.aborting);
      const isThere = await this.#fetchOnce(kind);
      if (!isThere || this.rowsOf(kind) >= expectedRows || context.aborting.aborted) return;
    }
  }

  /** False for results that are gone, or never were: the records are told by the other files, or are in doubt. */
  async #fetchOnce(kind: ResultKind): Promise<boolean> {
    const { client, aborting } = this.room.context;
    const onStart = (header: readonly string[]): ((cells: readonly string[]) => void) => {
      const file = new ResultFile(header, this.#rows);
      this.#files.set(kind, file);
      return (cells) => file.take(cells);
    };
    const reply = await readResults(client, this.job.id, kind, onStart, { signal: aborting });
    return reply.kind === 'rows';
  }

  /** `Failed` before anything was done: the file itself was refused. */
  isStructuralFailure(): boolean {
    const isUntouched = this.job.numberRecordsProcessed === 0;
    return (
      this.job.state === 'Failed' &&
      isUntouched &&
      this.rowsOf('successfulResults') === 0 &&
      this.rowsOf('failedResults') === 0
    );
  }

  /** Is each failure that the job counts the failure of a known record? */
  tellsAllFailures(): boolean {
    const failures = [...this.#matched.values()].filter(({ kind }) => kind === 'failedResults');
    return failures.length === this.job.numberRecordsFailed && this.rowsOf('failedResults') === failures.length;
  }

  /** Finds the record of each row. `isComplete`: no other rows will come. */
  match(isComplete: boolean): void {
    this.#matched = new Map();
    for (const [kind, file] of this.#files) {
      for (const [slot, row] of file.bySlot) if (!this.#matched.has(slot)) this.#matched.set(slot, { kind, row });
    }
    const open = inOrderOfFiles(this.file.records.filter((slot) => !this.#matched.has(slot)));
    const kinds = new Map([...this.#files].map(([kind, file]) => [file, kind]));
    this.#left = matchByValues(open, [...this.#files.values()], this.file.columns, isComplete, (slot, row, file) => {
      this.#matched.set(slot, { kind: kinds.get(file) as ResultKind, row });
    });
  }

  /** What no row speaks of has succeeded if the whole file was worked on and all failures are known, else it is not known. */
  settle(isWhole: boolean, cause?: RecordError): void {
    const { fates } = this.room;
    const left = this.#left;
    for (const [slot, { kind, row }] of this.#matched) {
      if (kind === 'successfulResults') {
        fates.settle(slot, { kind: 'succeeded', id: row.id === '' ? undefined : row.id, created: row.created });
      } else if (kind === 'failedResults') {
        fates.refuse(slot, parseRowError(row.error));
      } else {
        const message = `Bulk job ${this.job.id} ended (${this.job.state}) before this record was processed`;
        fates.repeat(slot, { code: 'UNPROCESSED', message }, 'later');
      }
    }
    if (isWhole && this.tellsAllFailures()) {
      fates.settleAll(left, { kind: 'succeeded', id: undefined, created: undefined });
      return;
    }
    const why = cause === undefined ? '' : `: ${cause.message}`;
    const message = `No result of bulk job ${this.job.id} (${this.job.state}) speaks of this record${why}`;
    // What cannot be read now may be there all the same: whoever retries it decides.
    if (cause !== undefined) fates.settleAll(left, { kind: 'in_doubt', error: { code: cause.code, message } });
    else fates.repeatUnknown(left, { code: 'RESULT_MISSING', message });
  }
}

/**
 * Of records with the same values the first are given the first rows, and the rows of failures come first. Those whose
 * outcome an earlier run has put on disk must get a row of that outcome.
 */
function inOrderOfFiles(slots: readonly Slot[]): Slot[] {
  const rank = ({ record: { earlier } }: Slot): number => (earlier === 'failed' ? 0 : earlier === 'succeeded' ? 2 : 1);
  return [...slots].sort((a, b) => rank(a) - rank(b));
}

/** Nothing of the file was written. Without its unknown column, or after a while, it may pass. */
function refuseFile(error: ApiError, file: CsvFile<Slot>, { fates, plan, context }: Room): void {
  const column = unknownColumn(error, file.columns);
  const hasIt = ({ record }: Slot): boolean =>
    column !== undefined && record.fields.columns.includes(column) && isSent(record, column);
  // A file that no record has filled the column of would be the same a second time.
  if (column !== undefined && column.field !== plan.keyField && file.records.some(hasIt)) {
    const what = column.reference === undefined ? 'field' : 'reference';
    const message = `The org takes no ${what} ${visibleName(column.header)} of ${plan.sobject} in bulk`;
    // No record is written without the parent that its line names.
    const mayLack = plan.policy === 'drop' && column.reference === undefined;
    if (mayLack) context.warn(`${message}; it is left out (topic ${plan.mapping.topic})`);
    for (const slot of file.records) {
      if (!hasIt(slot) || (mayLack && leaveOut(slot.record, [column], plan))) fates.repeat(slot, error, 'now');
      else fates.settle(slot, { kind: 'failed', error: { ...error, message } });
    }
    return;
  }
  const verdict = recordVerdict(error.code, error.message);
  if (verdict === 'final') {
    fates.settleAll(file.records, { kind: 'failed', error });
  } else if (verdict === 'stop') {
    fates.stop ??= new ReplayStopped(error.code, error.message);
    fates.leaveUnsent(file.records, error);
  } else {
    for (const slot of file.records) fates.repeat(slot, error, 'later');
  }
}
