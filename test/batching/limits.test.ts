import { describe, expect, test } from 'vitest';
import { Batcher } from '../../src/batching/batcher.js';
import { SizeLimits } from '../../src/batching/limits.js';
import { InputForecast } from '../../src/batching/limits.js';
import { mapping, record } from './records.js';

interface Work {
  /** Records by topic; `turns` has one of each topic after the other, else they come topic by topic. */
  readonly topics: Readonly<Record<string, number>>;
  readonly turns?: boolean;
  readonly bytes?: number;
  readonly slots?: number;
  /** Undefined: an input of unknown length. */
  readonly isSizeKnown?: boolean;
}

const PIECE_BYTES = 256 * 1024;

/** The sizes of the jobs that the work is cut into, by topic. */
function jobsOf({ topics, turns = false, bytes = 1_130, slots = 10, isSizeKnown = true }: Work) {
  const mappings = Object.keys(topics).map((topic) => mapping(topic, 'bulk'));
  const forecast = new InputForecast();
  const limits = new SizeLimits({ mappings, bulkBatchSize: 'auto', maxConcurrentBulkJobs: slots }, forecast);
  const jobs: Record<string, number[]> = Object.fromEntries(mappings.map(({ topic }) => [topic, []]));
  const batcher = new Batcher({
    limits,
    queue: {
      canSend: () => true,
      dispatch: ({ mapping: { topic }, records }) => jobs[topic]?.push(records.length),
    },
    now: () => 0,
  });
  const left = Object.values(topics);
  const size = isSizeKnown ? left.reduce((sum, count) => sum + count * bytes, 0) : undefined;
  for (let position = 0, turn = 0; left.some((count) => count > 0);) {
    // Read in pieces, as files are.
    const ahead = Math.min(
      Math.floor(PIECE_BYTES / bytes),
      left.reduce((sum, count) => sum + count),
    );
    forecast.noteAhead(ahead, position + ahead * bytes, size);
    for (let piece = 0; piece < ahead && left.some((count) => count > 0); piece++) {
      while (left[turn % left.length] === 0) turn++;
      const at = turn % left.length;
      left[at]!--;
      const of = mappings[at]!;
      forecast.noteRecord(of.topic);
      batcher.add(record(of, undefined, bytes));
      position += bytes;
      if (turns) turn++;
    }
    forecast.notePosition(position, size);
  }
  forecast.noteEnd();
  batcher.closeAll();
  return jobs;
}

describe('bulk_batch_size: auto', () => {
  test('little work is one job, or a few of the least size', () => {
    expect(jobsOf({ topics: { a: 900 } })).toEqual({ a: [900] });
    expect(jobsOf({ topics: { a: 3_000 } }).a).toHaveLength(3);
  });

  test.each([
    [40_000, 1_130],
    [30_000, 90],
    [30_000, 300],
    [12_000, 60],
  ])('%i records of %i bytes, which fit into one round, are spread evenly over the slots', (records, bytes) => {
    const { a = [] } = jobsOf({ topics: { a: records }, bytes });
    expect(a).toHaveLength(10);
    expect(Math.max(...a) / Math.min(...a)).toBeLessThan(1.1);
  });

  test('more work takes as few rounds as memory allows, in jobs of whole batches of the org', () => {
    const { a = [] } = jobsOf({ topics: { a: 300_000 }, bytes: 480 });
    expect(a.slice(0, 29)).toEqual(Array.from({ length: 29 }, () => 10_000));
    expect(a).toHaveLength(30);
  });

  test('small records make large jobs', () => {
    const { a = [] } = jobsOf({ topics: { a: 1_000_000 }, bytes: 240 });
    expect(Math.max(...a)).toBe(20_000);
    // As few as can be, or one or two more: of the first ones less is known.
    expect(a.length).toBeLessThan(53);
  });

  test('few slots are given larger jobs, as far as memory goes', () => {
    const { a = [] } = jobsOf({ topics: { a: 300_000 }, slots: 1, bytes: 300 });
    expect(Math.max(...a)).toBe(50_000);
  });

  test('topics side by side share the slots by what they hold', () => {
    const { a = [], b = [], c = [] } = jobsOf({ topics: { a: 30_000, b: 30_000, c: 30_000 }, turns: true, bytes: 400 });
    for (const jobs of [a, b, c]) {
      expect(jobs).toEqual([10_000, 10_000, 10_000]);
    }
  });

  test('a topic that comes late begins with small jobs', () => {
    const { b = [] } = jobsOf({ topics: { a: 60_000, b: 60_000 } });
    expect(b[0]).toBeLessThan(9_000);
    expect(Math.max(...b)).toBeGreaterThan(b[0]!);
  });

  test('from an input of unknown length the first jobs are small, and they grow', () => {
    const { a = [] } = jobsOf({ topics: { a: 300_000 }, isSizeKnown: false, bytes: 450 });
    expect(a.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 1_000));
    expect(a[20]).toBeGreaterThan(2_000);
    expect(Math.max(...a)).toBe(10_000);
    expect(a.length).toBeLessThan(65);
  });

  test('large records make small jobs', () => {
    const { a = [] } = jobsOf({ topics: { a: 2_000 }, bytes: 200_000 });
    expect(Math.max(...a)).toBeLessThan(70);
  });

  test('a realtime batch is as large as a call may be', () => {
    const limits = new SizeLimits(
      { mappings: [], bulkBatchSize: 'auto', maxConcurrentBulkJobs: 1 },
      new InputForecast(),
    );
    expect(limits.of(mapping('a', 'realtime')).maxRecords).toBe(200);
  });
});
