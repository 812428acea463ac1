import { afterAll, describe, expect, it } from 'vitest';
import { allCases } from './matrix.js';
import { tryAll } from './try-case.js';

const cases = allCases().filter(({ place }) => place === 'result');
const groups = [...new Set(cases.map(({ mode, operation }) => `${mode} ${operation}`))];

afterAll(() => {
  console.log(`fault matrix: every fault at every request for results, ${cases.length} cases`);
});

describe('every fault at every request for results', () => {
  it.each(groups)('%s', { timeout: 180_000 }, async (group) => {
    const ours = cases.filter(({ mode, operation }) => `${mode} ${operation}` === group);
    expect(ours.length).toBeGreaterThan(80);
    expect(await tryAll(ours)).toEqual([]);
  });
});
