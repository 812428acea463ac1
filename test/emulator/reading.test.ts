import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client, type JobDocument } from '../helpers/emulator-client.js';

let client: Client;

type Page = { totalSize: number; done: boolean; nextRecordsUrl?: string; records: { Name: string }[] };

beforeEach(async () => {
  client = await Client.start();
});

afterEach(() => client.emulator.stop());

async function createAccounts(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let at = 0; at < count; at += 200) {
    const rows = Array.from(
      { length: Math.min(200, count - at) },
      (_, n) => `{"Name":"n${at + n}","External_Id__c":"k${at + n}"}`,
    );
    const { elements } = await client.collection('POST', 'Account', rows);
    ids.push(...elements.map((one) => one.id!));
  }
  return ids;
}

describe('pages of a query', () => {
  it('hold 2,000 records, or as many as were asked for', async () => {
    await createAccounts(2100);
    const first = (await client.get('query?q=SELECT+Name+FROM+Account')).json as Page;
    expect([first.totalSize, first.done, first.records.length]).toEqual([2100, false, 2000]);
    expect(first.nextRecordsUrl).toMatch(/^\/services\/data\/v62\.0\/query\/0r8\w{15}-2000$/);
    const last = (await client.get(first.nextRecordsUrl!)).json as Page;
    expect([last.totalSize, last.done, last.records.length, last.nextRecordsUrl]).toEqual([2100, true, 100, undefined]);
    const small = await client.call('GET', 'query?q=SELECT+Name+FROM+Account', undefined, {
      'sforce-query-options': 'batchSize=500',
    });
    expect((small.json as Page).records).toHaveLength(500);
  });

  it('hold 200 records where two fields are long texts', async () => {
    await client.emulator.stop();
    client = await Client.start({
      sobjects: { Account: { fields: { More__c: { type: 'textarea', length: 32_000 } } } },
    });
    await createAccounts(201);
    const { records } = (await client.get('query?q=SELECT+Description,More__c+FROM+Account')).json as Page;
    expect(records).toHaveLength(200);
  });

  it('are found by lists of keys without looking at every record', async () => {
    await createAccounts(1000);
    const keys = Array.from({ length: 200 }, (_, n) => `'K${n * 5}'`).join(',');
    const query = encodeURIComponent(`SELECT Name, External_Id__c FROM Account WHERE External_Id__c IN (${keys})`);
    const found = (await client.get(`query?q=${query}`)).json as Page;
    expect(found.records.map((record) => record.Name)).toEqual(Array.from({ length: 200 }, (_, n) => `n${n * 5}`));
  });

  it('end with a page of the gateway where the URL is too long', async () => {
    const longer = await client.get(`query?q=${'x'.repeat(16_400)}`);
    expect([longer.status, longer.text]).toEqual([414, '<html><body><h1>414 URI Too Long</h1></body></html>']);
    const headers = await client.get(`query?q=${'x'.repeat(16_250)}`);
    expect([headers.status, headers.headers.get('content-type')]).toEqual([431, 'text/html']);
  });
});

it('describes the columns of a query', async () => {
  const query = 'SELECT Name, Owner.Username, (SELECT Id FROM Contacts) FROM Account';
  const { json } = await client.get(`query?q=${encodeURIComponent(query)}&columns=true`);
  expect(json).toMatchObject({
    entityName: 'Account',
    keyPrefix: '001',
    idSelected: false,
    groupBy: false,
    columnMetadata: [
      {
        columnName: 'Name',
        displayName: 'Name',
        apexType: 'String',
        aggregate: false,
        textType: true,
        joinColumns: [],
      },
      { columnName: 'Owner', aggregate: false, joinColumns: [{ columnName: 'Username' }] },
      { columnName: 'Contacts', aggregate: true, joinColumns: [{ columnName: 'Id', apexType: 'Id' }] },
    ],
  });
  const grouped = await client.get(
    'query?q=SELECT+Name,COUNT(Id),MAX(CreatedDate)+m+FROM+Account+GROUP+BY+Name&columns=true',
  );
  expect(grouped.json).toMatchObject({
    groupBy: true,
    columnMetadata: [
      { columnName: 'Name', aggregate: false },
      { columnName: 'expr0', displayName: 'count(Id)', aggregate: true },
      { columnName: 'm', displayName: 'max(CreatedDate)', aggregate: true },
    ],
  });
});

describe('records by Ids', () => {
  it('come in the order of the Ids, null where there is none', async () => {
    const [first = '', second = ''] = await createAccounts(3);
    const body = { ids: [second, '001000000000001', 'x', first.slice(0, 15)], fields: ['Id', 'name', 'AnnualRevenue'] };
    const posted = await client.call('POST', 'composite/sobjects/Account', JSON.stringify(body));
    const url = (id: string): string => `/services/data/v62.0/sobjects/Account/${id}`;
    const shown = (Id: string, Name: string): object => ({
      attributes: { type: 'Account', url: url(Id) },
      Id,
      Name,
      AnnualRevenue: null,
    });
    expect([posted.status, posted.json]).toEqual([200, [shown(second, 'n1'), null, null, shown(first, 'n0')]]);
    const got = await client.get(`composite/sobjects/Account?ids=${first},${second}&fields=Name`);
    expect(got.json).toMatchObject([{ Name: 'n0' }, { Name: 'n1' }]);
  });

  it.each([
    [{ ids: ['001000000000001'], fields: ['Nope'] }, 'INVALID_FIELD'],
    [{ ids: Array.from({ length: 2001 }, () => 'x'), fields: ['Id'] }, 'EXCEEDED_ID_LIMIT'],
    [{ fields: ['Id'] }, 'JSON_PARSER_ERROR'],
  ])('are refused as a whole, case %#', async (body, errorCode) => {
    const answer = await client.call('POST', 'composite/sobjects/Account', JSON.stringify(body));
    expect([answer.status, answer.json]).toMatchObject([400, [{ errorCode }]]);
  });
});

describe('bulk queries', () => {
  async function run(query: string, rest: Record<string, string> = {}): Promise<JobDocument> {
    const made = await client.call('POST', 'jobs/query', JSON.stringify({ operation: 'query', query, ...rest }));
    expect([made.status, made.json]).toMatchObject([
      200,
      { state: 'UploadComplete', operation: rest.operation ?? 'query' },
    ]);
    return client.finished(`jobs/query/${(made.json as JobDocument).id}`);
  }

  it('give CSV in pages', async () => {
    await createAccounts(3);
    const upserted = [
      '{"External_Id__c":"k1","Name":"a \\"b\\"","AnnualRevenue":5,"Last_Order__c":"2026-01-02T03:04:05Z"}',
    ];
    await client.collection('PATCH', 'Account', upserted, '/Account/External_Id__c');
    const job = await run(
      'SELECT External_Id__c, name, AnnualRevenue, Last_Order__c, Owner.Username FROM Account ORDER BY External_Id__c',
    );
    expect(job).toMatchObject({
      state: 'JobComplete',
      jobType: 'V2Query',
      object: 'Account',
      numberRecordsProcessed: 3,
      contentType: 'CSV',
      apiVersion: 62,
    });
    const first = await client.get(`jobs/query/${job.id}/results?maxRecords=2`);
    expect(first.text).toBe(
      '"External_Id__c","name","AnnualRevenue","Last_Order__c","Owner.Username"\n' +
        '"k0","n0","","","loader@emulator.example"\n' +
        '"k1","a ""b""","5.0","2026-01-02T03:04:05.000Z","loader@emulator.example"\n',
    );
    expect(first.headers.get('content-type')).toMatch(/^text\/csv/);
    expect([first.headers.get('sforce-numberofrecords'), first.headers.get('sforce-locator')]).toEqual(['2', 'Mg']);
    const last = await client.get(`jobs/query/${job.id}/results?maxRecords=2&locator=Mg`);
    expect(last.text.split('\n')[1]).toBe('"k2","n2","","","loader@emulator.example"');
    expect([last.headers.get('sforce-numberofrecords'), last.headers.get('sforce-locator')]).toEqual(['1', 'null']);
    const otherVersion = await client.get(`/services/data/v61.0/jobs/query/${job.id}/results`);
    expect(otherVersion.status).toBe(409);
    expect((await client.get('jobs/query')).json).toMatchObject({ done: true, records: [{ id: job.id }] });
    expect((await client.call('DELETE', `jobs/query/${job.id}`)).status).toBe(204);
    expect((await client.get(`jobs/query/${job.id}`)).status).toBe(404);
  });

  it('know deleted records, other separators, and an end on demand', async () => {
    const [id = ''] = await createAccounts(1);
    await client.call('DELETE', `sobjects/Account/${id}`);
    const job = await run('SELECT Id, IsDeleted FROM Account', {
      operation: 'queryAll',
      columnDelimiter: 'SEMICOLON',
      lineEnding: 'CRLF',
    });
    expect((await client.get(`jobs/query/${job.id}/results`)).text).toBe(`"Id";"IsDeleted"\r\n"${id}";"true"\r\n`);
    const again = await client.call('PATCH', `jobs/query/${job.id}`, '{"state":"Aborted"}');
    expect([again.status, again.json]).toMatchObject([400, [{ errorCode: 'INVALIDJOBSTATE' }]]);
  });

  it.each([
    ['SELECT COUNT(Id) FROM Account'],
    ['SELECT Name FROM Account GROUP BY Name'],
    ['SELECT Name FROM Account OFFSET 1'],
    ['SELECT TYPEOF What WHEN Account THEN Id END FROM Task'],
    ['SELECT (SELECT Id FROM Contacts) FROM Account'],
    ['SELECT BillingAddress FROM Account'],
  ])('refuse %s', async (query) => {
    const made = await client.call('POST', 'jobs/query', JSON.stringify({ operation: 'query', query }));
    expect([made.status, made.json]).toMatchObject([400, [{ errorCode: 'MALFORMED_QUERY' }]]);
  });
});

describe('what changed', () => {
  const span = 'start=2020-01-01T00:00:00%2B00:00&end=2100-01-01T00:00:00%2B00:00';

  it('is told by Id', async () => {
    const [kept = '', gone = ''] = await createAccounts(2);
    await client.call('DELETE', `sobjects/Account/${gone}`);
    const moment = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/) as string;
    expect((await client.get(`sobjects/Account/updated?${span}`)).json).toEqual({
      ids: [kept],
      latestDateCovered: moment,
    });
    expect((await client.get(`sobjects/Account/deleted/?${span}`)).json).toEqual({
      deletedRecords: [{ deletedDate: moment, id: gone }],
      earliestDateAvailable: moment,
      latestDateCovered: moment,
    });
    const past = 'start=2020-01-01T00:00:00Z&end=2020-01-02T00:00:00Z';
    expect((await client.get(`sobjects/Account/updated?${past}`)).json).toMatchObject({ ids: [] });
  });

  it('is counted', async () => {
    await createAccounts(2);
    expect((await client.get('limits/recordCount?sObjects=Account,contact')).json).toEqual({
      sObjects: [
        { count: 2, name: 'Account' },
        { count: 0, name: 'Contact' },
      ],
    });
  });

  it.each(['updated', 'deleted?start=x&end=y', 'updated?start=2020-01-02T00:00:00Z&end=2020-01-01T00:00:00Z'])(
    'refuses %s',
    async (path) => {
      expect((await client.get(`sobjects/Account/${path}`)).status).toBe(400);
    },
  );
});

describe('the list of resources', () => {
  it('names only what is there', async () => {
    const seen = new Set<string>();
    const visit = async (path: string): Promise<void> => {
      const { json } = await client.get(path);
      for (const url of Object.values(json as Record<string, string>)) {
        if (!url.startsWith('/') || seen.has(url)) continue;
        seen.add(url);
        const answer = await client.get(url);
        // A tree wants an sObject behind it; other methods than GET and a missing query are refused otherwise.
        if (url.endsWith('/tree')) continue;
        expect([url, answer.status]).not.toEqual([url, 404]);
        if (/\/(?:composite|jobs)$/.test(url)) await visit(url);
      }
    };
    await visit('/services/data/v62.0');
    expect([...seen].map((url) => url.replace('/services/data/v62.0/', '')).sort()).toEqual([
      'composite',
      'composite/batch',
      'composite/sobjects',
      'composite/tree',
      'jobs',
      'jobs/ingest',
      'jobs/query',
      'limits',
      'query',
      'queryAll',
      'sobjects',
    ]);
  });

  it('is found behind a double slash, too', async () => {
    const answer = await client.get('//services/data/v62.0//sobjects/Account/describe');
    expect(answer.status).toBe(200);
  });
});

it('describes what belongs to an sObject beside its fields', async () => {
  const { json } = await client.get('sobjects/Account/describe');
  expect(json).toMatchObject({
    actionOverrides: [],
    namedLayoutInfos: [],
    supportedScopes: [
      { label: 'All accounts', name: 'everything' },
      { label: 'My accounts', name: 'mine' },
    ],
  });
  const { childRelationships } = json as { childRelationships: { childSObject: string; field: string }[] };
  const names = childRelationships.map((one) => Object.values(one));
  expect(names).toContainEqual([false, 'Account', false, 'ParentId', [], [], 'ChildAccounts', false]);
  expect(names).toContainEqual([true, 'Invoice__c', false, 'Account__c', [], [], 'Invoices__r', false]);
  const user = (await client.get('sobjects/User/describe')).json as {
    childRelationships: { relationshipName: string | null }[];
  };
  expect(user.childRelationships.every((one) => one.relationshipName === null)).toBe(true);
  const listed = (await client.get('sobjects')).json as { sobjects: Record<string, unknown>[] };
  expect(listed.sobjects[0]).not.toHaveProperty('childRelationships');
});
