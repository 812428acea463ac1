import { LosslessNumber } from 'lossless-json';
import { describe, expect, test } from 'vitest';
import { comparableKey, exactKey, isUnusableKey, trimBlanks, type KeyKind } from '../../src/records/key.js';
import type { JsonValue } from '../../src/core/record.js';

const number = (digits: string): JsonValue => new LosslessNumber(digits);

describe('comparableKey', () => {
  const same: [KeyKind, JsonValue, JsonValue][] = [
    ['text', 'A-1', 'a-1'],
    ['text', ' A-1\t', 'A-1'],
    ['text', 'STRASSE', 'straße'],
    ['text', 'ΣΑΣ', 'σας'],
    ['text', 'e\u0301', '\u00e9'],
    ['text', 17, '17'],
    ['text', true, 'TRUE'],
    ['id', '0015500001QdQWa', '0015500001QdQWaAAN'],
    ['id', ' 0015500001QdQWaAAN ', '0015500001QdQWaAAN'],
    ['number', 1, '1.0'],
    ['number', number('1e3'), '1000'],
    ['number', number('912260031'), '9.12260031E8'],
    ['unknown', number('1.0'), 1],
    ['unknown', '10', number('1e1')],
    ['unknown', '0.10', '.1'],
    ['unknown', '-0', 0],
  ];
  test.each(same)('%s: %j is the key %j', (kind, a, b) => {
    expect(comparableKey(a, kind)).toBeDefined();
    expect(comparableKey(a, kind)).toBe(comparableKey(b, kind));
  });

  const different: [KeyKind, JsonValue, JsonValue][] = [
    ['text', '1', '1.0'],
    ['text', '007', '7'],
    ['id', '0015500001QdQWa', '0015500001QdQWA'],
    ['unknown', '12345678901234567890', '12345678901234567891'],
    ['unknown', '-1', '1'],
    ['number', '1', '2'],
  ];
  test.each(different)('%s: %j is not the key %j', (kind, a, b) => {
    expect(comparableKey(a, kind)).not.toBe(comparableKey(b, kind));
  });

  test.each([undefined, null, '', '   ', '\u00a0'])('%j is no key', (value) => {
    for (const kind of ['id', 'text', 'number', 'unknown'] as const) expect(comparableKey(value, kind)).toBeUndefined();
  });

  test('an object or a list cannot be a key', () => {
    expect([{}, [], ['a'], { a: 1 }].map(isUnusableKey)).toEqual([true, true, true, true]);
    expect(['a', 1, true, null, undefined, number('1.0')].map(isUnusableKey)).toEqual(Array(6).fill(false));
  });
});

describe('exactKey', () => {
  test('two keys that differ in case are one only where the org says so', () => {
    expect(exactKey('L-0', 'text', false)).not.toBe(exactKey('l-0', 'text', false));
    expect(exactKey('L-0', 'text', true)).toBe(exactKey(' l-0 ', 'text', true));
    expect(exactKey('STRASSE', 'text', true)).not.toBe(exactKey('straße', 'text', true));
  });

  test.each<[KeyKind, string, string]>([
    ['text', 'K', 'K\u00a0'],
    ['text', 'K', '\u3000K'],
    ['text', 'K', '\ufeffK'],
    ['text', 'K\u00a0', 'K\u3000'],
    ['text', 'e\u0301', '\u00e9'],
    ['number', '1', '1\u00a0'],
    ['unknown', '1', '1.0'],
    ['unknown', 'k', 'K'],
  ])('%s: %j and %j are in order, and not one', (kind, a, b) => {
    expect(comparableKey(a, kind) === comparableKey(b, kind)).toBe(true);
    expect(exactKey(a, kind, kind === 'text')).not.toBe(exactKey(b, kind, kind === 'text'));
  });

  test('outer blanks of ASCII are no part of a key', () => {
    expect(exactKey('\t\n\v\f\r K \u00a0 ', 'text', false)).toBe('K \u00a0');
    expect([trimBlanks('  '), trimBlanks('a b'), trimBlanks('')]).toEqual(['', 'a b', '']);
    expect([' ', null, undefined].map((value) => exactKey(value, 'text', false))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('numbers and Ids are one by their value', () => {
    expect(exactKey('1.0', 'number', false)).toBe(exactKey(1, 'number', false));
    expect(exactKey(number('1.0'), 'number', false)).toBe(exactKey(' 1\t', 'number', false));
    expect(exactKey('0015500001QdQWa', 'id', false)).toBe(exactKey('0015500001QdQWaAAN', 'id', false));
  });
});
