import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '../helpers/emulator-client.js';

let client: Client;
const base = '/services/data/v62.0';

beforeEach(async () => {
  client = await Client.start();
});

afterEach(() => client.emulator.stop());

type Subresponse = { body: unknown; httpStatusCode: number; httpHeaders: Record<string, string>; referenceId: string };

async function composite(compositeRequest: object[], allOrNone = false): Promise<Subresponse[]> {
  const answer = await client.call('POST', 'composite', JSON.stringify({ allOrNone, compositeRequest }));
  expect(answer.status).toBe(200);
  return (answer.json as { compositeResponse: Subresponse[] }).compositeResponse;
}

const account = { method: 'POST', url: `${base}/sobjects/Account`, referenceId: 'parent', body: { Name: 'Fern' } };
const contact = {
  method: 'POST',
  url: `${base}/sobjects/Contact`,
  referenceId: 'child',
  body: { LastName: 'Ito', AccountId: '@{parent.id}' },
};

describe('composite', () => {
  it('lets a request use what the ones before it answered', async () => {
    const query = {
      method: 'GET',
      url: `${base}/query?q=${encodeURIComponent("SELECT Id, Name FROM Account WHERE Id = '")}@{parent.id}'`,
      referenceId: 'found',
    };
    const change = {
      method: 'PATCH',
      url: `${base}/sobjects/Account/@{found.records[0].Id}`,
      referenceId: 'changed',
      body: { Phone: '1', NumberOfEmployees: 5, AnnualRevenue: 1e3 },
    };
    const all = await composite([account, contact, query, change]);
    expect(all.map((one) => [one.referenceId, one.httpStatusCode])).toEqual([
      ['parent', 201],
      ['child', 201],
      ['found', 200],
      ['changed', 204],
    ]);
    const [made] = client.emulator.records('Account');
    expect(made).toMatchObject({ Name: 'Fern', Phone: '1', NumberOfEmployees: 5 });
    expect(all[0]!.body).toMatchObject({ id: made!.Id, success: true, errors: [] });
    expect(all[3]!.body).toBeNull();
    expect(client.emulator.records('Contact')).toMatchObject([{ AccountId: made!.Id }]);
    expect(client.emulator.apiUsed).toBe(1);
  });

  it('goes on after a failure, but not with what depends on it', async () => {
    const all = await composite([{ ...account, body: {} }, contact, { ...account, referenceId: 'other' }]);
    expect(all.map((one) => one.httpStatusCode)).toEqual([400, 400, 201]);
    expect(all[0]!.body).toMatchObject([{ errorCode: 'REQUIRED_FIELD_MISSING' }]);
    expect(all[1]!.body).toMatchObject([{ errorCode: 'PROCESSING_HALTED' }]);
    expect(client.emulator.records('Account')).toHaveLength(1);
  });

  it('does all or nothing', async () => {
    const [made] = await composite([{ ...account, body: { Name: 'Fern', External_Id__c: 'k', Phone: '1' } }]);
    const { id = '' } = made!.body as { id?: string };
    const before = client.emulator.records('Account');
    const all = await composite(
      [
        { method: 'PATCH', url: `${base}/sobjects/Account/${id}`, referenceId: 'a', body: { External_Id__c: 'j' } },
        { ...account, referenceId: 'b' },
        { method: 'DELETE', url: `${base}/sobjects/Account/${id}`, referenceId: 'c' },
        { ...account, referenceId: 'd', body: { Nope: 1 } },
      ],
      true,
    );
    expect(all.map((one) => [one.httpStatusCode, (one.body as { errorCode: string }[])[0]!.errorCode])).toEqual([
      [400, 'PROCESSING_HALTED'],
      [400, 'PROCESSING_HALTED'],
      [400, 'PROCESSING_HALTED'],
      [400, 'INVALID_FIELD'],
    ]);
    expect(client.emulator.records('Account')).toEqual(before);
    expect(client.emulator.history('Account').map((one) => one.change)).toEqual(['created']);
    const found = await client.get("query?q=SELECT+Id+FROM+Account+WHERE+External_Id__c='k'");
    expect(found.json).toMatchObject({ totalSize: 1 });
  });

  it('answers what is not there, and what is known', async () => {
    const url = `${base}/sobjects/Account/describe`;
    const described = await client.get(url);
    const httpHeaders = { 'If-None-Match': described.headers.get('etag')! };
    const all = await composite([
      { method: 'GET', url: `${base}/sobjects/Nope/describe`, referenceId: 'a' },
      { method: 'GET', url, referenceId: 'b', httpHeaders },
      { method: 'POST', url: `${base}/composite`, referenceId: 'c', body: {} },
    ]);
    expect(all[0]).toEqual({
      body: [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }],
      httpHeaders: {},
      httpStatusCode: 404,
      referenceId: 'a',
    });
    expect(all[1]).toMatchObject({
      body: null,
      httpHeaders: { ETag: httpHeaders['If-None-Match'] },
      httpStatusCode: 304,
    });
    expect(all[2]!.httpStatusCode).toBe(404);
  });

  it.each([
    ['no request', []],
    ['too many', Array.from({ length: 26 }, (_, n) => ({ ...account, referenceId: `r${n}` }))],
    ['a name twice', [account, account]],
    ['no name', [{ ...account, referenceId: undefined }]],
  ])('refuses %s', async (_, compositeRequest) => {
    const answer = await client.call('POST', 'composite', JSON.stringify({ compositeRequest }));
    expect(answer.status).toBe(400);
    expect(client.emulator.records('Account')).toEqual([]);
  });
});

describe('composite/batch', () => {
  it('answers each request by itself', async () => {
    const batchRequests = [
      { method: 'POST', url: 'v62.0/sobjects/Account', richInput: { Name: 'Fern' } },
      { method: 'GET', url: 'v62.0/sobjects/Account/001000000000001' },
      { method: 'GET', url: 'v62.0/limits' },
    ];
    const answer = await client.call('POST', 'composite/batch', JSON.stringify({ batchRequests }));
    expect(answer.json).toMatchObject({
      hasErrors: true,
      results: [{ statusCode: 201 }, { statusCode: 404, result: [{ errorCode: 'NOT_FOUND' }] }, { statusCode: 200 }],
    });
    const halted = await client.call('POST', 'composite/batch', JSON.stringify({ haltOnError: true, batchRequests }));
    expect(halted.json).toMatchObject({ results: [{ statusCode: 201 }, { statusCode: 404 }, { statusCode: 412 }] });
  });
});

describe('composite/tree', () => {
  const tree = (records: object[]): Promise<Awaited<ReturnType<Client['call']>>> =>
    client.call('POST', 'composite/tree/Account', JSON.stringify({ records }));
  const node = (type: string, referenceId: string, fields: object): object => ({
    attributes: { type, referenceId },
    ...fields,
  });

  it('writes records with their children', async () => {
    const answer = await tree([
      node('Account', 'a', {
        Name: 'Fern',
        Contacts: {
          records: [
            node('Contact', 'c1', { LastName: 'Ito', Cases: { records: [node('Case', 's', { Subject: 'x' })] } }),
            node('Contact', 'c2', { LastName: 'Ray' }),
          ],
        },
      }),
      node('Account', 'b', { Name: 'Ash' }),
    ]);
    expect(answer.status).toBe(201);
    const { hasErrors, results } = answer.json as {
      hasErrors: boolean;
      results: { referenceId: string; id: string }[];
    };
    expect([hasErrors, results.map((one) => one.referenceId).sort()]).toEqual([false, ['a', 'b', 'c1', 'c2', 's']]);
    const idOf = (referenceId: string): string => results.find((one) => one.referenceId === referenceId)!.id;
    expect(client.emulator.records('Contact')).toMatchObject([
      { Id: idOf('c1'), AccountId: idOf('a') },
      { Id: idOf('c2'), AccountId: idOf('a') },
    ]);
    expect(client.emulator.records('Case')).toMatchObject([{ ContactId: idOf('c1') }]);
  });

  it('writes nothing where one record fails', async () => {
    const answer = await tree([
      node('Account', 'a', {
        Name: 'Fern',
        Contacts: { records: [node('Contact', 'c', { LastName: 'Ito', Email: 'no' })] },
      }),
    ]);
    expect([answer.status, answer.json]).toMatchObject([
      400,
      { hasErrors: true, results: [{ referenceId: 'c', errors: [{ statusCode: 'INVALID_EMAIL_ADDRESS' }] }] },
    ]);
    expect([client.emulator.records('Account'), client.emulator.history('Account')]).toEqual([[], []]);
  });

  it.each([
    ['no reference', [{ attributes: { type: 'Account' }, Name: 'x' }]],
    ['a reference twice', [node('Account', 'a', { Name: 'x' }), node('Account', 'a', { Name: 'y' })]],
    ['another type', [node('Contact', 'a', { LastName: 'x' })]],
    ['too many records', Array.from({ length: 201 }, (_, n) => node('Account', `r${n}`, { Name: 'x' }))],
  ])('refuses %s', async (_, records) => {
    expect([(await tree(records)).status, client.emulator.records('Account')]).toEqual([400, []]);
  });
});
