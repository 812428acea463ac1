import { expect, test } from 'vitest';
import type { RunHistory } from '../../../src/report/page/recorder.js';
import { failuresPlot, stretches, throughputPlot } from '../../../src/report/page/over-time.js';
import { summaryOf, topicSummary } from '../summaries.js';
import { historyOf, job } from './runs.js';

function runOf(counts: Readonly<Record<string, readonly [number, number]>>, malformed = 0): RunHistory {
  const topics = Object.entries(counts).map(([topic, [succeeded, failed]]) =>
    topicSummary(topic, { read: succeeded + failed, succeeded, failed }),
  );
  return historyOf(summaryOf(topics, { run: { duration_ms: 60_000 }, totals: { malformed } }));
}

const names = ({ series }: { series: readonly { label: string; style: number }[] }): string[] =>
  series.map(({ label, style }) => `${style} ${label}`);

test('an even run has an even rate, and the rates make up the whole', () => {
  const { times, series } = throughputPlot(runOf({ a: [6_000, 0] }));
  expect(names({ series })).toEqual(['1 a']);
  expect(times).toHaveLength(20);
  expect(times[0]).toBe(1.5);
  expect(series[0]?.values.every((rate) => rate === 100)).toBe(true);
});

test('what a bulk job has written is spread over its work, and the whole stays what it is', () => {
  const samples = Array.from({ length: 31 }, (_, index) => ({
    atMs: index * 1000,
    written: [index < 21 ? 0 : 900, index],
    failed: [0, 0],
    malformed: 0,
  }));
  const jobs = [job('7501', 900, { records: 1_000, failed: 100, closedAtMs: 1_000, endedAtMs: 21_000 })];
  const history: RunHistory = { topics: ['a', 'b'], samples, jobs, warnings: [] };
  const { times, series } = throughputPlot(history);
  expect(times).toEqual([1.5, 4.5, 7.5, 10.5, 13.5, 16.5, 19.5, 22.5, 25.5, 28.5]);
  expect(series.find(({ label }) => label === 'a')?.values).toEqual([30, 45, 45, 45, 45, 45, 45, 0, 0, 0]);
  expect(series.find(({ label }) => label === 'b')?.values.every((rate) => rate === 1)).toBe(true);
  expect(stretches(history).reduce((sum, { written }) => sum + written, 0)).toBe(930);
});

test('failures add up from nought, and lines that are malformed are theirs', () => {
  const { times, series } = failuresPlot(runOf({ a: [0, 600], b: [100, 0], c: [0, 60] }, 6));
  expect(names({ series })).toEqual(['0 all topics', '1 a', '3 c', '8 malformed lines']);
  expect(series.map(({ values }) => [values[0], values.at(-1)])).toEqual([
    [0, 660],
    [0, 600],
    [0, 60],
    [0, 6],
  ]);
  expect([times[0], times.at(-1), times.length]).toEqual([0, 60, 61]);
});

test('those of most records have a line of their own, and the others share one', () => {
  const counts = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`t${index}`, [100 + index, 0] as const]));
  expect(names(throughputPlot(runOf({ ...counts, none: [0, 0] })))).toEqual([
    ...['0 all topics', '1 t19', '2 t18', '3 t17', '4 t16', '5 t15', '6 t14', '7 other topics'],
  ]);
});

test('a run of which nothing came has no lines', () => {
  expect(throughputPlot(runOf({ a: [0, 0] })).series).toEqual([]);
  expect(failuresPlot(runOf({ a: [5, 0] })).series).toEqual([]);
});

test('a plot has so many points and no more', () => {
  const summary = summaryOf([topicSummary('a', { read: 1e6, succeeded: 5e5, failed: 5e5 })], {
    run: { duration_ms: 36_000_000 },
  });
  expect(throughputPlot(historyOf(summary)).times.length).toBe(60);
  const failures = failuresPlot(historyOf(summary));
  expect(failures.times.length).toBeLessThanOrEqual(301);
  expect([failures.times.at(-1), failures.series[0]?.values.at(-1)]).toEqual([36_000, 500_000]);
});

test('the stretches make up the whole', () => {
  const told = stretches(runOf({ a: [997, 3], b: [100, 0] }, 2));
  expect(told).toHaveLength(12);
  expect(told.at(-1)?.untilMs).toBe(60_000);
  expect(told.reduce((sum, { written }) => sum + written, 0)).toBe(1_097);
  expect(told.reduce((sum, { failed }) => sum + failed, 0)).toBe(5);
});

test('a run that was seen but once is one moment', () => {
  const history = { ...runOf({ a: [5, 1] }), samples: [{ atMs: 0, written: [5], failed: [1], malformed: 0 }] };
  expect([throughputPlot(history).times, failuresPlot(history).times, stretches(history)]).toEqual([[], [0], []]);
});
