import { expect, it } from 'vitest';
import { RangeCursor, toRanges } from '../../src/journal/format.js';

it.each([
  [[], []],
  [[0], [[0, 0]]],
  [[0, 1, 2], [[0, 2]]],
  [
    [1, 3, 4, 9],
    [
      [1, 1],
      [3, 4],
      [9, 9],
    ],
  ],
])('toRanges(%j)', (ordinals, ranges) => {
  expect(toRanges(ordinals)).toEqual(ranges);
});

it('finds the range of an ordinal, whatever the order the ranges came in', () => {
  const cursor = new RangeCursor([
    { range: [7, 8], value: 'b' },
    { range: [2, 4], value: 'a' },
  ]);
  expect([0, 2, 4, 5, 7, 8, 9].map((ordinal) => cursor.find(ordinal)?.value)).toEqual([
    undefined,
    'a',
    'a',
    undefined,
    'b',
    'b',
    undefined,
  ]);
  expect(cursor.last).toBe(8);
  expect(new RangeCursor([]).last).toBe(-1);
});
