import { expect, test } from 'vitest';
import { KeyCensus } from '../../src/checking/topic-check.js';

test('tells the first of a key from the others, topic by topic', () => {
  const census = new KeyCensus();
  expect(['a', 'b', 'a', 'A'].map((key) => census.note('t', key))).toEqual(['first', 'first', 'repeated', 'first']);
  expect(census.note('u', 'a')).toBe('first');
  expect(census.isComplete).toBe(true);
});

test('remembers no more than it may, and says so', () => {
  const census = new KeyCensus(2);
  expect(['a', 'b', 'c', 'c', 'a'].map((key) => census.note('t', key))).toEqual([
    'first',
    'first',
    'unknown',
    'unknown',
    'repeated',
  ]);
  expect(census.isComplete).toBe(false);
});

test('does not take different keys for one', () => {
  const census = new KeyCensus();
  const keys = Array.from({ length: 300_000 }, (_, i) => [
    `A-${i}`,
    `${i}`,
    `INV-${String(i).padStart(9, '0')}`,
  ]).flat();
  expect(keys.filter((key) => census.note('t', key) !== 'first')).toEqual([]);
});
