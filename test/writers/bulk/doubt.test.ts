import { describe, expect, test } from 'vitest';
import {
  allWritten,
  failing,
  failures,
  rowsOf,
  successes,
  type BulkScript,
  type ScriptedJob,
  type Step,
} from './bulk-org.js';
import { write, times, insert, required } from './write-bulk.js';

describe('what no result speaks of is sent again or in doubt, never a success', () => {
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
    const inserted = await write(work, times(3), insert);
    expect(inserted.told).toEqual(Array(3).fill('in_doubt RESULT_MISSING'));
    expect(inserted.org.jobs).toHaveLength(1);
    const again: BulkScript['work'] = (job, count) => (count === 1 ? work(job, count) : allWritten(job));
    const upserted = await write(again, times(3));
    expect(upserted.told).toEqual(Array(3).fill('succeeded'));
    expect(upserted.org.jobs).toHaveLength(2);
  });

  test('counters that do not add up: only what the files say counts', async () => {
    const work: BulkScript['work'] = (job) => {
      half(job);
      const rows = rowsOf(job);
      job.failedResults = failures(job, rows.slice(0, 1), () => required);
      job.successfulResults = successes(job, rows.slice(1, 2));
    };
    expect((await write(work, times(3), insert)).told).toEqual([
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

  test('a job that was deleted: an insert is in doubt, an upsert is sent again', async () => {
    const before: BulkScript['before'] = (step, { reply }, count) => {
      if (step !== 'look' || count > 1) return false;
      reply.json(404, [{ errorCode: 'NOT_FOUND', message: 'gone' }]);
      return true;
    };
    const inserted = await write({ work: allWritten, before }, times(2), insert);
    expect(inserted.told).toEqual(Array(2).fill('in_doubt JOB_NOT_FOUND'));
    expect(inserted.written.outcomes[0]).toMatchObject({
      error: { message: expect.stringContaining('7501') as string },
    });
    expect(inserted.written.stop).toBeUndefined();
    expect(inserted.org.steps).not.toContain('abort');
    const upserted = await write({ work: allWritten, before }, times(2));
    expect([upserted.told, upserted.attempts]).toEqual([
      ['succeeded', 'succeeded'],
      [2, 2],
    ]);
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
    ['aborted by somebody', ({ reply }) => reply.json(400, [{ errorCode: 'INVALIDJOBSTATE', message: 'x' }])],
    ['deleted by somebody', ({ reply }) => reply.json(404, [{ errorCode: 'NOT_FOUND', message: 'x' }])],
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

  test('an upload into jobs that are gone again and again: the records failed, and the run goes on', async () => {
    const before: BulkScript['before'] = (step, { reply }) => {
      if (step === 'upload') reply.json(400, [{ errorCode: 'INVALIDJOBSTATE', message: 'x' }]);
      return step === 'upload';
    };
    const { told, written, org } = await write({ work: allWritten, before }, times(2), { context: { maxRetries: 2 } });
    expect(told).toEqual(Array(2).fill('failed INVALIDJOBSTATE'));
    expect(org.jobs).toHaveLength(3);
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
