import { describe, expect, test } from 'vitest';
import { Looks, type JobWatch } from '../../src/writers/looks.js';

/** The ages at which a job that lasts `endMs` is looked at, and those at which a look was passed over. */
function agesOf(watch: JobWatch, endMs: number): { looks: number[]; passed: number[] } {
  const [looks, passed]: [number[], number[]] = [[], []];
  for (let ageMs = 0; ;) {
    ageMs += watch.nextDelayMs(ageMs);
    if (!watch.isWorthALook(ageMs)) {
      passed.push(Math.round(ageMs));
      continue;
    }
    looks.push(Math.round(ageMs));
    if (ageMs >= endMs) {
      watch.noteEnded(ageMs);
      return { looks, passed };
    }
    watch.noteAtWork(ageMs);
  }
}

const looksAt = (watch: JobWatch, endMs: number): number[] => agesOf(watch, endMs).looks;

describe('the first jobs', () => {
  test('are looked at soon, then ever more rarely', () => {
    expect(looksAt(new Looks(5_000).watch(0), 3_000)).toEqual([100, 260, 516, 926, 1581, 2630, 4307]);
  });

  test('of many records are given more time', () => {
    expect(looksAt(new Looks(5_000).watch(10_000), 3_000)).toEqual([1100, 2860, 5676]);
  });

  test('are never looked at more than the longest wait apart', () => {
    expect(looksAt(new Looks(500).watch(0), 2_000)).toEqual([100, 260, 516, 926, 1426, 1926, 2426]);
    expect(looksAt(new Looks(10).watch(0), 25)).toEqual([10, 20, 30]);
  });

  test('are passed over where another one that is older was seen at work, but not twice in a row', () => {
    const looks = new Looks(5_000);
    const older = looks.watch(0);
    older.noteAtWork(10_000);
    expect(agesOf(looks.watch(0), 1_500)).toEqual({ looks: [260, 926, 2630], passed: [100, 516, 1581] });
  });

  test('are not passed over where that would keep them out of sight for too long', () => {
    const looks = new Looks(300);
    looks.watch(0).noteAtWork(10_000);
    expect(agesOf(looks.watch(0), 1_000)).toEqual({ looks: [260, 516, 816, 1116], passed: [100] });
  });
});

describe('once jobs have ended', () => {
  function usually(ms: number, maxDelayMs = 5_000): Looks {
    const looks = new Looks(maxDelayMs);
    looks.usualMs = ms;
    return looks;
  }

  test('one look is enough for a job that takes as long as they did', () => {
    expect(looksAt(usually(2_000).watch(1_000), 2_100)).toEqual([2200]);
  });

  test('a job that takes longer is looked at again soon', () => {
    expect(looksAt(usually(2_000).watch(1_000), 3_000)).toEqual([2200, 2500, 2980, 3748]);
  });

  test('long ones are looked at in equal steps that lead to the usual end', () => {
    expect(looksAt(usually(10_000).watch(1_000), 10_500)).toEqual([3667, 7333, 11000]);
  });

  test('jobs of no length cost no time', () => {
    expect(looksAt(usually(1).watch(1_000), 30)).toEqual([1, 21, 53]);
  });

  test('the usual time follows the jobs, and does not grow by the lateness of the looks', () => {
    const looks = usually(2_000);
    for (let i = 0; i < 50; i++) looksAt(looks.watch(1_000), 1_000);
    expect(looks.usualMs).toBeGreaterThan(900);
    expect(looks.usualMs).toBeLessThan(1_100);
    for (let i = 0; i < 50; i++) looksAt(looks.watch(1_000), 4_000);
    expect(looks.usualMs).toBeGreaterThan(3_500);
    expect(looks.usualMs).toBeLessThan(4_400);
  });
});
