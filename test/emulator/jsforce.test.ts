import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import jsforce, { type Connection } from 'jsforce';
import { Emulator } from '../../src/emulator/index.js';

let emulator: Emulator;
let connection: Connection;

beforeEach(async () => {
  emulator = await Emulator.start();
  connection = new jsforce.Connection({
    instanceUrl: emulator.url,
    accessToken: emulator.issueToken(),
    version: '62.0',
  });
});

afterEach(async () => {
  await emulator.stop();
});

describe('jsforce, collections', () => {
  it('creates records and reports the failed ones in place', async () => {
    const results = await connection
      .sobject('Account')
      .create([{ Name: 'Fern' }, { Phone: '1' }, { Name: 'Ash', Nope__c: 1 }] as never[]);
    expect(results.map((result) => result.success)).toEqual([true, false, false]);
    expect(results[1]).toMatchObject({
      errors: [
        { statusCode: 'REQUIRED_FIELD_MISSING', message: 'Required fields are missing: [Name]', fields: ['Name'] },
      ],
    });
    expect(results[2]).toMatchObject({
      errors: [{ statusCode: 'INVALID_FIELD', message: "No such column 'Nope__c' on sobject of type Account" }],
    });
    expect(emulator.records('Account')).toEqual([{ Id: results[0]!.id, Name: 'Fern' }]);
  });

  it('updates, upserts and destroys', async () => {
    const accounts = connection.sobject('Account');
    const [made] = await accounts.upsert([{ Name: 'Fern', External_Id__c: 'A-1' }], 'External_Id__c');
    const [again] = await accounts.upsert([{ Name: 'Fern 2', External_Id__c: 'a-1 ' }], 'External_Id__c');
    expect(made).toMatchObject({ success: true, created: true });
    expect(again).toMatchObject({ success: true, created: false, id: made!.id });
    await accounts.update([{ Id: made!.id!, Phone: '77' }]);
    expect(emulator.records('Account')).toEqual([{ Id: made!.id, Name: 'Fern 2', External_Id__c: 'a-1', Phone: '77' }]);
    const destroyed = await accounts.destroy([made!.id!]);
    expect(destroyed).toMatchObject([{ success: true, id: made!.id }]);
    expect(await accounts.destroy([made!.id!])).toMatchObject([
      { success: false, errors: [{ statusCode: 'ENTITY_IS_DELETED' }] },
    ]);
    expect(emulator.history('Account').map((version) => version.change)).toEqual([
      'created',
      'updated',
      'updated',
      'deleted',
    ]);
  });

  it('creates, reads, upserts and deletes single rows', async () => {
    const contacts = connection.sobject('Contact');
    const made = await contacts.create({ LastName: 'Ito', FirstName: 'Mai', Email: 'mai@example.com' });
    expect(await contacts.retrieve(made.id!)).toMatchObject({ Name: 'Mai Ito', Email: 'mai@example.com' });
    expect(await contacts.upsert({ External_Id__c: 'C 1-2', LastName: 'Ray' }, 'External_Id__c')).toMatchObject({
      created: true,
    });
    await contacts.destroy(made.id!);
    await expect(contacts.retrieve(made.id!)).rejects.toMatchObject({ errorCode: 'NOT_FOUND' });
    await expect(contacts.create({ FirstName: 'x' })).rejects.toMatchObject({ errorCode: 'REQUIRED_FIELD_MISSING' });
  });
});

describe('jsforce, bulk', () => {
  const rows = Array.from({ length: 25 }, (_, n) => ({ Name: `Fern, "${n}"\nline`, External_Id__c: `A-${n}` }));

  it('inserts, with failures', async () => {
    const results = await connection.bulk2.loadAndWaitForResults({
      object: 'Account',
      operation: 'insert',
      input: [...rows, { Name: '', External_Id__c: 'A-99' }],
      pollInterval: 5,
      pollTimeout: 10_000,
    });
    expect(results.successfulResults).toHaveLength(25);
    expect(results.failedResults).toHaveLength(1);
    expect(results.failedResults[0]).toMatchObject({
      sf__Id: '',
      sf__Error: 'REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --',
      External_Id__c: 'A-99',
    });
    expect(results.unprocessedRecords).toHaveLength(0);
    expect(
      emulator
        .records('Account')
        .map((record) => record.Name)
        .sort(),
    ).toEqual(rows.map((row) => row.Name).sort());
  });

  it('upserts, updates and deletes', async () => {
    const load = (operation: 'upsert' | 'update' | 'delete', input: Record<string, string>[]) =>
      connection.bulk2.loadAndWaitForResults({
        object: 'Account',
        operation,
        ...(operation === 'upsert' ? { externalIdFieldName: 'External_Id__c' } : {}),
        input,
        pollInterval: 5,
        pollTimeout: 10_000,
      });
    expect((await load('upsert', rows)).successfulResults.every((row) => row.sf__Created === 'true')).toBe(true);
    expect((await load('upsert', rows)).successfulResults.every((row) => row.sf__Created === 'false')).toBe(true);
    const ids = emulator.records('Account').map((record) => record.Id);
    await load(
      'update',
      ids.map((Id) => ({ Id, Phone: '5' })),
    );
    expect(emulator.records('Account').every((record) => record.Phone === '5')).toBe(true);
    const deleted = await load(
      'delete',
      [...ids, '001000000000000AAA'].map((Id) => ({ Id })),
    );
    expect(deleted.successfulResults).toHaveLength(25);
    expect(deleted.failedResults).toHaveLength(1);
    expect(emulator.records('Account')).toEqual([]);
  });
});

describe('jsforce, reading', () => {
  it('queries, over several pages', async () => {
    await emulator.stop();
    emulator = await Emulator.start({ limits: { queryRecords: 10 } });
    connection = new jsforce.Connection({
      instanceUrl: emulator.url,
      accessToken: emulator.issueToken(),
      version: '62.0',
    });
    const input = Array.from({ length: 25 }, (_, n) => ({
      Name: `Acc ${String(n).padStart(2, '0')}`,
      NumberOfEmployees: n,
    }));
    await connection.sobject('Account').create(input);
    const all = await connection.query('SELECT Id, Name FROM Account ORDER BY Name DESC', {
      autoFetch: true,
      maxFetch: 100,
    });
    expect(all.totalSize).toBe(25);
    const found = await connection
      .sobject('Account')
      .find({ NumberOfEmployees: { $gte: 20 }, Name: { $like: 'acc%' } });
    expect(found).toHaveLength(5);
    expect(
      (await connection.query('SELECT COUNT() FROM Account WHERE NumberOfEmployees IN (1, 2, 99)')).totalSize,
    ).toBe(2);
    await expect(connection.query('SELECT Nope FROM Account')).rejects.toMatchObject({ errorCode: 'INVALID_FIELD' });
  });

  it('describes', async () => {
    const account = await connection.describe('Account');
    expect(account.fields.find((field) => field.name === 'Name')).toMatchObject({ nillable: false, length: 255 });
    expect((await connection.describeGlobal()).sobjects.map((sobject) => sobject.name)).toContain('Invoice__c');
    expect((await connection.limits()).DailyApiRequests!.Max).toBe(100_000);
    expect(connection.limitInfo.apiUsage).toMatchObject({ limit: 100_000 });
    expect((await connection.identity()).user_id).toMatch(/^005/);
    await expect(connection.describe('Nope')).rejects.toMatchObject({ errorCode: 'NOT_FOUND' });
  });
});

describe('jsforce, as its own suite uses it', () => {
  beforeEach(async () => {
    const accounts = await connection.sobject('Account').create([
      { Name: 'Fern', External_Id__c: 'A-1', NumberOfEmployees: 5 },
      { Name: 'Ash', External_Id__c: 'A-2', NumberOfEmployees: 7 },
    ]);
    await connection.sobject('Contact').create([
      { LastName: 'Ito', AccountId: accounts[0]!.id! },
      { LastName: 'Ray', AccountId: accounts[0]!.id! },
    ]);
  });

  it('finds with children, dates, counts and parents', async () => {
    const found: unknown = await connection
      .sobject('Account')
      .find({ CreatedDate: { $gte: jsforce.SfDate.toDateTimeLiteral(new Date(0)) } }, ['Id', 'Name'])
      .include('Contacts')
      .select(['LastName'])
      .orderby('LastName', 'DESC')
      .end()
      .sort('Name')
      .execute();
    expect(found).toMatchObject([
      { Name: 'Ash', Contacts: null },
      { Name: 'Fern', Contacts: { totalSize: 2, records: [{ LastName: 'Ray' }, { LastName: 'Ito' }] } },
    ]);
    expect(await connection.sobject('Contact').count({ 'Account.Name': 'Fern' })).toBe(2);
    expect(await connection.sobject('Account').findOne({ CreatedDate: jsforce.SfDate.TODAY }, 'Id')).not.toBeNull();
    const grouped = await connection.query('SELECT Account.Name, COUNT(Id) total FROM Contact GROUP BY Account.Name');
    expect(grouped.records).toMatchObject([{ Name: 'Fern', total: 2 }]);
  });

  it('changes and deletes what a query finds', async () => {
    await connection
      .sobject('Account')
      .find({ NumberOfEmployees: { $gt: 5 } })
      .update({ Phone: '1' } as never);
    expect(emulator.records('Account').map((record) => record.Phone)).toEqual([undefined, '1']);
    await connection
      .sobject('Contact')
      .find({ LastName: { $in: ['Ray'] } })
      .destroy();
    expect(emulator.records('Contact')).toMatchObject([{ LastName: 'Ito' }]);
    const all = await connection.query('SELECT LastName FROM Contact', { scanAll: true });
    expect(all.totalSize).toBe(2);
  });

  it('retrieves by Ids, and tells what was updated and deleted', async () => {
    const accounts = connection.sobject('Account');
    const [fern, ash] = emulator.records('Account').map((record) => record.Id);
    expect(await accounts.retrieve([ash!, fern!])).toMatchObject([{ Name: 'Ash' }, { Name: 'Fern' }]);
    await accounts.destroy(ash!);
    const [start, end] = [new Date(Date.now() - 3_600_000), new Date(Date.now() + 60_000)];
    expect((await accounts.updated(start, end)).ids).toEqual([fern]);
    expect((await accounts.deleted(start, end)).deletedRecords).toMatchObject([{ id: ash }]);
  });

  it('reads by bulk query', async () => {
    const stream = await connection.bulk2.query('SELECT Name, NumberOfEmployees FROM Account ORDER BY Name', {
      pollInterval: 5,
      pollTimeout: 10_000,
    });
    expect(await stream.toArray()).toEqual([
      { Name: 'Ash', NumberOfEmployees: '7' },
      { Name: 'Fern', NumberOfEmployees: '5' },
    ]);
  });

  it('logs out', async () => {
    connection.oauth2.revokeServiceUrl = `${emulator.url}/services/oauth2/revoke`;
    const { accessToken } = connection;
    await connection.logout();
    const { status } = await fetch(`${emulator.url}/services/data/v62.0/limits`, {
      headers: { authorization: `Bearer ${String(accessToken)}` },
    });
    expect(status).toBe(401);
  });

  it('asks an instance URL that ends in a slash', async () => {
    const slashed = new jsforce.Connection({
      instanceUrl: `${emulator.url}/`,
      accessToken: emulator.issueToken(),
      version: '62.0',
    });
    expect((await slashed.query('SELECT Id FROM Organization')).totalSize).toBe(1);
  });

  it('sends what a composite request holds', async () => {
    const answer = await connection.request<{ compositeResponse: { httpStatusCode: number }[] }>({
      method: 'POST',
      url: '/composite',
      body: JSON.stringify({
        compositeRequest: [
          { method: 'GET', url: '/services/data/v62.0/query?q=SELECT+Id+FROM+Account', referenceId: 'all' },
          { method: 'GET', url: '/services/data/v62.0/sobjects/Account/@{all.records[0].Id}', referenceId: 'first' },
        ],
      }),
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.compositeResponse.map((one) => one.httpStatusCode)).toEqual([200, 200]);
  });
});
