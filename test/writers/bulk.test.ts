import { describe, expect, test } from 'vitest';
import { BulkWriter, type BulkLimits } from '../../src/writers/bulk.js';
import type { WriterContext } from '../../src/writers/writer.js';
import { makeClient } from '../salesforce/test-org.js';
import {
  allWritten,
  failing,
  failures,
  rowsOf,
  startBulkOrg,
  successes,
  unprocessed,
  type BulkScript,
  type ScriptedJob,
  type Step,
} from './bulk-org.js';
import { batchOf, contextOf, planOf, startEmulator, told, type PlanOptions } from './room.js';

interface WriteOptions extends PlanOptions {
  readonly context?: Partial<WriterContext>;
  readonly limits?: BulkLimits;
}

/** Writes records into a scripted org. */
async function write(
  script: BulkScript | BulkScript['work'],
  data: readonly (object | string)[],
  options: WriteOptions = {},
) {
  const { context: overrides, limits, ...planOptions } = options;
  const org = await startBulkOrg(typeof script === 'function' ? { work: script } : script);
  const { client } = makeClient(org.url);
  const plan = planOf({ mode: 'bulk', ...planOptions });
  const context = contextOf(client, overrides);
  const batch = batchOf(plan, data);
  const written = await new BulkWriter(context, limits).write(batch, plan);
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

function times(count: number): object[] {
  return Array.from({ length: count }, (_, i) => ({ Key__c: `k${i}`, Name: `n${i}` }));
}

const insert = { operation: 'insert' } as const;
const lock = 'UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record:--';
const required = 'REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --';

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
    expect(context.jobIds).toEqual(['7501']);
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
    expect(context.delays).toEqual([100, 100, 160]);
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
      const rows = rowsOf(job).map(
        (row) => ({ ...row, Amount__c: rendered[row['Amount__c'] ?? ''] ?? '' }) as Record<string, string>,
      );
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
    expect(context.jobIds).toEqual(['7501', '7502', '7503']);
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

  test('a refused field is left out for the rest of the run', async () => {
    const refused = 'INVALID_FIELD_FOR_INSERT_UPDATE:Unable to create/update fields: Name:Name --';
    const { told, org, context, plan } = await write(
      failing((row) => (row['Name'] ? refused : undefined)),
      times(2),
      insert,
    );
    expect(told).toEqual(['succeeded', 'succeeded']);
    expect(org.jobs.map(({ csv }) => csv.split('\n')[0])).toEqual(['Key__c,Name', 'Key__c']);
    expect(context.warnings).toHaveLength(1);
    expect(told.length).toBe(2);
    const later = batchOf(plan, times(1));
    await new BulkWriter(context).write(later, plan);
    expect(org.jobs.at(-1)?.csv).toBe('Key__c\nk0\n');
  });
});

describe('a job that failed', () => {
  const structural =
    (errorMessage: string): BulkScript['work'] =>
    (job) =>
      Object.assign(job, { state: 'Failed', errorMessage });

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
    const work: BulkScript['work'] = (job, count) =>
      count === 1 ? void structural('TooManyLockFailure : too many lock failures')(job, count) : allWritten(job);
    const { told, attempts } = await write(work, times(2), insert);
    expect([told, attempts]).toEqual([
      ['succeeded', 'succeeded'],
      [2, 2],
    ]);
  });

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
        'Order__c has no field Notes__c that this user can see; left out for the rest of the run of topic t',
      ]);
      expect(batch.records.map(({ leftOut }) => leftOut?.size)).toEqual([1, undefined]);
    });

    test.each(['fail', 'send'] as const)('%s: without the records that have it', async (policy) => {
      const { told, org } = await write(unknown, data, { policy, externalIdField: 'Key__c' });
      expect(told).toEqual(['failed InvalidBatch', 'succeeded']);
      expect(org.jobs.at(-1)?.csv).toBe('Key__c,Name\nb,x\n');
    });

    test('the key itself: every record failed', async () => {
      const { told, org } = await write(structural('InvalidBatch : Field name not found : Key__c'), data);
      expect(told).toEqual(Array(2).fill('failed InvalidBatch'));
      expect(org.jobs).toHaveLength(1);
    });
  });

  test.each(['Failed', 'Aborted'])('half-way (%s): what was not processed is sent again', async (state) => {
    const work: BulkScript['work'] = (job, count) => {
      if (count > 1) return allWritten(job);
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

describe('what no result speaks of is in doubt, never a success', () => {
  const half = (job: ScriptedJob): void => {
    job.processed = 2;
    job.failed = 1;
  };

  test.each<[string, BulkScript['work']]>([
    [
      'results that are gone',
      (job) => Object.assign(job, { processed: 3, failed: 1, failedResults: 404, successfulResults: 404 }),
    ],
    [
      'empty result files',
      (job) => Object.assign(job, { processed: 3, failed: 1, failedResults: '', successfulResults: '' }),
    ],
    ['header-only result files', (job) => Object.assign(job, { processed: 3, failed: 1 })],
    ['a complete job that processed nothing', () => undefined],
    [
      'a job aborted by somebody else without any results',
      (job) => Object.assign(job, { state: 'Aborted', processed: 1 }),
    ],
    [
      'a job that failed after progress, without any results',
      (job) => Object.assign(job, { state: 'Failed', processed: 1, errorMessage: 'x : y' }),
    ],
  ])('%s', async (_name, work) => {
    const { told, org } = await write(work, times(3));
    expect(told).toEqual(Array(3).fill('in_doubt RESULT_MISSING'));
    expect(org.jobs).toHaveLength(1);
  });

  test('counters that do not add up: only what the files say counts', async () => {
    const work: BulkScript['work'] = (job) => {
      half(job);
      const rows = rowsOf(job);
      job.failedResults = failures(job, rows.slice(0, 1), () => required);
      job.successfulResults = successes(job, rows.slice(1, 2));
    };
    expect((await write(work, times(3))).told).toEqual([
      'failed REQUIRED_FIELD_MISSING',
      'succeeded',
      'in_doubt RESULT_MISSING',
    ]);
  });

  test('a result file that was cut between rows is fetched again', async () => {
    const whole = failing(({ Name }) => (Name === 'n2' ? undefined : required));
    const before: BulkScript['before'] = (step, { reply }, count, job) => {
      if (step !== 'failedResults' || count > 1) return false;
      reply.raw(200, String(job?.failedResults).split('\n').slice(0, 2).join('\n'), { 'content-type': 'text/csv' });
      return true;
    };
    const { told, org } = await write({ work: whole, before }, times(3));
    expect(told).toEqual(['failed REQUIRED_FIELD_MISSING', 'failed REQUIRED_FIELD_MISSING', 'succeeded']);
    expect(org.steps.filter((step) => step === 'failedResults')).toHaveLength(2);
  });

  test('a job that was deleted', async () => {
    const before: BulkScript['before'] = (step, { reply }) => {
      if (step === 'look') reply.json(404, [{ errorCode: 'NOT_FOUND', message: 'gone' }]);
      return step === 'look';
    };
    const { told, written, org } = await write({ work: allWritten, before }, times(2));
    expect(told.map((text) => text.split(' ')[0])).toEqual(['in_doubt', 'in_doubt']);
    expect(written.outcomes[0]).toMatchObject({
      error: { message: expect.stringContaining('(bulk job 7501)') as string },
    });
    expect(written.stop).toBeUndefined();
    expect(org.steps).not.toContain('abort');
  });

  test('a job that cannot be looked at any more is aborted, for others follow', async () => {
    const before: BulkScript['before'] = (step, { reply }) => {
      if (step === 'look') reply.json(500, [{ errorCode: 'UNKNOWN_EXCEPTION', message: 'x' }]);
      return step === 'look';
    };
    const { told, written, org } = await write({ work: allWritten, before }, times(2));
    expect(told).toEqual(Array(2).fill('in_doubt UNKNOWN_EXCEPTION'));
    expect(written.stop).toBeUndefined();
    expect(org.steps.at(-1)).toBe('abort');
  });
});

describe('requests that go wrong', () => {
  const once =
    (at: Step, answer: (exchange: Parameters<NonNullable<BulkScript['before']>>[1]) => void): BulkScript['before'] =>
    (step, exchange, count) => {
      if (step !== at || count > 1) return false;
      answer(exchange);
      return true;
    };

  test.each<[string, Parameters<typeof once>[1]]>([
    ['cut', ({ socket }) => socket.destroy()],
    ['status 503', ({ reply }) => reply.json(503, [{ errorCode: 'SERVER_UNAVAILABLE', message: 'x' }])],
    ['status 503 with a web page', ({ reply }) => reply.raw(503, '<html/>', { 'content-type': 'text/html' })],
    ['status 429', ({ reply }) => reply.raw(429, '')],
    ['status 500', ({ reply }) => reply.raw(500, '')],
    [
      'too many requests at once',
      ({ reply }) =>
        reply.json(403, [
          {
            errorCode: 'REQUEST_LIMIT_EXCEEDED',
            message: 'ConcurrentRequests (Concurrent API Requests) Limit exceeded.',
          },
        ]),
    ],
  ])('an upload, %s: the job is aborted and another is made', async (_name, answer) => {
    const { told, org, attempts, written } = await write(
      { work: allWritten, before: once('upload', answer) },
      times(2),
      insert,
    );
    expect(told).toEqual(['succeeded', 'succeeded']);
    expect(org.steps.slice(0, 5)).toEqual(['create', 'upload', 'abort', 'create', 'upload']);
    expect(org.jobs.map(({ state }) => state)).toEqual(['Aborted', 'JobComplete']);
    expect(attempts).toEqual([2, 2]);
    expect(written.stop).toBeUndefined();
  });

  test('an upload that is never taken ends the run; nothing was written', async () => {
    const before: BulkScript['before'] = (step, { socket }) => {
      if (step === 'upload') socket.destroy();
      return step === 'upload';
    };
    const { told, written, org, context } = await write({ work: allWritten, before }, times(2), {
      context: { maxRetries: 2 },
    });
    expect(told).toEqual(Array(2).fill('unsent CONNECTION_RESET'));
    expect(written.stop?.code).toBe('CONNECTION_RESET');
    expect(org.jobs.map(({ state }) => state)).toEqual(['Aborted', 'Aborted', 'Aborted']);
    expect(context.delays).toEqual([250, 500]);
  });

  test('an upload that is refused for good: the records failed', async () => {
    const before = once('upload', ({ reply }) => reply.json(400, [{ errorCode: 'CLIENTINPUTERROR', message: 'x' }]));
    const { told, org, written } = await write({ work: allWritten, before }, times(2));
    expect(told).toEqual(Array(2).fill('failed CLIENTINPUTERROR'));
    expect(org.steps).toEqual(['create', 'upload', 'abort']);
    expect(written.stop).toBeUndefined();
  });

  test('an upload that is too large is halved', async () => {
    const before: BulkScript['before'] = (step, { seen, reply }) => {
      const isTooLarge = step === 'upload' && seen.body.split('\n').length > 4;
      if (isTooLarge) reply.raw(413, '');
      return isTooLarge;
    };
    const { told, org } = await write({ work: allWritten, before }, times(4));
    expect(told).toEqual(Array(4).fill('succeeded'));
    expect(
      org.jobs.filter(({ state }) => state === 'JobComplete').flatMap((job) => rowsOf(job).map(({ Name }) => Name)),
    ).toEqual(['n0', 'n1', 'n2', 'n3']);
  });

  test('a lost reply to the creation is repeated', async () => {
    const { told, org } = await write(
      { work: allWritten, before: once('create', ({ socket }) => socket.destroy()) },
      times(1),
      insert,
    );
    expect([told, org.steps.slice(0, 3)]).toEqual([['succeeded'], ['create', 'create', 'upload']]);
  });

  test('a creation that is refused: the records failed, and were never sent', async () => {
    const before = once('create', ({ reply }) =>
      reply.json(400, [{ errorCode: 'INVALIDENTITY', message: 'not supported' }]),
    );
    const { told, attempts } = await write({ work: allWritten, before }, times(2));
    expect([told, attempts]).toEqual([Array(2).fill('failed INVALIDENTITY'), [0, 0]]);
  });

  test('the bulk allocation is used up: unsent, and the run ends', async () => {
    const before = once('create', ({ reply }) =>
      reply.json(400, [{ errorCode: 'EXCEEDEDQUOTA', message: 'ApiBatchItems Limit exceeded' }]),
    );
    const { told, written } = await write({ work: allWritten, before }, times(2));
    expect(told).toEqual(Array(2).fill('unsent EXCEEDEDQUOTA'));
    expect(written.stop?.code).toBe('API_LIMIT_EXHAUSTED');
  });

  test('a lost reply to the closing: the state tells whether it was closed', async () => {
    const lost = once('close', ({ socket }) => socket.destroy());
    const open = await write({ work: allWritten, before: lost }, times(1), insert);
    expect([open.told, open.org.steps.filter((step) => step === 'close').length]).toEqual([['succeeded'], 2]);
    const before: BulkScript['before'] = (step, exchange, count, job) => {
      if (step !== 'close' || count > 1) return false;
      job!.state = 'JobComplete';
      allWritten(job!);
      exchange.socket.destroy();
      return true;
    };
    const closed = await write({ work: allWritten, before }, times(1), insert);
    expect([closed.told, closed.org.steps]).toEqual([['succeeded'], ['create', 'upload', 'close', 'look', 'look']]);
  });

  test('results that cannot be fetched put the rest in doubt', async () => {
    const before: BulkScript['before'] = (step, { reply }) => {
      if (step === 'failedResults') reply.raw(502, '');
      return step === 'failedResults';
    };
    const { told, written } = await write({ work: failing(() => required), before }, times(2));
    expect(told).toEqual(Array(2).fill('in_doubt HTTP_502'));
    expect(written.stop?.code).toBe('ORG_UNREACHABLE');
  });
});

describe('jobs of several files', () => {
  test('by bytes', async () => {
    const { told, org } = await write(allWritten, times(5), { limits: { maxFileBytes: 26, maxHeaderChars: 32_000 } });
    expect(told).toEqual(Array(5).fill('succeeded'));
    expect(org.jobs.every(({ csv }) => Buffer.byteLength(csv) <= 26)).toBe(true);
    expect(org.jobs.flatMap((job) => rowsOf(job).map(({ Name }) => Name))).toEqual(['n0', 'n1', 'n2', 'n3', 'n4']);
  });

  test('by two ways to one lookup', async () => {
    const { told, org } = await write(allWritten, [{ AccountId: '001' }, { Account: { K: 'A' } }], insert);
    expect(told).toEqual(['succeeded', 'succeeded']);
    expect(org.jobs.map(({ csv }) => csv)).toEqual(['AccountId\n001\n', 'Account.K\nA\n']);
  });

  test('a record of nothing has nothing to be written', async () => {
    const { told, org } = await write(allWritten, [{}, { Ghost: 1 }], insert);
    expect([told, org.jobs]).toEqual([Array(2).fill('failed EMPTY_RECORD'), []]);
  });
});

describe('the end of the run', () => {
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
    const { told, org } = await write(work, times(2), { context: signals });
    expect(told.map((text) => text.split(' ')[0])).toEqual(['in_doubt', 'in_doubt']);
    expect(org.jobs[0]?.state).toBe('Aborted');
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
    expect(told(await writer.write(batchOf(accounts, [{ External_Id__c: 'A-1', Name: 'One' }]), accounts))).toEqual([
      'succeeded',
    ]);
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
    const written = await writer.write(batchOf(plan, invoices(60)), plan);
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
        await writer.write(batchOf(update, [{ Id: String(Id).slice(0, 15), Name: 'Two', Description: null }]), update),
      ),
    ).toEqual(['succeeded']);
    expect(emulator.records('Account')[0]).toMatchObject({ Name: 'Two' });
    const erase = await planFor({ sobject: 'Account', mode: 'bulk', operation: 'delete' });
    expect(told(await writer.write(batchOf(erase, [{ Id, Name: 'Two' }, { Id: '001000000000999' }]), erase))[0]).toBe(
      'succeeded',
    );
    expect(emulator.records('Account')).toEqual([]);
  });
});
