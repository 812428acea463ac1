import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseFault } from '../../src/emulator/index.js';
import { UsageError } from '../../src/core/errors.js';
import { Client } from '../helpers/emulator-client.js';

describe('parseFault', () => {
  it.each([
    ['503', { kind: '503' }],
    [
      '503:count=2:path=/composite/sobjects:after=1:retry-after=3',
      { kind: '503', count: 2, path: '/composite/sobjects', after: 1, retryAfter: '3' },
    ],
    [
      '500:processed=true:method=patch:on=collections',
      { kind: '500', processed: true, method: 'PATCH', on: 'collections' },
    ],
    ['reset-after:rate=0.05', { kind: 'reset-after', rate: 0.05 }],
    ['lock:key=A-1:count=3:sobject=Account', { kind: 'lock', key: 'A-1', count: 3, sobject: 'Account' }],
    ['record-error:code=X:message=a: b:key=k', { kind: 'record-error', code: 'X', message: 'a: b', key: 'k' }],
    ['job-fail-halfway:done=0.25', { kind: 'job-fail-halfway', done: 0.25 }],
    ['refused:nth=3:ms=50', { kind: 'refused', nth: 3, ms: 50 }],
  ])('%s', (text, fault) => {
    expect(parseFault(text)).toEqual(fault);
  });

  it.each([
    ['nope', /"nope" is not a fault/],
    ['503:tries=2', /"tries" is not a setting/],
    ['503:count=-1', /"count=-1" does not have a valid value/],
    ['503:rate=2', /"rate=2"/],
    ['503:nth=0', /"nth=0"/],
    ['503:on=everything', /"on=everything"/],
    ['lock:path=/x', /"path" does not apply to lock/],
    ['reset-after:processed=true', /"processed" does not apply/],
  ])('refuses %s', (text, message) => {
    expect(() => parseFault(text)).toThrow(UsageError);
    expect(() => parseFault(text)).toThrow(message);
  });
});

describe('faults in force', () => {
  let client: Client;
  const insert = (name = 'x') => client.collection('POST', 'Account', [`{"Name":"${name}"}`]);
  const written = () => client.emulator.records('Account').length;

  beforeEach(async () => {
    client = await Client.start({ seed: 7 });
  });

  afterEach(async () => {
    await client.emulator.stop();
  });

  it.each([
    ['500', 500, 0],
    ['500:processed=true', 500, 1],
    ['502', 502, 0],
    ['503', 503, 0],
    ['503-html:processed=true', 503, 1],
    ['504:processed=true', 504, 1],
    ['429:retry-after=2', 429, 0],
    ['401', 401, 0],
    ['limit-total', 403, 0],
    ['limit-concurrent', 403, 0],
    ['garbage', 200, 1],
    ['empty', 200, 1],
  ])('%s', async (fault, status, records) => {
    client.emulator.addFault(`${fault}:on=collections`);
    const answer = await insert();
    expect(answer.status).toBe(status);
    expect(answer.headers.get('retry-after')).toBe(fault.startsWith('429') ? '2' : null);
    expect(written()).toBe(records);
    expect(client.emulator.requests.at(-1)!.fault).toBe(fault.split(':')[0]);
    expect((await insert()).status).toBe(200);
  });

  it.each([
    ['reset-before', 0],
    ['reset-after', 1],
    ['truncate', 1],
  ])('%s breaks the connection', async (fault, records) => {
    client.emulator.addFault(fault);
    await expect(insert()).rejects.toThrow();
    expect(written()).toBe(records);
  });

  it.each([
    ['timeout-before', 0],
    ['timeout-after', 1],
  ])('%s never answers', async (fault, records) => {
    client.emulator.addFault(`${fault}:on=collections`);
    const pending = insert();
    pending.catch(() => undefined);
    while (!client.emulator.requests.some((request) => request.fault === fault)) await client.get('/services/data');
    expect(await Promise.race([pending, client.get('/services/data').then(() => 'silent')])).toBe('silent');
    expect(written()).toBe(records);
    await client.emulator.stop();
    await expect(pending).rejects.toThrow();
  });

  it('refused: what has come in is answered, then nobody is there for a while', async () => {
    client.emulator.addFault('refused:on=collections:ms=3000');
    const answer = await insert();
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
    await expect(client.get('limits')).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    const isBack = async () => (await client.get('limits')).status;
    await vi.waitFor(async () => expect(await isBack()).toBe(200), { timeout: 100_000, interval: 10 });
    expect((await insert()).headers.get('connection')).toBe('keep-alive');
    expect(written()).toBe(2);
  });

  it('counts occasions', async () => {
    client.emulator.addFault('503:after=1:count=2:method=POST');
    client.emulator.addFault('500:nth=2:path=/limits');
    expect([
      (await insert()).status,
      (await insert()).status,
      (await insert()).status,
      (await insert()).status,
    ]).toEqual([200, 503, 503, 200]);
    expect([(await client.get('limits')).status, (await client.get('limits')).status]).toEqual([200, 500]);
    client.emulator.addFault('503:count=0');
    client.emulator.clearFaults();
    expect((await insert()).status).toBe(200);
  });

  it('draws rates from the seed', async () => {
    const draw = async (): Promise<number[]> => {
      const other = await Client.start({ seed: 3, faults: ['503:rate=0.5'] });
      const statuses = [];
      for (let n = 0; n < 12; n++) statuses.push((await other.get('limits')).status);
      await other.emulator.stop();
      return statuses;
    };
    const first = await draw();
    expect(new Set(first)).toEqual(new Set([200, 503]));
    expect(await draw()).toEqual(first);
  });

  it('locks and fails chosen records', async () => {
    client.emulator.addFault('lock:key=x:count=1');
    client.emulator.addFault({ kind: 'record-error', key: 'y', code: 'UNKNOWN_EXCEPTION' });
    const { elements } = await client.collection('POST', 'Account', ['{"Name":"x"}', '{"Name":"y"}', '{"Name":"z"}']);
    expect(elements.map((one) => one.errors[0]?.statusCode)).toEqual([
      'UNABLE_TO_LOCK_ROW',
      'UNKNOWN_EXCEPTION',
      undefined,
    ]);
    expect((await insert()).elements[0]!.success).toBe(true);
  });

  it('disturbs jobs', async () => {
    const job = { object: 'Account', operation: 'insert' };
    await client.emulator.stop();
    client = await Client.start({ bulk: { chunkSize: 10 } });
    const csv = `Name\n${Array.from({ length: 100 }, (_, n) => `n${n}`).join('\n')}\n`;
    client.emulator.addFault('job-fail-halfway');
    const failed = await client.load(job, csv);
    expect(failed).toMatchObject({ state: 'Failed', numberRecordsProcessed: 50, numberRecordsFailed: 0 });
    expect((await client.results(failed.id)).unprocessed.trimEnd().split('\n')).toHaveLength(51);
    client.emulator.addFault('job-fail-halfway:done=0.3');
    expect(await client.load(job, 'Name\na\nb\nc\nd\ne\nf\ng\nh\ni\nj\n')).toMatchObject({
      state: 'Failed',
      numberRecordsProcessed: 3,
    });
    client.emulator.addFault('job-abort-halfway:done=0');
    expect(await client.load(job, csv)).toMatchObject({ state: 'Aborted', numberRecordsProcessed: 0 });
    client.emulator.addFault('results-404:path=failedResults');
    client.emulator.addFault('results-empty:path=unprocessed');
    client.emulator.addFault('results-truncate:path=successful');
    const done = await client.load(job, csv);
    const { successful, failed: failedRows, unprocessed } = await client.results(done.id);
    expect(successful.trimEnd().split('\n').length).toBeLessThan(80);
    expect(failedRows).toContain('NOT_FOUND');
    expect(unprocessed).toBe('');
  });

  it('leaves a stuck job in progress until somebody ends it', async () => {
    client.emulator.addFault('job-stuck:done=0');
    const loading = client.load({ object: 'Account', operation: 'insert' }, 'Name\na\n');
    while (client.emulator.jobs()[0]?.state !== 'InProgress') await client.get('/services/data');
    const { id } = client.emulator.jobs()[0]!;
    client.emulator.abortJob(id);
    expect(await loading).toMatchObject({ state: 'Aborted' });
    expect((await client.results(id)).unprocessed).toBe('Name\na\n');
    client.emulator.deleteJob(id);
    expect(client.emulator.jobs()).toEqual([]);
  });
});
