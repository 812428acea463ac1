import { describe, expect, it } from 'vitest';
import type { Emulator } from '../../../src/emulator/index.js';
import { account, linesOf, stage, UPSERT_ACCOUNTS, UPSERT_ACCOUNTS_IN_BULK } from '../stage.js';

const QUICK = ['--bulk-poll-interval', '20ms'];
const AUTO = ['--bulk-batch-size', 'auto'];

describe('bulk_batch_size: auto', () => {
  const lines = Array.from({ length: 4_500 }, (_, i) => account(`A-${i}`, { Description: 'x'.repeat(500) }));

  it('spreads a file evenly over few jobs', async () => {
    const scene = await stage(lines);
    const { topic } = await scene.runJson([...UPSERT_ACCOUNTS_IN_BULK, ...AUTO, ...QUICK, 'dump.ndjson']);
    const sizes = scene.org.jobs().map(({ numberRecordsProcessed }) => numberRecordsProcessed);
    expect(topic()).toMatchObject({ succeeded: 4_500, batches: 5 });
    expect(sizes.reduce((sum, size) => sum + size)).toBe(4_500);
    expect(Math.min(...sizes)).toBeGreaterThan(700);
  });

  it('gives each slot one job of many small records', async () => {
    const small = Array.from({ length: 30_000 }, (_, i) => account(`A-${i}`));
    const scene = await stage(small);
    const { topic } = await scene.runJson([...UPSERT_ACCOUNTS_IN_BULK, ...AUTO, ...QUICK, 'dump.ndjson']);
    expect(topic()).toMatchObject({ succeeded: 30_000, batches: 10 });
    const { stdout } = await scene.run(['check', ...UPSERT_ACCOUNTS_IN_BULK, ...AUTO, '--json', 'dump.ndjson']);
    expect(JSON.parse(stdout)).toMatchObject({ topics: [{ batches: 10 }] });
  });

  it('begins with small jobs where it does not know what will come', async () => {
    const scene = await stage();
    const stdin = linesOf(lines);
    const { topic } = await scene.runJson([...UPSERT_ACCOUNTS_IN_BULK, ...AUTO, ...QUICK], { stdin });
    expect(topic()).toMatchObject({ succeeded: 4_500, batches: 5 });
    const sizes = scene.org.jobs().map(({ numberRecordsProcessed }) => numberRecordsProcessed);
    expect(sizes.filter((size) => size === 1_000)).toHaveLength(4);
  });

  it('makes realtime calls as large as they may be', async () => {
    const scene = await stage(lines.slice(0, 450));
    const { topic } = await scene.runJson([...UPSERT_ACCOUNTS, ...AUTO, 'dump.ndjson']);
    expect(topic()).toMatchObject({ succeeded: 450, batches: 3 });
  });

  it('is what check reckons with, too', async () => {
    const scene = await stage(lines);
    const { stdout } = await scene.run(['check', ...UPSERT_ACCOUNTS_IN_BULK, ...AUTO, '--json', 'dump.ndjson']);
    expect(JSON.parse(stdout)).toMatchObject({ topics: [{ batches: 5 }] });
  });
});

describe('max_in_flight: auto', () => {
  const lines = Array.from({ length: 2_000 }, (_, i) => account(`A-${i}`));
  const words = [...UPSERT_ACCOUNTS, '--max-in-flight', 'auto', '--bulk-batch-size', '20', 'dump.ndjson'];

  it('sends more calls at once as long as that brings something', async () => {
    const scene = await stage(lines, { latencyMs: 60 });
    const { topic } = await scene.runJson(words);
    expect(topic()).toMatchObject({ succeeded: 2_000, batches: 100 });
    expect(mostAtOnce(scene.org)).toBeGreaterThan(4);
  });

  it('goes down where the org says that it is too much', async () => {
    const limits = { concurrentRequests: 5 };
    const scene = await stage(lines, { recordTimeMs: 1, limits });
    const { topic } = await scene.runJson(words);
    expect(topic()).toMatchObject({ succeeded: 2_000, failed: 0, in_doubt: 0 });
    const refused = scene.org.requests.filter(({ status }) => status === 403);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(30);
  });

  it('keeps the versions of a key in order', async () => {
    const versions = Array.from({ length: 1_000 }, (_, i) => account(`A-${i % 300}`, { Description: String(i) }));
    const scene = await stage(versions, { latencyMs: 5 });
    const { topic } = await scene.runJson(words);
    expect(topic().succeeded).toBe(1_000);
    for (const key of ['A-0', 'A-50', 'A-299']) {
      const written = scene.org.history('Account').filter(({ fields }) => fields['External_Id__c'] === key);
      const order = written.map(({ fields }) => Number(fields['Description']));
      expect(order).toEqual([...order].sort((a, b) => a - b));
      expect(order.length).toBeGreaterThan(2);
    }
  });
});

describe('repeated keys', () => {
  it('do not cut batches short that could not be sent yet', async () => {
    // Each key comes again three lines later, so that no batch could hold more than three.
    const keys = Array.from({ length: 60 }, (_, i) => `A-${Math.floor(i / 6) * 3 + (i % 3)}`);
    const lines = keys.map((key, i) => account(key, { Description: String(i) }));
    const scene = await stage(lines, { bulk: { queueMs: 200 } });
    const { topic } = await scene.runJson([...UPSERT_ACCOUNTS_IN_BULK, ...QUICK, 'dump.ndjson']);
    expect(topic().succeeded).toBe(60);
    expect(topic().batches).toBeLessThanOrEqual(4);
    const last = scene.org.records('Account').map(({ Description }) => Number(Description));
    expect(last.sort((a, b) => a - b)).toEqual(keys.flatMap((_, i) => (i % 6 >= 3 ? [i] : [])));
  });
});

/** How many writes the org had before it at one time. */
function mostAtOnce({ requests }: Emulator): number {
  const writes = requests.filter(({ kind }) => kind === 'collections');
  return Math.max(
    ...writes.map(({ startedMs }) => {
      return writes.filter((other) => other.startedMs <= startedMs && other.startedMs + other.ms > startedMs).length;
    }),
  );
}
