import { describe, expect, test } from 'vitest';
import type { Column } from '../../src/core/record.js';
import { comparableCell, type Likeness } from '../../src/writers/comparison.js';

function column(type: string, scale?: number, isReference = false): Column {
  const reference = isReference ? { relationship: 'R', field: 'K', type: undefined } : undefined;
  return { header: 'F', field: 'F', type, scale, reference };
}

function alike(type: string, left: string, right: string, likeness: Likeness, scale?: number): boolean {
  const of = column(type === 'external id' ? 'reference' : type, scale, type === 'external id');
  return comparableCell(left, of, likeness) === comparableCell(right, of, likeness);
}

const strict: readonly [type: string, sent: string, returned: string][] = [
  ['string', ' a ', 'a'],
  ['string', 'a\r\nb', 'a\nb'],
  ['string', '#N/A', ''],
  ['double', '912260031', '9.12260031E8'],
  ['double', '0.10', '0.1'],
  ['double', '-0', '0.0'],
  ['double', '12345678901234567', '1.2345678901234568E16'],
  ['currency', '1e3', '1000.0'],
  ['percent', '+25', '25'],
  ['int', '007', '7'],
  ['long', '10', '10.0'],
  ['boolean', 'TRUE', 'true'],
  ['boolean', '1', 'true'],
  ['boolean', '0', 'false'],
  ['date', '2026-01-31', '2026-01-31T00:00:00.000Z'],
  ['datetime', '2026-01-31T23:00:00Z', '2026-01-31T23:00:00.000Z'],
  ['datetime', '2026-01-31T23:00:00+01:00', '2026-01-31T22:00:00.000+0000'],
  ['datetime', '2026-01-31', '2026-01-31T00:00:00.000Z'],
  ['time', '13:45:00', '13:45:00.000Z'],
  ['reference', '0015500001QdQWaAAN', '0015500001QdQWa'],
  ['id', '0015500001QdQWa', '0015500001QdQWaAAN'],
  ['multipicklist', 'b; a', 'a;b'],
  ['unknown', '912260031', '9.12260031E8'],
  ['unknown', 'True', 'true'],
  ['unknown', '2026-01-31T23:00:00+01:00', '2026-01-31T22:00:00.000Z'],
  ['external id', '10', '10.0'],
  ['external id', 'A-1', 'A-1'],
];

const loose: readonly [type: string, sent: string, returned: string, scale?: number][] = [
  ['string', 'A  b', 'a b'],
  ['double', '1.2345', '1.23', 2],
  ['currency', '10.4', '10', 0],
  ['date', '2026-01-31T10:00:00Z', '2026-01-31'],
  ['datetime', '2026-01-31T23:00:00.123Z', '2026-01-31T23:00:00.000Z'],
  ['boolean', '', 'false'],
  ['unknown', '12345678901234567', '1.2345678901234568E16'],
];

const different: readonly [type: string, left: string, right: string][] = [
  ['string', 'a', 'b'],
  ['string', '1', '1.0'],
  ['double', '1', '2'],
  ['boolean', 'true', 'false'],
  ['boolean', '', 'true'],
  ['date', '2026-01-31', '2026-02-01'],
  ['datetime', '2026-01-31T23:00:00Z', '2026-01-31T23:00:01Z'],
  ['id', '0015500001QdQWa', '0015500001QdQWA'],
  ['multipicklist', 'a;b', 'a'],
];

describe('the same value, however it is rendered', () => {
  test.each(strict)('%s: %s and %s', (type, sent, returned) => {
    expect(alike(type, sent, returned, 'strict')).toBe(true);
    expect(alike(type, sent, returned, 'loose')).toBe(true);
  });
});

describe('what an org may make of a value', () => {
  test.each(loose)('%s: %s and %s', (type, sent, returned, scale) => {
    expect(alike(type, sent, returned, 'strict', scale)).toBe(false);
    expect(alike(type, sent, returned, 'loose', scale)).toBe(true);
  });
});

describe('other values', () => {
  test.each(different)('%s: %s and %s', (type, left, right) => {
    expect(alike(type, left, right, 'strict')).toBe(false);
    expect(alike(type, left, right, 'loose')).toBe(false);
  });

  test('long numbers that may be texts differ in their last digit', () => {
    for (const type of ['unknown', 'external id']) {
      expect(alike(type, '1234567890123456781', '1234567890123456782', 'strict')).toBe(false);
    }
  });
});
