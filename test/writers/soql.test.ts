import { expect, test } from 'vitest';
import type { KeyKind } from '../../src/records/key.js';

import { listsFor, soqlLiteral } from '../../src/writers/soql.js';

test.each<[string, KeyKind, string | undefined]>([
  ['A-1', 'text', "'A-1'"],
  ["O'Brien", 'text', String.raw`'O\'Brien'`],
  [String.raw`x\') OR (Name != '`, 'text', String.raw`'x\\\') OR (Name != \''`],
  ['a\nb\r\tc', 'text', String.raw`'a\nb\r\tc'`],
  ['%_"', 'text', `'%_"'`],
  ['17', 'text', "'17'"],
  ['17', 'unknown', "'17'"],
  ['', 'text', undefined],
  ['x'.repeat(256), 'text', undefined],
  ['17', 'number', '17'],
  ['+017.50', 'number', '17.5'],
  ['-.5', 'number', '-0.5'],
  ['1e3', 'number', '1000'],
  ['1.25E2', 'number', '125'],
  ['125e-2', 'number', '1.25'],
  ['5e-3', 'number', '0.005'],
  ['12345678901234567890', 'number', '12345678901234567890'],
  ['1e999', 'number', undefined],
  ['1 OR 1=1', 'number', undefined],
  ["'1'", 'number', undefined],
  ['.', 'number', undefined],
])('%j as %s', (text, kind, literal) => {
  expect(soqlLiteral(text, kind)).toBe(literal);
});

test('queries are cut where their URL would be too long', () => {
  const literals = Array.from({ length: 300 }, (_, i) => `'${'é'.repeat(20)}${i}'`);
  const start = 'SELECT Id FROM X WHERE K IN ';
  const lists = listsFor(start, literals, (literal) => literal, 2_000);
  expect(lists.length).toBeGreaterThan(5);
  for (const list of lists) {
    const q = `${start}(${list.join(',')})`;
    expect(new URLSearchParams({ q }).toString().length).toBeLessThanOrEqual(2_010);
  }
  expect(lists.flat()).toEqual(literals);
  expect(listsFor('SELECT', [], String)).toEqual([]);
});
