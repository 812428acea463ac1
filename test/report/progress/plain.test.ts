import { expect, test } from 'vitest';
import { PlainProgress } from '../../../src/report/progress/progress.js';
import { snapshotOf, topicProgress } from '../snapshots.js';

const accounts = topicProgress('accounts', { read: 100, sent: 100, succeeded: 80, failed: 1, inFlight: 19 });
const leads = topicProgress('leads\u001B[2J', {
  sobject: 'Lead',
  operation: 'insert',
  mode: 'bulk',
  read: 10,
  sent: 10,
  succeeded: 8,
  inDoubt: 2,
  done: true,
});

test('a few topics have lines of their own, those that changed', () => {
  const plain = new PlainProgress();
  const idle = topicProgress('tasks');
  const atFirst = [topicProgress('accounts'), topicProgress('leads')];
  expect(plain.lines(snapshotOf(0, atFirst))).toEqual(['0 s: 0 lines read, 0 sent, 0 ok, 0 failed, 0 in flight']);
  expect(plain.lines(snapshotOf(1000, atFirst))).toEqual([]);
  expect(
    plain.lines(
      snapshotOf(5000, [accounts, leads, idle], { input: { position: 50, size: 100 }, malformed: 1, unmapped: 2 }),
    ),
  ).toEqual([
    '5 s: 110 lines read, 110 sent, 88 ok, 1 failed, 2 in doubt, 1 malformed, 2 unmapped, 19 in flight, 18/s, 42%, about 6 s left',
    '  accounts → Account (upsert, realtime): 100 sent, 80 ok, 1 failed, 19 in flight, 16/s',
    '  leads␛[2J → Lead (insert, bulk): 10 sent, 8 ok, 0 failed, 2 in doubt, done',
  ]);
  const later = { ...accounts, succeeded: 99, inFlight: 0 };
  expect(plain.lines(snapshotOf(10_000, [later, leads, idle]))).toEqual([
    '10 s: 110 lines read, 110 sent, 107 ok, 1 failed, 2 in doubt, 0 in flight, 11/s',
    '  accounts → Account (upsert, realtime): 100 sent, 99 ok, 1 failed, 3.8/s',
  ]);
  expect(plain.lines(snapshotOf(15_000, [later, leads, idle]))).toEqual([]);
  expect(plain.lines(snapshotOf(16_000, [later, leads, idle]), true)).toEqual([
    '16 s: 110 lines read, 110 sent, 107 ok, 1 failed, 2 in doubt, 0 in flight',
  ]);
});

test('many topics have one line together', () => {
  const many = Array.from({ length: 6 }, (_, index) => ({ ...accounts, topic: `t${index}` }));
  expect(new PlainProgress().lines(snapshotOf(5000, many))).toEqual([
    '5 s: 600 lines read, 600 sent, 480 ok, 6 failed, 114 in flight, 97/s',
  ]);
});

test('what the run waits for is told', () => {
  const plain = new PlainProgress();
  expect(plain.lines(snapshotOf(500, [accounts], { notice: 'waiting for the org\n(503)' }))).toEqual([
    '1 s: 100 lines read, 100 sent, 80 ok, 1 failed, 19 in flight, waiting for the org (503)',
  ]);
});
