import { expect, test } from 'vitest';
import { Looks } from '../../src/writers/looks.js';

function first(looks: Looks, count: number): number[] {
  const delays = looks.delays();
  return Array.from({ length: count }, () => Math.round(delays.next().value));
}

test('the first looks come soon, the others ever more rarely, none later than the longest wait', () => {
  expect(first(new Looks(500), 7)).toEqual([100, 100, 160, 256, 410, 500, 500]);
});

test('a longest wait below the first look counts', () => {
  expect(first(new Looks(10), 3)).toEqual([10, 10, 10]);
});

test('once jobs have ended, the first look comes shortly before they usually do', () => {
  const looks = new Looks(5_000);
  looks.noteDuration(2_000);
  expect(first(looks, 3)).toEqual([1_600, 400, 640]);
  looks.noteDuration(3_000);
  expect(first(looks, 1)).toEqual([1_840]);
});
