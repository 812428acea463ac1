import { expect, test } from 'vitest';
import { BatchFeed } from '../../src/batching/feed.js';
import { mapping, record } from './records.js';

const MB = 1024 * 1024;
const accounts = mapping('accounts');
const leads = mapping('leads');

/** A feed on a clock of its own, with two slots and batches of two records; its batches are finished when told. */
function setUp() {
  const clock = { now: 0 };
  const started: string[] = [];
  const endings = new Map<string, () => void>();
  const feed = new BatchFeed({
    slots: () => 2,
    limits: {
      of: () => ({ maxRecords: 2, maxBytes: Infinity }),
      noteClosed: () => undefined,
      maxGatheredBytes: Infinity,
    },
    batchPeriodMs: 5_000,
    now: () => clock.now,
    send: ({ records, mapping: { topic }, closedBy }) => {
      const keys = records.map(({ key }) => key).join('');
      started.push(`${topic} ${keys} ${closedBy}`);
      return new Promise((resolve) => endings.set(keys, resolve));
    },
  });
  const finish = async (keys: string): Promise<void> => {
    endings.get(keys)?.();
    await new Promise(setImmediate);
  };
  return { feed, clock, started, finish };
}

test('when input that was paused goes on, the period of a batch that could not grow begins anew', async () => {
  const { feed, clock, started, finish } = setUp();
  for (const key of 'abcd') feed.add(record(accounts, key));
  feed.add(record(leads, 'x'));
  for (const key of 'ef') feed.add(record(accounts, key, 3 * MB));
  expect(feed.isFull).toBe(true);
  const room = feed.room();
  clock.now = 60_000;
  await Promise.all([finish('ab'), finish('cd'), room]);
  expect(started).toEqual(['accounts ab count', 'accounts cd count', 'accounts ef count']);
  clock.now = 64_999;
  for (const key of 'gh') feed.add(record(accounts, key));
  await finish('ef');
  expect(started.slice(3)).toEqual(['accounts gh count']);
  clock.now = 65_000;
  await finish('gh');
  expect(started.slice(4)).toEqual(['leads x period']);
  feed.halt();
});

test('what is due while the input is paused goes where a slot is free', async () => {
  const { feed, clock, started, finish } = setUp();
  feed.add(record(leads, 'x'));
  // A slot stays free: each of these holds a key of the one before it.
  for (const key of 'abacad') feed.add(record(accounts, key, 2 * MB));
  expect(started).toEqual(['accounts ab count']);
  expect(feed.isFull).toBe(true);
  clock.now = 4_999;
  const first = feed.room();
  expect(started).toHaveLength(1);
  clock.now = 5_000;
  await finish('ab');
  expect(started.slice(1)).toEqual(['accounts ac count']);
  await first;
  for (const key of 'ae') feed.add(record(accounts, key, 2 * MB));
  expect(feed.isFull).toBe(true);
  void feed.room();
  expect(started.slice(2)).toEqual(['leads x period']);
  feed.halt();
});
