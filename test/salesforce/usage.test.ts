import { describe, expect, it } from 'vitest';
import { Usage } from '../../src/salesforce/usage.js';
import { call, makeClient, requestError, startOrg, type Handler } from './test-org.js';

const header = (used: number): string => `api-usage=${used}/100`;

describe('what the org says of its calls', () => {
  it.each([
    ['api-usage=10018/100000', 10018, 100000],
    ['api-usage=18/15000; per-app-api-usage=17/250(appName=sample-app)', 18, 15000],
    ['per-app-api-usage=17/250(appName=x); api-usage=5/6', 5, 6],
    ['per-app-api-usage=17/250(appName=x)', null, null],
    ['api-usage=soon', null, null],
    [undefined, null, null],
  ])('%j', (text, used, limit) => {
    const usage = new Usage();
    usage.note(text, usage.begin());
    expect(usage).toMatchObject({ used, limit });
  });

  it('may be older than what it said before, where calls overlap', () => {
    const usage = new Usage();
    const [first, second] = [usage.begin(), usage.begin()];
    usage.note(header(18), second);
    usage.note(header(17), first);
    expect(usage.used).toBe(18);
    // The last 24 hours move on.
    usage.note(header(12), usage.begin());
    expect(usage.used).toBe(12);
  });
});

describe('max_api_usage', () => {
  it.each([
    // share, used, in flight, lost: reached?
    [undefined, 100, 9, 9, false],
    [0.5, 49, 0, 0, false],
    [0.5, 50, 0, 0, true],
    [0.5, 48, 1, 0, false],
    [0.5, 48, 2, 0, true],
    [0.5, 48, 1, 1, true],
    [0.5, 47, 0, 2, false],
    [0.29, 28, 0, 0, false],
    [0.505, 50, 0, 0, true],
    [1, 99, 0, 0, false],
    [1, 100, 0, 0, true],
  ])('%j of 100 with %i used, %i in flight and %i lost: %j', (share, used, inFlight, lost, isReached) => {
    const usage = new Usage();
    usage.note(header(used), usage.begin());
    usage.end(false);
    for (let i = 0; i < inFlight + lost; i++) usage.begin();
    for (let i = 0; i < lost; i++) usage.end(true);
    expect(usage.reached(share) !== undefined).toBe(isReached);
  });

  it('is not reached as long as the org has not told', () => {
    const usage = new Usage();
    usage.begin();
    expect(usage.reached(0.01)).toBeUndefined();
  });

  it('says what is used, and what is in flight; a lost call counts until the org tells again', () => {
    const usage = new Usage();
    usage.note(header(79), usage.begin());
    usage.end(true);
    expect(usage.reached(0.8)).toMatchObject({
      code: 'API_USAGE_REACHED',
      message: 'The org has used 79 of its 100 API calls of 24 hours, and 1 more are in flight; max_api_usage is 80%',
    });
    usage.note(header(79), usage.begin());
    usage.end(false);
    expect(usage.reached(0.8)).toBeUndefined();
  });
});

describe('a request when max_api_usage is reached', () => {
  const told = (used: number) => ({ 'sforce-limit-info': header(used) });
  const ok: Handler = ({ reply }) => reply.raw(200, '{}', { 'content-type': 'application/json', ...told(49) });

  it.each([
    ['was refused for the moment', ({ reply }) => reply.raw(503, '', told(50)), 'not_sent'],
    ['was perhaps processed', ({ reply }) => reply.raw(502, '', told(50)), 'unknown'],
    ['was lost', ({ socket }) => void socket.resetAndDestroy(), 'unknown'],
  ] satisfies [string, Handler, string][])('that %s is not sent again', async (_, fail, outcome) => {
    const org = await startOrg((exchange) => (exchange.count === 1 ? ok(exchange) : fail(exchange)));
    const { client } = makeClient(org.url, { maxApiUsage: 0.5 });
    await client.request(call());
    const error = await requestError(client.request(call()));
    expect(error).toMatchObject({ code: 'API_USAGE_REACHED', outcome, attempts: 1, stop: { code: error.code } });
    expect(org.seen).toHaveLength(2);
  });

  it('is not sent, unless it follows a bulk job', async () => {
    const org = await startOrg(ok);
    const { client } = makeClient(org.url, { maxApiUsage: 0.49 });
    await client.request(call());
    const error = await requestError(client.request(call()));
    expect(error).toMatchObject({ code: 'API_USAGE_REACHED', outcome: 'not_sent', attempts: 0 });
    await client.request(call({ followsJob: true }));
    expect(org.seen).toHaveLength(2);
  });

  it('side by side with others: those in flight count', async () => {
    const org = await startOrg(ok);
    const { client } = makeClient(org.url, { maxApiUsage: 0.51 });
    await client.request(call());
    const replies = await Promise.allSettled(Array.from({ length: 5 }, () => client.request(call())));
    expect(replies.map(({ status }) => status).sort()).toEqual([
      ...['fulfilled', 'fulfilled', 'rejected', 'rejected', 'rejected'],
    ]);
  });
});
