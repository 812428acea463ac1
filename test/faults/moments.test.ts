import { afterAll, describe, expect, it } from 'vitest';
import { momentCases, nameOfMoment, type MomentCase } from './moments.js';
import { MOMENT_STEP } from './sample.js';
import { tryMoment } from './try-moment.js';

const AT_ONCE = 12;
const cases = momentCases();
const names = [...new Set(cases.map(({ moment }) => moment.name))];
let size = 0;

afterAll(() => {
  console.log(`fault matrix: what happens at each single request of a run, ${size} cases`);
});

describe('at each single request of a run', () => {
  it.each(names)('%s', { timeout: 900_000 }, async (name) => {
    const queue = cases.filter(({ moment }) => moment.name === name);
    const wrongs: string[] = [];
    const work = async (): Promise<void> => {
      for (let one = queue.shift(); one !== undefined; one = queue.shift()) wrongs.push(...(await tryAtEach(one)));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    expect(wrongs).toEqual([]);
  });
});

async function tryAtEach(one: MomentCase): Promise<string[]> {
  const wrongs: string[] = [];
  // Another first request for each kind of run, so that every one is struck in some of them.
  for (let n = 1 + (cases.indexOf(one) % MOMENT_STEP); ; n += MOMENT_STEP) {
    const found = await tryMoment(one, n);
    if (found === 'over') {
      // Sign-in, describe and two calls, or two jobs of five requests each, are the least.
      expect(n, nameOfMoment(one)).toBeGreaterThan(one.mode === 'realtime' ? 4 : 12);
      return wrongs;
    }
    if (found === 'nothing') continue;
    size++;
    wrongs.push(...found.map((wrong) => `${nameOfMoment(one)}, request ${n}: ${wrong}`));
  }
}
