import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DescribeField } from '../../src/emulator/schema/describe.js';
import { Client } from '../helpers/emulator-client.js';

/** An Account as an org with person accounts describes it: nothing of a person or a business is required. */
const account = {
  name: 'Account',
  keyPrefix: '001',
  fields: [
    { name: 'Id', type: 'id', createable: false, updateable: false, nillable: false, defaultedOnCreate: true },
    { name: 'Name', type: 'string', length: 255 },
    { name: 'LastName', type: 'string', length: 80 },
    { name: 'FirstName', type: 'string', length: 40 },
    { name: 'Phone', type: 'phone' },
    { name: 'PersonEmail', type: 'email' },
    { name: 'Colour__pc', type: 'string', length: 20 },
    { name: 'IsPersonAccount', type: 'boolean', createable: false, updateable: false },
    { name: 'RecordTypeId', type: 'reference', referenceTo: ['RecordType'], relationshipName: 'RecordType' },
  ] satisfies (Partial<DescribeField> & Pick<DescribeField, 'name' | 'type'>)[],
  recordTypeInfos: [
    ...[
      { recordTypeId: '0125e0000008BusAAE', developerName: 'Business', defaultRecordTypeMapping: true },
      { recordTypeId: '0125e0000008PerAAE', developerName: 'PersonAccount', defaultRecordTypeMapping: false },
    ].map((info) => ({ ...info, active: true, available: true, master: false, name: info.developerName })),
  ],
};

let client: Client;

beforeEach(async () => {
  client = await Client.start({ describes: [account] });
});

afterEach(async () => {
  await client.emulator.stop();
});

const PERSON = '"RecordTypeId":"0125e0000008PerAAE"';

it.each([
  [
    'a business with fields of a person',
    '{"Name":"x","Colour__pc":"red","PersonEmail":"a@b.co"}',
    ['Colour__pc', 'PersonEmail'],
  ],
  ['a person with a name of a business', `{"Name":"x","LastName":"y",${PERSON}}`, ['Name']],
])('refuses %s, for that record alone', async (_, bad, fields) => {
  const { elements } = await client.collection('POST', 'Account', [bad, '{"Name":"good"}']);
  expect(elements).toMatchObject([
    { success: false, errors: [{ statusCode: 'INVALID_FIELD_FOR_INSERT_UPDATE', fields }] },
    { success: true },
  ]);
});

it('takes fields of a person where the record is one, by its record type or by its last name', async () => {
  const records = [`{"LastName":"x","Colour__pc":"red",${PERSON}}`, '{"LastName":"x","Colour__pc":"red"}'];
  const { elements } = await client.collection('POST', 'Account', records);
  expect(elements.map(({ success }) => success)).toEqual([true, true]);
  const { json } = await client.get(
    'query?q=SELECT+Name,IsPersonAccount,RecordTypeId+FROM+Account+WHERE+RecordTypeId!=null',
  );
  expect(json).toMatchObject({
    records: [{ Name: 'x', IsPersonAccount: true, RecordTypeId: '0125e0000008PerAAE' }, {}],
  });
  const business = '{"Phone":"1","Name":null,"RecordTypeId":"0125e0000008BusAAE"}';
  expect((await client.collection('POST', 'Account', [business])).elements[0]?.errors[0]).toMatchObject({
    statusCode: 'REQUIRED_FIELD_MISSING',
    fields: ['Name'],
  });
});
