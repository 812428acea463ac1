import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  call,
  clientSecret,
  freePort,
  makeClient,
  requestError,
  startOrg,
  tokenNumber,
  type Handler,
} from './test-org.js';

const ok = { fine: true };

describe('a request', () => {
  it('carries token, version, user agent and headers, and reads gzip', async () => {
    const org = await startOrg(({ reply }) => {
      const headers = {
        'content-encoding': 'gzip',
        'sforce-limit-info': 'api-usage=18/15000; per-app-api-usage=1/5(appName=a)',
      };
      reply.raw(200, gzipSync(JSON.stringify(ok)), headers);
    });
    const { client } = makeClient(org.url);
    const reply = await client.request(
      call({ query: { a: 'b c' }, headers: { 'Sforce-Auto-Assign': 'FALSE', accept: 'x' } }),
    );
    expect(reply).toEqual({ value: ok, status: 200, attempts: 1, mayHaveRunBefore: false });
    expect(org.seen[0]).toMatchObject({
      method: 'POST',
      url: '/services/data/v65.0/thing?a=b+c',
      body: '{"a":1}',
      headers: {
        authorization: `Bearer ${tokenNumber(1)}`,
        accept: 'application/json',
        'accept-encoding': 'gzip',
        'content-type': 'application/json; charset=UTF-8',
        'sforce-auto-assign': 'FALSE',
        'user-agent': 'sfreplay/test',
      },
    });
    expect(client.usage).toEqual({ calls: 2, retries: 0, congestions: 0, used: 18, limit: 15000 });
  });

  it('reuses its connections', async () => {
    const ports = new Set<number | undefined>();
    const org = await startOrg(({ reply, socket }) => {
      ports.add(socket.remotePort);
      reply.json(200, ok);
    });
    const { client } = makeClient(org.url);
    for (let i = 0; i < 20; i += 1) await client.request(call());
    // The second takes over while the first rests for one turn of the event loop.
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  it('opens a connection for each request under way', async () => {
    let release: (() => void) | undefined;
    const all = new Promise<void>((resolve) => (release = resolve));
    const org = await startOrg(async ({ reply, count }) => {
      if (count === 5) release?.();
      await all;
      reply.json(200, ok);
    });
    const { client } = makeClient(org.url);
    const replies = await Promise.all(Array.from({ length: 5 }, () => client.request(call())));
    expect(replies).toHaveLength(5);
  });
});

interface FailureCase {
  readonly name: string;
  /** How the org fails; it answers properly from the second attempt on. */
  readonly fail: Handler;
  readonly options?: { requestTimeoutMs: number };
  /** Of an insert, when it is not repeated. */
  readonly code?: string;
  readonly outcome?: string;
}

const hang: Handler = () => undefined;
const reset: Handler = ({ socket }) => void socket.resetAndDestroy();
const half: Handler = ({ reply, socket }) => {
  reply.response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
  reply.response.write('{"a":', () => socket.destroy());
};

describe('an attempt that fails', () => {
  const repeatedForAll: FailureCase[] = [
    { name: '429', fail: ({ reply }) => reply.json(429, []) },
    {
      name: '503 of the org',
      fail: ({ reply }) => reply.json(503, [{ errorCode: 'SERVER_UNAVAILABLE', message: 'busy' }]),
    },
    {
      name: '503 of a gateway',
      fail: ({ reply }) => reply.raw(503, '<html>no</html>', { 'content-type': 'text/html' }),
    },
    { name: '503 without a body', fail: ({ reply }) => reply.raw(503, '') },
    { name: '420', fail: ({ reply }) => reply.raw(420, '') },
    {
      name: 'too many at once',
      fail: ({ reply }) =>
        reply.json(403, [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'ConcurrentRequests (…) Limit exceeded.' }]),
    },
    {
      name: 'a security policy',
      fail: ({ reply }) => reply.json(403, [{ errorCode: 'TXN_SECURITY_METERING_ERROR', message: '' }]),
    },
  ];
  const doubtful: FailureCase[] = [
    {
      name: '500',
      fail: ({ reply }) => reply.json(500, [{ errorCode: 'UNKNOWN_EXCEPTION', message: 'ErrorId 1-2' }]),
      code: 'UNKNOWN_EXCEPTION',
    },
    { name: '502', fail: ({ reply }) => reply.raw(502, '<html>bad gateway</html>'), code: 'HTTP_502' },
    { name: '504', fail: ({ reply }) => reply.raw(504, ''), code: 'HTTP_504' },
    { name: 'a time-out', fail: hang, options: { requestTimeoutMs: 3_000 }, code: 'REQUEST_TIMEOUT' },
    { name: 'a reset', fail: reset, code: 'CONNECTION_RESET' },
    { name: 'a closed connection', fail: ({ socket }) => void socket.destroy(), code: 'CONNECTION_RESET' },
    { name: 'a reply cut by its length', fail: half, code: 'CONNECTION_RESET' },
    {
      name: 'cut JSON',
      fail: ({ reply }) => reply.raw(200, '{"a":', { 'content-type': 'application/json' }),
      code: 'UNUSABLE_REPLY',
    },
    { name: 'no body', fail: ({ reply }) => reply.raw(200, ''), code: 'UNUSABLE_REPLY' },
    {
      name: 'a web page',
      fail: ({ reply }) => reply.raw(200, '<!doctype html><p>Log in', { 'content-type': 'text/html' }),
      code: 'HTML_REPLY',
    },
    {
      name: 'a page that calls itself JSON',
      fail: ({ reply }) => reply.raw(200, '<html>', { 'content-type': 'application/json' }),
      code: 'HTML_REPLY',
    },
    {
      name: 'broken gzip',
      fail: ({ reply }) => reply.raw(200, 'plain', { 'content-encoding': 'gzip' }),
      code: 'UNUSABLE_REPLY',
    },
    {
      name: 'cut gzip',
      fail: ({ reply }) => reply.raw(200, gzipSync('{"a":1}').subarray(0, 15), { 'content-encoding': 'gzip' }),
      code: 'UNUSABLE_REPLY',
    },
    {
      name: 'another encoding',
      fail: ({ reply }) => reply.raw(200, 'x', { 'content-encoding': 'br' }),
      code: 'UNUSABLE_REPLY',
    },
    {
      name: 'a body that stalls',
      options: { requestTimeoutMs: 3_000 },
      fail: ({ reply }) => void reply.response.write('{'),
      code: 'REQUEST_TIMEOUT',
    },
  ];

  it.each([...repeatedForAll, ...doubtful])('is repeated where that is harmless: $name', async ({ fail, options }) => {
    const org = await startOrg((exchange) => (exchange.count === 1 ? fail(exchange) : exchange.reply.json(200, ok)));
    const { client, delays } = makeClient(org.url, options);
    const reply = await client.request(call());
    expect(reply).toMatchObject({ value: ok, attempts: 2 });
    expect(delays).toEqual([250]);
    expect(client.usage).toMatchObject({ calls: 3, retries: 1 });
  });

  it.each(repeatedForAll)('is repeated for an insert, too: $name', async ({ fail }) => {
    const org = await startOrg((exchange) => (exchange.count === 1 ? fail(exchange) : exchange.reply.json(200, ok)));
    const { client } = makeClient(org.url);
    const reply = await client.request(call({ repeatable: false }));
    expect(reply).toMatchObject({ value: ok, attempts: 2, mayHaveRunBefore: false });
  });

  it.each(doubtful)('leaves an insert in doubt: $name', async ({ fail, options, code }) => {
    const org = await startOrg(fail);
    const { client, delays } = makeClient(org.url, options);
    const error = await requestError(client.request(call({ repeatable: false })));
    expect(error).toMatchObject({ outcome: 'unknown', code, attempts: 1, stop: undefined });
    expect(delays).toEqual([]);
    expect(org.seen).toHaveLength(1);
  });

  it.each(doubtful)('is remembered when repeated: $name', async ({ fail, options }) => {
    const org = await startOrg((exchange) => (exchange.count === 1 ? fail(exchange) : exchange.reply.json(200, ok)));
    const { client } = makeClient(org.url, options);
    expect(await client.request(call())).toMatchObject({ mayHaveRunBefore: true });
  });
});

describe('a request that is given up', () => {
  it.each([
    [
      '503',
      'refused',
      'SERVER_UNAVAILABLE',
      ({ reply }) => reply.json(503, [{ errorCode: 'SERVER_UNAVAILABLE', message: 'busy' }]),
    ],
    ['504', 'unknown', 'HTTP_504', ({ reply }) => reply.raw(504, '')],
    ['resets', 'unknown', 'CONNECTION_RESET', reset],
  ] satisfies [string, string, string, Handler][])(
    'stops the run after the last %s',
    async (_name, outcome, code, fail) => {
      const org = await startOrg(fail);
      const { client, delays } = makeClient(org.url);
      const error = await requestError(client.request(call()));
      expect(error).toMatchObject({ outcome, code, attempts: 4, stop: { code: 'ORG_UNREACHABLE' } });
      expect(delays).toEqual([250, 500, 1_000]);
    },
  );

  it('500 after the last retry fails the request but does not stop the run', async () => {
    const org = await startOrg(({ reply }) => reply.json(500, [{ errorCode: 'UNKNOWN_EXCEPTION', message: 'x' }]));
    const error = await requestError(makeClient(org.url).client.request(call()));
    expect(error).toMatchObject({ outcome: 'unknown', attempts: 4, stop: undefined });
  });

  it('is certainly not processed when no connection ever opened', async () => {
    const port = await freePort();
    const { client } = makeClient(`http://127.0.0.1:${port}`, {
      signIn: { kind: 'access_token', accessToken: tokenNumber(9) },
    });
    const error = await requestError(client.request(call({ repeatable: false })));
    expect(error).toMatchObject({
      outcome: 'not_sent',
      code: 'ORG_UNREACHABLE',
      attempts: 4,
      stop: { code: 'ORG_UNREACHABLE' },
    });
    expect(error.stop?.hint).toContain('Nothing listens there');
  });

  it('stays in doubt when only the first attempt could have been processed', async () => {
    const org = await startOrg(({ socket, reply, count }) => {
      if (count === 1) socket.resetAndDestroy();
      else reply.json(403, [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }]);
    });
    const error = await requestError(makeClient(org.url).client.request(call()));
    expect(error).toMatchObject({
      outcome: 'unknown',
      code: 'REQUEST_LIMIT_EXCEEDED',
      attempts: 2,
      stop: { code: 'API_LIMIT_EXHAUSTED' },
    });
  });

  it('is refused when its content was, whatever came before', async () => {
    const org = await startOrg(({ socket, reply, count }) => {
      if (count === 1) socket.resetAndDestroy();
      else reply.json(400, [{ errorCode: 'JSON_PARSER_ERROR', message: 'bad', fields: [] }]);
    });
    const error = await requestError(makeClient(org.url).client.request(call()));
    expect(error).toMatchObject({ outcome: 'refused', code: 'JSON_PARSER_ERROR', status: 400, attempts: 2 });
    expect(error.errors).toEqual([{ code: 'JSON_PARSER_ERROR', message: 'bad', fields: [] }]);
    expect(error.message).toBe('POST thing: status 400, JSON_PARSER_ERROR: bad');
  });

  it.each([413, 414, 431])('tells the status %i of a request that is too large', async (status) => {
    const org = await startOrg(({ reply }) =>
      reply.raw(status, '<html>Too large</html>', { 'content-type': 'text/html' }),
    );
    const error = await requestError(makeClient(org.url).client.request(call({ repeatable: false })));
    expect(error).toMatchObject({ outcome: 'refused', status, code: `HTTP_${status}`, attempts: 1 });
  });
});

describe('Retry-After', () => {
  it.each([
    ['7', 7_000],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['nonsense', 250],
  ])('%s', async (value, delayMs) => {
    const org = await startOrg(({ reply, count }) =>
      reply.raw(count === 1 ? 503 : 200, count === 1 ? '' : '[]', { 'retry-after': value }),
    );
    const { client, delays, waits } = makeClient(org.url);
    await client.request(call());
    expect(delays).toEqual([delayMs]);
    const until = new Date(Date.UTC(2026, 0, 1) + delayMs).toISOString().slice(11, 19);
    expect(waits).toEqual([`waiting for the org (status 503), retry 1 of 3 at ${until} UTC`]);
    expect(client.waiting).toBeUndefined();
  });

  it('is handed on when the request is not repeated', async () => {
    const org = await startOrg(({ reply }) => reply.json(503, [], { 'retry-after': '9' }));
    const error = await requestError(makeClient(org.url).client.request(call({ onlyIfNotSent: true })));
    expect(error).toMatchObject({ outcome: 'refused', attempts: 1, waitMs: 9_000, stop: undefined });
  });
});

describe('a redirect', () => {
  it('stops the run, and the token goes nowhere else', async () => {
    const other = await startOrg(({ reply }) => reply.json(200, ok));
    const org = await startOrg(({ reply }) => reply.raw(302, '', { location: `${other.url}/login?sid=00Dsecret` }));
    const error = await requestError(makeClient(org.url).client.request(call()));
    expect(error).toMatchObject({ outcome: 'refused', status: 302, attempts: 1, stop: { code: 'ORG_REDIRECTED' } });
    expect(error.stop?.message).toContain(`${other.url}/login`);
    expect(error.stop?.message).not.toContain('sid');
    expect(other.seen).toEqual([]);
  });
});

describe('stopping', () => {
  it('makes no attempt any more', async () => {
    const org = await startOrg(({ reply }) => reply.json(200, ok));
    const error = await requestError(makeClient(org.url).client.request(call({ stopping: AbortSignal.abort() })));
    expect(error).toMatchObject({ outcome: 'not_sent', code: 'STOPPED', attempts: 0 });
    expect(org.seen).toEqual([]);
  });

  it('cuts a wait short when nothing was processed', async () => {
    const stopping = new AbortController();
    const org = await startOrg(({ reply }) => reply.json(503, [], { 'retry-after': '3600' }));
    const { client } = makeClient(org.url, {
      sleep: (_delayMs, signal) => {
        const over = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        stopping.abort();
        return over;
      },
    });
    const error = await requestError(client.request(call({ stopping: stopping.signal })));
    expect(error).toMatchObject({ outcome: 'not_sent', code: 'STOPPED', attempts: 1 });
  });

  it('still settles a request that was perhaps processed', async () => {
    const stopping = new AbortController();
    const org = await startOrg(({ reply, socket, count }) => {
      stopping.abort();
      if (count === 1) socket.resetAndDestroy();
      else reply.json(200, ok);
    });
    const reply = await makeClient(org.url).client.request(call({ stopping: stopping.signal }));
    expect(reply).toMatchObject({ attempts: 2, mayHaveRunBefore: true });
  });
});

describe('a hard abort', () => {
  it('leaves a request under way in doubt', async () => {
    const abort = new AbortController();
    const org = await startOrg(() => abort.abort());
    const error = await requestError(makeClient(org.url).client.request(call({ signal: abort.signal })));
    expect(error).toMatchObject({ outcome: 'unknown', code: 'ABORTED', attempts: 1 });
  });

  it('is certain about a request that was not sent', async () => {
    const org = await startOrg(({ reply }) => reply.json(200, ok));
    const { client } = makeClient(org.url);
    const error = await requestError(client.request(call({ signal: AbortSignal.abort() })));
    expect(error).toMatchObject({ outcome: 'not_sent', code: 'ABORTED', attempts: 0 });
    expect(org.seen).toEqual([]);
  });
});

it('lets as many requests as there are listen to one signal', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on('warning', note);
  onTestFinished(() => void process.off('warning', note));
  const org = await startOrg(({ reply }) => reply.json(200, ok));
  const { client } = makeClient(org.url);
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 30 }, () => client.request(call({ signal, stopping: signal }))));
  await new Promise((resolve) => setImmediate(resolve));
  expect(warnings).toEqual([]);
});

it('survives that the org closes its idle connections', async () => {
  const org = await startOrg(({ reply }) => reply.json(200, ok));
  const { client } = makeClient(org.url);
  for (let i = 0; i < 3; i += 1) {
    await client.request(call({ repeatable: false }));
    org.server.closeAllConnections();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(org.seen).toHaveLength(3);
});

describe('secrets', () => {
  it('appear in no error, even if the org repeats them', async () => {
    const org = await startOrg(({ seen, reply }) => {
      const echo = `${String(seen.headers.authorization)} ${clientSecret} ${encodeURIComponent(clientSecret)} 00D999999999999!other.token`;
      reply.json(400, [{ errorCode: 'BAD_REQUEST', message: echo }]);
    });
    const error = await requestError(makeClient(org.url).client.request(call()));
    const shown = JSON.stringify([error.message, error.errors, String(error.stack), String(error.cause)]);
    expect(shown).toContain('***');
    for (const secret of [tokenNumber(1), clientSecret, encodeURIComponent(clientSecret), 'other.token']) {
      expect(shown).not.toContain(secret);
    }
  });
});
