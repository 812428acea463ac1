import { expect, test } from 'vitest';
import type { ApiRequest } from '../../src/salesforce/api-request.js';
import type { SalesforceClient } from '../../src/salesforce/client.js';
import { waitForJob } from '../../src/writers/bulk-wait.js';
import { Looks } from '../../src/writers/looks.js';
import { contextOf } from './room.js';

/** Waits, on a clock of its own, for jobs that are all closed at once; tells the times of the looks at each. */
async function looksOf(endsMs: Readonly<Record<string, number>>): Promise<Record<string, number[]>> {
  const looks: Record<string, number[]> = Object.fromEntries(Object.keys(endsMs).map((id) => [id, []]));
  const asleep: { readonly untilMs: number; readonly wake: () => void }[] = [];
  let nowMs = 0;
  const request = ({ path }: ApiRequest<unknown>): Promise<unknown> => {
    const id = path.split('/').at(-1) ?? '';
    looks[id]?.push(Math.round(nowMs));
    return Promise.resolve({ value: { id, state: nowMs >= (endsMs[id] ?? 0) ? 'JobComplete' : 'InProgress' } });
  };
  const context = contextOf({ request } as unknown as SalesforceClient, {
    now: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        asleep.push({ untilMs: nowMs + ms, wake: resolve });
        signal.addEventListener('abort', () => resolve(), { once: true });
      }),
  });
  const shared = new Looks(5_000, () => nowMs);
  let waiting = 0;
  const all = Object.keys(endsMs).map(async (id) => {
    waiting++;
    await waitForJob(id, context, shared, 0);
    waiting--;
  });
  while (waiting > 0) {
    // Everything that follows from the last look has come to its next wait.
    await new Promise((resolve) => setImmediate(resolve));
    asleep.sort((a, b) => a.untilMs - b.untilMs);
    const next = asleep.shift();
    if (next === undefined) continue;
    nowMs = Math.max(nowMs, next.untilMs);
    next.wake();
  }
  await Promise.all(all);
  return looks;
}

test('a job is looked at until it has ended', async () => {
  expect(await looksOf({ one: 500 })).toEqual({ one: [200, 480, 872] });
});

test('one job looks for all, and when it ends, the others are looked at soon', async () => {
  const { one, two, three, four } = await looksOf({ one: 1_000, two: 1_100, three: 1_400, four: 1_500 });
  expect(one).toEqual([200, 480, 872, 1421]);
  expect(two).toEqual([1421]);
  expect(three).toEqual([1421]);
  expect(four).toEqual([1421, 1659]);
});
