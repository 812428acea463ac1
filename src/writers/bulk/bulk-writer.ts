import type { Batch } from '../../batching/batch.js';
import type { EarlierJob } from '../../core/journal.js';
import type { FieldPlan } from '../../records/field-plan.js';
import { BatchOutcomes, type PendingRecord } from '../batch-outcomes.js';
import { IdLookup } from '../id-lookup.js';
import type { BatchResult, OnSettled, Writer, WriterContext } from '../writer.js';
import { BulkJob, type BulkContext } from './bulk-job.js';
import { planFiles, writeCsv } from './csv-files.js';
import { PollSchedule } from './poll-schedule.js';

/** What Bulk API 2.0 takes in one job. */
export interface BulkLimits {
  /** 150 MB after base64 is what the API says; as it is sent, 100 MB. */
  readonly maxFileBytes: number;
  readonly maxHeaderChars: number;
}

const BULK_LIMITS: BulkLimits = { maxFileBytes: 100_000_000, maxHeaderChars: 32_000 };

/** Writes batches by Bulk API 2.0: a job a batch, and further jobs for what does not fit or may be sent again. */
export class BulkWriter implements Writer {
  readonly #polls: PollSchedule;
  readonly #lookup: IdLookup;

  constructor(
    private readonly context: WriterContext,
    private readonly limits = BULK_LIMITS,
  ) {
    this.#polls = new PollSchedule(context);
    this.#lookup = new IdLookup(context);
  }

  write(batch: Batch, plan: FieldPlan, onSettled: OnSettled): Promise<BatchResult> {
    const outcomes = new BatchOutcomes(batch, plan, this.context, onSettled);
    const bulk: BulkContext = { run: this.context, batch, plan, outcomes, polls: this.#polls };
    let earlier = batch.job;
    return outcomes.settleBy(async (group) => {
      if (earlier === undefined) {
        await this.#send(bulk, group, this.limits.maxFileBytes);
      } else {
        await this.#resume(bulk, earlier);
        earlier = undefined;
      }
    });
  }

  /** One job after the other: the batch holds one of the places for jobs in flight. */
  async #send(bulk: BulkContext, group: readonly PendingRecord[], maxBytes: number): Promise<void> {
    const found = await this.#lookup.find(group, bulk.outcomes, bulk.plan);
    for (const { pending, columns } of planFiles(found, bulk.plan.byId, this.limits.maxHeaderChars)) {
      for (const file of writeCsv(pending, columns, maxBytes)) {
        const isTooLarge = (await new BulkJob(bulk, file).run()) === 'too_large';
        if (isTooLarge) await this.#send(bulk, file.pending, Math.ceil(file.bytes / 2));
        await bulk.outcomes.flush();
      }
    }
  }

  /** An earlier run gave the records to this job. The job's state decides, as the org has it. */
  async #resume(bulk: BulkContext, earlier: EarlierJob): Promise<void> {
    const { pending } = bulk.outcomes;
    bulk.run.onJob(bulk.batch, { kind: 'resumed', id: earlier.id, records: pending.length });
    await this.#lookup.note(pending, bulk.plan);
    const columns = [...new Set(pending.flatMap(({ record }) => record.fields.columns))];
    await new BulkJob(bulk, { pending, columns, pieces: [], bytes: 0 }).resume(earlier);
  }
}
