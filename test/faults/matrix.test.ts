import { afterAll, expect, it } from 'vitest';
import { allCases, kindsOf } from './matrix.js';
import { sample } from './sample.js';
import { tryAll } from './try-case.js';

const all = allCases();
const cases = sample(all, kindsOf);

afterAll(() => {
  console.log(`fault matrix: every fault at every request, ${cases.length} of ${all.length} cases`);
});

it('a run ends as it must, whichever fault strikes whichever request', { timeout: 1_800_000 }, async () => {
  expect(await tryAll(cases)).toEqual([]);
});
