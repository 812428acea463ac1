import { LosslessNumber } from 'lossless-json';
import { expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/core/record.js';
import { plainRecord, plainValue } from '../../src/input/avro.js';

const names = {
  isReference: (name: string) => name === 'Account',
  isRecord: (name: string) => name === 'Ref',
};

test.each<[JsonObject, JsonObject]>([
  [{ A: { string: 'x' } }, { A: 'x' }],
  [{ A: { long: new LosslessNumber('12345678901234567890') } }, { A: new LosslessNumber('12345678901234567890') }],
  [
    { A: { boolean: false }, B: null, C: 1 },
    { A: false, B: null, C: 1 },
  ],
  [{ A: { 'com.acme.Tier': 'Gold' } }, { A: 'Gold' }],
  [{ A: { array: ['x', { string: 'y' }] } }, { A: ['x', 'y'] }],
  [{ A: [{ string: 'x' }, null] }, { A: ['x', null] }],
  [{ 'com.acme.Account': { A: { string: 'x' } } }, { A: 'x' }],
  [{ Ref: { A: { string: 'x' }, B: 1 } }, { A: 'x', B: 1 }],
  [
    { Account: { External_Id__c: { string: 'A-1' } }, A: 1 },
    { Account: { External_Id__c: 'A-1' }, A: 1 },
  ],
  [{ 'Account.External_Id__c': { string: 'A-1' } }, { 'Account.External_Id__c': 'A-1' }],
  [
    JSON.parse('{"__proto__":{"string":"x"},"A":{"int":1}}') as JsonObject,
    JSON.parse('{"__proto__":"x","A":1}') as JsonObject,
  ],
])('%j is %j', (encoded, plain) => {
  expect(plainRecord(encoded, names)).toEqual(plain);
  expect(JSON.stringify(plainRecord(encoded, names))).toBe(JSON.stringify(plain));
});

test.each<JsonObject>([
  { A: 'x', B: [1, 'y'], C: null },
  { Account: { string: 'A-1' } },
  { Account: { External_Id__c: 'A-1' } },
  { A: { string: 'x', int: 1 } },
  { A: { String: 'x' } },
  { A: {} },
  { Ref: 'x' },
  { 'Account.External_Id__c': { a: 1 } },
  { 'Group:Account.External_Id__c': { a: 1, b: 2 } },
  { Other: { A: 1, B: 2 } },
  {},
])('%j is left as it is', (record) => {
  expect(plainRecord(record, names)).toBe(record);
});

test.each<[JsonValue, JsonValue]>([
  [{ string: 'K' }, 'K'],
  [{ 'com.acme.Key': { A: 'K' } }, { A: 'K' }],
  ['K', 'K'],
  [null, null],
])('the value %j is %j', (encoded, plain) => {
  expect(plainValue(encoded)).toEqual(plain);
});
