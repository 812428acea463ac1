import { expect, test } from 'vitest';
import { proposeMapping } from '../../../src/cli/init/propose.js';

function proposed(fields: Record<string, number>, of: { topic?: string; records?: number; tombstones?: number } = {}) {
  const { topic = 'accounts', records = 10, tombstones = 0 } = of;
  const { keys, notes } = proposeMapping({
    ...{ topic, records, tombstones, sobject: undefined },
    fields: new Map(Object.entries(fields)),
  });
  return { notes, ...Object.fromEntries(keys.map(({ name, value }) => [name, value])) };
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
    '2 tombstones (a key without a record): failures, unless an upsert says "tombstones: delete" or "tombstones: skip".',
  ]);
});
