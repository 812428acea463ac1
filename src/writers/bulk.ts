import type { Batch } from '../batching/batch.js';
import { ReplayStopped } from '../errors.js';
import type { RecordError } from '../record.js';
import { RequestError } from '../salesforce/errors.js';
import { abortJob, closeJob, createJob, uploadJob, type IngestJob } from '../salesforce/ingest-jobs.js';
import { backoffDelayMs, decideRetry } from '../salesforce/retry.js';
import { planFiles } from './bulk-plan.js';
import { settleJob } from './bulk-results.js';
import { waitForJob } from './bulk-wait.js';
import { writeCsv, type CsvFile } from './csv.js';
import { Fates, type Slot } from './fates.js';
import type { FieldPlan } from './fields.js';
import { Looks } from './looks.js';
import type { BatchResult, Writer, WriterContext } from './writer.js';

/** What Bulk API 2.0 takes in one job. */
export interface BulkLimits {
  /** 150 MB after base64 is what the API says; as it is sent, 100 MB. */
  readonly maxFileBytes: number;
  readonly maxHeaderChars: number;
}

const BULK_LIMITS: BulkLimits = { maxFileBytes: 100_000_000, maxHeaderChars: 32_000 };

/** How long the clean-up of a job may take when the run is ended at once. */
const ABORT_WITHIN_MS = 5_000;

/** Writes batches by Bulk API 2.0: a job a batch, and further jobs for what does not fit or may be sent again. */
export class BulkWriter implements Writer {
  readonly #looks: Looks;

  constructor(
    private readonly context: WriterContext,
    private readonly limits = BULK_LIMITS,
  ) {
    this.#looks = new Looks(context.bulkPollIntervalMs);
  }

  write(batch: Batch, plan: FieldPlan): Promise<BatchResult> {
    const fates = new Fates(batch, plan, this.context);
    return new BulkBatch(batch, fates, plan, this.context, this.#looks, this.limits).write();
  }
}

class BulkBatch {
  constructor(
    private readonly batch: Batch,
    private readonly fates: Fates,
    private readonly plan: FieldPlan,
    private readonly context: WriterContext,
    private readonly looks: Looks,
    private readonly limits: BulkLimits,
  ) {}

  async write(): Promise<BatchResult> {
    let groups: (readonly Slot[])[] = [this.fates.slots];
    for (let attempt = 1; groups.length > 0; attempt++) {
      for (const group of groups) await this.#writeGroup(group, this.limits.maxFileBytes);
      groups = await this.fates.nextGroups(attempt);
    }
    return this.fates.result();
  }

  /** One job after the other: the batch holds one of the places for jobs in flight. */
  async #writeGroup(slots: readonly Slot[], maxBytes: number): Promise<void> {
    for (const { slots: planned, columns } of planFiles(slots, this.plan, this.limits.maxHeaderChars)) {
      if (columns.length === 0) {
        const message = 'The record has no field that could be written';
        this.fates.settleAll(planned, { kind: 'failed', error: { code: 'EMPTY_RECORD', message } });
        continue;
      }
      for (const file of writeCsv(planned, ({ record }) => record, columns, maxBytes)) await this.#writeFile(file);
    }
  }

  async #writeFile(file: CsvFile<Slot>): Promise<void> {
    const jobId = await this.#openAndUpload(file);
    if (jobId === undefined || !(await this.#close(jobId, file))) return;
    const job = await this.#waitForEnd(jobId, file);
    if (job !== undefined) await settleJob(job, file, { fates: this.fates, plan: this.plan, context: this.context });
  }

  /** A job with its data, still open; undefined when the records have their outcome. Any doubt about an upload ends in a new job. */
  async #openAndUpload(file: CsvFile<Slot>): Promise<string | undefined> {
    for (let attempt = 1; ; attempt++) {
      if (this.fates.isStopped(file.records)) return undefined;
      const jobId = await this.#create(file);
      if (jobId === undefined) return undefined;
      for (const { record } of file.records) record.attempts++;
      try {
        await uploadJob(this.context.client, jobId, file.pieces, { signal: this.context.aborting });
        return jobId;
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        await this.#abort(jobId);
        const isOver = await this.#takeUploadError(file, error, attempt);
        if (isOver) return undefined;
      }
    }
  }

  async #create(file: CsvFile<Slot>): Promise<string | undefined> {
    const { mapping, sobject, keyField } = this.plan;
    try {
      const job = await createJob(
        this.context.client,
        { sobject, operation: mapping.operation, externalIdField: keyField, headers: this.context.headers },
        { signal: this.context.aborting, stopping: this.context.stopping },
      );
      this.context.onJob(this.batch, job.id);
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
    if (error.status === 413 && file.records.length > 1) {
      await this.#writeGroup(file.records, Math.ceil(file.bytes / 2));
      return true;
    }
    const isWorthRepeating = error.outcome !== 'refused' || isPassing(error);
    if (error.stop === undefined && isWorthRepeating && attempt <= this.context.maxRetries) {
      const delayMs = error.waitMs ?? backoffDelayMs(attempt, this.context.random);
      await this.context.sleep(delayMs, this.context.stopping);
      return false;
    }
    this.#takeUnwritten(file.records, error, isWorthRepeating);
    return true;
  }

  /** True when the job is closed, or may be. */
  async #close(jobId: string, file: CsvFile<Slot>): Promise<boolean> {
    try {
      await closeJob(this.context.client, jobId, { signal: this.context.aborting });
      return true;
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      await this.#abort(jobId);
      if (error.outcome === 'unknown') {
        this.fates.stop ??= error.stop;
        this.#leaveInDoubt(jobId, file.records, said(error));
      } else if (error.outcome === 'refused' && error.stop === undefined) {
        for (const slot of file.records) this.fates.repeat(slot, said(error), 'later');
      } else {
        this.#takeUnwritten(file.records, error);
      }
      return false;
    }
  }

  async #waitForEnd(jobId: string, file: CsvFile<Slot>): Promise<IngestJob | undefined> {
    try {
      const job = await waitForJob(jobId, this.context, this.looks);
      if (job !== undefined) return job;
      await this.#abort(jobId);
      this.#leaveInDoubt(jobId, file.records, {
        code: 'RUN_STOPPED',
        message: 'The run was ended while the job was under way',
      });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.fates.stop ??= error.stop;
      // The run goes on, and what follows must not meet this job at work.
      if (error.stop === undefined && error.status !== 404) await this.#abort(jobId);
      this.#leaveInDoubt(jobId, file.records, said(error));
    }
    return undefined;
  }

  /** Failed by the org's own word; else the org cannot be reached, and the run ends. */
  #takeUnwritten(slots: readonly Slot[], error: RequestError, isOutOfReach = error.outcome !== 'refused'): void {
    this.fates.stop ??= error.stop;
    if (this.fates.stop === undefined && isOutOfReach && !this.context.stopping.aborted) {
      this.fates.stop = new ReplayStopped(error.code, error.message);
    }
    const isGivenUp = this.fates.stop !== undefined || this.context.stopping.aborted;
    if (isGivenUp) this.fates.leaveUnsent(slots, said(error));
    else this.fates.settleAll(slots, { kind: 'failed', error: said(error) });
  }

  #leaveInDoubt(jobId: string, slots: readonly Slot[], { code, message }: RecordError): void {
    const error = { code, message: `${message} (bulk job ${jobId})` };
    this.fates.settleAll(slots, { kind: 'in_doubt', error });
  }

  /** The clean-up of a job that will not be finished. What it could not clean up, the org drops after a day. */
  async #abort(jobId: string): Promise<void> {
    try {
      await abortJob(this.context.client, jobId, { signal: AbortSignal.timeout(ABORT_WITHIN_MS) });
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

function said({ code, message, errors }: RequestError): RecordError {
  return { code, message, fields: errors[0]?.fields ?? [] };
}
