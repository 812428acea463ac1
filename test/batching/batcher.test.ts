import { expect, test } from 'vitest';
import { Batcher } from '../../src/batching/batcher.js';
import { mapping, record } from './records.js';

function setUp(limits = { maxRecords: 3, maxBytes: 100 }, maxGatheredBytes = 1_000) {
  const closed: string[] = [];
  const clock = { now: 0 };
  const batcher = new Batcher(
    () => limits,
    (batch, reason) =>
      closed.push(`${batch.mapping.topic} ${batch.records.map(({ key }) => key ?? '-').join('')} ${reason}`),
    () => clock.now,
    maxGatheredBytes,
  );
  return { batcher, closed, clock };
}

const accounts = mapping('accounts');
const leads = mapping('leads');

test('a batch is closed when it is full', () => {
  const { batcher, closed } = setUp();
  for (const key of ['a', 'b', 'c', 'd']) batcher.add(record(accounts, key));
  expect(closed).toEqual(['accounts abc count']);
});

test('a batch is closed by a second record of a key that it holds, and the next begins with that record', () => {
  const { batcher, closed } = setUp();
  for (const key of ['a', 'b', 'a', 'c']) batcher.add(record(accounts, key));
  batcher.closeAll();
  expect(closed).toEqual(['accounts ab key', 'accounts ac end']);
});

test('records without a key never close a batch by key', () => {
  const { batcher, closed } = setUp();
  for (let i = 0; i < 4; i++) batcher.add(record(accounts));
  expect(closed).toEqual(['accounts --- count']);
});

test('a batch is closed before it grows over its bytes, or as soon as it reaches them', () => {
  const { batcher, closed } = setUp();
  batcher.add(record(accounts, 'a', 60));
  batcher.add(record(accounts, 'b', 60));
  batcher.add(record(accounts, 'c', 40));
  expect(closed).toEqual(['accounts a bytes', 'accounts bc bytes']);
});

test('a record larger than a batch may be goes alone', () => {
  const { batcher, closed } = setUp();
  batcher.add(record(accounts, 'a'));
  batcher.add(record(accounts, 'b', 500));
  expect(closed).toEqual(['accounts a bytes', 'accounts b bytes']);
});

test('topics gather side by side and end in the order of their first records', () => {
  const { batcher, closed, clock } = setUp();
  batcher.add(record(leads, 'x'));
  clock.now = 1;
  batcher.add(record(accounts, 'a'));
  batcher.add(record(leads, 'y'));
  batcher.closeAll();
  expect(closed).toEqual(['leads xy end', 'accounts a end']);
});

test('the period counts from the first record of a batch', () => {
  const { batcher, closed, clock } = setUp();
  batcher.add(record(accounts, 'a'));
  clock.now = 900;
  batcher.add(record(accounts, 'b'));
  batcher.add(record(leads, 'x'));
  expect(batcher.oldestOpenedAtMs).toBe(0);
  clock.now = 999;
  batcher.closeDue(1_000, () => true);
  expect(closed).toEqual([]);
  clock.now = 1_000;
  batcher.closeDue(1_000, () => true);
  expect(closed).toEqual(['accounts ab period']);
  expect(batcher.oldestOpenedAtMs).toBe(900);
});

test('a due batch that may not fly stays open and may still grow', () => {
  const { batcher, closed, clock } = setUp();
  batcher.add(record(accounts, 'a'));
  clock.now = 5_000;
  batcher.closeDue(1_000, () => false);
  batcher.add(record(accounts, 'b'));
  batcher.closeDue(1_000, () => true);
  expect(closed).toEqual(['accounts ab period']);
});

test('when the topics together hold too much, the largest batch goes', () => {
  const { batcher, closed } = setUp({ maxRecords: 100, maxBytes: 1_000 }, 100);
  batcher.add(record(accounts, 'a', 30));
  batcher.add(record(leads, 'x', 50));
  batcher.add(record(accounts, 'b', 30));
  expect(closed).toEqual(['accounts ab bytes']);
});
