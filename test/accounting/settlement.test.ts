import { existsSync, readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { FailuresFile, SuccessesFile } from '../../src/accounting/files.js';
import { Ledger } from '../../src/accounting/ledger.js';
import { Settlement, type Discarded } from '../../src/accounting/settlement.js';
import type { Outcome } from '../../src/core/record.js';
import { deadLetterText } from '../../src/input/own-lines.js';
import { mapping, record } from '../batching/records.js';
import { freshPath } from './folder.js';

const accounts = mapping('accounts');
const error = { code: 'E', message: 'e' };
const outcomes: Outcome[] = [
  { kind: 'succeeded', id: '001', created: true },
  { kind: 'failed', error },
  { kind: 'in_doubt', error },
  { kind: 'unsent', error },
];

function setUp({
  path = freshPath('failures'),
  successesPath = undefined as string | undefined,
  keepsUnsent = false,
} = {}) {
  const ledger = new Ledger([accounts], () => true);
  const failures = new FailuresFile(path, () => undefined, deadLetterText);
  const successes = successesPath === undefined ? undefined : new SuccessesFile(successesPath, () => undefined);
  onTestFinished(async () => {
    await failures.close();
    await successes?.close();
  });
  const stops: string[] = [];
  const warnings: string[] = [];
  const settlement = new Settlement({
    ...{ ledger, failures, successes, keepsUnsent },
    warn: (warning) => warnings.push(warning),
    onStopped: ({ code }) => stops.push(code),
  });
  const lines = (): unknown[] =>
    existsSync(path)
      ? readFileSync(path, 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => (JSON.parse(line) as { error: unknown }).error)
      : [];
  return { ledger, failures, settlement, stops, warnings, lines };
}

function counts(ledger: Ledger): number[] {
  const { succeeded, failed, in_doubt: inDoubt, unsent } = ledger.totals();
  return [succeeded, failed, inDoubt, unsent];
}

const settled = () => outcomes.map((outcome) => ({ record: { ...record(accounts), attempts: 3 }, outcome }));

test('failed and in doubt go to the file, and count', async () => {
  const { ledger, settlement, lines, failures, stops } = setUp();
  expect(failures.written).toBeNull();
  await settlement.settle(settled());
  expect(counts(ledger)).toEqual([1, 1, 1, 1]);
  expect(lines()).toMatchObject([{ outcome: 'failed', attempts: 3 }, { outcome: 'in_doubt' }]);
  expect(failures.written).toContain('failures');
  expect(stops).toEqual([]);
});

test('unsent records go there where they cannot be read again', async () => {
  const { settlement, lines } = setUp({ keepsUnsent: true });
  await settlement.settle(settled());
  expect(lines()).toMatchObject([{ outcome: 'failed' }, { outcome: 'in_doubt' }, { outcome: 'unsent' }]);
});

test('successes have a file of their own', async () => {
  const successesPath = freshPath('successes');
  const { settlement } = setUp({ successesPath });
  const [first, ...rest] = settled();
  await settlement.settle([first!, ...rest]);
  expect(JSON.parse(readFileSync(successesPath, 'utf8'))).toEqual({
    ...{ topic: 'accounts', file: '-', line: first!.record.position.line },
    ...{ id: '001', created: true },
  });
});

test('a line is on disk before it counts', async () => {
  const { ledger, settlement, lines } = setUp();
  const settling = settlement.settle(settled());
  expect(counts(ledger)).toEqual([0, 0, 0, 0]);
  await settling;
  expect(lines()).toHaveLength(2);
});

test.runIf(existsSync('/dev/full'))('nothing counts as failed that the disk did not take', async () => {
  const { ledger, settlement, stops, warnings, failures } = setUp({ path: '/dev/full' });
  await settlement.settle(settled());
  expect(counts(ledger)).toEqual([1, 0, 1, 2]);
  expect(stops).toEqual(['FILE_UNWRITABLE']);
  expect(warnings).toEqual([expect.stringContaining('In doubt and not in the failures file: - line')]);
  expect(failures.written).toBeNull();
  await settlement.discard(discarded());
  const { failed, unmapped, malformed, unsent } = ledger.totals();
  expect({ failed, unmapped, malformed, unsent }).toEqual({ failed: 0, unmapped: 1, malformed: 1, unsent: 3 });
  // What succeeded was written in the org, and needs no line.
  await settlement.settle(settled().slice(0, 1));
  expect(counts(ledger)[0]).toBe(2);

  function discarded(): Discarded[] {
    ledger.unmapped++;
    return lost;
  }
});

const position = { file: 'dump', line: 1 };
const lost: Discarded[] = [
  { kind: 'malformed', position, code: 'INVALID_JSON', message: 'm', raw: '{', ordinal: 0 },
  { kind: 'unmapped', topic: 'others', position, text: '{"topic":"others"}', ordinal: 1 },
  {
    kind: 'rejected',
    mapping: accounts,
    position,
    text: '{"topic":"accounts"}',
    ordinal: 0,
    error: { code: 'MISSING_KEY', message: 'k' },
  },
];

test('lines that were never on their way', async () => {
  const { ledger, settlement, lines } = setUp();
  ledger.unmapped++;
  await settlement.discard([]);
  expect(lines()).toEqual([]);
  await settlement.discard(lost);
  expect(lines()).toMatchObject([
    { code: 'INVALID_JSON', attempts: 0 },
    { code: 'UNMAPPED_TOPIC', message: 'No mapping names the topic others' },
    { code: 'MISSING_KEY' },
  ]);
  const { failed, unmapped, malformed } = ledger.totals();
  expect({ failed, unmapped, malformed }).toEqual({ failed: 2, unmapped: 0, malformed: 1 });
});
