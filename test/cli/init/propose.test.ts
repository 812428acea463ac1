import { expect, test } from 'vitest';
import { proposeMapping, proposeMappings } from '../../../src/cli/init/propose.js';
import { standardFields } from '../../../src/cli/init/known-fields.js';

function proposed(fields: Record<string, number>, of: { topic?: string; records?: number; tombstones?: number } = {}) {
  const { topic = 'accounts', records = 10, tombstones = 0 } = of;
  const {
    keys,
    notes,
    fields: targets,
  } = proposeMapping(
    {
      ...{ topic, records, tombstones, sobject: undefined },
      ...{ fields: new Map(Object.entries(fields)), references: new Set<string>() },
    },
    standardFields,
  );
  return {
    notes,
    ...(targets && { fields: targets }),
    ...Object.fromEntries(keys.map(({ name, value }) => [name, value])),
  };
}

test.each<[Record<string, number>, object]>([
  [
    { Name: 10, External_Id__c: 10 },
    { operation: 'upsert', external_id_field: 'External_Id__c' },
  ],
  [
    { Id: 10, ExtId__c: 10 },
    { operation: 'upsert', external_id_field: 'ExtId__c' },
  ],
  [
    { Case_Key__c: 10, External_Id__c: 10 },
    { operation: 'upsert', external_id_field: 'External_Id__c' },
  ],
  [
    { Case_Key__c: 10, External_Id__c: 9 },
    { operation: 'upsert', external_id_field: 'Case_Key__c' },
  ],
  [{ Legacy_Id__c: 10 }, { operation: 'upsert', external_id_field: 'Legacy_Id__c' }],
  [{ id: 9, Name: 10 }, { operation: 'update' }],
  [{ Id: 3, Name: 10 }, { operation: 'insert' }],
  [{ Name: 10, Text__c: 10, Monkey: 10, 'ext key': 10 }, { operation: 'insert' }],
])('%j → %j', (fields, expected) => {
  const found = proposed(fields);
  expect(found).toMatchObject(expected);
  expect('external_id_field' in found).toBe('external_id_field' in expected);
});

const UNMAPPED = 'Not in "fields", since no field has a similar name: id, nope, companyName.';

test.each<[string, Record<string, number>, object | undefined, object]>([
  [
    'snake_case and camelCase',
    { last_name: 10, companyName: 8, Company: 9, 'E-Mail': 7, nope: 10, Score__c: 5, id: 10 },
    { LastName: 'last_name', Company: 'Company', Email: 'E-Mail', Score__c: 'Score__c' },
    { operation: 'insert', notes: [expect.stringContaining('10 records with'), UNMAPPED] as unknown },
  ],
  ['names in another case alone', { lastname: 10, COMPANY: 10, nope: 1 }, undefined, { operation: 'insert' }],
  [
    'a key in another spelling',
    { externalId: 10, last_name: 10, 'Parent.Key__c': 3 },
    { External_Id__c: 'externalId', LastName: 'last_name', 'Parent.Key__c': 'Parent.Key__c' },
    { operation: 'upsert', external_id_field: 'External_Id__c' },
  ],
  [
    'two spellings of one field: the right one, else the more frequent',
    { last_name: 10, LastName: 1, first_name: 3, 'first-name': 4 },
    { LastName: 'LastName', FirstName: 'first-name' },
    {},
  ],
  ['an Id as it is', { Id: 10, last_name: 10 }, { Id: 'Id', LastName: 'last_name' }, { operation: 'update' }],
  ['no sObject that is known', { size_of_it: 10, external_id: 10 }, { External_Id__c: 'external_id' }, {}],
])('%s', (name, fields, targets, others) => {
  const topic = name.startsWith('no sObject') ? 'things' : 'leads';
  const found = proposed(fields, { topic });
  expect(found).toMatchObject(others);
  expect('fields' in found ? found.fields : undefined).toEqual(targets);
});

test('events are inserted, whatever their fields', () => {
  expect(proposed({ External_Id__c: 10 }, { topic: 'Order_Event__e' })).toMatchObject({ operation: 'insert' });
});

test('many records go in bulk', () => {
  expect(proposed({}, { records: 2000 })).toMatchObject({ mode: 'bulk' });
  expect(proposed({}, { records: 1999 })).not.toHaveProperty('mode');
});

test('the notes tell what was seen, and nothing that could break out of a comment', () => {
  const { notes } = proposed({ Name: 2, 'a\nb': 1, Site: 3 }, { records: 1, tombstones: 2 });
  expect(notes).toEqual([
    '1 record with Site, Name and 1 more.',
    '2 tombstones (a key without a record): would fail, unless an upsert has "tombstones: delete" or "tombstones: skip".',
  ]);
});

/** What each of these topics is proposed to depend on. */
function depending(topics: Readonly<Record<string, readonly string[]>>): object {
  const samples = Object.entries(topics).map(([topic, references]) => ({
    ...{ topic, records: 1, tombstones: 0, sobject: undefined },
    ...{ fields: new Map<string, number>(), references: new Set(references) },
  }));
  const pairs = proposeMappings(samples, standardFields).flatMap(({ topic, keys }) =>
    keys.filter(({ name }) => name === 'depends_on').map(({ value, why }) => [topic, [value, why]]),
  );
  return Object.fromEntries(pairs) as object;
}

test.each<[string, Readonly<Record<string, readonly string[]>>, object]>([
  [
    'the parents',
    { contacts: ['Account', 'Owner'], accounts: ['Parent'], 'crm.cases': ['Contact', 'account', 'Lead'] },
    {
      contacts: [['accounts'], 'the records refer to Account'],
      'crm.cases': [['contacts', 'accounts'], 'the records refer to Contact, Account'],
    },
  ],
  [
    'custom relationships',
    { Invoice__c: ['Bill_To_Account__r', 'Constructor__r'], accounts: [], lines: ['Invoice__r'] },
    {
      Invoice__c: [['accounts'], 'the records refer to Account'],
      lines: [['Invoice__c'], 'the records refer to Invoice__c'],
    },
  ],
  ['themselves', { accounts: ['Account'], 'old.accounts': ['Account'] }, {}],
  [
    'each other',
    { accounts: ['Contact'], contacts: ['Account'] },
    { accounts: [['contacts'], 'the records refer to Contact'] },
  ],
  [
    'each other, round about',
    { accounts: ['Contact'], contacts: ['Case'], cases: ['Account'] },
    {
      accounts: [['contacts'], 'the records refer to Contact'],
      contacts: [['cases'], 'the records refer to Case'],
    },
  ],
])('topics that refer to %s', (_, topics, expected) => {
  expect(depending(topics)).toEqual(expected);
});
