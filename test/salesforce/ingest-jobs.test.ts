import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { abortJob, closeJob, createJob, getJob, isJobFinished, uploadJob } from '../../src/salesforce/ingest-jobs.js';
import { makeClient, requestError, startOrg, type Handler } from './test-org.js';

const path = '/services/data/v65.0/jobs/ingest/750A';
const job = (state: string, more: object = {}) => ({ id: '750A', state, apiVersion: 65.0, ...more });
const invalidState = [{ errorCode: 'INVALIDJOBSTATE', message: 'Closing already Completed Job not allowed' }];

async function start(handler: Handler, options: Parameters<typeof makeClient>[1] = {}) {
  const org = await startOrg(handler);
  return { org, ...makeClient(org.url, options) };
}

describe('createJob', () => {
  it.each([
    ['upsert', { externalIdFieldName: 'Ext__c' }],
    ['insert', {}],
  ] as const)('%s', async (operation, more) => {
    const { org, client } = await start(({ reply }) => reply.json(200, job('Open')));
    const made = await createJob(client, {
      operation,
      sobject: 'Account',
      externalIdField: 'Ext__c',
      headers: { 'Sforce-Call-Options': 'client=x' },
    });
    expect(made).toEqual({
      id: '750A',
      state: 'Open',
      numberRecordsProcessed: 0,
      numberRecordsFailed: 0,
      errorMessage: undefined,
    });
    expect(org.seen[0]).toMatchObject({
      method: 'POST',
      url: '/services/data/v65.0/jobs/ingest',
      headers: { 'sforce-call-options': 'client=x' },
    });
    expect(JSON.parse(org.seen[0]?.body ?? '')).toEqual({
      object: 'Account',
      operation,
      ...more,
      contentType: 'CSV',
      lineEnding: 'LF',
      columnDelimiter: 'COMMA',
    });
  });

  it('is repeated when the reply is lost: an empty open job harms nobody', async () => {
    const { org, client } = await start(({ reply, socket, count }) =>
      count === 1 ? void socket.destroy() : reply.json(200, job('Open')),
    );
    await createJob(client, { operation: 'insert', sobject: 'Account' });
    expect(org.seen).toHaveLength(2);
  });

  it('stops the run when the allocation is used up', async () => {
    const { client } = await start(({ reply }) =>
      reply.json(400, [{ errorCode: 'EXCEEDEDQUOTA', message: 'ApiBatchItems Limit exceeded' }]),
    );
    const error = await requestError(createJob(client, { operation: 'insert', sobject: 'Account' }));
    expect(error).toMatchObject({ outcome: 'refused', stop: { code: 'API_LIMIT_EXHAUSTED' } });
  });
});

describe('uploadJob', () => {
  const csv = [Buffer.from('Name\n'), Buffer.from('"Fern, Blue"\n')];

  it('sends the bytes with their length', async () => {
    const { org, client } = await start(({ reply }) => reply.raw(201, ''));
    await uploadJob(client, '750A', csv);
    expect(org.seen).toEqual([
      expect.objectContaining({ method: 'PUT', url: `${path}/batches`, body: 'Name\n"Fern, Blue"\n' }),
    ]);
    expect(org.seen[0]?.headers).toMatchObject({ 'content-type': 'text/csv; charset=UTF-8', 'content-length': '18' });
    expect(org.seen[0]?.headers).not.toHaveProperty('transfer-encoding');
  });

  it('sends megabytes', async () => {
    const { org, client } = await start(({ reply }) => reply.raw(201, ''));
    const row = Buffer.from(`${'x'.repeat(99)}\n`);
    await uploadJob(client, '750A', [Buffer.concat(Array.from({ length: 50_000 }, () => row)), row]);
    expect(org.seen[0]?.body).toHaveLength(5_000_100);
  });

  it.each([
    ['reset', ({ socket }) => void socket.resetAndDestroy(), 'unknown'],
    ['time-out', () => undefined, 'unknown'],
    ['500', ({ reply }) => reply.raw(500, ''), 'unknown'],
    ['503', ({ reply }) => reply.raw(503, ''), 'refused'],
    ['429', ({ reply }) => reply.raw(429, ''), 'refused'],
    ['400', ({ reply }) => reply.json(400, invalidState), 'refused'],
  ] satisfies [string, Handler, string][])('is not repeated after a %s', async (_name, handler, outcome) => {
    const { org, client } = await start(handler, { requestTimeoutMs: 1_500 });
    const error = await requestError(uploadJob(client, '750A', csv));
    expect(error).toMatchObject({ outcome, attempts: 1, stop: undefined });
    expect(org.seen).toHaveLength(1);
  });

  it('is given up when the org stops reading', async () => {
    const server = createServer({ pauseOnConnect: true }, (socket) => onTestFinished(() => void socket.destroy()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { client } = makeClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      requestTimeoutMs: 300,
      signIn: { kind: 'access_token', accessToken: 'token' },
    });
    const error = await requestError(uploadJob(client, '750A', [Buffer.alloc(50_000_000, 'x')]));
    expect(error).toMatchObject({ outcome: 'unknown', code: 'REQUEST_TIMEOUT', attempts: 1 });
  });

  it('is repeated with a new token', async () => {
    const { org, client } = await start(({ reply, count }) =>
      count === 1 ? reply.json(401, [{ errorCode: 'INVALID_SESSION_ID', message: '' }]) : reply.raw(201, ''),
    );
    await uploadJob(client, '750A', csv);
    expect(org.seen.map(({ body }) => body)).toEqual(['Name\n"Fern, Blue"\n', 'Name\n"Fern, Blue"\n']);
  });

  it('may take longer than the time-out as long as it goes on', async () => {
    const { client } = await start(
      async ({ reply }) => {
        for (let i = 0; i < 6; i += 1) {
          await new Promise((resolve) => setTimeout(resolve, 600));
          if (i === 0) reply.response.writeHead(201);
          reply.response.write(' ');
        }
        reply.response.end();
      },
      // Far from each pause: a busy machine may hold one up.
      { requestTimeoutMs: 3_000 },
    );
    await uploadJob(client, '750A', csv);
  });
});

describe('closeJob', () => {
  const methods = (org: { seen: { method: string }[] }) => org.seen.map(({ method }) => method).join(' ');

  it('closes', async () => {
    const { org, client } = await start(({ reply }) => reply.json(200, job('UploadComplete')));
    expect(await closeJob(client, '750A')).toMatchObject({ state: 'UploadComplete' });
    expect(org.seen).toEqual([
      expect.objectContaining({ method: 'PATCH', url: path, body: '{"state":"UploadComplete"}' }),
    ]);
  });

  it.each(['UploadComplete', 'InProgress', 'JobComplete', 'Failed', 'Aborted'])(
    'finds a job whose close was lost as %s',
    async (state) => {
      const { org, client } = await start(({ reply, seen, socket }) =>
        seen.method === 'PATCH'
          ? void socket.resetAndDestroy()
          : reply.json(200, job(state, { numberRecordsProcessed: 8, numberRecordsFailed: 1 })),
      );
      expect(await closeJob(client, '750A')).toMatchObject({
        state,
        numberRecordsProcessed: 8,
        numberRecordsFailed: 1,
      });
      expect(methods(org)).toBe('PATCH GET');
    },
  );

  it('closes again a job that is still open', async () => {
    const { org, client, delays } = await start(({ reply, seen, socket, count }) => {
      if (count === 1) socket.resetAndDestroy();
      else reply.json(200, job(seen.method === 'GET' ? 'Open' : 'UploadComplete'));
    });
    expect(await closeJob(client, '750A')).toMatchObject({ state: 'UploadComplete' });
    expect(methods(org)).toBe('PATCH GET PATCH');
    expect(delays).toEqual([250]);
  });

  it('gives up a job that never closes', async () => {
    const { org, client } = await start(({ reply, seen }) =>
      seen.method === 'GET' ? reply.json(200, job('Open')) : reply.raw(500, ''),
    );
    expect(await requestError(closeJob(client, '750A'))).toMatchObject({ outcome: 'unknown', status: 500 });
    expect(methods(org)).toBe('PATCH GET PATCH GET PATCH GET PATCH GET');
  });

  it('takes a closed job for closed', async () => {
    const { client } = await start(({ reply, seen }) =>
      seen.method === 'GET' ? reply.json(200, job('InProgress')) : reply.json(400, invalidState),
    );
    expect(await closeJob(client, '750A')).toMatchObject({ state: 'InProgress' });
  });

  it('stays in doubt when the look fails as well', async () => {
    const { client } = await start(({ reply, seen, socket }) =>
      seen.method === 'GET' ? reply.raw(503, '') : void socket.destroy(),
    );
    expect(await requestError(closeJob(client, '750A'))).toMatchObject({
      outcome: 'unknown',
      stop: { code: 'ORG_UNREACHABLE' },
    });
  });

  it('is refused for a job that is gone', async () => {
    const { client } = await start(({ reply }) => reply.json(404, [{ errorCode: 'NOT_FOUND', message: '' }]));
    expect(await requestError(closeJob(client, '750A'))).toMatchObject({ outcome: 'refused', status: 404 });
  });
});

describe('abortJob', () => {
  it('is repeated when its reply is lost', async () => {
    const { org, client } = await start(({ reply, socket, count }) =>
      count === 1 ? void socket.destroy() : reply.json(200, job('Aborted')),
    );
    expect(await abortJob(client, '750A')).toBe(true);
    expect(org.seen.map(({ body }) => body)).toEqual(['{"state":"Aborted"}', '{"state":"Aborted"}']);
  });

  it.each([
    [400, invalidState],
    [400, [{ errorCode: 'InvalidJobState', message: '' }]],
    [404, [{ errorCode: 'NOT_FOUND', message: '' }]],
  ])('finds nothing to do on %i %j', async (status, document) => {
    const { client } = await start(({ reply }) => reply.json(status, document));
    expect(await abortJob(client, '750A')).toBe(false);
  });

  it('fails for other reasons', async () => {
    const { client } = await start(({ reply }) => reply.json(400, [{ errorCode: 'BAD_REQUEST', message: '' }]));
    expect(await requestError(abortJob(client, '750A'))).toMatchObject({ code: 'BAD_REQUEST' });
  });
});

describe('getJob', () => {
  it('reads counters and the reason of a failure', async () => {
    const errorMessage = 'InvalidBatch : Field name not found : Foo__c';
    const { client } = await start(({ reply }) =>
      reply.json(200, job('Failed', { numberRecordsProcessed: 3, numberRecordsFailed: 2, errorMessage })),
    );
    const found = await getJob(client, '750A');
    expect(found).toEqual({
      id: '750A',
      state: 'Failed',
      numberRecordsProcessed: 3,
      numberRecordsFailed: 2,
      errorMessage,
    });
    expect(isJobFinished(found)).toBe(true);
  });

  it('is simply repeated', async () => {
    const { client } = await start(({ reply, count }) =>
      count < 4 ? reply.raw(502, '') : reply.json(200, job('InProgress')),
    );
    const found = await getJob(client, '750A');
    expect(isJobFinished(found)).toBe(false);
  });

  it('is refused for an unknown job', async () => {
    const { client } = await start(({ reply }) => reply.json(404, [{ errorCode: 'NOT_FOUND', message: 'gone' }]));
    expect(await requestError(getJob(client, '750A'))).toMatchObject({
      status: 404,
      code: 'NOT_FOUND',
      outcome: 'refused',
    });
  });
});
