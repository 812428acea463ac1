import { describe, expect, test } from 'vitest';
import { PollSchedule } from '../../../src/writers/bulk/poll-schedule.js';

interface TestJob {
  readonly takesMs: number;
  readonly closedAtMs?: number;
  readonly records?: number;
  /** The first poll rejects. */
  readonly isLost?: boolean;
}

interface TestOptions {
  readonly pollMs?: number;
  /** So long does a poll take. */
  readonly latencyMs?: number;
  /** So many jobs are closed at the same time, each as soon as one before has ended. */
  readonly atOnce?: number;
  readonly abortAtMs?: number;
}

interface Wait {
  readonly untilMs: number;
  readonly end: () => void;
}

/** Waits for jobs on a clock of its own. Told are the ages at which each was polled. */
async function pollsOf(jobs: readonly TestJob[], options: TestOptions = {}): Promise<number[][]> {
  const { pollMs = 5_000, latencyMs = 0, atOnce = jobs.length, abortAtMs } = options;
  const waits = new Set<Wait>();
  let nowMs = 0;
  const aborting = new AbortController();
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const wait = { untilMs: nowMs + ms, end: resolve };
      const wake = (): void => {
        waits.delete(wait);
        resolve();
      };
      if (ms < Infinity) waits.add(wait);
      signal?.addEventListener('abort', wake, { once: true });
    });
  const schedule = new PollSchedule({ aborting: aborting.signal, bulkPollIntervalMs: pollMs, now: () => nowMs, sleep });
  const ages: number[][] = jobs.map(() => []);
  const run = async ({ takesMs, closedAtMs = 0, records = 0, isLost = false }: TestJob, i: number): Promise<void> => {
    if (closedAtMs > nowMs) await sleep(closedAtMs - nowMs);
    const closedMs = nowMs;
    const poll = async () => {
      ages[i]?.push(Math.round(nowMs - closedMs));
      const state = nowMs - closedMs >= takesMs ? 'JobComplete' : 'InProgress';
      if (latencyMs > 0) await sleep(latencyMs);
      if (isLost) throw new Error('lost');
      return { id: '750', state, numberRecordsProcessed: 0, numberRecordsFailed: 0, errorMessage: undefined };
    };
    await schedule.untilEnded(poll, records).catch(() => undefined);
  };
  if (abortAtMs !== undefined) void sleep(abortAtMs).then(() => aborting.abort());
  const queue = jobs.map((job, i) => () => run(job, i));
  let lanes = 0;
  const lane = async (): Promise<void> => {
    lanes++;
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await next();
    lanes--;
  };
  const all = Array.from({ length: atOnce }, lane);
  while (lanes > 0) {
    // Everything that follows from the last wait has come to its next one.
    await new Promise((resolve) => setImmediate(resolve));
    const [next] = [...waits].sort((a, b) => a.untilMs - b.untilMs);
    if (next === undefined) continue;
    waits.delete(next);
    nowMs = Math.max(nowMs, next.untilMs);
    next.end();
  }
  await Promise.all(all);
  return ages;
}

describe('as long as no job has ended', () => {
  test('a job is polled soon, then ever more rarely', async () => {
    expect(await pollsOf([{ takesMs: 3_000 }])).toEqual([[200, 480, 872, 1421, 2189, 3265]]);
  });

  test('a job of many records is given more time', async () => {
    expect(await pollsOf([{ takesMs: 6_000, records: 10_000 }])).toEqual([[2200, 5280, 9592]]);
  });

  test('bulk_poll_interval is the longest wait between two polls of a job', async () => {
    expect(await pollsOf([{ takesMs: 1_700 }], { pollMs: 300 })).toEqual([[200, 480, 780, 1080, 1380, 1680, 1980]]);
    expect(await pollsOf([{ takesMs: 25 }], { pollMs: 10 })).toEqual([[10, 20, 30]]);
  });

  test('the oldest is polled for all, and then those that must have ended, too', async () => {
    const jobs = [{ takesMs: 1_000 }, { takesMs: 1_000 }, { takesMs: 1_000, closedAtMs: 10 }];
    expect(await pollsOf(jobs)).toEqual([[200, 480, 872, 1421], [1421], [1411]]);
  });

  test('the others are polled after the longest wait', async () => {
    const [, second, third] = await pollsOf([{ takesMs: 20_000 }, { takesMs: 4_000 }, { takesMs: 4_000 }]);
    expect([second, third]).toEqual([[5_000], [5_000]]);
  });
});

describe('once a job has ended, after 2 s', () => {
  const first = { takesMs: 2_000, records: 9_000 };
  const after = async (jobs: readonly TestJob[], options: TestOptions = {}): Promise<number[][]> => {
    const later = jobs.map(({ closedAtMs = 0, ...job }) => ({ ...job, closedAtMs: 2_000 + closedAtMs }));
    const [polls, ...others] = await pollsOf([first, ...later], options);
    expect(polls).toEqual([2_000]);
    return others;
  };

  test('one poll is enough for a job that takes as long', async () => {
    expect(await after([{ takesMs: 2_000 }])).toEqual([[2_000]]);
  });

  test('a job that takes longer is polled again soon', async () => {
    expect(await after([{ takesMs: 2_800 }])).toEqual([[2000, 2200, 2480, 2872]]);
  });

  test('of several that take longer the oldest is polled, and when it has ended the next', async () => {
    const jobs = [{ takesMs: 2_800 }, { takesMs: 2_800, closedAtMs: 50 }, { takesMs: 4_000, closedAtMs: 100 }];
    const [oldest, second, third] = await after(jobs);
    expect(oldest).toEqual([2000, 2200, 2480, 2872]);
    // Not at 2000, while the first is late; a little later nevertheless, lest the first be an exception.
    expect(second).toEqual([2400, 2822]);
    expect(third?.slice(0, 2)).toEqual([2400, 2772]);
  });

  test('a poll that is under way is waited for', async () => {
    const jobs = [{ takesMs: 1_900 }, { takesMs: 1_900 }];
    expect(await after(jobs, { latencyMs: 100 })).toEqual([[2_000], [2_100]]);
  });

  test('long ones are polled when they must be, and at the usual end', async () => {
    expect(await after([{ takesMs: 1_900 }], { pollMs: 2_000 })).toEqual([[2_000]]);
    const [slow] = await after([{ takesMs: 7_500 }], { pollMs: 2_000 });
    expect(slow?.slice(0, 3)).toEqual([2000, 2200, 2480]);
    expect(slow?.every((ms, i) => ms - (slow[i - 1] ?? 0) <= 2_000)).toBe(true);
  });
});

test('however many jobs have ended by their first poll, the next are not polled when one was still at work', async () => {
  const busy = { atOnce: 10, latencyMs: 100 };
  const jobs = Array<TestJob>(120).fill({ takesMs: 2_000 });
  expect((await pollsOf(jobs, busy)).slice(20).flat().length).toBeLessThanOrEqual(120);
  // That jobs have become quicker is found out nevertheless.
  const quicker = [...jobs, ...Array<TestJob>(120).fill({ takesMs: 1_000 })];
  expect((await pollsOf(quicker, busy)).slice(-10).every(([first = Infinity]) => first < 1_500)).toBe(true);
});

test('a job whose poll fails for good makes way for the next', async () => {
  const [lost, next] = await pollsOf([{ takesMs: 9_000, isLost: true }, { takesMs: 100 }]);
  expect([lost, next]).toEqual([[200], [200]]);
});

test('jobs of no length cost no time', async () => {
  const polls = await pollsOf(Array<TestJob>(20).fill({ takesMs: 30 }), { atOnce: 1 });
  expect(polls.at(-1)?.at(-1)).toBeLessThan(130);
});

test('when the run is ended at once, nothing more is polled', async () => {
  expect(await pollsOf([{ takesMs: 9_000 }, { takesMs: 9_000 }], { abortAtMs: 500 })).toEqual([[200, 480], []]);
});

test.each([1_000, 4_000, 8_000])('jobs of %i ms cost little more than their time, and few polls', async (takesMs) => {
  const jobs = Array<TestJob>(100).fill({ takesMs, records: 1_000 });
  const polls = await pollsOf(jobs, { latencyMs: 100, atOnce: 5 });
  const usual = polls.slice(20);
  const lateness = usual.reduce((sum, ages) => sum + (ages.at(-1)! - takesMs) / takesMs, 0) / usual.length;
  expect(lateness).toBeLessThan(0.12);
  // More than one only where the interval asks for it, or to learn whether they have become quicker.
  expect(usual.flat().length / usual.length).toBeLessThan(Math.ceil(takesMs / 5_000) + 0.6);
});
