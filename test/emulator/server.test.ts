import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, test } from 'vitest';
import type { EmulatorOptions } from '../../src/emulator/index.js';
import { Client } from '../helpers/emulator-client.js';

let client: Client | undefined;

async function start(options: EmulatorOptions = {}): Promise<Client> {
  client = await Client.start(options);
  return client;
}

afterEach(async () => {
  await client?.emulator.stop();
});

const account = '{"records":[{"attributes":{"type":"Account"},"Name":"x"}]}';

describe('tokens', () => {
  const form = (values: Record<string, string>) => new URLSearchParams(values).toString();

  async function sign(values: Record<string, string>, headers: Record<string, string> = {}) {
    const answer = await client!.call('POST', '/services/oauth2/token', form(values), {
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    });
    return { status: answer.status, json: answer.json as Record<string, string> };
  }

  it('are issued for client credentials, in the body or in a Basic header', async () => {
    const { emulator } = await start();
    const { clientId, clientSecret } = emulator;
    const inBody = await sign({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
    expect(inBody.json).toMatchObject({ instance_url: emulator.url, token_type: 'Bearer', scope: 'api' });
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    const inHeader = await sign({ grant_type: 'client_credentials' }, { authorization: `Basic ${basic}` });
    const bearer = { authorization: `Bearer ${inHeader.json.access_token!}` };
    expect((await client!.call('GET', 'limits', undefined, bearer)).status).toBe(200);
  });

  it('are refused with the code of the cause', async () => {
    const { emulator } = await start();
    const good = {
      grant_type: 'client_credentials',
      client_id: emulator.clientId,
      client_secret: emulator.clientSecret,
    };
    const refusals = [
      await sign({ ...good, grant_type: 'password' }),
      await sign({ ...good, client_id: 'nobody' }),
      await sign({ ...good, client_secret: 'wrong' }),
    ];
    emulator.revokeClient();
    refusals.push(await sign(good));
    emulator.grantClient();
    expect((await sign(good)).status).toBe(200);
    expect(refusals.map(({ status, json }) => [status, json.error])).toEqual([
      [400, 'unsupported_grant_type'],
      [400, 'invalid_client_id'],
      [400, 'invalid_client'],
      [400, 'invalid_grant'],
    ]);
  });

  it('are needed, and expire by call or by use', async () => {
    const { emulator } = await start({ tokenLifetimeRequests: 2 });
    const statuses = [];
    for (let n = 0; n < 3; n++) statuses.push((await client!.get('limits')).status);
    expect(statuses).toEqual([200, 200, 401]);
    const invented = await client!.call('GET', 'limits', undefined, { authorization: 'Bearer 00D5e000000abcd!x' });
    expect(invented.json).toEqual([{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }]);
    const other = new Client(emulator);
    emulator.expireTokens();
    expect((await other.get('limits')).status).toBe(401);
    expect((await new Client(emulator).get('limits')).status).toBe(200);
    expect((await client!.get('/services/data')).status).toBe(200);
  });
});

describe('connections', () => {
  it('are refused until they are taken again, on the same port', async () => {
    const { emulator } = await start();
    expect((await client!.get('limits')).status).toBe(200);
    emulator.refuseConnections();
    emulator.refuseConnections();
    await expect(client!.get('limits')).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    await emulator.acceptConnections();
    await emulator.acceptConnections();
    expect((await client!.get('limits')).status).toBe(200);
    expect(emulator.requests).toHaveLength(2);
  });

  it('are not kept when no other would be taken', async () => {
    const { emulator } = await start({ onRequest: () => emulator.refuseConnections() });
    const answer = await client!.get('limits');
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
    await expect(client!.get('limits')).rejects.toThrow();
  });

  it('end with the emulator, also while they are refused', async () => {
    const { emulator } = await start({ faults: ['refused:ms=60000'] });
    await client!.get('limits');
    await emulator.stop();
    await expect(client!.get('limits')).rejects.toThrow();
  });
});

test('something can be made to happen before a request is carried out', async () => {
  const kinds: string[] = [];
  const { emulator } = await start({
    onRequest: async ({ kind }) => {
      kinds.push(kind);
      await Promise.resolve();
      if (kinds.length === 2) emulator.expireTokens();
    },
  });
  const statuses = [];
  for (let n = 0; n < 2; n++) statuses.push((await client!.get('limits')).status);
  expect(statuses).toEqual([200, 401]);
  expect(kinds).toEqual(['limits', 'limits']);
});

describe('limits', () => {
  it('counts data calls and refuses them once the allocation is used up', async () => {
    await start({ apiLimit: 12, apiUsed: 10 });
    expect((await client!.get('limits')).headers.get('sforce-limit-info')).toBe('api-usage=11/12');
    expect((await client!.get('limits')).json).toMatchObject({ DailyApiRequests: { Max: 12, Remaining: 0 } });
    const refused = await client!.get('limits');
    expect(refused.status).toBe(403);
    expect(refused.json).toEqual([{ message: 'TotalRequests Limit exceeded.', errorCode: 'REQUEST_LIMIT_EXCEEDED' }]);
  });

  it('refuses calls beyond those that may be under way', async () => {
    await start({ limits: { concurrentRequests: 1 }, recordTimeMs: 1000 });
    const answers = await Promise.all([1, 2].map(() => client!.call('POST', 'composite/sobjects', account)));
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 403]);
    expect(answers.map((answer) => answer.text).join()).toContain('ConcurrentPerOrgLongTxn Limit exceeded.');
  });

  it('refuses long URIs and large bodies', async () => {
    await start({ limits: { uriBytes: 500, collectionBytes: 100 } });
    expect((await client!.get(`limits?x=${'y'.repeat(500)}`)).status).toBe(414);
    expect((await client!.get(`limits?x=${'y'.repeat(400)}`)).status).toBe(431);
    const large = await client!.call('POST', 'composite/sobjects', `{"records":[${' '.repeat(100)}]}`);
    expect([large.status, large.headers.get('content-type')]).toEqual([413, 'text/html']);
  });
});

describe('transport', () => {
  it('reads compressed JSON and compresses large answers', async () => {
    await start();
    const headers = { 'content-encoding': 'gzip' };
    expect(
      (await client!.call('POST', 'composite/sobjects', new Uint8Array(gzipSync(account)), headers)).elements,
    ).toMatchObject([{ success: true }]);
    expect((await client!.get('sobjects/Account/describe')).headers.get('content-encoding')).toBe('gzip');
    expect((await client!.get('limits')).headers.get('content-encoding')).toBeNull();
  });

  it('answers 304 to a client that knows the describe document', async () => {
    await start();
    const first = await client!.get('sobjects/Account/describe');
    for (const header of ['etag', 'last-modified']) {
      const condition = header === 'etag' ? 'if-none-match' : 'if-modified-since';
      const again = await client!.call('GET', 'sobjects/Account/describe', undefined, {
        [condition]: first.headers.get(header)!,
      });
      expect([again.status, again.text]).toEqual([304, '']);
    }
  });

  it('logs what it was asked, without tokens', async () => {
    await start({ recordBodies: true, maxRequests: 2 });
    await client!.get('limits');
    await client!.call('POST', 'composite/sobjects', account);
    await client!.get('nope');
    expect(client!.emulator.requests).toMatchObject([
      {
        id: 'r2',
        method: 'POST',
        path: '/services/data/v62.0/composite/sobjects',
        kind: 'collections',
        status: 200,
        body: account,
      },
      { id: 'r3', kind: 'unknown', status: 404, bodyBytes: 0 },
    ]);
    expect(JSON.stringify(client!.emulator.requests)).not.toMatch(/Bearer/);
    expect(client!.emulator.history('Account')).toMatchObject([{ change: 'created', fields: { Name: 'x' }, by: 'r2' }]);
  });
});

describe('rows', () => {
  it('are created, read, changed and deleted by Id and by key', async () => {
    await start();
    const made = await client!.call('POST', 'sobjects/Account', '{"Name":"a","Segment_Code__c":"s"}');
    expect(made.status).toBe(201);
    const { id } = made.json as { id: string };
    expect((await client!.call('PATCH', `sobjects/Account/${id}`, '{"Phone":"1"}')).status).toBe(204);
    expect((await client!.get('sobjects/Account/Segment_Code__c/s?fields=Phone')).json).toMatchObject({ Phone: '1' });
    const key = 'sobjects/Account/External_Id__c/k%2F1';
    expect((await client!.call('PATCH', key, '{"Name":"b"}')).status).toBe(201);
    expect((await client!.call('PATCH', key, '{"Name":"c"}')).json).toMatchObject({ created: false });
    expect((await client!.call('PATCH', key, '{"Name":"c","External_Id__c":"k"}')).status).toBe(400);
    expect(client!.emulator.records('Account')).toMatchObject([{ Phone: '1' }, { Name: 'c', External_Id__c: 'k/1' }]);
    const many = await client!.get(`composite/sobjects/Account?ids=${id},0015500001QdQWaAAN&fields=Name`);
    expect(many.json).toMatchObject([{ Name: 'a' }, null]);
    expect((await client!.call('DELETE', key)).status).toBe(204);
    expect((await client!.call('DELETE', `sobjects/Account/${id}`)).status).toBe(204);
    expect((await client!.call('DELETE', `sobjects/Account/${id}`)).json).toMatchObject([
      { errorCode: 'ENTITY_IS_DELETED' },
    ]);
    expect((await client!.get(`sobjects/Account/${id}`)).status).toBe(404);
  });
});

describe('the host', () => {
  function statusUnder(host: string): Promise<number | undefined> {
    const { port } = new URL(client!.emulator.url);
    return new Promise((resolve, reject) => {
      const headers = { host: host.replace('PORT', port) };
      const call = request({ host: '127.0.0.1', port, path: '/services/data', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      call.on('error', reject).end();
    });
  }

  it.each([
    ['127.0.0.1:PORT', 200],
    ['localhost:PORT', 200],
    ['LOCALHOST:PORT', 200],
    ['[::1]:PORT', 200],
    ['127.0.0.1', 403],
    ['127.0.0.1:1', 403],
    ['evil.example:PORT', 403],
    ['localhost.evil.example:PORT', 403],
  ])('%s is answered with %i', async (host, status) => {
    await start();
    expect(await statusUnder(host)).toBe(status);
  });
});

it('makes its client secret anew at each start, unless one is given', async () => {
  const first = await start();
  const second = await Client.start();
  const given = await Client.start({ clientSecret: 'rehearsal' });
  expect(first.emulator.clientSecret).not.toBe(second.emulator.clientSecret);
  expect(given.emulator.clientSecret).toBe('rehearsal');
  await Promise.all([second.emulator.stop(), given.emulator.stop()]);
});
