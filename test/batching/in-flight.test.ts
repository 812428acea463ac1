import { expect, test } from 'vitest';
import { AutoInFlight } from '../../src/batching/in-flight.js';

interface Org {
  /** How long a call of 200 records takes with so many in flight. */
  readonly callMs: (inFlight: number, nowMs: number) => number;
  readonly isCongested?: (inFlight: number) => boolean;
  /** Calls that are there to be made at any time. */
  readonly offered?: number;
}

/** Runs calls against a model of an org for so long, and gives the limits that were tried and the last one. */
function run({ callMs, isCongested = () => false, offered = 100 }: Org, forMs = 200_000) {
  const auto = new AutoInFlight();
  const limits = [auto.limit];
  const calls: { endsAtMs: number; isCongested: boolean; call: ReturnType<AutoInFlight['started']> }[] = [];
  for (let nowMs = 0; nowMs < forMs;) {
    while (calls.length < Math.min(auto.limit, offered)) {
      const inFlight = calls.length + 1;
      const call = auto.started(nowMs);
      // As slow as when all that may be are in flight.
      const endsAtMs = nowMs + callMs(Math.min(auto.limit, offered), nowMs) + inFlight / 1_000;
      calls.push({ endsAtMs, isCongested: isCongested(inFlight), call });
    }
    calls.sort((a, b) => a.endsAtMs - b.endsAtMs);
    const { endsAtMs, isCongested: was, call } = calls.shift()!;
    nowMs = endsAtMs;
    auto.finished(call, { nowMs, records: 200, isCongested: was });
    if (auto.limit !== limits.at(-1)) limits.push(auto.limit);
  }
  return { limits, last: auto.limit };
}

test('an org that takes everything is given as much as is ever tried', () => {
  expect(run({ callMs: () => 500 }).limits).toEqual([10, 20, 25]);
});

test('where calls begin to wait for each other, it goes back to as many as the org works on', () => {
  const { limits, last } = run({ callMs: (n) => 500 * Math.max(1, n / 12) });
  expect(limits.slice(0, 3)).toEqual([10, 20, 12]);
  expect(last).toBeGreaterThanOrEqual(11);
  expect(last).toBeLessThanOrEqual(15);
});

test.each([
  { atOnce: 1, tried: [10, 20, 5, 3, 2, 1] },
  { atOnce: 4, tried: [10, 20, 5, 3, 4] },
  { atOnce: 7, tried: [10, 20, 5, 7] },
  { atOnce: 10, tried: [10, 20, 5, 10] },
])('where the first calls wait for each other already, it finds the $atOnce that are enough', ({ atOnce, tried }) => {
  const { limits, last } = run({ callMs: (n) => 500 * Math.max(1, n / atOnce) });
  expect(limits.slice(0, tried.length)).toEqual(tried);
  expect(last).toBeGreaterThanOrEqual(atOnce);
  expect(last).toBeLessThanOrEqual(atOnce * 1.25 + 1);
});

test('locks and limits on concurrent requests bring it down, and it stays below them but for a try now and then', () => {
  const { limits, last } = run({ callMs: () => 500, isCongested: (n) => n > 10 });
  expect(limits.slice(0, 4)).toEqual([10, 20, 14, 10]);
  expect(Math.max(...limits.slice(4))).toBeLessThanOrEqual(12);
  expect(last).toBeGreaterThanOrEqual(5);
});

test('an org that becomes slower under the same load is given less', () => {
  const { limits, last } = run({ callMs: (n, nowMs) => (nowMs < 30_000 ? 500 : 500 * Math.max(1, n / 5)) });
  expect(Math.max(...limits)).toBe(25);
  expect(last).toBeLessThan(12);
});

test('an org that can take more later is given more later', () => {
  const { last } = run({ callMs: (n, nowMs) => 500 * Math.max(1, n / (nowMs < 20_000 ? 3 : 100)) }, 600_000);
  expect(last).toBeGreaterThan(10);
});

test('calls that take longer by themselves are no reason to go down for good', () => {
  const { last } = run({ callMs: (_, nowMs) => (nowMs < 20_000 ? 500 : 1_500) }, 1_000_000);
  expect(last).toBeGreaterThan(8);
});

test('a slow input says nothing about the org', () => {
  expect(run({ callMs: () => 500, offered: 2 }).limits).toEqual([10]);
});
