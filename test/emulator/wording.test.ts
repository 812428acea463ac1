import { afterEach, describe, expect, it } from 'vitest';
import type { EmulatorOptions } from '../../src/emulator/index.js';
import { Client, type JobDocument } from '../helpers/emulator-client.js';

let client: Client;

afterEach(async () => {
  await client.emulator.stop();
});

const ID = expect.stringMatching(/^[a-zA-Z0-9]{15}[A-Z0-5]{3}$/) as string;
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/) as string;
const UNWRITABLE =
  'Please check the security settings of this field and verify that it is read/write for your profile or permission set.';
const RECORD_ALONE = '[Source: N/A; line: -1, column: -1][line:-1, column:-1]';
const ATTRIBUTES_FIRST =
  'Nested object for polymorphic foreign key must have an attributes field before any other fields.';
const LONG = 'x'.repeat(300);

/** A request, and the whole answer as an org words it. */
interface Row {
  readonly what: string;
  readonly call: readonly [method: string, path: string, body?: unknown, headers?: Record<string, string>];
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json: unknown;
  /** Records that are there before: sObject and fields. */
  readonly given?: readonly (readonly [string, Record<string, unknown>])[];
  readonly options?: EmulatorOptions;
}

const record = (type: string, fields: object) => ({ attributes: { type }, ...fields });
const records = (...all: object[]) => ({ allOrNone: false, records: all });
const account = (fields: object) => record('Account', fields);
const written = { id: ID, success: true, errors: [] };
const failed = (statusCode: string, message: string, fields: string[] = []) => ({
  success: false,
  errors: [{ statusCode, message, fields }],
});

/** One record in a collections call that inserts, and its error. */
const recordErrors: [what: string, type: string, fields: object, error: ReturnType<typeof failed>][] = [
  [
    'a date that is none',
    'Account',
    { Name: 'x', Since__c: '' },
    failed(
      'JSON_PARSER_ERROR',
      `Cannot deserialize instance of date from VALUE_STRING value  or request may be missing a required field at ${RECORD_ALONE}`,
    ),
  ],
  [
    'an object for a date',
    'Account',
    { Name: 'x', Since__c: {} },
    failed(
      'JSON_PARSER_ERROR',
      `Cannot deserialize instance of date from START_OBJECT value { or request may be missing a required field at ${RECORD_ALONE}`,
    ),
  ],
  [
    'a polymorphic reference without a type first',
    'Task',
    { What: { External_Id__c: 'a', attributes: { type: 'Account' } } },
    failed('JSON_PARSER_ERROR', ATTRIBUTES_FIRST),
  ],
  [
    'an unknown field',
    'Contact',
    { LastName: 'x', Foo__c: 1 },
    failed('INVALID_FIELD', "No such column 'Foo__c' on sobject of type Contact"),
  ],
  [
    'a field that is read-only',
    'Account',
    { Name: 'x', MasterRecordId: null },
    failed('INVALID_FIELD_FOR_INSERT_UPDATE', `Unable to create/update fields: MasterRecordId. ${UNWRITABLE}`, [
      'MasterRecordId',
    ]),
  ],
  [
    'a required field',
    'Contact',
    { FirstName: 'x' },
    failed('REQUIRED_FIELD_MISSING', 'Required fields are missing: [LastName]', ['LastName']),
  ],
  [
    'a text that is too long, which stands whole in the message',
    'Account',
    { Name: LONG },
    failed('STRING_TOO_LONG', `Account Name: data value too large: ${LONG} (max length=255)`, ['Name']),
  ],
  [
    'a restricted picklist',
    'Account',
    { Name: 'x', CleanStatus: 'Spotless' },
    failed(
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      'Clean Status: bad value for restricted picklist field: Spotless',
      ['CleanStatus'],
    ),
  ],
  [
    'a lookup that is no Id',
    'Task',
    { WhatId: '006B000002nBrQ' },
    failed('MALFORMED_ID', 'Related To ID: id value of incorrect type: 006B000002nBrQ', ['WhatId']),
  ],
  [
    'an owner that is no Id',
    'Account',
    { Name: 'x', OwnerId: 'nobody' },
    failed('MALFORMED_ID', 'Owner ID: id value of incorrect type: nobody', ['OwnerId']),
  ],
  [
    'an Id whose suffix does not fit',
    'Contact',
    { LastName: 'x', AccountId: '001RM000003oLrB000' },
    failed('MALFORMED_ID', 'malformed id 001RM000003oLrB000'),
  ],
  [
    'a parent that is not there',
    'Contact',
    { LastName: 'x', Account: { External_Id__c: 'A-77' } },
    failed('INVALID_FIELD', 'Foreign key external ID: a-77 not found for field External_Id__c in entity Account'),
  ],
  [
    'a reference by a field that is no key',
    'Case',
    { Account: { Name: 'x' } },
    failed('INVALID_FIELD', 'Name is not an External ID or indexed field for Account'),
  ],
  [
    'a reference to a record type',
    'Case',
    { RecordType: { DeveloperName: 'Support' } },
    failed('INVALID_FIELD', 'DeveloperName is not an External ID or indexed field for RecordType'),
  ],
  [
    'a record type of which the user has none',
    'Case',
    { RecordTypeId: '0125e0000008OldAAE' },
    failed(
      'INVALID_CROSS_REFERENCE_KEY',
      "Record Type ID: this ID value isn't valid for the user: 0125e0000008OldAAE",
      ['RecordTypeId'],
    ),
  ],
  ...['1699-12-31', '4001-01-01'].map((date): (typeof recordErrors)[number] => [
    `a year that an org does not know: ${date}`,
    'Account',
    { Name: 'x', Since__c: date },
    failed('FIELD_INTEGRITY_EXCEPTION', `Since: invalid date: ${date}`, ['Since__c']),
  ]),
];

const rows: Row[] = [
  ...recordErrors.map(([what, type, fields, error]): Row => ({
    what: `a collections call: ${what}`,
    call: ['POST', 'composite/sobjects', records(record(type, fields), account({ Name: 'good' }))],
    status: 200,
    json: [error, written],
  })),
  {
    what: 'a collections call: types that are none',
    call: ['POST', 'composite/sobjects', records(account({ Name: 'x' }), record('badType', {}), { Name: 'x' })],
    status: 200,
    json: [
      written,
      failed('INVALID_TYPE', "sObject type 'badType' is not supported."),
      failed('INVALID_TYPE', "sObject type 'null' is not supported."),
    ],
  },
  {
    what: 'a collections call: an upsert without attributes',
    call: ['PATCH', 'composite/sobjects/Account/Id', records({ Id: '001000000000000000', Name: 'x' })],
    status: 200,
    json: [{ ...failed('JSON_PARSER_ERROR', ATTRIBUTES_FIRST), created: false }],
  },
  {
    what: 'a collections call: a failed upsert that would have created',
    call: ['PATCH', 'composite/sobjects/Account/Id', records(account({ Id: null, Name: 'x', OwnerId: 'nobody' }))],
    status: 200,
    json: [
      {
        ...failed('MALFORMED_ID', 'Owner ID: id value of incorrect type: nobody', ['OwnerId']),
        created: true,
      },
    ],
  },
  {
    what: 'a collections call: an update without Id',
    call: ['PATCH', 'composite/sobjects', records(account({ Name: 'x' }))],
    status: 200,
    json: [failed('MISSING_ARGUMENT', 'Id not specified in an update call')],
  },
  {
    what: 'a collections call: an update of what is not there',
    call: ['PATCH', 'composite/sobjects', records(account({ id: '001xx000003DHP0AAO', Name: 'x' }))],
    status: 200,
    json: [failed('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id')],
  },
  {
    what: 'a collections call: a blank external id',
    call: ['PATCH', 'composite/sobjects/Account/External_Id__c', records(account({ External_Id__c: ' ', Name: 'x' }))],
    status: 200,
    json: [{ ...failed('MISSING_ARGUMENT', 'External_Id__c not specified', ['External_Id__c']), created: false }],
  },
  {
    what: 'a collections call: a value that is taken',
    given: [['Account', { Name: 'x', External_Id__c: 'A-1' }]],
    call: ['POST', 'composite/sobjects', records(account({ Name: 'y', External_Id__c: 'a-1' }))],
    status: 200,
    json: [
      {
        success: false,
        errors: [
          {
            statusCode: 'DUPLICATE_VALUE',
            message: expect.stringMatching(
              /^duplicate value found: External_Id__c duplicates value on record with id: 001\w{15}$/,
            ) as string,
            fields: [],
          },
        ],
      },
    ],
  },
  {
    what: 'a collections call: a duplicate rule',
    options: { faults: ['record-error:code=DUPLICATES_DETECTED'] },
    call: ['POST', 'composite/sobjects', records(account({ Name: 'y' }))],
    status: 200,
    json: [failed('DUPLICATES_DETECTED', 'Use one of these records?')],
  },
  {
    what: 'a collections call: a duplicate rule that the header lets pass',
    options: { faults: ['record-error:code=DUPLICATES_DETECTED'] },
    call: [
      'POST',
      'composite/sobjects',
      records(account({ Name: 'y' })),
      { 'sforce-duplicate-rule-header': 'allowSave=true; includeRecordDetails=true' },
    ],
    status: 200,
    json: [written],
  },
  {
    what: 'a collections call: a field that one record alone may not have',
    options: {
      faults: ['record-error:key=B-1:fields=Rating,Site:code=INVALID_FIELD_FOR_INSERT_UPDATE:count=0'],
    },
    call: [
      'POST',
      'composite/sobjects',
      records(
        account({ Name: 'x', External_Id__c: 'B-1', Rating: 'Hot' }),
        account({ Name: 'x', External_Id__c: 'B-2', Rating: 'Hot' }),
        account({ Name: 'x', External_Id__c: 'B-1' }),
      ),
    ],
    status: 200,
    json: [
      failed('INVALID_FIELD_FOR_INSERT_UPDATE', `Unable to create/update fields: Rating. ${UNWRITABLE}`, ['Rating']),
      written,
      written,
    ],
  },
  {
    what: 'a call for one record: a duplicate rule shows what it met',
    given: [['Account', { Name: 'x' }]],
    options: { faults: ['record-error:after=1:code=DUPLICATES_DETECTED'] },
    call: ['POST', 'sobjects/Account', { Name: 'y' }],
    status: 400,
    json: [
      {
        duplicateResut: {
          allowSave: true,
          duplicateRule: 'Standard_Account_Duplicate_Rule',
          duplicateRuleEntityType: 'Account',
          errorMessage: 'Use one of these records?',
          matchResults: [
            {
              entityType: 'Account',
              errors: [],
              matchEngine: 'FuzzyMatchEngine',
              matchRecords: [
                {
                  additionalInformation: [],
                  fieldDiffs: [],
                  matchConfidence: 100,
                  record: {
                    attributes: {
                      type: 'Account',
                      url: expect.stringMatching(/^\/services\/data\/v62\.0\/sobjects\/Account\/001\w{15}$/) as string,
                    },
                    Id: ID,
                  },
                },
              ],
              rule: 'Standard_Account_Match_Rule_v1_1',
              size: 1,
              success: true,
            },
          ],
        },
        errorCode: 'DUPLICATES_DETECTED',
        message: 'Use one of these records?',
      },
    ],
  },
  {
    what: 'a call for one record: an unknown field',
    call: ['POST', 'sobjects/Account', { AccountNumer: 'x' }],
    status: 400,
    json: [{ message: "No such column 'AccountNumer' on sobject of type Account", errorCode: 'INVALID_FIELD' }],
  },
  {
    what: 'a call for one record: a datetime that is none',
    call: ['POST', 'sobjects/Account', { Last_Order__c: '2024-07-30 20:54:16 UTC' }],
    status: 400,
    json: [
      {
        message:
          'Cannot deserialize instance of datetime from VALUE_STRING value 2024-07-30 20:54:16 UTC or request may be missing a required field at [line:1, column:18]',
        errorCode: 'JSON_PARSER_ERROR',
      },
    ],
  },
  {
    what: 'a call for one record: a date alone for a datetime',
    call: ['POST', 'sobjects/Account', { Name: 'x', Last_Order__c: '2024-07-30' }],
    status: 201,
    json: written,
  },
  {
    what: 'a call for one record: a new one, and where it is',
    call: ['POST', 'sobjects/account', { Name: 'x' }],
    status: 201,
    headers: { location: String.raw`^/services/data/v62\.0/sobjects/Account/001\w{15}$` },
    json: written,
  },
  {
    what: 'an upsert of one record that is new',
    call: ['PATCH', 'sobjects/Contact/Email/new%40example.com', { LastName: 'x' }],
    status: 201,
    headers: { location: String.raw`^/services/data/v62\.0/sobjects/Contact/003\w{15}$` },
    json: { ...written, created: true },
  },
  {
    what: 'an upsert of one record that is there',
    given: [['Contact', { LastName: 'x', Email: 'old@example.com' }]],
    call: ['PATCH', 'sobjects/Contact/Email/old%40example.com', { LastName: 'y' }],
    status: 200,
    headers: { location: String.raw`^/services/data/v62\.0/sobjects/Contact/003\w{15}$` },
    json: { ...written, created: false },
  },
  {
    what: 'an upsert of one record that is there, up to v45',
    given: [['Contact', { LastName: 'x', Email: 'old@example.com' }]],
    call: ['PATCH', '/services/data/v45.0/sobjects/Contact/Email/old%40example.com', { LastName: 'y' }],
    status: 204,
    json: undefined,
  },
  {
    what: 'a call for one record: an Id that is none',
    call: ['PATCH', 'sobjects/Contact/sfdcid_abc', { LastName: 'x' }],
    status: 400,
    json: [
      { message: 'Contact ID: id value of incorrect type: sfdcid_abc', errorCode: 'MALFORMED_ID', fields: ['Id'] },
    ],
  },
  {
    what: 'an upsert by a field that is no key',
    call: ['PATCH', 'sobjects/Account/Namez/x', {}],
    status: 404,
    json: [
      {
        message: 'Provided external ID field does not exist or is not accessible: Namez',
        errorCode: 'NOT_FOUND',
      },
    ],
  },
  {
    what: 'JSON that is none',
    call: ['POST', 'composite/sobjects', '{"records":[{},\n{}]}'.replace('{}]', '{"Name":"x",}]')],
    status: 400,
    json: [
      {
        message:
          "Unexpected character ('}' (code 125)): was expecting double-quote to start field name at [line:2, column:13]",
        errorCode: 'JSON_PARSER_ERROR',
      },
    ],
  },
  {
    what: 'a job by a field that is no key, of a custom sObject',
    call: ['POST', 'jobs/ingest', { object: 'Wide__c', operation: 'upsert', externalIdFieldName: '' }],
    status: 400,
    json: [
      {
        errorCode: 'INVALIDJOB',
        message: 'InvalidJob : Field name provided,  does not match an External ID for Wide__c',
      },
    ],
  },
  {
    what: 'a job by a field that is no key, of a standard sObject',
    call: ['POST', 'jobs/ingest', { object: 'Account', operation: 'upsert', externalIdFieldName: 'Fax' }],
    status: 400,
    json: [
      {
        errorCode: 'INVALIDJOB',
        message:
          'InvalidJob : Field name provided, Fax does not match an External ID, Salesforce Id, or indexed field for Account',
      },
    ],
  },
  {
    what: 'an upsert job without a key',
    call: ['POST', 'jobs/ingest', { object: 'Wide__c', operation: 'upsert' }],
    status: 400,
    json: [
      {
        errorCode: 'INVALIDJOB',
        message: 'InvalidJob : External ID was blank for Wide__c. An External ID must be specified for upsert.',
      },
    ],
  },
  {
    what: 'a retired version',
    call: ['GET', '/services/data/v30.0/limits'],
    status: 410,
    json: [{ errorCode: 'UNSUPPORTED_API_VERSION', message: expect.any(String) as string }],
  },
];

describe('the emulator answers as an org: ', () => {
  it.each(rows)('$what', async ({ call: [method, path, body, headers], status, json, given, options, ...row }) => {
    client = await Client.start(options);
    for (const [type, fields] of given ?? []) {
      const made = await client.call('POST', `sobjects/${type}`, JSON.stringify(fields));
      expect(made.status).toBe(201);
    }
    const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
    const answer = await client.call(method, path, text, headers);
    expect({ status: answer.status, json: answer.json }).toEqual({ status, json });
    for (const [name, pattern] of Object.entries(row.headers ?? {})) {
      expect(answer.headers.get(name)).toMatch(new RegExp(pattern));
    }
  });

  it('versions, with their releases', async () => {
    client = await Client.start();
    const versions = (await client.get('/services/data')).json as { label: string; version: string }[];
    expect(versions).toHaveLength(37);
    expect(versions.map(({ label, version }) => `${version} ${label}`)).toEqual(
      expect.arrayContaining([
        "31.0 Summer '14",
        "32.0 Winter '15",
        "33.0 Spring '15",
        '42.0 Spring ’18',
        "66.0 Spring '26",
        "67.0 Summer '26",
      ]),
    );
  });

  it('errors as XML, where XML alone is asked for', async () => {
    client = await Client.start();
    const { headers, text } = await client.call('GET', 'nope', undefined, { accept: 'application/xml' });
    expect(headers.get('content-type')).toBe('application/xml');
    expect(text.replaceAll(/[\n\t]/g, '')).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Errors><Error><errorCode>NOT_FOUND</errorCode>' +
        '<message>The requested resource does not exist</message></Error></Errors>',
    );
  });

  it('a refusal of the token endpoint in its own form, as a fault too', async () => {
    const message = 'External client app is not installed in this org';
    client = await Client.start({ faults: [`400:on=token:code=app_not_found:message=${message}`] });
    const { status, json } = await client.call('POST', '/services/oauth2/token', 'grant_type=x');
    expect({ status, json }).toEqual({ status: 400, json: { error: 'app_not_found', error_description: message } });
  });

  it('nothing anew to who knows the sObjects', async () => {
    client = await Client.start();
    const { headers } = await client.get('sobjects');
    const again = await client.call('GET', 'sobjects', undefined, {
      'if-modified-since': headers.get('last-modified') ?? '',
    });
    expect({ status: again.status, text: again.text }).toEqual({ status: 304, text: '' });
  });

  it('userinfo, which is no API call', async () => {
    client = await Client.start();
    const { headers, json } = await client.get('/services/oauth2/userinfo');
    expect(headers.get('sforce-limit-info')).toBeNull();
    expect(json).toMatchObject({ user_id: ID, organization_id: ID, preferred_username: 'loader@emulator.example' });
    expect(client.emulator.apiUsed).toBe(0);
  });
});

describe('bulk jobs', () => {
  const reduced = [
    ...['id', 'operation', 'object', 'createdById', 'createdDate', 'systemModstamp', 'state'],
    ...['externalIdFieldName', 'concurrencyMode', 'contentType', 'apiVersion'],
  ];
  const format = ['lineEnding', 'columnDelimiter'];
  const counters = ['numberRecordsProcessed', 'numberRecordsFailed'];
  const times = ['retries', 'totalProcessingTime', 'apiActiveProcessingTime', 'apexProcessingTime'];

  it('have the members of an org, in its order', async () => {
    client = await Client.start();
    const request = { object: 'Account', operation: 'upsert', externalIdFieldName: 'External_Id__c' };
    const made = await client.call('POST', 'jobs/ingest', JSON.stringify(request));
    expect(Object.keys(made.json as object)).toEqual([...reduced, 'contentUrl', ...format]);
    expect(made.text).toContain('"apiVersion":62.0,');
    const { id } = made.json as JobDocument;
    expect(made.json).toMatchObject({
      ...{ id: ID, state: 'Open', createdDate: TIME, systemModstamp: TIME, concurrencyMode: 'Parallel' },
      contentUrl: `services/data/v62.0/jobs/ingest/${id}/batches`,
    });
    const path = `jobs/ingest/${id}`;
    const open = async (): Promise<string[]> => Object.keys((await client.get(path)).json as object);
    expect(await open()).toEqual([...reduced, 'jobType', 'contentUrl', ...format, ...times]);

    const list = (await client.get('jobs/ingest')).json as { records: object[] };
    expect(Object.keys(list)).toEqual(['done', 'nextRecordsUrl', 'records']);
    expect(Object.keys(list.records[0]!)).toEqual([...reduced, 'jobType', 'contentUrl', ...format]);

    await client.call('PUT', `${path}/batches`, 'External_Id__c,Name\nA-1,x\n', { 'content-type': 'text/csv' });
    expect(await open()).toEqual([...reduced, 'jobType', 'contentUrl', ...format, ...counters, ...times]);
    const closed = await client.call('PATCH', path, '{"state":"UploadComplete"}');
    expect(Object.keys(closed.json as object)).toEqual(reduced);
    const done = await client.finished(path);
    expect(Object.keys(done)).toEqual([...reduced, 'jobType', ...format, ...counters, ...times]);
  });

  it('end a failure with its message', async () => {
    client = await Client.start();
    const done = await client.load({ object: 'Account', operation: 'insert' }, 'Foo__c\nx\n');
    expect(Object.keys(done).at(-1)).toBe('errorMessage');
    expect(done.errorMessage).toBe('InvalidBatch : Field name not found : Foo__c');
  });

  const cells: [what: string, object: string, header: string, row: string, error: string][] = [
    [
      'a date that is none',
      'Opportunity',
      'Name,StageName,CloseDate',
      'x,Prospecting,31/12/2025',
      "INVALID_FIELD:Failed to deserialize field at col 2. Due to, '31/12/2025' is not a valid value for the type xsd:date:CloseDate --",
    ],
    [
      'a date alone for a datetime',
      'Account',
      'Last_Order__c,Name',
      '2018-09-28,x',
      "INVALID_FIELD:Failed to deserialize field at col 0. Due to, '2018-09-28' is not a valid value for the type xsd:dateTime:Last_Order__c --",
    ],
    [
      'a year that an org does not know',
      'Account',
      'Name,Since__c',
      'x,4001-01-01',
      'FIELD_INTEGRITY_EXCEPTION:Since: invalid date: 4001-01-01:Since__c --',
    ],
    [
      'a required field',
      'Account',
      'BillingState',
      'CA',
      'REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --',
    ],
    [
      'a restricted picklist',
      'Account',
      'Name,Tier__c',
      'x,Tin',
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST:Tier: bad value for restricted picklist field: Tin:Tier__c --',
    ],
    [
      'a parent that is not there',
      'Contact',
      'LastName,Account.External_Id__c',
      'x,A-77',
      'INVALID_FIELD:Foreign key external ID: a-77 not found for field External_Id__c in entity Account:--',
    ],
    [
      'an Id whose suffix does not fit',
      'Contact',
      'LastName,AccountId',
      'x,001RM000003oLrB000',
      'MALFORMED_ID:malformed id 001RM000003oLrB000:--',
    ],
  ];
  it.each(cells)('fail a row: %s', async (_, object, header, row, error) => {
    client = await Client.start();
    const { id } = await client.load({ object, operation: 'insert' }, `${header}\n${row}\n`);
    expect((await client.results(id)).failed).toContain(`"","${error}",`);
  });

  it('name the record that holds a value with all its characters', async () => {
    client = await Client.start();
    const made = await client.call('POST', 'sobjects/Account', '{"Name":"x","External_Id__c":"A-1"}');
    const { id } = await client.load({ object: 'Account', operation: 'insert' }, 'Name,External_Id__c\ny,A-1\n');
    const other = (made.json as { id: string }).id;
    expect((await client.results(id)).failed).toContain(
      `"DUPLICATE_VALUE:duplicate value found: External_Id__c duplicates value on record with id: ${other}:--"`,
    );
  });
});
