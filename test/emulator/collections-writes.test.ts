import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '../helpers/emulator-client.js';

let client: Client;

beforeEach(async () => {
  client = await Client.start();
});

afterEach(async () => {
  await client.emulator.stop();
});

describe('keys', () => {
  it('fails every record whose external id is repeated in the call', async () => {
    const { elements } = await client.collection(
      'PATCH',
      'Account',
      ['{"External_Id__c":"a","Name":"1"}', '{"External_Id__c":"b","Name":"2"}', '{"External_Id__c":" A ","Name":"3"}'],
      '/Account/External_Id__c',
    );
    expect(elements.map((one) => one.success)).toEqual([false, true, false]);
    expect(elements[0]!.errors).toEqual([
      { statusCode: 'DUPLICATE_VALUE', message: 'Duplicate external id specified: a', fields: ['External_Id__c'] },
    ]);
  });

  it('compares keys by the rules of their field', async () => {
    const upsert = async (field: string, value: string): Promise<boolean> => {
      const { elements } = await client.collection(
        'PATCH',
        'Account',
        [`{"Name":"x","${field}":${value}}`],
        `/Account/${field}`,
      );
      return elements[0]!.created!;
    };
    expect([await upsert('External_Id__c', '"k"'), await upsert('External_Id__c', '"K"')]).toEqual([true, false]);
    expect([await upsert('Legacy_Code__c', '"k"'), await upsert('Legacy_Code__c', '"K"')]).toEqual([true, true]);
    expect([await upsert('Segment_Code__c', '"k"'), await upsert('Segment_Code__c', '"K"')]).toEqual([true, true]);
    expect([await upsert('Customer_Number__c', '1'), await upsert('Customer_Number__c', '1.0')]).toEqual([true, false]);
  });

  it('fails an upsert that matches several records', async () => {
    await client.collection('POST', 'Account', [
      '{"Name":"a","Segment_Code__c":"s"}',
      '{"Name":"b","Segment_Code__c":"s"}',
    ]);
    const { elements } = await client.collection(
      'PATCH',
      'Account',
      ['{"Segment_Code__c":"s"}'],
      '/Account/Segment_Code__c',
    );
    expect(elements).toMatchObject([{ success: false, errors: [{ statusCode: 'DUPLICATE_EXTERNAL_ID' }] }]);
    expect((await client.get('sobjects/Account/Segment_Code__c/s')).status).toBe(300);
  });

  it('refuses an upsert without its key, and with an Id beside the key', async () => {
    const { elements } = await client.collection(
      'PATCH',
      'Account',
      [
        '{"Name":"a"}',
        '{"Name":"a","External_Id__c":null}',
        '{"Name":"a","External_Id__c":"x","Id":"0015500001QdQWaAAN"}',
      ],
      '/Account/External_Id__c',
    );
    expect(elements.map((one) => one.errors[0]?.statusCode)).toEqual([
      'MISSING_ARGUMENT',
      'MISSING_ARGUMENT',
      'INVALID_FIELD',
    ]);
  });

  it('upserts by Id, and only updates with updateOnly', async () => {
    const made = await client.collection('PATCH', 'Account', ['{"Id":null,"Name":"a"}'], '/Account/Id');
    expect(made.json).toMatchObject([{ success: true, created: true }]);
    const again = await client.collection(
      'PATCH',
      'Account',
      [`{"Id":"${made.elements[0]!.id!.slice(0, 15)}","Name":"b"}`],
      '/Account/Id',
    );
    expect(again.json).toMatchObject([{ success: true, created: false, id: made.elements[0]!.id }]);
    const only = await client.collection(
      'PATCH',
      'Account',
      ['{"External_Id__c":"q","Name":"b"}'],
      '/Account/External_Id__c?updateOnly=true',
    );
    expect(only.json).toMatchObject([{ success: false, errors: [{ statusCode: 'NOT_FOUND' }] }]);
  });

  it('refuses the same Id twice in one update or delete, and Ids of nothing', async () => {
    const made = await client.collection('POST', 'Account', ['{"Name":"a"}']);
    const id = made.elements[0]!.id!;
    const update = await client.collection('PATCH', 'Account', [
      `{"Id":"${id}"}`,
      `{"Id":"${id.slice(0, 15)}"}`,
      '{"Name":"x"}',
    ]);
    expect(update.elements.map((one) => one.errors[0]?.statusCode)).toEqual([
      'DUPLICATE_VALUE',
      'DUPLICATE_VALUE',
      'MISSING_ARGUMENT',
    ]);
    const deleted = await client.call('DELETE', `composite/sobjects?ids=${id},${id},0015500001QdQWaAAN,001xx`);
    expect(deleted.elements.map((one) => one.errors[0]?.statusCode)).toEqual([
      'DUPLICATE_VALUE',
      'DUPLICATE_VALUE',
      'INVALID_CROSS_REFERENCE_KEY',
      'MALFORMED_ID',
    ]);
    expect(client.emulator.records('Account')).toHaveLength(1);
  });

  it('refuses a unique value that is taken, and one that two records of a call want', async () => {
    await client.collection('POST', 'Account', ['{"Name":"a","External_Id__c":"k"}']);
    const { elements } = await client.collection('POST', 'Account', [
      '{"Name":"b","External_Id__c":"K"}',
      '{"Name":"c","External_Id__c":"n"}',
      '{"Name":"d","External_Id__c":"N"}',
    ]);
    expect(elements[0]!.errors[0]!.message).toMatch(
      /^duplicate value found: External_Id__c duplicates value on record with id: 001/,
    );
    expect(elements.map((one) => one.success)).toEqual([false, false, false]);
  });
});

describe('values', () => {
  it('keeps every digit, trims text, and tells null from absent', async () => {
    const { elements } = await client.collection('POST', 'Account', [
      '{"Name":"  Fern ","Exact_Number__c":12345678901234567890,"Balance__c":0.10,"Phone":"1","Since__c":"2025-12-31","Last_Order__c":"2025-12-31T23:59:59+02:00"}',
    ]);
    const id = elements[0]!.id!;
    const [record] = client.emulator.records('Account');
    expect(String(record!.Exact_Number__c)).toBe('12345678901234567890');
    expect(String(record!.Balance__c)).toBe('0.10');
    expect(record).toMatchObject({
      Name: 'Fern',
      Since__c: '2025-12-31',
      Last_Order__c: '2025-12-31T21:59:59.000+0000',
    });
    expect((await client.get(`sobjects/Account/${id}?fields=Balance__c,Exact_Number__c`)).text).toMatch(
      /"Balance__c":0\.1,"Exact_Number__c":1\.2345678901234567E19/,
    );
    await client.collection('PATCH', 'Account', [`{"Id":"${id}","Phone":"","Since__c":null,"Description":"#N/A"}`]);
    expect(client.emulator.records('Account')[0]).toMatchObject({
      Name: 'Fern',
      Phone: null,
      Since__c: null,
      Description: '#N/A',
    });
  });

  it('keeps decimals beyond those of the field, and blanks that are none', async () => {
    await client.collection('POST', 'Account', [
      '{"Name":"a","Balance__c":1.005}',
      '{"Name":"\\t\u00a0b ","Balance__c":-2.0049}',
    ]);
    const stored = client.emulator.records('Account').map((record) => [record.Name, String(record.Balance__c)]);
    expect(stored).toEqual([
      ['a', '1.005'],
      ['\u00a0b', '-2.0049'],
    ]);
  });

  it('resolves references to committed parents only', async () => {
    const parents = '{"attributes":{"type":"Account"},"Name":"p","External_Id__c":"P"}';
    const child = '{"attributes":{"type":"Contact"},"LastName":"c","Account":{"External_Id__c":"p"}}';
    const first = await client.call('POST', 'composite/sobjects', `{"records":[${parents},${child}]}`);
    expect(first.elements.map((one) => one.success)).toEqual([true, false]);
    const second = await client.call('POST', 'composite/sobjects', `{"records":[${child}]}`);
    expect(second.elements[0]!.success).toBe(true);
    expect(client.emulator.records('Contact')).toMatchObject([{ AccountId: first.elements[0]!.id }]);
    const both = await client.collection('POST', 'Contact', [
      `{"LastName":"d","AccountId":"${first.elements[0]!.id!}","Account":{"External_Id__c":"p"}}`,
    ]);
    expect(both.json).toMatchObject([{ success: false, errors: [{ statusCode: 'INVALID_FIELD' }] }]);
    const task = await client.collection('POST', 'Task', [
      '{"Subject":"call","What":{"attributes":{"type":"Account"},"External_Id__c":"P"}}',
    ]);
    expect(task.elements[0]!.success).toBe(true);
  });

  it('refuses what may only be created when it is updated, and takes children along with their master', async () => {
    await client.collection('POST', 'Account', ['{"Name":"a","External_Id__c":"A"}']);
    const invoice = '{"External_Id__c":"I","Account__r":{"External_Id__c":"A"}}';
    const path = '/Invoice__c/External_Id__c';
    expect((await client.collection('PATCH', 'Invoice__c', [invoice], path)).elements[0]!.success).toBe(true);
    expect((await client.collection('PATCH', 'Invoice__c', [invoice], path)).elements[0]!.errors[0]).toMatchObject({
      statusCode: 'INVALID_FIELD_FOR_INSERT_UPDATE',
      fields: ['Account__c'],
    });
    expect(client.emulator.records('Invoice__c')).toMatchObject([{ Name: '00000001' }]);
    await client.call('DELETE', `composite/sobjects?ids=${client.emulator.records('Account')[0]!.Id}`);
    expect(client.emulator.records('Invoice__c')).toEqual([]);
  });
});

describe('all or none', () => {
  it('writes nothing when one record fails, and keeps that one its own error', async () => {
    const { status, elements } = await client.collection(
      'POST',
      'Account',
      ['{"Name":"a"}', '{"Phone":"1"}', '{"Name":"c"}'],
      '',
      '"allOrNone":true,',
    );
    expect(status).toBe(200);
    expect(elements.map((one) => one.errors[0]?.statusCode)).toEqual([
      'ALL_OR_NONE_OPERATION_ROLLED_BACK',
      'REQUIRED_FIELD_MISSING',
      'ALL_OR_NONE_OPERATION_ROLLED_BACK',
    ]);
    expect(client.emulator.history('Account')).toEqual([]);
  });

  it('holds for deletes, by query parameter', async () => {
    const made = await client.collection('POST', 'Account', ['{"Name":"a"}']);
    const { elements } = await client.call(
      'DELETE',
      `composite/sobjects?ids=${made.elements[0]!.id!},0015500001QdQWaAAN&allOrNone=true`,
    );
    expect(elements.map((one) => one.success)).toEqual([false, false]);
    expect(client.emulator.records('Account')).toHaveLength(1);
  });
});

describe('platform events and setup objects', () => {
  it('publishes events with errors that are none, and refuses everything else', async () => {
    const { elements } = await client.collection('POST', 'Order_Event__e', [
      '{"Order_Number__c":"1"}',
      '{"Amount__c":2}',
    ]);
    expect(elements[0]!).toMatchObject({
      id: 'e01xx0000000001AAA',
      success: true,
      errors: [{ statusCode: 'OPERATION_ENQUEUED', message: expect.stringMatching(/^[0-9a-f-]{36}$/) as string }],
    });
    expect(elements[1]!).toMatchObject({ success: false, errors: [{ statusCode: 'REQUIRED_FIELD_MISSING' }] });
    const update = await client.collection('PATCH', 'Order_Event__e', ['{"Id":"e01xx0000000001AAA"}']);
    expect(update.elements[0]!.success).toBe(false);
    expect(client.emulator.history('Order_Event__e')).toHaveLength(1);
  });

  it('does not mix setup objects with others', async () => {
    const user = '{"attributes":{"type":"User"},"Username":"u@x.co","LastName":"u","Email":"u@x.co","Alias":"u"}';
    const account = '{"attributes":{"type":"Account"},"Name":"x"}';
    const { elements } = await client.call('POST', 'composite/sobjects', `{"records":[${account},${user}]}`);
    expect(elements).toMatchObject([
      { success: true },
      { success: false, errors: [{ statusCode: 'MIXED_DML_OPERATION' }] },
    ]);
  });
});
