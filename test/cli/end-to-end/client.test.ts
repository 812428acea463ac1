import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { account, stage, UPSERT_ACCOUNTS, UPSERT_ACCOUNTS_IN_BULK } from '../stage.js';

const INSERT_ACCOUNTS = ['--map', 'accounts=Account:insert'];

describe('a session that expires part-way', () => {
  it.each([
    ['realtime', UPSERT_ACCOUNTS],
    ['bulk', UPSERT_ACCOUNTS_IN_BULK],
  ])('is renewed once for all requests in flight (%s)', async (_, map) => {
    const scene = await stage(
      Array.from({ length: 40 }, (_, i) => account(`A-${i}`)),
      { latencyMs: 5 },
    );
    // The describe call passes; then every request in flight is refused until the token is renewed.
    scene.org.addFault(map === UPSERT_ACCOUNTS ? '401:on=collections' : '401:on=bulk-create');
    const flags = ['--max-in-flight', '8', '--bulk-batch-size', '5', '--bulk-poll-interval', '20ms'];
    const { status, summary } = await scene.runJson([...map, ...flags, 'dump.ndjson']);
    expect({ status, succeeded: summary.totals.succeeded }).toEqual({ status: 0, succeeded: 40 });
    expect(scene.org.requests.filter(({ kind }) => kind === 'token')).toHaveLength(2);
    expect(scene.org.history('Account')).toHaveLength(40);
  });

  it('is renewed again and again where tokens live for a few calls', async () => {
    const scene = await stage(
      Array.from({ length: 30 }, (_, i) => account(`A-${i}`)),
      { tokenLifetimeRequests: 4 },
    );
    const { status } = await scene.runJson([...INSERT_ACCOUNTS, '--bulk-batch-size', '2', 'dump.ndjson']);
    expect(status).toBe(0);
    expect(scene.org.records('Account')).toHaveLength(30);
    expect(scene.org.requests.filter(({ kind }) => kind === 'token').length).toBeGreaterThan(3);
  });

  it('that cannot be renewed stops the run', async () => {
    const scene = await stage([account('A-1'), account('A-2')]);
    scene.org.addFault('401:on=collections:after=1:count=0');
    const { status, summary } = await scene.runJson([...INSERT_ACCOUNTS, '--bulk-batch-size', '1', 'dump.ndjson']);
    expect(status).toBe(3);
    expect(summary.totals).toMatchObject({ read: 2, succeeded: 1, unsent: 1 });
    expect(summary.run.stopped).toMatchObject({ code: 'SIGN_IN_REVOKED' });
  });
});

describe('the daily limit', () => {
  it('stops the run with everything accounted for', async () => {
    const scene = await stage(
      Array.from({ length: 20 }, (_, i) => account(`A-${i}`)),
      { apiLimit: 100, apiUsed: 95 },
    );
    const flags = ['--bulk-batch-size', '2', 'dump.ndjson'];
    const { status, summary } = await scene.runJson([...INSERT_ACCOUNTS, ...flags]);
    expect(status).toBe(3);
    expect(summary.run.stopped).toMatchObject({ code: 'API_LIMIT_EXHAUSTED' });
    const written = scene.org.records('Account').length;
    expect(written).toBeGreaterThan(0);
    expect(summary.totals).toMatchObject({ succeeded: written, failed: 0, in_doubt: 0 });
    expect(summary.totals.unsent).toBe(summary.totals.read - written);
    expect(summary.api).toMatchObject({ used: 100, limit: 100 });
    // A file can be read again, so its records need not be kept.
    expect(summary.failures_file).toBeNull();
  });
});

describe('an answer', () => {
  it('of 503 is waited for as long as Retry-After says, and repeated, inserts too', async () => {
    const scene = await stage([account('A-1')]);
    scene.org.addFault('503:on=collections:retry-after=1');
    const { status, summary } = await scene.runJson([...INSERT_ACCOUNTS, 'dump.ndjson']);
    expect(status).toBe(0);
    expect(summary.api.retries).toBe(1);
    expect(summary.run.duration_ms).toBeGreaterThanOrEqual(1000);
    expect(scene.org.records('Account')).toHaveLength(1);
  });

  it.each([
    ['garbage', 'an HTML page with status 200'],
    ['truncate', 'a body that is cut short'],
    ['502', 'a gateway error'],
    ['reset-after', 'a reset after the work was done'],
  ])('of %s leaves an insert in doubt, and only that (%s)', async (fault) => {
    const scene = await stage([account('A-1'), account('A-2')]);
    scene.org.addFault(`${fault}:on=collections`);
    const { status, topic } = await scene.runJson([...INSERT_ACCOUNTS, '--bulk-batch-size', '1', 'dump.ndjson']);
    expect(status).toBe(1);
    expect(topic()).toMatchObject({ succeeded: 1, failed: 0, in_doubt: 1 });
    expect(scene.failures()).toMatchObject([{ error: { outcome: 'in_doubt', source: { line: 1 }, attempts: 1 } }]);
  });

  it.each(['garbage', 'truncate', '502', '503-html', 'reset-after', 'empty'])(
    'of %s is survived by an upsert',
    async (fault) => {
      const scene = await stage([account('A-1')]);
      scene.org.addFault(`${fault}:on=collections`);
      const { status, summary } = await scene.runJson([...UPSERT_ACCOUNTS, 'dump.ndjson']);
      expect(status).toBe(0);
      expect(summary.api.retries).toBe(1);
      expect(scene.org.records('Account')).toHaveLength(1);
    },
  );

  it('that does not come leaves an insert in doubt after request_timeout', async () => {
    const scene = await stage([account('A-1')]);
    scene.org.addFault('timeout-after:on=collections');
    const flags = ['--request-timeout', '4s', '--max-retries', '0', 'dump.ndjson'];
    const { topic } = await scene.runJson([...INSERT_ACCOUNTS, ...flags]);
    expect(topic()).toMatchObject({ succeeded: 0, in_doubt: 1 });
  });
});

describe('a bulk job', () => {
  it('is closed once, although the answer to closing it was lost', async () => {
    const scene = await stage([account('A-1'), account('A-2')]);
    scene.org.addFault('reset-after:on=bulk-state');
    const flags = ['--map', 'accounts=Account:insert::bulk', '--bulk-poll-interval', '20ms', 'dump.ndjson'];
    const { status, topic } = await scene.runJson(flags);
    expect({ status, succeeded: topic().succeeded }).toEqual({ status: 0, succeeded: 2 });
    expect(scene.org.records('Account')).toHaveLength(2);
  });

  it.each([
    '503:on=bulk-create',
    '502:on=bulk-upload',
    '502:on=bulk-info',
    'truncate:on=bulk-result',
    '401:on=bulk-upload',
  ])('survives %s without writing twice', async (fault) => {
    const scene = await stage([account('A-1'), account('A-2', { Name: null })]);
    scene.org.addFault(fault);
    const flags = ['--map', 'accounts=Account:insert::bulk', '--bulk-poll-interval', '20ms', 'dump.ndjson'];
    const { topic } = await scene.runJson(flags);
    expect(topic()).toMatchObject({ succeeded: 1, failed: 1 });
    expect(scene.org.history('Account')).toHaveLength(1);
    expect(scene.org.jobs().filter(({ state }) => state === 'Open')).toEqual([]);
  });
});

describe('an org that is not there', () => {
  it.each([
    ['https against an http port', (url: string) => url.replace('http:', 'https:').replace('127.0.0.1', 'localhost')],
    ['a host that does not exist', () => 'https://no-such-org.invalid'],
    ['a port where nobody listens', () => 'http://127.0.0.1:9'],
  ])('gets a clear sentence: %s', async (_, urlOf) => {
    const scene = await stage([account('A-1')]);
    const flags = ['--org-url', urlOf(scene.org.url), '--max-retries', '0', 'dump.ndjson'];
    const { status, stdout, stderr } = await scene.run([...UPSERT_ACCOUNTS, ...flags]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^sfreplay: error: \S.*\n/);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(stderr).toContain('hint: ');
  });

  it('over plain http is not talked to', async () => {
    const scene = await stage([account('A-1')]);
    const { status, stderr } = await scene.run([...UPSERT_ACCOUNTS, '--org-url', 'http://acme.my.salesforce.com']);
    expect(status).toBe(2);
    expect(stderr).toContain('expected https');
  });

  it('or that hangs, likewise', async () => {
    const scene = await stage([account('A-1')]);
    const silent = createTcpServer();
    const port = await listening(silent);
    const flags = ['--org-url', `http://127.0.0.1:${port}`, '--request-timeout', '300ms', '--max-retries', '0'];
    const { status, stderr } = await scene.run([...UPSERT_ACCOUNTS, ...flags, 'dump.ndjson']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^sfreplay: error: .*(300 ?ms|0\.3 s|time)/);
  });
});

describe('a redirect', () => {
  it('is not followed with a token, and its target is named', async () => {
    const scene = await stage([account('A-1')]);
    const seen: (string | undefined)[] = [];
    const target = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end('{}');
    });
    const targetPort = await listening(target);
    const moved = createServer((request, response) => {
      response.writeHead(302, { location: `http://127.0.0.1:${targetPort}${request.url ?? ''}` }).end();
    });
    const movedPort = await listening(moved);
    const environment = { SALESFORCE_ORG_URL: `http://127.0.0.1:${movedPort}`, SALESFORCE_ACCESS_TOKEN: 'tok-en' };
    const { status, stderr } = await scene.run([...UPSERT_ACCOUNTS, 'dump.ndjson'], { environment });
    expect(status).toBe(2);
    expect(stderr).toContain(`127.0.0.1:${targetPort}`);
    expect(seen).toEqual([]);
  });
});

describe('a proxy', () => {
  it('is used where the environment names one, except for NO_PROXY', async () => {
    const scene = await stage([account('A-1')]);
    const asked: string[] = [];
    const proxy = createServer((_, response) => response.writeHead(502).end());
    proxy.on('connect', (request, socket) => {
      asked.push(request.url ?? '');
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    const proxyPort = await listening(proxy);
    const environment = {
      ...scene.signIn,
      SALESFORCE_ORG_URL: 'https://acme.my.salesforce.invalid',
      HTTPS_PROXY: `http://127.0.0.1:${proxyPort}`,
    };
    const words = [...UPSERT_ACCOUNTS, '--max-retries', '0', 'dump.ndjson'];
    const through = await scene.run(words, { environment });
    expect(through.status).toBe(2);
    expect(asked).toEqual(['acme.my.salesforce.invalid:443']);
    const around = await scene.run(words, { environment: { ...environment, NO_PROXY: '.salesforce.invalid' } });
    expect(around.status).toBe(2);
    expect(asked).toHaveLength(1);
  });
});

async function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}
