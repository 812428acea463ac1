import type { Batch } from '../batching/batch.js';
import type { EarlierJob } from '../core/journal.js';
import type { IngestJob } from '../salesforce/ingest-jobs.js';
import { planFiles } from './bulk-plan.js';
import { settleJob } from './bulk-results.js';
import { JobCourse } from './job-course.js';
import { writeCsv, type CsvFile } from './csv.js';
import { Fates, type Slot } from './fates.js';
import type { FieldPlan } from '../records/field-plan.js';
import { IdLookup } from './id-lookup.js';
import { Looks } from './looks.js';
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
  readonly #lookup: IdLookup;

  constructor(
    private readonly context: WriterContext,
    private readonly limits = BULK_LIMITS,
  ) {
    this.#looks = new Looks(context.bulkPollIntervalMs, context.now);
    this.#lookup = new IdLookup(context);
  }

  write(batch: Batch, plan: FieldPlan, onSettled?: OnSettled): Promise<BatchResult> {
    const fates = new Fates(batch, plan, this.context, onSettled);
    const room = { fates, context: this.context, looks: this.#looks, lookup: this.#lookup, limits: this.limits };
    return new BulkBatch(batch, plan, room).write();
  }
}

interface BatchRoom {
  readonly fates: Fates;
  readonly context: WriterContext;
  readonly looks: Looks;
  readonly lookup: IdLookup;
  readonly limits: BulkLimits;
}

class BulkBatch {
  readonly #job: JobCourse;
  readonly #fates: Fates;

  constructor(
    private readonly batch: Batch,
    private readonly plan: FieldPlan,
    private readonly room: BatchRoom,
  ) {
    this.#fates = room.fates;
    this.#job = new JobCourse(batch, room.fates, plan, room.context, room.looks);
  }

  async write(): Promise<BatchResult> {
    const { job } = this.batch;
    let groups: (readonly Slot[])[] = [this.#fates.slots];
    if (job !== undefined) {
      await this.#takeUp(job);
      groups = await this.#nextGroups(1);
    }
    for (let attempt = 1; groups.length > 0; attempt++) {
      for (const group of groups) await this.#writeGroup(group, this.room.limits.maxFileBytes);
      groups = await this.#nextGroups(attempt);
    }
    await this.#fates.flush();
    return this.#fates.result();
  }

  async #nextGroups(attempt: number): Promise<Slot[][]> {
    await this.#fates.flush();
    return this.#fates.nextGroups(attempt);
  }

  /** One job after the other: the batch holds one of the places for jobs in flight. */
  async #writeGroup(group: readonly Slot[], maxBytes: number): Promise<void> {
    const slots = await this.room.lookup.find(group, this.#fates, this.plan);
    for (const { slots: planned, columns } of planFiles(slots, this.plan.byId, this.room.limits.maxHeaderChars)) {
      for (const file of writeCsv(planned, ({ record }) => record, columns, maxBytes)) await this.#writeFile(file);
    }
  }

  async #writeFile(file: CsvFile<Slot>): Promise<void> {
    const ending = await this.#job.run(file);
    if (ending === 'too_large') await this.#writeGroup(file.records, Math.ceil(file.bytes / 2));
    else if (ending !== undefined) await this.#settle(ending, file);
    await this.#fates.flush();
  }

  /** An earlier run gave the records to this job. The job's state decides, as the org has it. */
  async #takeUp(earlier: EarlierJob): Promise<void> {
    const { slots } = this.#fates;
    this.room.context.onJob(this.batch, { kind: 'taken_up', id: earlier.id, records: slots.length });
    await this.room.lookup.note(slots, this.plan);
    const columns = new Set(slots.flatMap(({ record }) => record.fields.columns));
    const job = await this.#job.takeUp(earlier, slots);
    if (job !== undefined) await this.#settle(job, { records: slots, columns: [...columns], pieces: [], bytes: 0 });
  }

  #settle(job: IngestJob, file: CsvFile<Slot>): Promise<void> {
    return settleJob(job, file, { fates: this.#fates, plan: this.plan.byId, context: this.room.context });
  }
}
