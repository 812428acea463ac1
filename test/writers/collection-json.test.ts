import { expect, test } from 'vitest';
import { recordJson } from '../../src/writers/collection-json.js';
import { planOf, recordsOf } from './room.js';

function json(data: object | string, leaveOut: string[] = []): string {
  const plan = planOf({ operation: 'insert' });
  const [record] = recordsOf(plan, [data]);
  if (record === undefined) throw new Error('expected a record');
  record.leftOut = new Set(record.fields.columns.filter(({ header }) => leaveOut.includes(header)));
  return recordJson(record, plan.sobject);
}

test.each([
  ['the type comes first', {}, '{"attributes":{"type":"Order__c"}}'],
  ['text is escaped', { Name: 'a"\n\u0001é👍' }, '{"attributes":{"type":"Order__c"},"Name":"a\\"\\n\\u0001é👍"}'],
  [
    'digits stay as written',
    '{"Amount__c":12345678901234567890.10}',
    '{"attributes":{"type":"Order__c"},"Amount__c":12345678901234567890.10}',
  ],
  [
    'null and false are values',
    '{"Name":null,"Paid__c":false}',
    '{"attributes":{"type":"Order__c"},"Name":null,"Paid__c":false}',
  ],
  ['a reference is an object', { Account: { K: 'A' } }, '{"attributes":{"type":"Order__c"},"Account":{"K":"A"}}'],
  [
    'a polymorphic reference names its type',
    { Owner: { attributes: { type: 'User' }, Username: 'u' } },
    '{"attributes":{"type":"Order__c"},"Owner":{"attributes":{"type":"User"},"Username":"u"}}',
  ],
])('%s', (_name, data, expected) => {
  expect(json(data)).toBe(expected);
});

test('columns that were refused are left out', () => {
  expect(json({ Name: 'x', Notes__c: 'y' }, ['Name'])).toBe('{"attributes":{"type":"Order__c"},"Notes__c":"y"}');
});
