import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '../helpers/emulator-client.js';

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

  it('other methods, content types, versions and paths', async () => {
    expect((await client.call('PUT', 'composite/sobjects', '{}')).status).toBe(405);
    expect((await client.call('POST', 'composite/sobjects', '{}', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await client.get('/services/data/v99.0/limits')).status).toBe(404);
    expect((await client.get('/services/data/v62/limits')).status).toBe(404);
    expect((await client.get('/services/data/v30.0/limits')).status).toBe(410);
    expect((await client.get('/services/data/v31.0/limits')).status).toBe(200);
    expect((await client.get('nope')).json).toEqual([
      { message: 'The requested resource does not exist', errorCode: 'NOT_FOUND' },
    ]);
    expect((await client.call('POST', '/services/data/v41.0/composite/sobjects', '{}')).status).toBe(404);
    const badKey = await client.collection('PATCH', 'Account', ['{"Name":"x"}'], '/Account/Phone');
    expect(badKey.json).toMatchObject([{ errorCode: 'NOT_FOUND' }]);
  });
});

const FIRST = /^Nested object for polymorphic foreign key must have an attributes field before any other fields\.$/;

describe('records refused one by one', () => {
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
    const { id } = (await client.call('POST', 'sobjects/Account', '{"Name":"x"}')).json as { id: string };
    const invoice = `{"Account__c":"${id}","Code__c":"ok"}`;
    const records = [invoice, `{"Account__c":"${id}","${field}":${literal}}`];
    const { status, elements } = await client.collection('POST', 'Invoice__c', records);
    expect(status).toBe(200);
    expect(elements).toMatchObject([
      { success: true },
      {
        success: false,
        errors: [
          {
            statusCode: 'JSON_PARSER_ERROR',
            message: expect.stringMatching(
              /^Cannot deserialize instance of \w+ from \w+ value .* or request may be missing a required field at \[Source: N\/A; line: -1, column: -1\]\[line:-1, column:-1\]$/,
            ) as string,
            fields: [],
          },
        ],
      },
    ]);
    expect(client.emulator.records('Invoice__c')).toMatchObject([{ Code__c: 'ok' }]);
    const single = await client.call('POST', 'sobjects/Invoice__c', records[1]);
    expect(single.status).toBe(400);
    expect(single.json).toEqual([
      {
        errorCode: 'JSON_PARSER_ERROR',
        message: expect.stringMatching(
          /^Cannot deserialize instance of \w+ from .* at \[line:1, column:\d+\]$/,
        ) as string,
      },
    ]);
  });

  it('a wrong or missing type', async () => {
    const records = ['{"attributes":{"type":"Nope"}}', '{"Name":"x"}', '{"Name":"y","attributes":{"type":"Account"}}'];
    const { status, elements } = await client.call('POST', 'composite/sobjects', `{"records":[${records.join(',')}]}`);
    expect(status).toBe(200);
    const refused = (message: string) => ({
      success: false,
      errors: [{ statusCode: 'INVALID_TYPE', message, fields: [] }],
    });
    expect(elements).toEqual([
      refused("sObject type 'Nope' is not supported."),
      refused("sObject type 'null' is not supported."),
      { id: client.emulator.records('Account')[0]?.Id, success: true, errors: [] },
    ]);
  });

  it('a missing or wrong type in an upsert', async () => {
    const records = ['{"External_Id__c":"a"}', '{"attributes":{"type":"Contact"},"External_Id__c":"b"}'];
    const body = `{"records":[${records.join(',')}]}`;
    const { status, elements } = await client.call('PATCH', 'composite/sobjects/Account/External_Id__c', body);
    expect(status).toBe(200);
    expect(elements).toMatchObject([
      {
        success: false,
        errors: [{ statusCode: 'JSON_PARSER_ERROR', message: expect.stringMatching(FIRST) as string }],
      },
      { success: false, errors: [{ statusCode: 'INVALID_TYPE' }] },
    ]);
  });

  it('a whole refusal, as a fault', async () => {
    client.emulator.addFault('bad-value-400:count=2:path=/composite/sobjects');
    const good = '{"Name":"x"}';
    const bad = '{"Name":"x","Since__c":"31/12/2025"}';
    expect((await client.collection('POST', 'Account', [good])).status).toBe(200);
    for (let times = 0; times < 2; times++) {
      const { status, json } = await client.collection('POST', 'Account', [good, bad]);
      expect(status).toBe(400);
      expect(json).toMatchObject([
        {
          errorCode: 'JSON_PARSER_ERROR',
          message: expect.stringMatching(/^Cannot .* value 31\/12\/2025 .* at \[line:1, column:\d+\]$/) as string,
        },
      ]);
    }
    expect((await client.collection('POST', 'Account', [good, bad])).status).toBe(200);
    expect(client.emulator.records('Account')).toHaveLength(2);
  });

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
      /^Last Name: data value too large: .* \(max length=80\)$/,
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
    ['number range', 'Contact', '{"LastName":"x","Score__c":1234.5}', 'NUMBER_OUTSIDE_VALID_RANGE', /^Score: /],
    ['null checkbox', 'Account', '{"Name":"x","Active__c":null}', 'INVALID_TYPE_ON_FIELD_IN_RECORD', /^Active: /],
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
      /^Name is not an External ID or indexed field for Account$/,
    ],
    [
      'reference by two fields',
      'Contact',
      '{"LastName":"x","Account":{"External_Id__c":"a","Legacy_Code__c":"b"}}',
      'INVALID_FIELD',
      /exactly one/,
    ],
    ['polymorphic reference without type', 'Task', '{"Who":{"Email":"a@b.co"}}', 'JSON_PARSER_ERROR', FIRST],
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
