import { expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/core/record.js';
import { parseJson } from '../../src/input/json.js';
import { Renaming } from '../../src/records/renaming.js';

test.each<[source: string, record: JsonObject, value: JsonValue | undefined]>([
  ['a', { a: 1 }, 1],
  ['a', { A: 1 }, undefined],
  ['a', { a: null }, null],
  ['a', { a: '' }, ''],
  ['a', { a: { string: 'x' } }, 'x'],
  ['a', { a: { b: 1 } }, { b: 1 }],
  ['a', { a: ['x', 'y'] }, ['x', 'y']],
  ['a.b', { a: { b: 'path' }, 'a.b': 'name' }, 'name'],
  ['a.b', { a: { b: 'path' } }, 'path'],
  ['a.b', { a: null }, undefined],
  ['a.b', { a: 'text' }, undefined],
  ['a.b.c', { a: { 'b.c': 1 } }, 1],
  ['a.b.c', { 'a.b': { c: 1 } }, 1],
  ['a.b.c', { 'a.b': { d: 1 }, a: { b: { c: 2 } } }, 2],
  ['a.1.b', { a: [{ b: 1 }, { b: 2 }] }, 2],
  ['a.2', { a: ['x'] }, undefined],
  ['a.-1', { a: ['x'] }, undefined],
  ['a.length', { a: ['x'] }, undefined],
  ['a.1', { a: { 1: 'member' } }, 'member'],
  ['a.b', { a: { 'com.acme.A': { b: { int: 5 } } } }, 5],
  ['a.0', { a: { array: [{ string: 'x' }] } }, 'x'],
  ['a.string', { a: { string: 'x' } }, 'x'],
  ['a', { 'com.acme.R': { a: 1 } }, 1],
  ['a.b', { 'com.acme.R': { a: { b: 1 } } }, 1],
  ['toString', { a: 1 }, undefined],
  ['__proto__.x', { a: 1 }, undefined],
  ['constructor', { a: { b: 1 } }, undefined],
])('the source %s in %j is %j', (source, record, value) => {
  expect(new Renaming({ Target: source }).apply(record)).toEqual(value === undefined ? undefined : { Target: value });
});

test('only targets whose sources are there are in the record, in the order of the targets', () => {
  const renaming = new Renaming({ B__c: 'b', A__c: 'a', C__c: 'c', Again__c: 'a' });
  expect(Object.entries(renaming.apply({ a: 1, b: 2, d: 3 }) ?? {})).toEqual([
    ['B__c', 2],
    ['A__c', 1],
    ['Again__c', 1],
  ]);
});

test('a number keeps its digits, and is no object to look into', () => {
  const renaming = new Renaming({ A__c: 'a', B__c: 'a.value' });
  const { a } = parseJson('{"a":12345678901234567890}') as { a: JsonValue };
  expect(renaming.apply({ a })).toEqual({ A__c: a });
});
