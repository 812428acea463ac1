import { describe, expect, test } from 'vitest';
import { readArguments } from './bench/arguments.js';
import {
  countKeys,
  leastBulkMs,
  leastFoldedJobs,
  leastJobs,
  leastRealtimeMs,
  leastStretches,
  longestChain,
} from './bench/bounds.js';
import { dumpKeys, dumpText } from './bench/dump/dump.js';
import { FIELDS } from './bench/dump/record.js';
import { isMet, ratiosOf, spreadOf } from './bench/statistics.js';

const TOPICS = ['a', 'b', 'c'];

test.each([
  [[3], { median: 3, min: 3, max: 3 }],
  [[4, 1, 2], { median: 2, min: 1, max: 4 }],
  [[4, 1, 2, 8], { median: 3, min: 1, max: 8 }],
])('the spread of %j', (values, spread) => {
  expect(spreadOf(values)).toEqual(spread);
});

test('ratios are taken within a round, and need as many of both', () => {
  expect(ratiosOf([2, 9], [4, 3])).toEqual([0.5, 3]);
  expect(() => ratiosOf([1], [1, 2])).toThrow('same rounds');
  expect(() => spreadOf([])).toThrow('nothing was measured');
});

test.each([
  [{ atLeast: 2 }, 2, true],
  [{ atLeast: 2 }, 1.9, false],
  [{ atMost: 2 }, 2, true],
  [{ atMost: 2 }, 2.1, false],
])('%j is met by %d: %s', (goal, median, met) => {
  expect(isMet(goal, median)).toBe(met);
});

describe('the least time', () => {
  const task = { calls: 10, recordsPerCall: 200, latencyMs: 100, recordMs: 5 };
  const model = { queueMs: 2_000, batchSize: 10_000, recordMs: 1, batchesAtOnce: 5 };

  test.each([
    ['one after the other', { ...task, inFlight: 1 }, 200 + 10 * 1_100],
    ['in rounds', { ...task, inFlight: 4 }, 200 + 3 * 1_100],
    ['all at once', { ...task, inFlight: 99 }, 200 + 1_100],
    ['as many at once as the org takes', { ...task, inFlight: 99, atOnce: 5 }, 200 + 100 + 2 * 1_000],
  ])('of realtime calls, %s', (_, realtime, ms) => {
    expect(leastRealtimeMs(realtime)).toBe(ms);
  });

  test.each([
    ['as large as they like', { jobSize: undefined, jobsAtOnce: 10 }, 200 + 2_400 + 20_000],
    ['of one size, for want of places', { jobSize: 1_000, jobsAtOnce: 10 }, 200 + 10 * 3_400],
    ['of one size, with places enough', { jobSize: 1_000, jobsAtOnce: 100 }, 200 + 2_400 + 20_000],
  ])('of bulk jobs %s', (_, bulk, ms) => {
    expect(leastBulkMs({ records: 100_000, latencyMs: 100, model, ...bulk })).toBe(ms);
  });
});

describe('the fewest jobs', () => {
  const lines = 'x y x z x y w v'.split(' ').map((key) => ({ topic: 'a', key }));

  test.each([
    [2, { free: 4, stretches: 4, folded: 3 }],
    [100, { free: 3, stretches: 3, folded: 1 }],
  ])('of at most %d records', (size, { free, stretches, folded }) => {
    const counts = countKeys(lines);
    expect(longestChain(counts)).toBe(3);
    expect(leastJobs(counts, size)).toBe(free);
    expect(leastStretches(lines, size)).toBe(stretches);
    expect(leastFoldedJobs(counts, size)).toBe(folded);
  });

  test('are counted for each topic', () => {
    const two = [...lines, { topic: 'b', key: 'x' }];
    expect(leastJobs(countKeys(two), 100)).toBe(4);
    expect(leastStretches(two, 100)).toBe(4);
  });
});

describe('the dump', () => {
  test('has lines of 35 fields and about 1.13 kB', () => {
    const lines = [...dumpText({ lines: 3_000, topics: TOPICS })].join('').split('\n').slice(0, -1);
    expect(lines).toHaveLength(3_000);
    const { topic, data } = JSON.parse(lines[1]!) as { topic: string; data: object };
    expect(topic).toBe('b');
    expect(Object.keys(data)).toEqual(FIELDS);
    expect(FIELDS).toHaveLength(35);
    const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0) / lines.length;
    expect(bytes).toBeGreaterThan(1_080);
    expect(bytes).toBeLessThan(1_180);
  });

  test('is the same for the same seed alone', () => {
    const text = (seed: number): string => [...dumpText({ lines: 20, topics: TOPICS, seed })].join('');
    expect(text(1)).toBe(text(1));
    expect(text(1)).not.toBe(text(2));
  });

  test('repeats keys of its topic, as many and as recent as it is told', () => {
    const within = 300;
    const seen = new Map<string, number>();
    const gaps: number[] = [];
    const keys = dumpKeys({ lines: 30_000, topics: TOPICS, repeats: 0.5, within });
    for (const [line, { topic, key }] of [...keys].entries()) {
      const last = seen.get(`${topic} ${key}`);
      if (last !== undefined) gaps.push(line - last);
      seen.set(`${topic} ${key}`, line);
    }
    expect(Math.max(...gaps)).toBeLessThanOrEqual(within);
    expect(gaps.length / 30_000).toBeCloseTo(0.5, 1);
    expect(new Set([...dumpKeys({ lines: 3_000, topics: TOPICS })].map(({ key }) => key)).size).toBe(3_000);
  });
});

test.each([
  [[], { rows: [], lines: undefined, rounds: undefined, isQuick: false, isHelp: false }],
  [['1', '7', '--quick'], { rows: [1, 7], lines: undefined, rounds: undefined, isQuick: true, isHelp: false }],
  [['--lines', '10', '--rounds=2'], { rows: [], lines: 10, rounds: 2, isQuick: false, isHelp: false }],
])('the arguments %j', (words, read) => {
  expect(readArguments(words, 8)).toEqual(read);
});

test.each([
  [['9'], 'ROW: expected an integer from 1 to 8, found 9'],
  [['bulk'], 'ROW: expected an integer from 1 to 8, found bulk'],
  [['--lines', '0'], '--lines: expected an integer of at least 1, found 0'],
  [['--fast'], "Unknown option '--fast'"],
])('the arguments %j are wrong', (words, message) => {
  expect(() => readArguments(words, 8)).toThrow(message);
});
