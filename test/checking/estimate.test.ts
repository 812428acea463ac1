import { expect, test } from 'vitest';
import { Batch, type CloseReason } from '../../src/batching/batch.js';
import { CostMeter } from '../../src/checking/estimate.js';
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

test('realtime costs a call a batch, and time for each record', () => {
  const settings = settingsWith({});
  const meter = new CostMeter(settings, 100);
  const [now] = settings.mappings;
  meter.add(batchOf(now!, 200, 'count'));
  meter.add(batchOf(now!, 50, 'end'));
  expect(meter.costOf(now!)).toMatchObject({ batches: 2, apiCalls: 2, bulkBatches: 0 });
  expect(meter.durationMs).toBe(100 + 800 + 100 + 200);
  expect(meter.assumptions).toEqual([
    'realtime: a round trip of 100 ms (measured) and 4 ms a record, 1 call at a time',
  ]);
});

test('bulk costs a job a batch, of which the org makes batches of 10,000 rows', () => {
  const settings = settingsWith({ bulk_poll_interval: '1m' });
  const meter = new CostMeter(settings, 100);
  const [, later] = settings.mappings;
  meter.add(batchOf(later!, 10_001, 'end'));
  // Create, upload, close, a look, the failures.
  expect(meter.total).toEqual({ batches: 1, apiCalls: 5, bulkBatches: 2 });
  expect(Math.round(meter.durationMs / 1000)).toBe(25);
});

test('successes and a short interval cost more', () => {
  const settings = settingsWith({ bulk_poll_interval: '1s', successes_file: 'ok.ndjson' });
  const meter = new CostMeter(settings, 100);
  const [, later] = settings.mappings;
  meter.add(batchOf(later!, 500, 'end'));
  expect(meter.total.apiCalls).toBe(3 + 6 + 2);
});

test('side by side it goes faster, but not past repeated keys', () => {
  const settings = settingsWith({ max_in_flight: 4 });
  const [now] = settings.mappings;
  const durationOf = (reason: 'count' | 'key'): number => {
    const meter = new CostMeter(settings, 100);
    for (let i = 0; i < 8; i++) meter.add(batchOf(now!, 100, reason));
    return meter.durationMs;
  };
  expect(durationOf('count')).toBe((8 * 500) / 4);
  expect(durationOf('key')).toBe(8 * 500);
});

test('with only_changes what has a key is read, too', () => {
  const settings = settingsWith({ only_changes: true, max_in_flight: 2 });
  const [now] = settings.mappings;
  const batch = batchOf(now!, 1000, 'end');
  for (const [i] of batch.records.entries()) if (i < 900) batch.records[i] = { key: String(i) } as SourceRecord;
  const meter = new CostMeter(settings, 100);
  meter.add(batch);
  // 200 records a call; two calls at a time.
  expect(meter.costOf(now!).apiCalls).toBe(1 + 5);
  expect(meter.durationMs).toBe(100 + 4000 + (5 * 100) / 2);
  expect(meter.assumptions.at(-1)).toBe(
    'only_changes: all records are read, a round trip for each call, 2 calls at a time, and then sent',
  );
});
