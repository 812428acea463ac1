import type { Batch } from '../../batching/batch.js';
import type { EarlierJob } from '../../core/journal.js';
import type { JobEvent, RecordError } from '../../core/record.js';
import type { FieldPlan } from '../../records/field-plan.js';
import { RequestError } from '../../salesforce/errors.js';
import { abortJob, closeJob, createJob, getJob, isOver, uploadJob } from '../../salesforce/ingest-jobs.js';
import { backoffDelayMs, decideRetry } from '../../salesforce/retry.js';
import { recordErrorFrom, type BatchOutcomes } from '../batch-outcomes.js';
import type { WriterContext } from '../writer.js';
import type { CsvFile } from './csv-files.js';
import type { PollSchedule } from './poll-schedule.js';
import { settleResults } from './results.js';

/** What the jobs of one batch have in common. */
export interface BulkContext {
  readonly run: WriterContext;
  readonly batch: Batch;
  readonly plan: FieldPlan;
  readonly outcomes: BatchOutcomes;
  readonly polls: PollSchedule;
}

/** How long the clean-up of a job may take when the run is ended at once. */
const ABORT_WITHIN_MS = 5_000;

/**
 * A bulk job: create, upload, close, poll, results. Where it does not get to its end, its records are settled or to be
 * sent again, and the job is aborted.
 */
export class BulkJob {
  /** Any doubt about an upload ends in a new one. */
  #id = '';

  constructor(
    private readonly bulk: BulkContext,
    private readonly file: CsvFile,
  ) {}

  /** `too_large`: the file must be cut smaller. Else its records are taken care of. */
  async run(): Promise<'too_large' | 'done'> {
    for (let attempt = 1; ; attempt++) {
      if (this.bulk.outcomes.isStopped(this.file.pending)) return 'done';
      const step = (await this.#create()) ? await this.#upload(attempt) : 'done';
      if (step === 'uploaded') break;
      if (step !== 'retry') return step;
    }
    // It stays open where this fails: if the entry is on disk after all, the next run must not find the job aborted.
    if (await this.#begin('closing')) await this.#close();
    return 'done';
  }

  /** Goes on with a job that an earlier run made. */
  async resume({ id, mayBeClosed }: EarlierJob): Promise<void> {
    const { client, aborting: signal } = this.bulk.run;
    const { pending } = this.file;
    this.#id = id;
    for (const one of pending) one.isInFlight = true;
    try {
      let job = await getJob(client, id, { signal });
      const isOpen = job.state === 'Open';
      if (isOpen && !(await this.#begin('aborting'))) return;
      // A request to close it may still be on its way; once it is aborted, that comes too late.
      if (isOpen && (await abortJob(client, id, { signal }))) job = await getJob(client, id, { signal });
      const wasClosed = mayBeClosed && !isOpen;
      if (wasClosed || job.state !== 'Aborted' || job.numberRecordsProcessed > 0) {
        await this.#finish();
        return;
      }
      this.#tell({ kind: 'ended', id, state: job.state, failed: 0 });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      if (mayBeClosed || error.status !== 404) {
        this.#takeLost(error);
        return;
      }
    }
    const error = { code: 'UNPROCESSED', message: `Bulk job ${id} was never closed` };
    for (const one of pending) this.bulk.outcomes.retry(one, error, 'now');
  }

  /** False: the records are settled. */
  async #create(): Promise<boolean> {
    const { run, plan, outcomes } = this.bulk;
    const { pending } = this.file;
    const { assignmentRule } = plan.mapping;
    try {
      const job = {
        ...{ sobject: plan.sobject, operation: plan.sentAs, externalIdField: plan.keyField, headers: run.headers },
        // Without an Id no rule is run.
        assignmentRuleId: typeof assignmentRule === 'string' ? assignmentRule : undefined,
      };
      this.#id = (await createJob(run.client, job, { signal: run.aborting, stopping: run.stopping })).id;
      this.#tell({ kind: 'made', id: this.#id, records: pending.length });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      // A job that was made though its reply was lost stays empty, and the org drops it: nothing was written.
      outcomes.settleUnwritten(pending, error);
      return false;
    }
    const made = outcomes.begin(pending, (journal, topic, lines) => journal.job(topic, this.#id, lines));
    if (await made) return true;
    await this.#abort();
    return false;
  }

  /** Where it fails nothing was written, for the job is open no more. */
  async #upload(attempt: number): Promise<'uploaded' | 'too_large' | 'retry' | 'done'> {
    const { run, outcomes } = this.bulk;
    const { pending, pieces } = this.file;
    for (const { record } of pending) record.attempts++;
    try {
      await uploadJob(run.client, this.#id, pieces, { signal: run.aborting });
      // What the org has need not be held here as well: many files wait for it at once.
      pieces.length = 0;
      return 'uploaded';
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      await this.#abort();
      if (error.status === 413 && pending.length > 1) return 'too_large';
      const isReached = error.outcome === 'refused' && !isPassing(error);
      // Aborted or deleted by somebody: that says nothing about the records.
      const isWorthRetrying = !isReached || isOver(error);
      if (error.stop !== undefined || !isWorthRetrying || attempt > run.maxRetries) {
        outcomes.settleUnwritten(pending, error, isReached);
        return 'done';
      }
      await run.sleep(error.waitMs ?? backoffDelayMs(attempt, run.random), run.stopping);
      return 'retry';
    }
  }

  async #close(): Promise<void> {
    const { run, outcomes } = this.bulk;
    const { pending } = this.file;
    try {
      await closeJob(run.client, this.#id, { signal: run.aborting });
      this.#tell({ kind: 'closed', id: this.#id });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      if (error.outcome === 'unknown') {
        outcomes.stop ??= error.stop;
        if (!outcomes.isResumable) await this.#abort();
        this.#settleInDoubt(recordErrorFrom(error));
      } else if (await this.#begin('aborting')) {
        await this.#abort();
        if (error.outcome === 'not_sent' || error.stop !== undefined) outcomes.settleUnwritten(pending, error);
        else for (const one of pending) outcomes.retry(one, recordErrorFrom(error), 'later');
      }
      return;
    }
    await this.#finish();
  }

  /** Waits until the org has worked on it, however long that takes, and settles the records by its results. */
  async #finish(): Promise<void> {
    const { run, outcomes, polls } = this.bulk;
    let job;
    try {
      const poll = (): ReturnType<typeof getJob> => getJob(run.client, this.#id, { signal: run.aborting });
      job = await polls.untilEnded(poll, this.file.pending.length);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      outcomes.stop ??= error.stop;
      // The run goes on, and what follows must not meet this job at work.
      if (outcomes.stop === undefined && error.status !== 404 && !outcomes.isResumable) await this.#abort();
      this.#takeLost(error);
      return;
    }
    if (job === undefined) {
      if (!outcomes.isResumable) await this.#abort();
      this.#settleInDoubt({ code: 'RUN_STOPPED', message: 'The run ended while the job was under way' });
      return;
    }
    this.#tell({ kind: 'ended', id: this.#id, state: job.state, failed: job.numberRecordsFailed });
    await settleResults(job, this.file, this.bulk);
  }

  /** Nobody knows how the job stands. One that somebody has deleted had ended, so that doing it again is safe where it ever is. */
  #takeLost(error: RequestError): void {
    const { outcomes } = this.bulk;
    outcomes.stop ??= error.stop;
    if (error.status !== 404) {
      this.#settleInDoubt(recordErrorFrom(error));
      return;
    }
    const gone = { code: 'JOB_NOT_FOUND', message: `The org no longer has bulk job ${this.#id}` };
    outcomes.retryUnknown(this.file.pending, gone);
  }

  /**
   * The job was closed, or may have been. With a journal the run ends here: the next one finds out from the org, and
   * nothing that follows may meet this job at work.
   */
  #settleInDoubt({ code, message }: RecordError): void {
    const { run, outcomes } = this.bulk;
    if (outcomes.isResumable && !run.stopping.aborted) outcomes.stopFor({ code, message });
    outcomes.settleInDoubt(this.file.pending, { code, message: `${message} (bulk job ${this.#id})` }, true);
  }

  /** The clean-up of a job that will not be finished. What it could not clean up, the org drops after a day. */
  async #abort(): Promise<void> {
    const { client, warn } = this.bulk.run;
    try {
      const signal = AbortSignal.timeout(ABORT_WITHIN_MS);
      if (!(await abortJob(client, this.#id, { signal }))) return;
      this.#tell({ kind: 'ended', id: this.#id, state: 'Aborted', failed: undefined });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      warn(`Bulk job ${this.#id} could not be aborted: ${error.message}`);
    }
  }

  #begin(change: 'closing' | 'aborting'): Promise<boolean> {
    return this.bulk.outcomes.begin(this.file.pending, (journal, topic) => journal[change](topic, this.#id));
  }

  #tell(event: JobEvent): void {
    this.bulk.run.onJob(this.bulk.batch, event);
  }
}

/** Refused for the moment only. An upload is not repeated, but the rules for all other requests tell whether it would be. */
function isPassing({ status, errors }: RequestError): boolean {
  if (status === undefined) return false;
  const state = { retries: 0, maxRetries: 1, repeatable: true, onlyIfNotSent: false, random: () => 0 };
  return decideRetry({ kind: 'status', status, errors }, state).kind === 'retry';
}
