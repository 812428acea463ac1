import { describe, expect, it } from 'vitest';
import { writeCollection, type CollectionCall } from '../../src/salesforce/collections.js';
import { makeClient, requestError, startOrg, type Handler } from './test-org.js';

const upsert: CollectionCall = {
  operation: 'upsert',
  sobject: 'Account',
  externalIdField: 'Ext_Id__c',
  allOrNone: false,
  records: ['"Ext_Id__c":"A"', '"Ext_Id__c":12345678901234567890'],
  repeatable: true,
};
const good = { id: '0015500001QdQWaAAN', success: true, errors: [], created: true };
const bad = {
  success: false,
  errors: [{ statusCode: 'REQUIRED_FIELD_MISSING', message: 'Required fields are missing: [Name]', fields: ['Name'] }],
};

async function write(handler: Handler, call: Partial<CollectionCall> = {}) {
  const org = await startOrg(handler);
  return { org, reply: await writeCollection(makeClient(org.url).client, { ...upsert, ...call }) };
}

const base = '/services/data/v65.0/composite/sobjects';

describe('a collections call', () => {
  it.each([
    ['insert', 'POST', base],
    ['update', 'PATCH', base],
    ['upsert', 'PATCH', `${base}/Account/Ext_Id__c`],
  ] as const)('of %s sends the records as they are', async (operation, method, url) => {
    const { org } = await write(({ reply }) => reply.json(200, [good, bad]), {
      operation,
      headers: { 'Sforce-Auto-Assign': 'FALSE' },
    });
    expect(org.seen[0]).toMatchObject({ method, url, headers: { 'sforce-auto-assign': 'FALSE' } });
    const start = '{"attributes":{"type":"Account"}';
    const records = [`${start},"Ext_Id__c":"A"}`, `${start},"Ext_Id__c":12345678901234567890}`];
    expect(org.seen[0]?.body).toBe(`{"allOrNone":false,"records":[${records.join(',')}]}`);
  });

  it('of records of nothing and of any characters is complete JSON', async () => {
    const records = ['', '"Name":"ü€👍"', '"Name":"é"', ''];
    const { org } = await write(({ reply }) => reply.json(200, [good, good, good, good]), { records, allOrNone: true });
    const attributes = { type: 'Account' };
    expect(JSON.parse(org.seen[0]?.body ?? '')).toEqual({
      allOrNone: true,
      records: [{ attributes }, { attributes, Name: 'ü€👍' }, { attributes, Name: 'é' }, { attributes }],
    });
  });

  it('of delete puts everything into the query', async () => {
    const { org } = await write(({ reply }) => reply.json(200, [good, bad]), {
      operation: 'delete',
      records: ['001A', '001B'],
      allOrNone: true,
    });
    expect(org.seen[0]).toMatchObject({ method: 'DELETE', body: '' });
    const url = new URL(org.seen[0]?.url ?? '', 'http://x');
    expect(url.pathname).toBe(base);
    expect(Object.fromEntries(url.searchParams)).toEqual({ ids: '001A,001B', allOrNone: 'true' });
  });

  it.each([200, 400, 500])('reads results by their shape on status %i', async (status) => {
    const { reply } = await write(({ reply: send }) => send.json(status, [good, bad]), { repeatable: false });
    expect(reply).toEqual({
      attempts: 1,
      mayHaveRunBefore: false,
      results: [
        { success: true, id: good.id, created: true, errors: [] },
        {
          success: false,
          id: undefined,
          created: undefined,
          errors: [
            { code: 'REQUIRED_FIELD_MISSING', message: 'Required fields are missing: [Name]', fields: ['Name'] },
          ],
        },
      ],
    });
  });

  it('goes by success alone', async () => {
    const enqueued = {
      id: 'e01xx0000000001AAA',
      success: true,
      errors: [{ statusCode: 'OPERATION_ENQUEUED', message: 'uuid' }],
      extendedErrorDetails: [],
    };
    const rolledBack = { id: '001000000000001', success: false, created: true, errors: [{ odd: 1 }] };
    const { reply } = await write(({ reply: send }) => send.json(200, [enqueued, rolledBack]));
    expect(reply.results).toEqual([
      {
        success: true,
        id: 'e01xx0000000001AAA',
        created: undefined,
        errors: [{ code: 'OPERATION_ENQUEUED', message: 'uuid', fields: [] }],
      },
      {
        success: false,
        id: undefined,
        created: undefined,
        errors: [{ code: 'UNKNOWN_ERROR', message: '{"odd":1}', fields: [] }],
      },
    ]);
  });

  it.each([
    ['too few', 200, [good]],
    ['too many', 200, [good, good, good]],
    ['none', 200, []],
    ['too few on 400', 400, [good]],
    ['not results', 200, { id: 'x' }],
    ['odd elements', 200, [good, { fine: true }]],
    [
      'errors on 200',
      200,
      [
        { errorCode: 'X', message: '' },
        { errorCode: 'X', message: '' },
      ],
    ],
  ])('leaves an insert in doubt for %s', async (_name, status, document) => {
    const error = await requestError(write(({ reply }) => reply.json(status, document), { repeatable: false }));
    expect(error).toMatchObject({ outcome: 'unknown', code: 'UNUSABLE_REPLY', attempts: 1 });
  });

  it('repeats an upsert whose results do not fit', async () => {
    const { reply } = await write(({ reply: send, count }) => send.json(200, count === 1 ? [good] : [good, good]));
    expect(reply).toMatchObject({ attempts: 2, mayHaveRunBefore: true });
  });

  it('is refused as a whole by an error document', async () => {
    const document = [{ errorCode: 'JSON_PARSER_ERROR', message: 'Cannot deserialize instance of date' }];
    const error = await requestError(write(({ reply }) => reply.json(400, document), { repeatable: false }));
    expect(error).toMatchObject({ outcome: 'refused', status: 400, code: 'JSON_PARSER_ERROR' });
  });
});
