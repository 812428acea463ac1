import { expect, test } from 'vitest';
import { Batch, type CloseReason } from '../../src/batching/batch.js';
import { estimateOf, TopicCost } from '../../src/checking/estimate.js';
import { settingsFromObject } from '../../src/config/load.js';
import type { SourceRecord, TopicMapping } from '../../src/core/record.js';
import type { Settings } from '../../src/core/settings.js';

function settingsWith(config: object): Settings {
  return settingsFromObject({
    org_url: 'http://127.0.0.1:1',
    access_token: 'token',
    topic_mappings: [
      { topic: 'now', sobject: 'Account', operation: 'insert' },
      { topic: 'later', sobject: 'Account', operation: 'insert', mode: 'bulk' },
    ],
    ...config,
  });
}

function batchOf(mapping: TopicMapping, count: number, closedBy: CloseReason): Batch {
  const batch = new Batch(mapping, 0);
  batch.closedBy = closedBy;
  for (let i = 0; i < count; i++) batch.records.push({} as SourceRecord);
  return batch;
}

/** What batches of one topic cost, with a round trip of 100 ms. */
function costOf(settings: Settings, batches: readonly Batch[]) {
  const pace = { settings, measuredMs: 100 };
  const cost = new TopicCost(batches[0]!.mapping.mode, pace);
  for (const batch of batches) cost.add(batch);
  return { cost, estimate: estimateOf([{ cost, keysDistinct: 0 }], pace, 0) };
}

test('realtime costs a call a batch, and time for each record', () => {
  const settings = settingsWith({});
  const [now] = settings.mappings;
  const { cost, estimate } = costOf(settings, [batchOf(now!, 200, 'count'), batchOf(now!, 50, 'end')]);
  expect(cost).toMatchObject({ batches: 2, apiCalls: 2, bulkBatches: 0 });
  expect(estimate).toEqual({
    ...{ api_calls: 2, diff_calls: 0, bulk_batches: 0, round_trip_ms: 100 },
    duration_ms: 100 + 800 + 100 + 200,
    assumptions: ['realtime: a round trip of 100 ms (measured) and 4 ms a record, 1 call at a time'],
  });
});

test('bulk costs a job a batch, of which the org makes batches of 10,000 rows', () => {
  const settings = settingsWith({ bulk_poll_interval: '1m' });
  const [, later] = settings.mappings;
  const { cost, estimate } = costOf(settings, [batchOf(later!, 10_001, 'end')]);
  // Create, upload, close, a look, the failures.
  expect(cost).toMatchObject({ batches: 1, apiCalls: 5, bulkBatches: 2 });
  expect(Math.round(estimate.duration_ms / 1000)).toBe(25);
});

test('successes and a short interval cost more', () => {
  const settings = settingsWith({ bulk_poll_interval: '1s', successes_file: 'ok.ndjson' });
  const [, later] = settings.mappings;
  expect(costOf(settings, [batchOf(later!, 500, 'end')]).cost.apiCalls).toBe(3 + 6 + 2);
});

test('side by side it goes faster, but not past repeated keys', () => {
  const settings = settingsWith({ max_in_flight: 4 });
  const [now] = settings.mappings;
  const durationOf = (reason: 'count' | 'key'): number => {
    const batches = Array.from({ length: 8 }, () => batchOf(now!, 100, reason));
    return costOf(settings, batches).estimate.duration_ms;
  };
  expect(durationOf('count')).toBe((8 * 500) / 4);
  expect(durationOf('key')).toBe(8 * 500);
});

test('topics come one after another, after the calls that a replay begins with', () => {
  const settings = settingsWith({});
  const [now] = settings.mappings;
  const pace = { settings, measuredMs: undefined };
  const topics = [1, 400].map((keysDistinct) => ({ cost: new TopicCost('realtime', pace), keysDistinct }));
  for (const { cost } of topics) cost.add(batchOf(now!, 100, 'end'));
  expect(estimateOf(topics, pace, 3)).toMatchObject({
    ...{ api_calls: 3 + 2, diff_calls: 3 + 1 + 2, duration_ms: 2 * (150 + 400), round_trip_ms: null },
    assumptions: ['realtime: a round trip of 150 ms (assumed) and 4 ms a record, 1 call at a time'],
  });
});

test('with only_changes what has a key is read, too', () => {
  const settings = settingsWith({ only_changes: true, max_in_flight: 2 });
  const [now] = settings.mappings;
  const batch = batchOf(now!, 1000, 'end');
  for (const [i] of batch.records.entries()) if (i < 900) batch.records[i] = { key: String(i) } as SourceRecord;
  const { cost, estimate } = costOf(settings, [batch]);
  // 200 records a call; two calls at a time.
  expect(cost.apiCalls).toBe(1 + 5);
  expect(estimate.duration_ms).toBe(100 + 4000 + (5 * 100) / 2);
  expect(estimate.assumptions.at(-1)).toBe(
    'only_changes: all records are read, a round trip for each call, 2 calls at a time, and then sent',
  );
});
