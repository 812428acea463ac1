import { describe, expect, test } from 'vitest';
import { Batcher } from '../../src/batching/batcher.js';
import { mapping, record } from './records.js';

function setUp(limits = { maxRecords: 3, maxBytes: 100 }, maxGatheredBytes = 1_000) {
  const closed: string[] = [];
  const clock = { now: 0 };
  const org = { isBusy: false };
  const batcher = new Batcher({
    limits: { of: () => limits, noteClosed: () => undefined, maxGatheredBytes },
    queue: {
      canSend: () => !org.isBusy,
      dispatch: ({ mapping: { topic }, records, closedBy }) =>
        closed.push(`${topic} ${records.map(({ key }) => key ?? '-').join('')} ${closedBy}`),
    },
    now: () => clock.now,
  });
  return { batcher, closed, clock, org };
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
  batcher.closeDue(1_000);
  expect(closed).toEqual([]);
  clock.now = 1_000;
  batcher.closeDue(1_000);
  expect(closed).toEqual(['accounts ab period']);
  expect(batcher.oldestOpenedAtMs).toBe(900);
});

test('a due batch that cannot be sent stays open and may still grow', () => {
  const { batcher, closed, clock, org } = setUp();
  batcher.add(record(accounts, 'a'));
  clock.now = 5_000;
  org.isBusy = true;
  batcher.closeDue(1_000);
  batcher.add(record(accounts, 'b'));
  org.isBusy = false;
  batcher.closeDue(1_000);
  expect(closed).toEqual(['accounts ab period']);
});

test('when the topics together hold too much, the largest batches go, until there is room for more', () => {
  const { batcher, closed } = setUp({ maxRecords: 10, maxBytes: 1_000 }, 80);
  const events = mapping('events');
  batcher.add(record(leads, 'l', 25));
  batcher.add(record(accounts, 'a', 30));
  batcher.add(record(events, 'e', 20));
  expect(closed).toEqual([]);
  // 85 bytes: without the accounts it would be 50, which is less than seven eighths.
  batcher.add(record(events, 'f', 10));
  expect(closed).toEqual(['accounts a bytes']);
  batcher.add(record(leads, 'm', 35));
  expect(closed).toEqual(['accounts a bytes', 'leads lm bytes']);
});

test('batches that wait behind the largest one stay', () => {
  const { batcher, closed, org } = setUp({ maxRecords: 10, maxBytes: 1_000 }, 80);
  org.isBusy = true;
  for (const key of ['a', 'b', 'a']) batcher.add(record(accounts, key, 20));
  batcher.add(record(leads, 'l', 30));
  expect(closed).toEqual(['accounts ab bytes']);
});

describe('while a batch could not be sent anyway', () => {
  const keysOf = (batcher: Batcher, keys: string): void => {
    for (const key of keys) batcher.add(record(accounts, key));
  };

  test('a second record of a key begins a batch behind it, and other keys still join it', () => {
    const { batcher, closed, org } = setUp({ maxRecords: 4, maxBytes: 1_000 });
    org.isBusy = true;
    keysOf(batcher, 'abacad');
    expect(closed).toEqual(['accounts abcd count']);
    batcher.closeAll();
    expect(closed.slice(1)).toEqual(['accounts a key', 'accounts a end']);
  });

  test('batches are closed in their order', () => {
    const { batcher, closed, org } = setUp({ maxRecords: 3, maxBytes: 1_000 });
    org.isBusy = true;
    keysOf(batcher, 'aab');
    keysOf(batcher, 'bxbx');
    expect(closed).toEqual(['accounts abx count', 'accounts abx count']);
    batcher.closeAll();
    expect(closed.slice(2)).toEqual(['accounts b end']);
  });

  test('once it can be sent it is closed, if another one waits behind it', () => {
    const { batcher, closed, org } = setUp();
    org.isBusy = true;
    keysOf(batcher, 'ab');
    org.isBusy = false;
    batcher.closeReady();
    expect(closed).toEqual([]);
    org.isBusy = true;
    keysOf(batcher, 'a');
    batcher.closeReady();
    expect(closed).toEqual([]);
    org.isBusy = false;
    batcher.closeReady();
    expect(closed).toEqual(['accounts ab key']);
  });

  test('a key that comes again and again opens batches up to a limit', () => {
    const { batcher, closed, org } = setUp();
    org.isBusy = true;
    keysOf(batcher, 'a'.repeat(40));
    expect(closed).toEqual(Array.from({ length: 8 }, () => 'accounts a key'));
  });

  test('a batch that is given more room when it is full stays open', () => {
    const closed: number[] = [];
    const batcher = new Batcher({
      limits: {
        of: (_, full) => ({ maxRecords: full === undefined ? 2 : 5, maxBytes: 1_000 }),
        noteClosed: () => undefined,
        maxGatheredBytes: Infinity,
      },
      queue: { canSend: () => true, dispatch: ({ records }) => closed.push(records.length) },
      now: () => 0,
    });
    for (let i = 0; i < 11; i++) batcher.add(record(accounts));
    batcher.closeAll();
    expect(closed).toEqual([5, 5, 1]);
  });
});
