import { expect, test } from 'vitest';
import { recordMembers } from '../../src/writers/realtime.js';
import { planOf, recordsOf } from './room.js';

function json(data: object | string, leaveOut: string[] = []): string {
  const plan = planOf({ operation: 'insert' });
  const [record] = recordsOf(plan, [data]);
  if (record === undefined) throw new Error('expected a record');
  record.refusedColumns = new Set(record.fields.columns.filter(({ header }) => leaveOut.includes(header)));
  return recordMembers(record);
}

test.each([
  ['text is escaped', { Name: 'a"\n\u0001é👍' }, '"Name":"a\\"\\n\\u0001é👍"'],
  ['digits stay as written', '{"Amount__c":12345678901234567890.10}', '"Amount__c":12345678901234567890.10'],
  ['null and false are values', '{"Name":null,"Paid__c":false}', '"Name":null,"Paid__c":false'],
  ['a reference is an object', { Account: { K: 'A' } }, '"Account":{"K":"A"}'],
  [
    'a polymorphic reference names its type',
    { Owner: { attributes: { type: 'User' }, Username: 'u' } },
    '"Owner":{"attributes":{"type":"User"},"Username":"u"}',
  ],
])('%s', (_name, data, expected) => {
  expect(json(data)).toBe(expected);
});

test('columns that were refused are left out', () => {
  expect(json({ Name: 'x', Notes__c: 'y' }, ['Name'])).toBe('"Notes__c":"y"');
});
