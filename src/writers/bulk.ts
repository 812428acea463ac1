import type { Batch, EarlierJob } from '../batching/batch.js';
import type { IngestJob } from '../salesforce/ingest-jobs.js';
import type { SourceRecord } from '../record.js';
import { planFiles } from './bulk-plan.js';
import { settleJob } from './bulk-results.js';
import { JobCourse } from './job-course.js';
import { writeCsv, type CsvFile } from './csv.js';
import { Fates, type Slot } from './fates.js';
import type { FieldPlan } from './fields.js';
import { Looks } from './looks.js';
import { isSent } from './refused-fields.js';
import type { BatchResult, OnSettled, Writer, WriterContext } from './writer.js';

/** What Bulk API 2.0 takes in one job. */
export interface BulkLimits {
  /** 150 MB after base64 is what the API says; as it is sent, 100 MB. */
  readonly maxFileBytes: number;
  readonly maxHeaderChars: number;
}

const BULK_LIMITS: BulkLimits = { maxFileBytes: 100_000_000, maxHeaderChars: 32_000 };

/** Writes batches by Bulk API 2.0: a job a batch, and further jobs for what does not fit or may be sent again. */
export class BulkWriter implements Writer {
  readonly #looks: Looks;

  constructor(
    private readonly context: WriterContext,
    private readonly limits = BULK_LIMITS,
  ) {
    this.#looks = new Looks(context.bulkPollIntervalMs);
  }

  write(batch: Batch, plan: FieldPlan, onSettled?: OnSettled): Promise<BatchResult> {
    const fates = new Fates(batch, plan, this.context, onSettled);
    return new BulkBatch(batch, fates, plan, this.context, this.#looks, this.limits).write();
  }
}

class BulkBatch {
  readonly #job: JobCourse;

  constructor(
    private readonly batch: Batch,
    private readonly fates: Fates,
    private readonly plan: FieldPlan,
    private readonly context: WriterContext,
    private readonly looks: Looks,
    private readonly limits: BulkLimits,
  ) {
    this.#job = new JobCourse(batch, fates, plan, context, looks);
  }

  async write(): Promise<BatchResult> {
    const { job } = this.batch;
    let groups: (readonly Slot[])[] = [this.fates.slots];
    if (job !== undefined) {
      await this.#takeUp(job);
      groups = await this.#nextGroups(1);
    }
    for (let attempt = 1; groups.length > 0; attempt++) {
      for (const group of groups) await this.#writeGroup(group, this.limits.maxFileBytes);
      groups = await this.#nextGroups(attempt);
    }
    await this.fates.flush();
    return this.fates.result();
  }

  async #nextGroups(attempt: number): Promise<Slot[][]> {
    await this.fates.flush();
    return this.fates.nextGroups(attempt);
  }

  /** One job after the other: the batch holds one of the places for jobs in flight. */
  async #writeGroup(slots: readonly Slot[], maxBytes: number): Promise<void> {
    const empty = slots.filter(({ record }) => isEmpty(record));
    // A row of nothing but empty cells: alone in its file there would be no column for it, so it has none with others either.
    const error = { code: 'EMPTY_RECORD', message: 'The record has no field that a bulk job could write' };
    this.fates.settleAll(empty, { kind: 'failed', error });
    const filled = empty.length === 0 ? slots : slots.filter(({ record }) => !isEmpty(record));
    if (filled.length === 0) return;
    for (const { slots: planned, columns } of planFiles(filled, this.plan, this.limits.maxHeaderChars)) {
      for (const file of writeCsv(planned, ({ record }) => record, columns, maxBytes)) await this.#writeFile(file);
    }
  }

  async #writeFile(file: CsvFile<Slot>): Promise<void> {
    const ending = await this.#job.run(file);
    if (ending === 'too_large') await this.#writeGroup(file.records, Math.ceil(file.bytes / 2));
    else if (ending !== undefined) await this.#settle(ending, file);
    await this.fates.flush();
  }

  /** An earlier run gave the records to this job. The job's state decides, as the org has it. */
  async #takeUp(earlier: EarlierJob): Promise<void> {
    const { slots } = this.fates;
    this.context.onJob(this.batch, earlier.id);
    const columns = new Set(slots.flatMap(({ record }) => record.fields.columns));
    const job = await this.#job.takeUp(earlier, slots);
    if (job !== undefined) await this.#settle(job, { records: slots, columns: [...columns], pieces: [], bytes: 0 });
  }

  #settle(job: IngestJob, file: CsvFile<Slot>): Promise<void> {
    return settleJob(job, file, { fates: this.fates, plan: this.plan, context: this.context });
  }
}

function isEmpty(record: SourceRecord): boolean {
  return !record.fields.columns.some((column) => isSent(record, column));
}
