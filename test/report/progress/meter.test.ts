import { expect, test } from 'vitest';
import { ProgressMeter } from '../../../src/report/progress/meter.js';
import { snapshotOf, topicProgress } from '../snapshots.js';

function settled(succeeded: number, mode: 'realtime' | 'bulk' = 'realtime') {
  return topicProgress('a', { read: succeeded, sent: succeeded, succeeded, mode });
}

test('rates are those of the last seconds, not of the whole run', () => {
  const meter = new ProgressMeter();
  const rates: (number | undefined)[] = [];
  for (let second = 0.5; second <= 20; second += 0.1) {
    const count = second <= 10 ? second * 1000 : 10_000 + (second - 10) * 100;
    const view = meter.view(snapshotOf(second * 1000, [settled(count), settled(0)]));
    if (second < 0.55 || Math.abs(second - 9) < 0.01 || second > 19.9) rates.push(view.rates[0], view.totalRate);
    expect(view.rates[1] ?? 0).toBe(0);
  }
  expect(rates.map((rate) => rate && Math.round(rate))).toEqual([undefined, undefined, 1000, 1000, 100, 100]);
});

test('a bulk job that settles all at once does not show as nought soon after', () => {
  const meter = new ProgressMeter();
  meter.view(snapshotOf(1_000, [settled(0, 'bulk')]));
  meter.view(snapshotOf(10_000, [settled(10_000, 'bulk')]));
  const view = meter.view(snapshotOf(20_000, [settled(10_000, 'bulk')]));
  expect([view.rates[0], view.totalRate]).toEqual([500, 500]);
});

test.each([
  ['an unknown size', { input: { lines: 100, size: undefined } }, undefined],
  ['nothing read', { input: { lines: 0, size: 1000 } }, 0],
  ['half read, all of it settled', { input: { lines: 100, position: 500, size: 1000 } }, 0.5],
  ['half read, half of it settled', { input: { lines: 200, position: 500, size: 1000 } }, 0.25],
  [
    'malformed and unmapped lines, settled too',
    { input: { lines: 200, size: 1, position: 1 }, malformed: 40, unmapped: 60 },
    1,
  ],
  ['an unknown size, all read', { input: { lines: 200, size: undefined, ended: true } }, 0.5],
  ['an empty input', { input: { lines: 0, size: 0, ended: true } }, 1],
  ['a file that grew', { input: { lines: 100, position: 1500, size: 1000 } }, 1],
])('share of the input with %s', (_name, of, share) => {
  expect(new ProgressMeter().view(snapshotOf(100, [settled(100)], of)).share).toBe(share);
});

test('the time left follows from the share that is settled a second', () => {
  const meter = new ProgressMeter();
  const left = [2_000, 4_000, 10_000, 40_000].map(
    (ms) => meter.view(snapshotOf(ms, [settled(ms)], { input: { lines: ms, position: ms, size: 40_000 } })).leftMs,
  );
  expect(left.map((ms) => ms && Math.round(ms))).toEqual([undefined, 36_000, 30_000, undefined]);
});

test('superseded lines, and those of an earlier run, are settled too', () => {
  const topic = topicProgress('a', { read: 100, sent: 50, succeeded: 40, settled: 90 });
  expect(new ProgressMeter().view(snapshotOf(100, [topic], { input: { ended: true } })).share).toBe(0.9);
});

test('the time left is that of the mode that takes longer, and bulk counts from one burst to the next', () => {
  const meter = new ProgressMeter();
  const at = (second: number, realtime: number, bulk: number): number | undefined => {
    const topics = [
      topicProgress('r', { read: 1000, sent: 1000, succeeded: realtime }),
      topicProgress('b', { read: 1000, sent: 1000, succeeded: bulk, mode: 'bulk' }),
    ];
    const { leftMs } = meter.view(snapshotOf(second * 1000, topics, { input: { ended: true } }));
    return leftMs && Math.round(leftMs / 100) / 10;
  };
  // Half of all is written, but nobody knows yet how long the jobs take.
  expect([at(0, 0, 0), at(2, 200, 0), at(5, 500, 0)]).toEqual([undefined, undefined, undefined]);
  expect(at(10, 1000, 0)).toBe(undefined);
  // Half of the bulk records took 12 s.
  expect([at(12, 1000, 500), at(15, 1000, 500), at(23.5, 1000, 500)]).toEqual([12, 9, 0.5]);
  expect([at(25, 1000, 500), at(26, 1000, 1000)]).toEqual([undefined, undefined]);
});
