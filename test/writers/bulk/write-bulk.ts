import { Batch } from '../../../src/batching/batch.js';
import type { EarlierJob } from '../../../src/core/journal.js';
import { BulkWriter, type BulkLimits } from '../../../src/writers/bulk/bulk-writer.js';
import type { WriterContext } from '../../../src/writers/writer.js';
import { makeClient } from '../../salesforce/test-org.js';
import { startBulkOrg, type BulkScript } from './bulk-org.js';
import { batchOf, contextOf, planOf, told, type PlanOptions, writeBatch } from '../room.js';

interface WriteOptions extends PlanOptions {
  readonly context?: Partial<WriterContext>;
  readonly limits?: BulkLimits;
  /** An earlier run gave the records to it. */
  readonly job?: EarlierJob;
}

/** Writes records into a scripted org, and tells what became of each. */
export async function write(
  script: BulkScript | BulkScript['work'],
  data: readonly (object | string)[],
  options: WriteOptions = {},
) {
  const { context: overrides, limits, job, ...planOptions } = options;
  const org = await startBulkOrg(typeof script === 'function' ? { work: script } : script);
  const { client } = makeClient(org.url);
  const plan = planOf({ mode: 'bulk', ...planOptions });
  const context = contextOf(client, overrides);
  const fresh = batchOf(plan, data);
  const batch = job === undefined ? fresh : Batch.of(fresh.records, job);
  const written = await writeBatch(new BulkWriter(context, limits), batch, plan);
  return {
    org,
    plan,
    context,
    batch,
    written,
    told: told(written),
    attempts: batch.records.map((one) => one.attempts),
  };
}

export function times(count: number): object[] {
  return Array.from({ length: count }, (_, i) => ({ Key__c: `k${i}`, Name: `n${i}` }));
}

export const insert = { operation: 'insert' } as const;
export const lock = 'UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record:--';
export const required = 'REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --';
