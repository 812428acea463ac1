import { describe, expect, test } from 'vitest';
import { BulkWriter } from '../../../src/writers/bulk/bulk-writer.js';
import { allWritten, rowsOf, type BulkScript } from './bulk-org.js';
import { batchOf, contextOf, startEmulator, told, writeBatch } from '../room.js';
import { write, times, insert } from './write-bulk.js';

describe('jobs of several files', () => {
  test('by bytes', async () => {
    const { told, org } = await write(allWritten, times(5), { limits: { maxFileBytes: 26, maxHeaderChars: 32_000 } });
    expect(told).toEqual(Array(5).fill('succeeded'));
    expect(org.jobs.every(({ csv }) => Buffer.byteLength(csv) <= 26)).toBe(true);
    expect(org.jobs.flatMap((job) => rowsOf(job).map(({ Name }) => Name))).toEqual(['n0', 'n1', 'n2', 'n3', 'n4']);
  });

  test('upserts a lookup by Id and by external id in one batch, as two jobs', async () => {
    const { told, org } = await write(allWritten, [{ AccountId: '001' }, { Account: { K: 'A' } }], insert);
    expect(told).toEqual(['succeeded', 'succeeded']);
    expect(org.jobs.map(({ csv }) => csv)).toEqual(['AccountId\n001\n', 'Account.K\nA\n']);
  });

  test('stopping: nothing is begun', async () => {
    const { told, org } = await write(allWritten, times(1), { context: { stopping: AbortSignal.abort() } });
    expect([told, org.steps]).toEqual([['unsent RUN_STOPPED'], []]);
  });

  test('stopping while a job is under way: it is finished, the next one is not begun', async () => {
    const stopping = new AbortController();
    const work: BulkScript['work'] = (job) => {
      stopping.abort();
      allWritten(job);
    };
    const { told, org } = await write(work, times(2), {
      context: { stopping: stopping.signal },
      limits: { maxFileBytes: 18, maxHeaderChars: 100 },
    });
    expect(told).toEqual(['succeeded', 'unsent RUN_STOPPED']);
    expect(org.jobs).toHaveLength(1);
  });

  test('aborting while a job is under way: it is aborted, and its records are in doubt', async () => {
    const aborting = new AbortController();
    const signals = { aborting: aborting.signal, stopping: aborting.signal };
    const work: BulkScript['work'] = (job) => {
      job.state = 'InProgress';
      aborting.abort();
    };
    const { told, org, context } = await write(work, times(2), { context: signals });
    expect(told.map((text) => text.split(' ')[0])).toEqual(['in_doubt', 'in_doubt']);
    expect(org.jobs[0]?.state).toBe('Aborted');
    expect(context.jobEvents.at(-1)).toEqual({ kind: 'ended', id: '7501', state: 'Aborted', failed: undefined });
  });

  test('aborting while the upload is under way: nothing was written', async () => {
    const aborting = new AbortController();
    const signals = { aborting: aborting.signal, stopping: aborting.signal };
    const before: BulkScript['before'] = (step) => {
      if (step === 'upload') aborting.abort();
      return step === 'upload';
    };
    const { told, org } = await write({ work: allWritten, before }, times(2), { context: signals });
    expect(told.map((text) => text.split(' ')[0])).toEqual(['unsent', 'unsent']);
    expect(org.jobs[0]?.state).toBe('Aborted');
  });
});

describe('against the emulated org', () => {
  const invoices = (count: number): string[] =>
    Array.from(
      { length: count },
      (_, i) =>
        `{"External_Id__c":"I-${i}","Account__r":{"External_Id__c":"A-1"},"Amount__c":${i}.50,"Due_Date__c":"${i % 10 === 3 ? 'soon' : '2026-01-31'}"}`,
    );

  async function withAccount(faults: string[]) {
    const room = await startEmulator({ faults, bulk: { batchSize: 20 } });
    const writer = new BulkWriter(
      contextOf(room.client, {
        wantsIds: true,
        bulkPollIntervalMs: 5,
        sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 5))),
      }),
    );
    const accounts = await room.planFor({ sobject: 'Account', mode: 'bulk' });
    expect(
      told(await writeBatch(writer, batchOf(accounts, [{ External_Id__c: 'A-1', Name: 'One' }]), accounts)),
    ).toEqual(['succeeded']);
    return { ...room, writer };
  }

  test.each<[string, string[]]>([
    ['as it should be', []],
    ['locks', ['lock:sobject=Invoice__c:count=7']],
    ['a job that fails half-way', ['job-fail-halfway:sobject=Invoice__c']],
    ['a job that is aborted half-way', ['job-abort-halfway:sobject=Invoice__c']],
    ['results that break off', ['results-truncate:count=1']],
  ])('inserts land once each: %s', async (_name, faults) => {
    const { emulator, writer, planFor } = await withAccount(faults);
    const plan = await planFor({ sobject: 'Invoice__c', mode: 'bulk', operation: 'insert' });
    const written = await writeBatch(writer, batchOf(plan, invoices(60)), plan);
    const expected = Array.from({ length: 60 }, (_, i) => (i % 10 === 3 ? 'failed INVALID_FIELD' : 'succeeded'));
    expect(told(written)).toEqual(expected);
    const stored = new Map(emulator.records('Invoice__c').map((row) => [row['External_Id__c'], row['Id']]));
    expect(stored.size).toBe(54);
    const ids = written.outcomes.map((one) => (one.kind === 'succeeded' ? one.id : undefined));
    expect(ids).toEqual(ids.map((_, i) => (i % 10 === 3 ? undefined : stored.get(`I-${i}`))));
  });

  test('updates and deletes by Id', async () => {
    const { emulator, writer, planFor } = await withAccount([]);
    const Id = emulator.records('Account')[0]?.['Id'];
    const update = await planFor({ sobject: 'Account', mode: 'bulk', operation: 'update' });
    expect(
      told(
        await writeBatch(
          writer,
          batchOf(update, [{ Id: String(Id).slice(0, 15), Name: 'Two', Description: null }]),
          update,
        ),
      ),
    ).toEqual(['succeeded']);
    expect(emulator.records('Account')[0]).toMatchObject({ Name: 'Two' });
    const erase = await planFor({ sobject: 'Account', mode: 'bulk', operation: 'delete' });
    expect(
      told(await writeBatch(writer, batchOf(erase, [{ Id, Name: 'Two' }, { Id: '001000000000999' }]), erase))[0],
    ).toBe('succeeded');
    expect(emulator.records('Account')).toEqual([]);
  });
});
