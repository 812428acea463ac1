import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from './client.js';

let client: Client;

beforeEach(async () => {
  client = await Client.start({ blockedFields: { Account: ['Rating'] } });
});

afterEach(async () => {
  await client.emulator.stop();
});

describe('requests refused as a whole', () => {
  const account = '{"attributes":{"type":"Account"},"Name":"x"}';
  const bodies: [string, string, number, string, RegExp][] = [
    ['broken JSON', '{"records":[}', 400, 'JSON_PARSER_ERROR', /Unexpected character \('}' .*\[line:1, column:13\]/],
    ['no JSON', 'x', 400, 'JSON_PARSER_ERROR', /line:1, column:1/],
    ['cut JSON', '{"records":[', 400, 'JSON_PARSER_ERROR', /end-of-input/],
    ['an unknown key', `{"record":[${account}]}`, 400, 'JSON_PARSER_ERROR', /Unrecognized field "record"/],
    ['no records', '{"records":[]}', 400, 'REQUIRED_FIELD_MISSING', /At least 1 record/],
    [
      'too many records',
      `{"records":[${Array(201).fill(account).join(',')}]}`,
      400,
      'EXCEEDED_ID_LIMIT',
      /more than 200/,
    ],
    ['no type', '{"records":[{"Name":"x"}]}', 400, 'JSON_PARSER_ERROR', /attributes/],
    ['an unknown type', '{"records":[{"attributes":{"type":"Nope"}}]}', 400, 'INVALID_TYPE', /'Nope' is not supported/],
    [
      'too many runs of types',
      `{"records":[${Array(6).fill(`${account},{"attributes":{"type":"Contact"},"LastName":"y"}`).join(',')}]}`,
      400,
      'LIMIT_EXCEEDED',
      /10 chunks/,
    ],
  ];
  it.each(bodies)('%s', async (_, body, status, errorCode, message) => {
    const answer = await client.call('POST', 'composite/sobjects', body);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject([{ errorCode, message: expect.stringMatching(message) as string }]);
    expect(client.emulator.history('Account')).toEqual([]);
  });

  const literals: [string, string][] = [
    ['Due_Date__c', '"12/31/2025"'],
    ['Due_Date__c', '"2025-02-29"'],
    ['Due_Date__c', '"2025-12-31T00:00:00Z"'],
    ['Due_Date__c', '""'],
    ['Sent_At__c', '"2025-12-31 23:59:59"'],
    ['Sent_At__c', '"2025-12-31T23:59:59"'],
    ['Sent_At__c', '1767225600000'],
    ['Cutoff__c', '"13:45"'],
    ['Paid__c', '"yes"'],
    ['Paid__c', '"true"'],
    ['Paid__c', '1'],
    ['Amount__c', '"1,000"'],
    ['Amount__c', 'true'],
    ['Amount__c', '""'],
    ['Notes__c', '{}'],
    ['Notes__c', '["a"]'],
    ['Notes__c', '5'],
    ['Tags__c', '["rush"]'],
  ];
  it.each(literals)('one bad literal: %s %s', async (field, literal) => {
    const answer = await client.collection('POST', 'Invoice__c', ['{"Code__c":"ok"}', `{"${field}":${literal}}`]);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject([
      {
        errorCode: 'JSON_PARSER_ERROR',
        message: expect.stringMatching(
          /^Cannot deserialize instance of \w+ from \w+ value .* at \[line:1, column:\d+\]$/,
        ) as string,
      },
    ]);
    expect(client.emulator.history('Invoice__c')).toEqual([]);
  });

  it('other methods, content types, versions and paths', async () => {
    expect((await client.call('PUT', 'composite/sobjects', '{}')).status).toBe(405);
    expect((await client.call('POST', 'composite/sobjects', '{}', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await client.get('/services/data/v99.0/limits')).status).toBe(404);
    expect((await client.get('/services/data/v62/limits')).status).toBe(404);
    expect((await client.get('/services/data/v30.0/limits')).status).toBe(410);
    expect((await client.get('/services/data/v40.0/limits')).status).toBe(410);
    expect((await client.get('nope')).json).toEqual([
      { message: 'The requested resource does not exist', errorCode: 'NOT_FOUND' },
    ]);
    expect((await client.call('POST', '/services/data/v41.0/composite/sobjects', '{}')).status).toBe(404);
    const badKey = await client.collection('PATCH', 'Account', ['{"Name":"x"}'], '/Account/Phone');
    expect(badKey.json).toMatchObject([{ errorCode: 'NOT_FOUND' }]);
    expect((await client.collection('PATCH', 'Contact', ['{}'], '/Account/External_Id__c')).status).toBe(400);
  });
});

describe('records refused one by one', () => {
  const inserts: [string, string, string, string, RegExp][] = [
    [
      'unknown field',
      'Account',
      '{"Name":"x","Nope__c":1}',
      'INVALID_FIELD',
      /^No such column 'Nope__c' on sobject of type Account$/,
    ],
    [
      'read-only field',
      'Account',
      '{"Name":"x","CreatedDate":"2025-01-01T00:00:00Z"}',
      'INVALID_FIELD_FOR_INSERT_UPDATE',
      /^Unable to create\/update fields: CreatedDate\. Please check the security settings/,
    ],
    ['blocked field', 'Account', '{"Name":"x","Rating":"Hot"}', 'INVALID_FIELD_FOR_INSERT_UPDATE', /fields: Rating\./],
    [
      'updateable only',
      'Account',
      '{"Name":"x","IsPartner":true}',
      'INVALID_FIELD_FOR_INSERT_UPDATE',
      /fields: IsPartner\./,
    ],
    ['Id in an insert', 'Account', '{"Name":"x","Id":"001000000000000AAA"}', 'INVALID_FIELD_FOR_INSERT_UPDATE', /Id/],
    [
      'required',
      'Contact',
      '{"FirstName":"x"}',
      'REQUIRED_FIELD_MISSING',
      /^Required fields are missing: \[LastName\]$/,
    ],
    ['several required', 'Lead', '{"LastName":null}', 'REQUIRED_FIELD_MISSING', /\[Company, LastName\]/],
    ['blank required', 'Account', '{"Name":"  "}', 'REQUIRED_FIELD_MISSING', /\[Name\]/],
    [
      'too long',
      'Contact',
      `{"LastName":"${'x'.repeat(81)}"}`,
      'STRING_TOO_LONG',
      /^LastName: data value too large: .* \(max length=80\)$/,
    ],
    [
      'restricted picklist',
      'Account',
      '{"Name":"x","Tier__c":"Tin"}',
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      /Tin/,
    ],
    [
      'restricted multi-select',
      'Account',
      '{"Name":"x","Regions__c":"EMEA;Mars"}',
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      /Mars/,
    ],
    ['email', 'Contact', '{"LastName":"x","Email":"nobody"}', 'INVALID_EMAIL_ADDRESS', /nobody/],
    ['number range', 'Contact', '{"LastName":"x","Score__c":1234.5}', 'NUMBER_OUTSIDE_VALID_RANGE', /Score__c/],
    ['null checkbox', 'Account', '{"Name":"x","Active__c":null}', 'INVALID_TYPE_ON_FIELD_IN_RECORD', /Active__c/],
    ['malformed Id', 'Contact', '{"LastName":"x","AccountId":"001xx"}', 'MALFORMED_ID', /001xx/],
    [
      'wrong Id suffix',
      'Contact',
      '{"LastName":"x","AccountId":"0015500001QdQWaAAA"}',
      'MALFORMED_ID',
      /0015500001QdQWaAAA/,
    ],
    [
      'Id of another type',
      'Contact',
      '{"LastName":"x","AccountId":"003P000001avB5GIAU"}',
      'MALFORMED_ID',
      /incorrect type/,
    ],
    [
      'no such parent',
      'Contact',
      '{"LastName":"x","AccountId":"0015500001QdQWaAAN"}',
      'INVALID_CROSS_REFERENCE_KEY',
      /invalid cross reference id/,
    ],
    [
      'no such parent key',
      'Contact',
      '{"LastName":"x","Account":{"External_Id__c":"A-77"}}',
      'INVALID_FIELD',
      /^Foreign key external ID: a-77 not found for field External_Id__c in entity Account$/,
    ],
    [
      'reference by a plain field',
      'Contact',
      '{"LastName":"x","Account":{"Name":"y"}}',
      'INVALID_FIELD',
      /exactly one external id/,
    ],
    [
      'reference by two fields',
      'Contact',
      '{"LastName":"x","Account":{"External_Id__c":"a","Legacy_Code__c":"b"}}',
      'INVALID_FIELD',
      /exactly one/,
    ],
    ['polymorphic reference without type', 'Task', '{"Who":{"Email":"a@b.co"}}', 'INVALID_FIELD', /exactly one/],
    ['null relationship', 'Contact', '{"LastName":"x","Account":null}', 'INVALID_FIELD', /cannot be null/],
    ['control character', 'Account', '{"Name":"a\\u0007b"}', 'TEXT_DATA_OUTSIDE_SUPPORTED_CHARSET', /Name/],
    ['lone surrogate', 'Account', '{"Name":"a\\ud800b"}', 'TEXT_DATA_OUTSIDE_SUPPORTED_CHARSET', /Name/],
  ];
  it.each(inserts)('%s', async (_, type, record, statusCode, message) => {
    const { status, elements } = await client.collection('POST', type, [record]);
    expect(status).toBe(200);
    expect(elements).toMatchObject([
      { success: false, errors: [{ statusCode, message: expect.stringMatching(message) as string }] },
    ]);
    expect(client.emulator.records(type)).toEqual([]);
  });
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
      /"Balance__c":0\.10,"Exact_Number__c":12345678901234567890/,
    );
    await client.collection('PATCH', 'Account', [`{"Id":"${id}","Phone":"","Since__c":null,"Description":"#N/A"}`]);
    expect(client.emulator.records('Account')[0]).toMatchObject({
      Name: 'Fern',
      Phone: null,
      Since__c: null,
      Description: '#N/A',
    });
  });

  it('rounds surplus decimals', async () => {
    await client.collection('POST', 'Account', [
      '{"Name":"a","Balance__c":1.005}',
      '{"Name":"b","Balance__c":-2.0049}',
    ]);
    expect(client.emulator.records('Account').map((record) => String(record.Balance__c))).toEqual(['1.01', '-2.00']);
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
