import type { RecordError, Column } from '../../core/record.js';
import { visibleName } from '../../core/text.js';
import { RequestError, type ApiError } from '../../salesforce/errors.js';
import type { IngestJob } from '../../salesforce/ingest-jobs.js';
import { readResults, type ResultKind } from '../../salesforce/job-results.js';
import { backoffDelayMs, recordVerdict } from '../../salesforce/retry.js';
import type { PendingRecord } from '../batch-outcomes.js';
import { isSent, leaveOut } from '../refused-fields.js';
import type { BulkContext } from './bulk-job.js';
import type { FilePlan } from './csv-files.js';
import { matchByValues, ResultFile, SentRows, type ResultRow } from './match.js';

/** Result files that hold fewer rows than the job says are fetched again so often: a download can be cut unnoticed. */
const FETCHES = 3;

/**
 * Settles the records of a job that has ended. Results are fetched only where the counters do not say everything; what
 * stands in no result file is sent again, or in doubt.
 */
export async function settleResults(job: IngestJob, file: FilePlan, bulk: BulkContext): Promise<void> {
  const { outcomes, run } = bulk;
  const { pending } = file;
  const { numberRecordsProcessed: processed, numberRecordsFailed: failed } = job;
  const isWhole = job.state === 'JobComplete' && processed === pending.length;
  if (isWhole && failed === 0 && !run.wantsIds) {
    outcomes.settleAll(pending, { kind: 'succeeded', id: undefined, created: undefined });
    return;
  }
  const results = new JobResults(job, file, bulk);
  try {
    if (!isWhole || failed > 0) await results.fetch('failedResults', failed);
    results.match(false);
    if (!isWhole || run.wantsIds || !results.tellAllFailures()) {
      // Where some failed row speaks of a record that cannot be told, the successes tell the others.
      await results.fetch('successfulResults', processed - failed);
    }
    // `Failed` before anything was done: the file itself was refused.
    if (job.state === 'Failed' && processed === 0 && results.areEmpty()) {
      refuseFile(parseJobError(job.errorMessage), file, bulk);
      return;
    }
    if (!isWhole) await results.fetch('unprocessedrecords', pending.length - processed);
    results.match(true);
    results.settle(isWhole);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    outcomes.stop ??= error.stop;
    if (outcomes.isResumable) {
      // The results stay in the org: the next run reads them, all of them, so that rows are not told apart by halves.
      if (!run.stopping.aborted) outcomes.stopFor(error);
      outcomes.settleInDoubt(pending, { code: error.code, message: error.message }, true);
      return;
    }
    results.match(false);
    results.settle(isWhole, error);
  }
}

/** The result files of one job, and which records their rows speak of. */
class JobResults {
  readonly #files = new Map<ResultKind, ResultFile>();
  readonly #sent: SentRows;
  #matched = new Map<PendingRecord, ResultRow>();

  constructor(
    private readonly job: IngestJob,
    private readonly file: FilePlan,
    private readonly bulk: BulkContext,
  ) {
    this.#sent = new SentRows(file, bulk.plan.byId);
  }

  async fetch(kind: ResultKind, expectedRows: number): Promise<void> {
    const { client, aborting, random, sleep } = this.bulk.run;
    const onStart = (header: readonly string[]): ((cells: readonly string[]) => void) => {
      const file = new ResultFile(kind, header, this.#sent);
      this.#files.set(kind, file);
      return (cells) => file.take(cells);
    };
    for (let attempt = 1; attempt <= FETCHES; attempt++) {
      if (attempt > 1) await sleep(backoffDelayMs(attempt - 1, random), aborting);
      const reply = await readResults(client, this.job.id, kind, onStart, { signal: aborting });
      // Where the file is gone, or never was, the records are told by the other files, or are in doubt.
      if (reply.kind !== 'rows' || this.#rowsOf(kind) >= expectedRows || aborting.aborted) return;
    }
  }

  areEmpty(): boolean {
    return this.#rowsOf('successfulResults') + this.#rowsOf('failedResults') === 0;
  }

  /** Is each failure that the job counts the failure of a known record? */
  tellAllFailures(): boolean {
    const failures = [...this.#matched.values()].filter(({ kind }) => kind === 'failedResults').length;
    return failures === this.job.numberRecordsFailed && this.#rowsOf('failedResults') === failures;
  }

  /** Finds the record of each row. `isComplete`: no other rows will come. */
  match(isComplete: boolean): void {
    const files = [...this.#files.values()];
    this.#matched = new Map();
    for (const [pending, row] of files.flatMap(({ matched }) => [...matched])) {
      if (!this.#matched.has(pending)) this.#matched.set(pending, row);
    }
    const open = this.#unmatched();
    for (const [pending, row] of matchByValues(open, files, this.file.columns, isComplete))
      this.#matched.set(pending, row);
  }

  /** What no row speaks of has succeeded if the whole file was worked on and all failures are known, else it is not known. */
  settle(isWhole: boolean, cause?: RecordError): void {
    const { outcomes } = this.bulk;
    for (const [pending, { kind, id, error, created }] of this.#matched) {
      if (kind === 'successfulResults') {
        outcomes.settle(pending, { kind: 'succeeded', id: id === '' ? undefined : id, created });
      } else if (kind === 'failedResults') {
        outcomes.refuse(pending, parseRowError(error));
      } else {
        const message = `Bulk job ${this.job.id} ended (${this.job.state}) before this record was processed`;
        outcomes.retry(pending, { code: 'UNPROCESSED', message }, 'later');
      }
    }
    const left = this.#unmatched();
    if (isWhole && this.tellAllFailures()) {
      outcomes.settleAll(left, { kind: 'succeeded', id: undefined, created: undefined });
      return;
    }
    const why = cause === undefined ? '' : `: ${cause.message}`;
    const message = `No result of bulk job ${this.job.id} (${this.job.state}) includes this record${why}`;
    // What cannot be read now may be there all the same: whoever retries it decides.
    if (cause !== undefined) outcomes.settleAll(left, { kind: 'in_doubt', error: { code: cause.code, message } });
    else outcomes.retryUnknown(left, { code: 'RESULT_MISSING', message });
  }

  #rowsOf(kind: ResultKind): number {
    return this.#files.get(kind)?.rows ?? 0;
  }

  #unmatched(): PendingRecord[] {
    return this.file.pending.filter((pending) => !this.#matched.has(pending));
  }
}

/** Nothing of the file was written. Without its unknown column, or after a while, it may pass. */
function refuseFile(error: ApiError, { pending, columns }: FilePlan, { outcomes, plan, run }: BulkContext): void {
  const column = unknownColumn(error, columns);
  const hasIt = ({ record }: PendingRecord): boolean =>
    column !== undefined && record.fields.columns.includes(column) && isSent(record, column);
  // A file that no record has filled the column of would be the same a second time.
  if (column !== undefined && column.field !== plan.byId.keyField && pending.some(hasIt)) {
    const what = column.reference === undefined ? 'field' : 'reference';
    const message = `The org takes no ${what} ${visibleName(column.header)} of ${plan.sobject} in bulk`;
    // No record is written without the parent that its line names.
    const mayLack = plan.policy === 'drop' && column.reference === undefined;
    if (mayLack) run.warn(`${message}; it is left out (topic ${plan.mapping.topic})`);
    for (const one of pending) {
      if (!hasIt(one) || (mayLack && leaveOut(one.record, [column], plan.byId))) outcomes.retry(one, error, 'now');
      else outcomes.settle(one, { kind: 'failed', error: { ...error, message } });
    }
    return;
  }
  if (recordVerdict(error.code, error.message) === 'stop') {
    outcomes.stopFor(error);
    outcomes.settleUnsent(pending, error);
  } else {
    for (const one of pending) outcomes.refuse(one, error);
  }
}

/** ` --` ends an error where nothing follows, or the next one; a message may hold it, too. */
const END_OF_ERROR = / ?--(?=$|\s*[A-Z][A-Z_]+:)/;

/**
 * Reads an `sf__Error` cell: `CODE:message:Field1 Field2 --`, or `CODE:message:--` without fields. The message may hold
 * colons, quotes and line breaks; of several errors in a row the first one counts.
 */
export function parseRowError(cell: string): ApiError {
  const first = cell.trim().split(END_OF_ERROR, 1)[0] ?? cell;
  const [code = ''] = first.split(':', 1);
  if (!/^[A-Za-z_]+$/.test(code)) return { code: 'UNKNOWN', message: cell.trim(), fields: [] };
  const rest = first.slice(code.length + 1);
  const lastColon = rest.lastIndexOf(':');
  const tail = lastColon < 0 ? '' : rest.slice(lastColon + 1);
  // What follows the last colon is the list of fields, unless it reads as part of the message.
  if (lastColon < 0 || !/^[\w.]*(?: [\w.]+)*\s*$/.test(tail)) return { code, message: rest.trim(), fields: [] };
  return { code, message: rest.slice(0, lastColon).trim(), fields: tail.split(' ').filter((field) => field !== '') };
}

/** Reads a job's `errorMessage`: `InvalidBatch : Field name not found : Foo__c`; the prefix may stand twice. */
export function parseJobError(errorMessage: string | undefined): ApiError {
  const text = errorMessage?.trim() ?? '';
  const match = /^(?:(\w+)\s*:\s*)(?:\1\s*:\s*)?([\s\S]+)$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) {
    return {
      code: 'JOB_FAILED',
      message: text === '' ? 'The job failed; Salesforce gave no reason' : text,
      fields: [],
    };
  }
  return { code: match[1], message: match[2].trim(), fields: [] };
}

/** The column that a file was refused for: Salesforce names the first one only, or the relationship that takes no type. */
export function unknownColumn({ message }: ApiError, columns: readonly Column[]): Column | undefined {
  const named = /Field name not found\s*:\s*([^]*\S)/i.exec(message)?.[1]?.toLowerCase();
  const untyped = /non polymorphic foreign key references\s*:\s*(\S+)/i.exec(message)?.[1]?.toLowerCase();
  return (
    columns.find(({ header }) => header.trim().toLowerCase() === named) ??
    columns.find(({ reference }) => reference?.type !== undefined && reference.relationship.toLowerCase() === untyped)
  );
}
