import { describe, expect, test } from 'vitest';
import { Ledger } from '../../src/accounting/ledger.js';
import type { Column, Outcome } from '../../src/core/record.js';
import { mapping, record } from '../batching/records.js';

const accounts = mapping('accounts');
const leads = mapping('leads', 'bulk');

function ledgerOf(): Ledger {
  return new Ledger([accounts, leads], ({ mode }) => mode === 'realtime');
}

const failed = (code: string, message = code): Outcome => ({ kind: 'failed', error: { code, message } });
const succeeded = (created?: boolean): Outcome => ({ kind: 'succeeded', id: undefined, created });

test('each outcome has its count, and all of them make up what was read', () => {
  const ledger = ledgerOf();
  const topic = ledger.topic(accounts);
  const error = { code: 'E', message: 'e' };
  const outcomes: Outcome[] = [
    succeeded(true),
    succeeded(false),
    failed('F'),
    { kind: 'in_doubt', error },
    { kind: 'unsent', error },
  ];
  for (const outcome of outcomes) {
    ledger.lines++;
    topic.read++;
    topic.settle(record(accounts), outcome);
  }
  ledger.lines += 6;
  ledger.malformed = 1;
  ledger.unmapped = 5;
  ledger.unmappedFailed = 2;
  expect(ledger.totals()).toMatchObject({
    read: 11,
    succeeded: 2,
    failed: 3,
    in_doubt: 1,
    unmapped: 3,
    malformed: 1,
    unsent: 1,
  });
  expect(() => ledger.assertSettled()).not.toThrow();
  expect(topic.summary()).toMatchObject({ read: 5, succeeded: 2, created: 1, failed: 1, in_doubt: 1, unsent: 1 });
});

test('a line without an outcome is a bug', () => {
  const ledger = ledgerOf();
  ledger.lines = 1;
  expect(() => ledger.assertSettled()).toThrow('1 lines were read, but 0 have an outcome');
  ledger.malformed = 1;
  expect(() => ledger.assertSettled()).not.toThrow();
  ledger.topic(leads).read++;
  expect(() => ledger.assertSettled()).toThrow('topic leads: 1 records were read, but 0 have an outcome');
});

test('what was created is known for some topics only', () => {
  const ledger = ledgerOf();
  ledger.topic(leads).settle(record(leads), succeeded(true));
  expect([ledger.topic(leads).summary().created, ledger.topic(accounts).summary().created]).toEqual([null, 0]);
});

test('a topic that is not mapped has no account', () => {
  expect(() => ledgerOf().topic(mapping('others'))).toThrow('others');
});

describe('errors', () => {
  test('the most frequent first, then the one of the earlier line; the example is the first line that had it', () => {
    const topic = ledgerOf().topic(accounts);
    const [first, second, third, fourth] = [record(accounts), record(accounts), record(accounts), record(accounts)];
    topic.settle(fourth, failed('OFTEN', 'fourth'));
    topic.settle(third, failed('LATE', 'third'));
    topic.settle(second, failed('OFTEN', 'second'));
    topic.settle(first, { kind: 'in_doubt', error: { code: 'EARLY', message: 'first' } });
    expect(topic.errors.list()).toEqual([
      { code: 'OFTEN', count: 2, example: 'second', ...second.position },
      { code: 'EARLY', count: 1, example: 'first', ...first.position },
      { code: 'LATE', count: 1, example: 'third', ...third.position },
    ]);
  });

  test('what was not sent is no error', () => {
    const topic = ledgerOf().topic(accounts);
    topic.settle(record(accounts), { kind: 'unsent', error: { code: 'RUN_STOPPED', message: 'x' } });
    expect(topic.errors.list()).toEqual([]);
  });
});

test('fields that were left out count by record, whatever became of it', () => {
  const topic = ledgerOf().topic(accounts);
  const column: Column = {
    header: 'A.K',
    field: 'AId',
    type: 'reference',
    scale: undefined,
    reference: undefined,
  };
  topic.dropped.add({ kind: 'unwritable', name: 'CreatedDate' });
  topic.dropped.add({ kind: 'unknown', name: 'nmae', nearest: 'Name' });
  topic.dropped.add({ kind: 'unknown', name: '__proto__' });
  for (const outcome of [succeeded(), failed('F')])
    topic.settle({ ...record(accounts), refusedColumns: new Set([column]) }, outcome);
  const { dropped_fields: dropped, unknown_fields: unknown, nearest_fields: nearest } = topic.summary();
  expect(Object.entries(dropped)).toEqual([
    ['AId', 2],
    ['CreatedDate', 1],
  ]);
  expect(Object.entries(unknown)).toEqual([
    ['nmae', 1],
    ['__proto__', 1],
  ]);
  expect(nearest).toEqual({ nmae: 'Name' });
});
