import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EmulatorOptions } from '../../src/emulator/index.js';
import { Client, type JobDocument } from '../helpers/emulator-client.js';

let client: Client;

async function restart(options: EmulatorOptions): Promise<void> {
  await client.emulator.stop();
  client = await Client.start(options);
}

beforeEach(async () => {
  client = await Client.start();
});

afterEach(async () => {
  await client.emulator.stop();
});

const INSERT = { object: 'Account', operation: 'insert' };
const UPSERT = { object: 'Account', operation: 'upsert', externalIdFieldName: 'External_Id__c' };

describe('creating a job', () => {
  it('echoes what was asked, in the shape of the real answer', async () => {
    const { status, json } = await client.call('POST', 'jobs/ingest', JSON.stringify(UPSERT));
    expect(status).toBe(200);
    expect(json).toMatchObject({
      id: expect.stringMatching(/^750\w{15}$/) as string,
      state: 'Open',
      apiVersion: 62,
      externalIdFieldName: 'External_Id__c',
      lineEnding: 'LF',
      columnDelimiter: 'COMMA',
      concurrencyMode: 'Parallel',
      createdDate: expect.stringMatching(/\+0000$/) as string,
    });
    const { id, contentUrl } = json as { id: string; contentUrl: string };
    expect(contentUrl).toBe(`services/data/v62.0/jobs/ingest/${id}/batches`);
    expect(json).not.toHaveProperty('numberRecordsProcessed');
  });

  const refused: [string, Record<string, string>, string, RegExp][] = [
    ['unknown object', { object: 'Nope__c', operation: 'insert' }, 'INVALIDJOB', /Unable to find object: Nope__c/],
    [
      'key that is none',
      { ...UPSERT, externalIdFieldName: 'Phone' },
      'INVALIDJOB',
      /Phone does not match an External ID/,
    ],
    [
      'upsert without key',
      { object: 'Account', operation: 'upsert' },
      'INVALIDJOB',
      /^InvalidJob : External ID was blank for Account\. An External ID must be specified for upsert\.$/,
    ],
    ['key without upsert', { ...INSERT, externalIdFieldName: 'External_Id__c' }, 'INVALIDJOB', /upsert only/],
    ['operation', { ...INSERT, operation: 'Insert' }, 'API_ERROR', /'Insert' supplied for property: 'operation'/],
    ['line ending', { ...INSERT, lineEnding: 'CR' }, 'API_ERROR', /lineEnding/],
    ['delimiter', { ...INSERT, columnDelimiter: ',' }, 'API_ERROR', /columnDelimiter/],
    ['hard delete', { object: 'Account', operation: 'hardDelete' }, 'FEATURENOTENABLED', /hardDelete/],
    ['event', { object: 'Order_Event__e', operation: 'delete' }, 'INVALIDENTITY', /not supported/],
    ['unknown property', { ...INSERT, concurrencyMode: 'Serial' }, 'JSON_PARSER_ERROR', /concurrencyMode/],
  ];
  it.each(refused)('refuses: %s', async (_, job, errorCode, message) => {
    const { status, json } = await client.call('POST', 'jobs/ingest', JSON.stringify(job));
    expect(status).toBe(400);
    expect(json).toMatchObject([{ errorCode, message: expect.stringMatching(message) as string }]);
  });
});

describe('files that fail the whole job', () => {
  const files: [string, Record<string, string>, string, RegExp][] = [
    ['unknown column', INSERT, 'Name,Nope__c\na,b\n', /^InvalidBatch : Field name not found : Nope__c$/],
    ['byte-order mark', INSERT, '\ufeffName\na\n', /Field name not found : \ufeffName/],
    ['byte-order mark before a quote', INSERT, '\ufeff"Name"\na\n', /unescaped quote/],
    ['wrong line ending', INSERT, 'Name\r\na\r\n', /LineEnding is invalid .* setting is LF$/],
    ['wrong line ending, CRLF', { ...INSERT, lineEnding: 'CRLF' }, 'Name\na\n', /setting is CRLF$/],
    ['line ending in quotes', INSERT, 'Name\n"a\r\nb"\n', /LineEnding is invalid/],
    ['line ending in quotes, CRLF', { ...INSERT, lineEnding: 'CRLF' }, 'Name\r\n"a\nb"\r\n', /LineEnding is invalid/],
    ['unescaped quote', INSERT, 'Name\na"b\n', /unescaped quote/],
    ['text after a quote', INSERT, 'Name\n"a"b\n', /unescaped quote/],
    ['unclosed quote', INSERT, 'Name\n"a\n', /unescaped quote/],
    ['wrong delimiter', INSERT, 'Name;Phone\na;1\n', /Field name not found : Name;Phone/],
    ['repeated column', INSERT, 'Name,name\na,b\n', /more than once : name/],
    ['Id in an insert', INSERT, 'Id,Name\n,a\n', /Field name not found : Id/],
    ['update without Id', { object: 'Account', operation: 'update' }, 'Name\na\n', /Field name not found : Id/],
    ['upsert without key', UPSERT, 'Name\na\n', /Field name not found : External_Id__c/],
    ['delete with more than Id', { object: 'Account', operation: 'delete' }, 'Id,Name\n1,a\n', /not found : Name/],
    [
      'field and relationship',
      { object: 'Contact', operation: 'insert' },
      'LastName,AccountId,Account.External_Id__c\na,,\n',
      /more than once/,
    ],
    [
      'type on a plain lookup',
      { object: 'Contact', operation: 'insert' },
      'LastName,Account:Account.External_Id__c\na,b\n',
      /type is not needed .*: Account$/,
    ],
    [
      'no type on a polymorphic lookup',
      { object: 'Task', operation: 'insert' },
      'Who.Email\na@b.co\n',
      /not found : Who.Email/,
    ],
    ['header only', INSERT, 'Name\n', /Records not found/],
  ];
  it.each(files)('%s', async (_, job, csv, message) => {
    const done = await client.load(job, csv);
    expect(done).toMatchObject({ state: 'Failed', numberRecordsProcessed: 0, numberRecordsFailed: 0 });
    expect(done.errorMessage).toMatch(message);
    expect(client.emulator.history('Account')).toEqual([]);
  });
});

describe('rows', () => {
  it.each(['a,1,2', 'a'])('with another number of values than the header fail alone: %s', async (row) => {
    const done = await client.load(INSERT, `Name,Phone\nFern,1\n${row}\n`);
    expect(done).toMatchObject({ state: 'JobComplete', numberRecordsProcessed: 2, numberRecordsFailed: 1 });
    expect(client.emulator.records('Account')).toMatchObject([{ Name: 'Fern' }]);
    const message = `Row has ${row.split(',').length} values where the header has 2`;
    expect((await client.results(done.id)).failed).toContain(`"","INVALIDBATCH:${message}:--"`);
  });

  it('of an upsert by Id without an Id column are all inserted', async () => {
    const job = { object: 'Account', operation: 'upsert', externalIdFieldName: 'Id' };
    const done = await client.load(job, 'NAME,PHONE\nFern,1\nAsh,2\n');
    expect(done).toMatchObject({ state: 'JobComplete', numberRecordsProcessed: 2, numberRecordsFailed: 0 });
    expect((await client.results(done.id)).successful.match(/"true"/g)).toHaveLength(2);
  });

  it('fails one by one, with the error text of the result file', async () => {
    const done = await client.load(
      { object: 'Opportunity', operation: 'insert' },
      'Name,StageName,External_Id__c,CloseDate\nFern,Prospecting,O-1,31/12/2025\n,Prospecting,O-2,2025-12-31\nAsh,Won,O-3,2025-12-31\n',
    );
    expect(done).toMatchObject({ state: 'JobComplete', numberRecordsProcessed: 3, numberRecordsFailed: 2 });
    const { failed, successful, unprocessed } = await client.results(done.id);
    expect(failed).toContain(
      '"INVALID_FIELD:Failed to deserialize field at col 3. Due to, \'31/12/2025\' is not a valid value for the type xsd:date:CloseDate --"',
    );
    expect(failed).toContain('"REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --"');
    expect(successful).toMatch(/^"sf__Id","sf__Created",/);
    expect(successful).toContain('"O-3"');
    expect(unprocessed).toBe('Name,StageName,External_Id__c,CloseDate\n');
  });

  it('leaves empty cells alone and clears with #N/A', async () => {
    await client.load(UPSERT, 'External_Id__c,Name,Phone,Site\nA,Fern,1,s\n');
    await client.load(UPSERT, 'External_Id__c,Name,Phone,Site\nA,,#N/A,\n');
    expect(client.emulator.records('Account')).toMatchObject([{ Name: 'Fern', Phone: null, Site: 's' }]);
  });

  it('renders values in its own way', async () => {
    const done = await client.load(
      { object: 'Invoice__c', operation: 'upsert', externalIdFieldName: 'External_Id__c' },
      'External_Id__c,Account__r.External_Id__c,Amount__c,Quantity__c,Sent_At__c,Paid__c,Notes__c\nI,none,912260031,12,2025-12-31T23:59:59+02:00,1,#N/A\n',
    );
    const { failed } = await client.results(done.id);
    for (const value of ['9.12260031E8', '12.0', '2025-12-31T21:59:59.000Z', 'true', '']) {
      expect(failed).toContain(`"${value}"`);
    }
    expect(failed).toContain('Foreign key external ID: none not found for field External_Id__c in entity Account:--');
  });

  it('fails duplicates within a chunk and lets them race across chunks', async () => {
    await restart({ bulk: { chunkSize: 2, batchSize: 4 } });
    const done = await client.load(UPSERT, 'External_Id__c,Name\nA,1\na,2\nB,3\nC,4\nB,5\nD,6\n');
    expect(done).toMatchObject({ numberRecordsProcessed: 6, numberRecordsFailed: 2 });
    expect((await client.results(done.id)).failed).toContain(
      'DUPLICATE_VALUE:Duplicate external id specified: A:External_Id__c --',
    );
    expect(client.emulator.history('Account').filter((version) => version.fields.External_Id__c === 'B')).toHaveLength(
      2,
    );
  });

  it('works on chunks out of order and shuffles results', async () => {
    const rows = Array.from({ length: 2000 }, (_, n) => `K${n},${n}`);
    const done = await client.load(UPSERT, `External_Id__c,Name\n${rows.join('\n')}`);
    const written = client.emulator.history('Account').map((version) => Number(version.fields.Name));
    expect(written).not.toEqual(written.toSorted((a, b) => a - b));
    const { successful } = await client.results(done.id);
    expect(successful.trimEnd().split('\n')).toHaveLength(2001);
  });
});

describe('states', () => {
  async function open(csv = 'Name\na\n'): Promise<string> {
    const { json } = await client.call('POST', 'jobs/ingest', JSON.stringify(INSERT));
    const path = `jobs/ingest/${(json as JobDocument).id}`;
    await client.call('PUT', `${path}/batches`, csv, { 'content-type': 'text/csv' });
    return path;
  }
  const patch = (path: string, state: string) => client.call('PATCH', path, JSON.stringify({ state }));

  it('answers a change of state with the reduced document', async () => {
    const { json } = await patch(await open(), 'UploadComplete');
    expect(json).toMatchObject({ state: 'UploadComplete' });
    for (const key of ['contentUrl', 'lineEnding', 'columnDelimiter', 'jobType', 'numberRecordsProcessed']) {
      expect(json).not.toHaveProperty(key);
    }
  });

  it('refuses what the state does not allow', async () => {
    const path = await open();
    expect((await client.call('DELETE', path)).json).toMatchObject([{ errorCode: 'INVALIDJOBSTATE' }]);
    expect((await client.get(`${path}/successfulResults`)).status).toBe(400);
    expect((await patch(path, 'Finished')).json).toMatchObject([{ errorCode: 'API_ERROR' }]);
    await patch(path, 'UploadComplete');
    await client.finished(path);
    for (const state of ['UploadComplete', 'Aborted']) {
      expect((await patch(path, state)).json).toMatchObject([{ errorCode: 'INVALIDJOBSTATE' }]);
    }
    const late = await client.call('PUT', `${path}/batches`, 'Name\nb\n', { 'content-type': 'text/csv' });
    expect(late.json).toMatchObject([{ errorCode: 'INVALIDJOBSTATE' }]);
    expect((await client.call('DELETE', path)).status).toBe(204);
    expect((await client.get(path)).json).toMatchObject([{ errorCode: 'NOT_FOUND' }]);
  });

  it.each([1, 2, 3, 4])('never processes a second upload (seed %i)', async (seed) => {
    await restart({ seed });
    const path = await open();
    const second = await client.call('PUT', `${path}/batches`, 'Name\nb\n', { 'content-type': 'text/csv' });
    const refusal = second.status === 201 ? await patch(path, 'UploadComplete') : second;
    expect(refusal.status).toBe(400);
    expect(refusal.text).toContain('Found multipe contents for job');
  });

  it('refuses uploads that are compressed, of another type, or too large', async () => {
    await restart({ limits: { bulkUploadBytes: 20 } });
    const path = `${await open()}/batches`;
    const csv = { 'content-type': 'text/csv' };
    expect((await client.call('PUT', path, 'Name\na\n', { ...csv, 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await client.call('PUT', path, '{}')).status).toBe(415);
    expect((await client.call('PUT', path, 'Name\naaaaaaaaaaaaaaaaaaaaaaaaa\n', csv)).status).toBe(413);
  });

  it('keeps what was written when a job is aborted half-way, and hands back the rest', async () => {
    await restart({ bulk: { chunkSize: 1, recordTimeMs: 20, parallelBatches: 1 } });
    const path = await open(`Name\n${Array.from({ length: 50 }, (_, n) => `n${n}`).join('\n')}`);
    await patch(path, 'UploadComplete');
    while (client.emulator.records('Account').length < 3) await client.get(path);
    expect((await patch(path, 'Aborted')).json).toMatchObject({ state: 'Aborted' });
    const { successful, unprocessed } = await client.results(path.slice(-18));
    const written = client.emulator.records('Account').length;
    expect(written).toBeLessThan(50);
    expect(successful.trimEnd().split('\n')).toHaveLength(written + 1);
    expect(unprocessed.trimEnd().split('\n')).toHaveLength(50 - written + 1);
    expect(unprocessed).toMatch(/^Name\n/);
  });

  it('leaves rows beyond the daily batches out of every file', async () => {
    await restart({ bulk: { batchSize: 1 }, limits: { dailyBulkApiBatches: 2 } });
    const done = await client.load(INSERT, 'Name\na\nb\nc\n');
    expect(done).toMatchObject({ state: 'JobComplete', numberRecordsProcessed: 2 });
    expect((await client.results(done.id)).unprocessed).toBe('Name\n');
    expect((await client.call('POST', 'jobs/ingest', JSON.stringify(INSERT))).json).toMatchObject([
      { errorCode: 'EXCEEDEDQUOTA' },
    ]);
  });

  it('lists jobs by pages', async () => {
    await restart({ limits: { listedJobs: 2 } });
    for (let n = 0; n < 3; n++) await open();
    const first = (await client.get('jobs/ingest')).json as {
      done: boolean;
      records: unknown[];
      nextRecordsUrl: string;
    };
    expect(first).toMatchObject({ done: false, records: [{ jobType: 'V2Ingest' }, {}] });
    expect((await client.get(first.nextRecordsUrl)).json).toMatchObject({
      done: true,
      records: [{}],
      nextRecordsUrl: null,
    });
  });
});
