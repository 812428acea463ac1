import { expect, it } from 'vitest';
import { toRanges } from '../../src/journal/format.js';

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
