import { afterAll, describe, expect, it } from 'vitest';
import { allCases, type Case } from './matrix.js';
import { sample } from './sample.js';
import { tryAll } from './try-case.js';

const all = allCases().filter(({ place }) => place === 'result');
const cases = sample(all);
const groups = [...new Set(cases.map(({ mode, operation }) => `${mode} ${operation}`))];

afterAll(() => {
  console.log(`fault matrix: every fault at every request for results, ${cases.length} of ${all.length} cases`);
});

describe('every fault at every request for results', () => {
  it.each(groups)('%s', { timeout: 900_000 }, async (group) => {
    const ours = cases.filter(({ mode, operation }) => `${mode} ${operation}` === group);
    expect(ours.length).toBeGreaterThan(16);
    expect(await tryAll(ours)).toEqual([]);
  });

  it('leaves out no fault at any request, nor any request of an operation', () => {
    const kinds = (list: readonly Case[]): Set<string> =>
      new Set(
        list.flatMap(({ mode, operation, place, from, fault }) => [
          `${mode} ${from} ${fault}`,
          `${mode} ${operation} ${place} ${from}`,
        ]),
      );
    expect(kinds(cases)).toEqual(kinds(all));
  });
});
