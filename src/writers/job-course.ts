import type { Batch } from '../batching/batch.js';
import type { EarlierJob } from '../core/journal.js';
import { ReplayStopped } from '../core/errors.js';
import type { RecordError } from '../core/record.js';
import { RequestError } from '../salesforce/errors.js';
import { abortJob, closeJob, createJob, getJob, isOver, uploadJob, type IngestJob } from '../salesforce/ingest-jobs.js';
import { backoffDelayMs, decideRetry } from '../salesforce/retry.js';
import { waitForJob } from './bulk-wait.js';
import type { CsvFile } from './csv.js';
import type { Fates, Slot } from './fates.js';
import type { FieldPlan } from '../records/field-plan.js';
import type { Looks } from './looks.js';
import { saidBy } from './said-by.js';
import type { WriterContext } from './writer.js';

/** How long the clean-up of a job may take when the run is ended at once. */
const ABORT_WITHIN_MS = 5_000;

/**
 * The course of the bulk jobs of one batch: create, upload, close, wait. Where a job does not get to its end, its
 * records have their outcome, or are to be repeated, and the job is aborted.
 */
export class JobCourse {
  constructor(
    private readonly batch: Batch,
    private readonly fates: Fates,
    private readonly plan: FieldPlan,
    private readonly context: WriterContext,
    private readonly looks: Looks,
  ) {}

  /** The ended job; `too_large` when the file must be cut smaller; undefined when the records are taken care of. */
  async run(file: CsvFile<Slot>): Promise<IngestJob | 'too_large' | undefined> {
    const jobId = await this.#openAndUpload(file);
    if (jobId === undefined || jobId === 'too_large') return jobId;
    // It stays open: where the entry is on disk after all, the next run must not find it aborted.
    if (!(await this.fates.beginChange('closing', file.records, jobId))) return undefined;
    return (await this.#close(jobId, file.records)) ? this.#waitForEnd(jobId, file.records) : undefined;
  }

  /** The ended job that an earlier run made; undefined when the records are taken care of. */
  async takeUp({ id, mayBeClosed }: EarlierJob, slots: readonly Slot[]): Promise<IngestJob | undefined> {
    for (const slot of slots) slot.isUnderWay = true;
    const { client, aborting: signal } = this.context;
    try {
      const found = await getJob(client, id, { signal });
      const isOpen = found.state === 'Open';
      if (isOpen && !(await this.fates.beginChange('aborting', slots, id))) return undefined;
      // A request to close it may still be on its way; once it is aborted, that comes too late.
      const job = isOpen && (await abortJob(client, id, { signal })) ? await getJob(client, id, { signal }) : found;
      const wasLetGo = (isOpen || !mayBeClosed) && job.state === 'Aborted' && job.numberRecordsProcessed === 0;
      if (!wasLetGo) return await this.#waitForEnd(id, slots);
      this.context.onJob(this.batch, { kind: 'ended', id, state: job.state, failed: 0 });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      if (mayBeClosed || error.status !== 404) {
        this.#takeLost(id, slots, error);
        return undefined;
      }
    }
    const error = { code: 'UNPROCESSED', message: `Bulk job ${id} was never closed` };
    for (const slot of slots) this.fates.repeat(slot, error, 'now');
    return undefined;
  }

  /** A job with its data, still open; undefined when the records have their outcome. Any doubt about an upload ends in a new job. */
  async #openAndUpload(file: CsvFile<Slot>): Promise<string | undefined> {
    for (let attempt = 1; ; attempt++) {
      if (this.fates.isStopped(file.records)) return undefined;
      const jobId = await this.#create(file);
      if (jobId === undefined) return undefined;
      if (!(await this.fates.beginJob(file.records, jobId))) {
        await this.#abort(jobId);
        return undefined;
      }
      for (const { record } of file.records) record.attempts++;
      try {
        await uploadJob(this.context.client, jobId, file.pieces, { signal: this.context.aborting });
        // What the org has need not be held here as well: many files wait for it at once.
        file.pieces.length = 0;
        return jobId;
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        await this.#abort(jobId);
        if (error.status === 413 && file.records.length > 1) return 'too_large';
        if (await this.#takeUploadError(file, error, attempt)) return undefined;
      }
    }
  }

  async #create(file: CsvFile<Slot>): Promise<string | undefined> {
    const { mapping, sobject, keyField } = this.plan;
    try {
      const job = await createJob(
        this.context.client,
        {
          ...{ sobject, operation: this.plan.sentAs, externalIdField: keyField, headers: this.context.headers },
          // Without an Id no rule is run.
          assignmentRuleId: typeof mapping.assignmentRule === 'string' ? mapping.assignmentRule : undefined,
        },
        { signal: this.context.aborting, stopping: this.context.stopping },
      );
      this.context.onJob(this.batch, { kind: 'made', id: job.id, records: file.records.length });
      return job.id;
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      // A job that was made though its reply was lost stays empty, and the org drops it: nothing was written.
      this.#takeUnwritten(file.records, error);
      return undefined;
    }
  }

  /** Nothing was written, for the job is open no more. True when the records have their outcome. */
  async #takeUploadError(file: CsvFile<Slot>, error: RequestError, attempt: number): Promise<boolean> {
    const isOutOfReach = error.outcome !== 'refused' || isPassing(error);
    // Aborted or deleted by somebody: that says nothing about the records.
    const isWorthRepeating = isOutOfReach || isOver(error);
    if (error.stop === undefined && isWorthRepeating && attempt <= this.context.maxRetries) {
      const delayMs = error.waitMs ?? backoffDelayMs(attempt, this.context.random);
      await this.context.sleep(delayMs, this.context.stopping);
      return false;
    }
    this.#takeUnwritten(file.records, error, isOutOfReach);
    return true;
  }

  /** True when the job is closed, or may be. */
  async #close(jobId: string, slots: readonly Slot[]): Promise<boolean> {
    try {
      await closeJob(this.context.client, jobId, { signal: this.context.aborting });
      this.context.onJob(this.batch, { kind: 'closed', id: jobId });
      return true;
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      if (error.outcome === 'unknown') {
        this.fates.stop ??= error.stop;
        if (!this.fates.leavesRest) await this.#abort(jobId);
        this.#leaveUnknown(jobId, slots, saidBy(error));
        return false;
      }
      if (!(await this.fates.beginChange('aborting', slots, jobId))) return false;
      await this.#abort(jobId);
      if (error.outcome === 'refused' && error.stop === undefined) {
        for (const slot of slots) this.fates.repeat(slot, saidBy(error), 'later');
      } else {
        this.#takeUnwritten(slots, error);
      }
      return false;
    }
  }

  async #waitForEnd(jobId: string, slots: readonly Slot[]): Promise<IngestJob | undefined> {
    try {
      const job = await waitForJob(jobId, this.context, this.looks, slots.length);
      if (job !== undefined) {
        const { state, numberRecordsFailed: failed } = job;
        this.context.onJob(this.batch, { kind: 'ended', id: jobId, state, failed });
        return job;
      }
      if (!this.fates.leavesRest) await this.#abort(jobId);
      this.#leaveUnknown(jobId, slots, {
        code: 'RUN_STOPPED',
        message: 'The run was ended while the job was under way',
      });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.fates.stop ??= error.stop;
      // The run goes on, and what follows must not meet this job at work.
      if (this.fates.stop === undefined && error.status !== 404 && !this.fates.leavesRest) await this.#abort(jobId);
      this.#takeLost(jobId, slots, error);
    }
    return undefined;
  }

  /** The job cannot be looked at. One that somebody has deleted had ended, so that doing it again is safe where it ever is. */
  #takeLost(jobId: string, slots: readonly Slot[], error: RequestError): void {
    this.fates.stop ??= error.stop;
    if (error.status !== 404) {
      this.#leaveUnknown(jobId, slots, saidBy(error));
      return;
    }
    const gone = { code: 'JOB_NOT_FOUND', message: `The org does not know bulk job ${jobId} any more` };
    this.fates.repeatUnknown(slots, gone);
  }

  /** Failed by the org's own word; else the org cannot be reached, and the run ends. */
  #takeUnwritten(slots: readonly Slot[], error: RequestError, isOutOfReach = error.outcome !== 'refused'): void {
    this.fates.stop ??= error.stop;
    if (this.fates.stop === undefined && isOutOfReach && !this.context.stopping.aborted) {
      this.fates.stop = new ReplayStopped(error.code, error.message);
    }
    const isGivenUp = this.fates.stop !== undefined || this.context.stopping.aborted;
    if (isGivenUp) this.fates.leaveUnsent(slots, saidBy(error));
    else this.fates.settleAll(slots, { kind: 'failed', error: saidBy(error) });
  }

  /**
   * Records of a job that was closed, or may have been. With a journal the run ends here: the next one finds out from the
   * org, and nothing that follows may meet this job at work.
   */
  #leaveUnknown(jobId: string, slots: readonly Slot[], { code, message }: RecordError): void {
    if (this.fates.leavesRest && !this.context.stopping.aborted) this.fates.stop ??= new ReplayStopped(code, message);
    this.fates.leaveUnknown(slots, { code, message: `${message} (bulk job ${jobId})` }, true);
  }

  /** The clean-up of a job that will not be finished. What it could not clean up, the org drops after a day. */
  async #abort(jobId: string): Promise<void> {
    try {
      const signal = AbortSignal.timeout(ABORT_WITHIN_MS);
      if (!(await abortJob(this.context.client, jobId, { signal }))) return;
      this.context.onJob(this.batch, { kind: 'ended', id: jobId, state: 'Aborted', failed: undefined });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.context.warn(`Bulk job ${jobId} could not be aborted: ${error.message}`);
    }
  }
}

/** Refused for the moment only. An upload is not repeated, but the rules for all other requests tell whether it would be. */
function isPassing({ status, errors }: RequestError): boolean {
  if (status === undefined) return false;
  const state = { retries: 0, maxRetries: 1, repeatable: true, onlyIfNotSent: false, random: () => 0 };
  return decideRetry({ kind: 'status', status, errors }, state).kind === 'retry';
}
