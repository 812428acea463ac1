import { describe, expect, test } from 'vitest';
import { BulkWriter } from '../../../src/writers/bulk/bulk-writer.js';
import { allWritten, failing, failures, rowsOf, successes, unprocessed, type BulkScript } from './bulk-org.js';
import { batchOf, writeBatch } from '../room.js';
import { write, times, insert, required, lock } from './write-bulk.js';

describe('a job', () => {
  test('is made, filled, closed and looked at; no results are fetched where the counters say it all', async () => {
    const { org, told, context, attempts, written } = await write(allWritten, times(2), {
      context: { headers: { 'Sforce-Call-Options': 'client=x' } },
    });
    expect(told).toEqual(['succeeded', 'succeeded']);
    expect(org.steps).toEqual(['create', 'upload', 'close', 'look']);
    expect(org.jobs[0]?.made).toEqual({
      ...{ object: 'Order__c', operation: 'upsert', externalIdFieldName: 'Key__c' },
      ...{ contentType: 'CSV', lineEnding: 'LF', columnDelimiter: 'COMMA' },
    });
    expect(org.jobs[0]?.csv).toBe('Key__c,Name\nk0,n0\nk1,n1\n');
    expect(org.seen[0]?.headers['sforce-call-options']).toBe('client=x');
    expect(context.jobEvents).toEqual([
      { kind: 'made', id: '7501', records: 2 },
      { kind: 'closed', id: '7501' },
      { kind: 'ended', id: '7501', state: 'JobComplete', failed: 0 },
    ]);
    expect(attempts).toEqual([1, 1]);
    expect(written.outcomes[0]).toEqual({ kind: 'succeeded', id: undefined, created: undefined });
  });

  test('is looked at until it has ended', async () => {
    const before: BulkScript['before'] = (step, { reply }, count) => {
      if (step !== 'look' || count > 2) return false;
      reply.json(200, { id: '7501', state: count === 1 ? 'UploadComplete' : 'InProgress', numberRecordsProcessed: 2 });
      return true;
    };
    const { org, context } = await write({ work: allWritten, before }, times(2));
    expect(org.steps).toEqual(['create', 'upload', 'close', 'look', 'look', 'look']);
    expect(context.delays.map(Math.round)).toEqual([200, 281, 393]);
  });

  test('whose failures are few: they alone are fetched', async () => {
    const { org, written } = await write(
      failing(({ Name }) => (Name === 'n1' ? required : undefined)),
      times(3),
    );
    expect(org.steps.slice(4)).toEqual(['failedResults']);
    expect(written.outcomes).toEqual([
      { kind: 'succeeded', id: undefined, created: undefined },
      {
        kind: 'failed',
        error: { code: 'REQUIRED_FIELD_MISSING', message: 'Required fields are missing: [Name]', fields: ['Name'] },
      },
      { kind: 'succeeded', id: undefined, created: undefined },
    ]);
  });

  test('Ids are fetched where they are asked for', async () => {
    const wantsIds = { context: { wantsIds: true } };
    const { org, written } = await write(allWritten, times(2), wantsIds);
    expect(org.steps.slice(4)).toEqual(['successfulResults']);
    expect(written.outcomes).toEqual([
      { kind: 'succeeded', id: '0010', created: true },
      { kind: 'succeeded', id: '0011', created: true },
    ]);
    const mixed = await write(
      failing(({ Name }) => (Name === 'n0' ? required : undefined)),
      times(2),
      wantsIds,
    );
    expect(mixed.org.steps.slice(4)).toEqual(['failedResults', 'successfulResults']);
    expect(mixed.told).toEqual(['failed REQUIRED_FIELD_MISSING', 'succeeded']);
  });

  test('Ids that cannot be had do not put in doubt what the counters prove', async () => {
    const work: BulkScript['work'] = (job) => {
      failing(({ Name }) => (Name === 'n0' ? required : undefined))(job, 1);
      job.successfulResults = 404;
    };
    const { written, told } = await write(work, times(2), { context: { wantsIds: true } });
    expect(told).toEqual(['failed REQUIRED_FIELD_MISSING', 'succeeded']);
    expect(written.outcomes[1]).toEqual({ kind: 'succeeded', id: undefined, created: undefined });
  });

  test('inserts are known by their values, rendered anew and shuffled', async () => {
    const data = [
      '{"Name":"a","Amount__c":912260031}',
      '{"Name":"b","Amount__c":5}',
      '{"Name":"c","Amount__c":"6.10"}',
      '{"Name":"b","Amount__c":5}',
    ];
    const rendered: Record<string, string> = { '912260031': '9.12260031E8', '5': '5.0', '6.10': '6.1' };
    const work: BulkScript['work'] = (job) => {
      const rows = rowsOf(job).map((row): Record<string, string> => ({
        ...row,
        Amount__c: rendered[row['Amount__c'] ?? ''] ?? '',
      }));
      const bad = rows.filter(({ Name }) => Name !== 'b');
      Object.assign(job, {
        processed: 4,
        failed: 2,
        failedResults: failures(job, bad, ({ Name }) => `INVALID_FIELD:${Name}:--`),
      });
    };
    const { written, told } = await write(work, data, insert);
    expect(told).toEqual(['failed INVALID_FIELD', 'succeeded', 'failed INVALID_FIELD', 'succeeded']);
    expect(written.outcomes.map((one) => (one.kind === 'failed' ? one.error.message : ''))).toEqual(['a', '', 'c', '']);
  });

  test('a failure that no record can be told for: the successes tell the others', async () => {
    const work: BulkScript['work'] = (job) => {
      const rows = rowsOf(job);
      job.processed = 3;
      job.failed = 1;
      job.failedResults = failures(job, [{ Name: 'zzz' }], () => required);
      job.successfulResults = successes(job, rows.slice(0, 2));
    };
    const { told, org } = await write(work, [{ Name: 'a' }, { Name: 'b' }, { Name: 'c' }], insert);
    expect(told).toEqual(['succeeded', 'succeeded', 'failed REQUIRED_FIELD_MISSING']);
    expect(org.steps.slice(4)).toEqual(['failedResults', 'successfulResults']);
  });
});

describe('rows that may be sent again', () => {
  test('locked ones alone, in a job of their own, after a wait', async () => {
    const { told, org, attempts, context } = await write(
      failing(({ Name }, count) => (Name === 'n1' && count < 3 ? lock : undefined)),
      times(3),
    );
    expect(told).toEqual(Array(3).fill('succeeded'));
    expect(org.jobs.map((job) => rowsOf(job).map(({ Name }) => Name))).toEqual([['n0', 'n1', 'n2'], ['n1'], ['n1']]);
    expect(attempts).toEqual([1, 3, 1]);
    const made = context.jobEvents.filter(({ kind }) => kind === 'made');
    expect(made.map(({ id }) => id)).toEqual(['7501', '7502', '7503']);
    expect(context.delays).toContain(250);
  });

  test('no more often than max_retries says', async () => {
    const { told, org } = await write(
      failing(() => lock),
      times(1),
      { context: { maxRetries: 1 } },
    );
    expect(told).toEqual(['failed UNABLE_TO_LOCK_ROW']);
    expect(org.jobs).toHaveLength(2);
  });

  test('a field that is refused for one record is left out of that record alone', async () => {
    const refused = 'INVALID_FIELD_FOR_INSERT_UPDATE:Unable to create/update fields: Name:Name --';
    const { told, org, context, plan } = await write(
      failing((row) => (row['Name'] === 'n0' ? refused : undefined)),
      times(2),
      insert,
    );
    expect(told).toEqual(['succeeded', 'succeeded']);
    expect(org.jobs.map(({ csv }) => csv.split('\n')[0])).toEqual(['Key__c,Name', 'Key__c']);
    expect(context.warnings).toEqual([
      'Order__c.Name was refused for some records (INVALID_FIELD_FOR_INSERT_UPDATE); they are sent without it (topic t)',
    ]);
    const later = batchOf(plan, times(1));
    await writeBatch(new BulkWriter(context), later, plan);
    expect(org.jobs[2]?.csv).toBe('Key__c,Name\nk0,n0\n');
  });
});

describe('a job that failed', () => {
  const structural =
    (errorMessage: string): BulkScript['work'] =>
    (job) => {
      Object.assign(job, { state: 'Failed', errorMessage });
    };

  test('because of its structure: every record failed', async () => {
    const { told, written, org } = await write(
      structural('ClientInputError : LineEnding is invalid on user data'),
      times(2),
    );
    expect(told).toEqual(Array(2).fill('failed ClientInputError'));
    expect(written.stop).toBeUndefined();
    expect(org.jobs).toHaveLength(1);
  });

  test('with result files that are gone as well', async () => {
    const work: BulkScript['work'] = (job) =>
      Object.assign(job, {
        state: 'Failed',
        errorMessage: 'InvalidBatch : x',
        failedResults: 400,
        successfulResults: 404,
        unprocessedrecords: 404,
      });
    expect((await write(work, times(2), insert)).told).toEqual(Array(2).fill('failed InvalidBatch'));
  });

  test('for a reason that passes: it is made anew', async () => {
    const work: BulkScript['work'] = (job, count) => {
      if (count === 1) structural('TooManyLockFailure : too many lock failures')(job, count);
      else allWritten(job);
    };
    const { told, attempts } = await write(work, times(2), insert);
    expect([told, attempts]).toEqual([
      ['succeeded', 'succeeded'],
      [2, 2],
    ]);
  });

  test.each(['InternalServerError : unknown', undefined])(
    'by no fault of its own (%s): it is made anew once',
    async (reason) => {
      const fails: BulkScript['work'] = (job) => Object.assign(job, { state: 'Failed', errorMessage: reason });
      const once: BulkScript['work'] = (job, count) => (count === 1 ? fails(job, count) : allWritten(job));
      expect((await write(once, times(2), insert)).told).toEqual(['succeeded', 'succeeded']);
      const { told, org } = await write(fails, times(2), insert);
      expect(told).toEqual(Array(2).fill(`failed ${reason === undefined ? 'JOB_FAILED' : 'InternalServerError'}`));
      expect(org.jobs).toHaveLength(2);
    },
  );

  describe('for a column that the org does not know', () => {
    const unknown: BulkScript['work'] = (job, count) => {
      if (job.csv.startsWith('Key__c,Name,Notes__c'))
        structural('InvalidBatch : InvalidBatch : Field name not found : notes__C')(job, count);
      else allWritten(job);
    };
    const data = [
      { Key__c: 'a', Name: 'x', Notes__c: 'y' },
      { Key__c: 'b', Name: 'x' },
    ];

    test('drop: without the column', async () => {
      const { told, org, context, batch } = await write(unknown, data);
      expect(told).toEqual(['succeeded', 'succeeded']);
      expect(org.jobs.map(({ csv }) => csv)).toEqual([
        'Key__c,Name,Notes__c\na,x,y\nb,x,\n',
        'Key__c,Name\na,x\nb,x\n',
      ]);
      expect(context.warnings).toEqual([
        'The org takes no field Notes__c of Order__c in bulk; it is left out (topic t)',
      ]);
      expect(batch.records.map(({ refusedColumns }) => refusedColumns?.size)).toEqual([1, undefined]);
    });

    test.each(['fail', 'send'] as const)('%s: without the records that have it', async (policy) => {
      const { told, org } = await write(unknown, data, { policy, externalIdField: 'Key__c' });
      expect(told).toEqual(['failed InvalidBatch', 'succeeded']);
      expect(org.jobs.at(-1)?.csv).toBe('Key__c,Name\nb,x\n');
    });

    test('drop: a reference fails the records that have it, and no others', async () => {
      const refuses: BulkScript['work'] = (job, count) => {
        if (job.csv.startsWith('Key__c,Account.K'))
          structural('InvalidBatch : Field name not found : Account.K')(job, count);
        else allWritten(job);
      };
      const { told, org, context } = await write(refuses, [{ Key__c: 'a', Account: { K: 'x' } }, { Key__c: 'b' }]);
      expect(told).toEqual(['failed InvalidBatch', 'succeeded']);
      expect(org.jobs.at(-1)?.csv).toBe('Key__c\nb\n');
      expect(context.warnings).toEqual([]);
    });

    test('drop: a record of which nothing else is left fails', async () => {
      const { told } = await write(structural('InvalidBatch : Field name not found : Notes__c'), [
        { Key__c: 'a', Notes__c: 'y' },
      ]);
      expect(told).toEqual(['failed InvalidBatch']);
    });

    test('the key itself: every record failed', async () => {
      const { told, org } = await write(structural('InvalidBatch : Field name not found : Key__c'), data);
      expect(told).toEqual(Array(2).fill('failed InvalidBatch'));
      expect(org.jobs).toHaveLength(1);
    });
  });

  test.each(['Failed', 'Aborted'])('half-way (%s): what was not processed is sent again', async (state) => {
    const work: BulkScript['work'] = (job, count) => {
      if (count > 1) {
        allWritten(job);
        return;
      }
      const rows = rowsOf(job);
      Object.assign(job, { state, processed: 2, failed: 1, errorMessage: 'TooManyLockFailure' });
      job.successfulResults = successes(job, rows.slice(0, 1));
      job.failedResults = failures(job, rows.slice(1, 2), () => required);
      job.unprocessedrecords = unprocessed(job, rows.slice(2));
    };
    for (const options of [insert, {}]) {
      const { told, org, attempts } = await write(work, times(4), options);
      expect(told).toEqual(['succeeded', 'failed REQUIRED_FIELD_MISSING', 'succeeded', 'succeeded']);
      expect(org.jobs.map((job) => rowsOf(job).map(({ Name }) => Name))).toEqual([
        ['n0', 'n1', 'n2', 'n3'],
        ['n2', 'n3'],
      ]);
      expect(attempts).toEqual([1, 1, 2, 2]);
    }
  });
});
