import { describe, expect, test } from 'vitest';
import { Looks } from '../../src/writers/looks.js';

const POLL_MS = 5_000;

/**
 * Watches jobs on a clock of its own. Each is closed at a time, of so many records, and takes so long; told are the ages at
 * which each is looked at.
 */
function looksAt(
  jobs: readonly { readonly takesMs: number; readonly closedAtMs?: number; readonly records?: number }[],
  { pollMs = POLL_MS, usualMs }: { readonly pollMs?: number; readonly usualMs?: number } = {},
): number[][] {
  let nowMs = 0;
  const looks = new Looks(pollMs, () => nowMs);
  looks.usualMs = usualMs;
  const ages: number[][] = jobs.map(() => []);
  const events: { atMs: number; run: () => void }[] = [];
  const at = (atMs: number, run: () => void): void => void events.push({ atMs, run });
  for (const [i, { takesMs, closedAtMs = 0, records = 0 }] of jobs.entries()) {
    at(closedAtMs, () => {
      const watch = looks.watch(records);
      const wait = (): void => {
        const { delayMs, woken } = watch.plan();
        const look = { atMs: nowMs + delayMs, run: () => lookAt() };
        events.push(look);
        woken.addEventListener('abort', () => {
          if (!events.includes(look)) return;
          events.splice(events.indexOf(look), 1);
          at(nowMs, wait);
        });
      };
      const lookAt = (): void => {
        const { ageMs } = watch;
        watch.noteLook();
        ages[i]?.push(Math.round(ageMs));
        if (ageMs >= takesMs) {
          watch.noteEnded(ageMs);
          return;
        }
        watch.noteAtWork(ageMs);
        wait();
      };
      wait();
    });
  }
  while (events.length > 0) {
    events.sort((a, b) => a.atMs - b.atMs);
    const next = events.shift()!;
    nowMs = Math.max(nowMs, next.atMs);
    next.run();
  }
  return ages;
}

describe('as long as none has ended', () => {
  test('a job is looked at soon, then ever more rarely', () => {
    expect(looksAt([{ takesMs: 3_000 }])).toEqual([[200, 480, 872, 1421, 2189, 3265]]);
  });

  test('a job of many records is given more time', () => {
    expect(looksAt([{ takesMs: 6_000, records: 10_000 }])).toEqual([[2200, 5280, 9592]]);
  });

  test('a job is never looked at more than the longest wait apart', () => {
    expect(looksAt([{ takesMs: 1_700 }], { pollMs: 300 })).toEqual([[200, 480, 780, 1080, 1380, 1680, 1980]]);
    expect(looksAt([{ takesMs: 25 }], { pollMs: 10 })).toEqual([[10, 20, 30]]);
  });

  test('the oldest is looked at for all, and then those that must have ended, too', () => {
    const jobs = [{ takesMs: 1_000 }, { takesMs: 1_000 }, { takesMs: 1_000, closedAtMs: 10 }];
    expect(looksAt(jobs)).toEqual([[200, 480, 872, 1421], [1421], [1411]]);
  });

  test('the others are not left out of sight for too long', () => {
    const jobs = [{ takesMs: 20_000 }, { takesMs: 4_000 }, { takesMs: 4_000 }];
    const [, second, third] = looksAt(jobs);
    expect(second).toEqual([5_000]);
    expect(third).toEqual([5_000]);
  });
});

describe('once jobs have ended', () => {
  test('one look is enough for a job that takes as long as they did', () => {
    expect(looksAt([{ takesMs: 2_000 }], { usualMs: 2_000 })).toEqual([[2000]]);
  });

  test('a job that takes longer is looked at again soon', () => {
    expect(looksAt([{ takesMs: 2_800 }], { usualMs: 2_000 })).toEqual([[2000, 2200, 2480, 2872]]);
  });

  test('of several that take longer the oldest is looked at, and when it has ended the others', () => {
    const jobs = [{ takesMs: 2_800 }, { takesMs: 2_800, closedAtMs: 50 }, { takesMs: 4_000, closedAtMs: 100 }];
    const [first, second, third] = looksAt(jobs, { usualMs: 2_000 });
    expect(first).toEqual([2000, 2200, 2480, 2872]);
    // Not at 2000, while the first is overdue; a little later nevertheless, lest the first be an exception.
    expect(second).toEqual([2400, 2822]);
    expect(third).toEqual([2400, 2772, 3244, 3906, 4831]);
  });

  test('a look that is under way is waited for', () => {
    let nowMs = 0;
    const looks = new Looks(POLL_MS, () => nowMs);
    looks.usualMs = 1_000;
    const [first, second] = [looks.watch(0), looks.watch(0)];
    expect([first.plan().delayMs, second.plan().delayMs]).toEqual([1_000, 1_000]);
    nowMs = 1_000;
    first.noteLook();
    expect(second.plan().delayMs).toBe(200);
    nowMs = 1_100;
    first.noteEnded(1_000);
    expect(second.plan().delayMs).toBe(0);
  });

  test('long ones are looked at when they must be, and at the usual end', () => {
    expect(looksAt([{ takesMs: 9_900 }], { usualMs: 10_000 })).toEqual([[5000, 10000]]);
    expect(looksAt([{ takesMs: 10_900 }], { usualMs: 11_000 })).toEqual([[5000, 10000, 11000]]);
  });

  test('jobs of no length cost no time', () => {
    expect(looksAt([{ takesMs: 30 }], { usualMs: 21 })).toEqual([[21, 41]]);
  });

  test('a job that is given up makes way for the next', () => {
    let nowMs = 0;
    const looks = new Looks(POLL_MS, () => nowMs);
    const [first, second] = [looks.watch(0), looks.watch(0)];
    expect(first.plan().delayMs).toBe(200);
    const { delayMs, woken } = second.plan();
    expect(delayMs).toBe(POLL_MS);
    nowMs = 300;
    looks.forget(first);
    expect(woken.aborted).toBe(true);
    expect(second.plan().delayMs).toBe(0);
  });

  test('the usual time follows the jobs, and does not grow by the lateness of the looks', () => {
    const usualAfter = (takesMs: number, startMs: number): number => {
      let nowMs = 0;
      const looks = new Looks(POLL_MS, () => nowMs);
      looks.usualMs = startMs;
      for (let job = 0; job < 50; job++) {
        const watch = looks.watch(1_000);
        for (;;) {
          nowMs += watch.plan().delayMs;
          if (watch.ageMs >= takesMs) break;
          watch.noteAtWork(watch.ageMs);
        }
        watch.noteEnded(watch.ageMs);
      }
      return looks.usualMs;
    };
    for (const takesMs of [1_000, 4_000]) {
      expect(usualAfter(takesMs, 2_000) / takesMs).toBeGreaterThan(0.85);
      expect(usualAfter(takesMs, 2_000) / takesMs).toBeLessThan(1.15);
    }
  });
});
