import { LosslessNumber } from 'lossless-json';
import { expect, test } from 'vitest';
import { valueInKey } from '../../src/records/renaming.js';
import type { JsonValue } from '../../src/core/record.js';

test.each<[JsonValue | undefined, JsonValue | undefined]>([
  ['A-1', 'A-1'],
  [' A-1 ', ' A-1 '],
  ['"A-1"', 'A-1'],
  ['{"External_Id__c":"A-1"}', 'A-1'],
  [' {"external_id__C":"A-1","other":1} ', 'A-1'],
  [{ External_Id__c: 'A-1' }, 'A-1'],
  [{ EXTERNAL_ID__C: 17 }, 17],
  ['{"External_Id__c":12345678901234567890}', new LosslessNumber('12345678901234567890')],
  [17, 17],
  ['17', '17'],
  ['{broken', '{broken'],
  ['{broken}', '{broken}'],
  ['"a" and "b"', '"a" and "b"'],
  [{ Id: 'A-1' }, undefined],
  [{ External_Id__c: null }, undefined],
  ['{"Id":1}', undefined],
  [null, undefined],
  [undefined, undefined],
])('%j holds %j', (key, value) => {
  expect(valueInKey(key, 'External_Id__c')).toEqual(value);
});
