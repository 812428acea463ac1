import { describe, expect, onTestFinished, test } from 'vitest';
import { Batch } from '../../src/batching/batch.js';
import { DeferredRecords, dependencyLevels } from '../../src/replay/deferred-records.js';
import type { Spool } from '../../src/input/spool.js';
import type { Outcome, RecordError, SettledRecord, SourceRecord, TopicMapping } from '../../src/core/record.js';
import { mapping as mappingOf, record } from '../batching/records.js';
import { planOf } from '../writers/room.js';

const succeeded: Outcome = { kind: 'succeeded', id: undefined, created: undefined };
const failed = (message: string, code = 'INVALID_FIELD'): Outcome => ({ kind: 'failed', error: { code, message } });
const orphan = (entity = 'Order__c'): Outcome =>
  failed(`Foreign key external ID: a: b\nc not found for field Key__c in entity ${entity}`);
const rolledBack = failed('Record rolled back', 'ALL_OR_NONE_OPERATION_ROLLED_BACK');

function deferredRecordsOf(...plans: Parameters<typeof planOf>[0][]): DeferredRecords {
  const deferred = new DeferredRecords(plans.map((options) => planOf(options)));
  onTestFinished(() => deferred.remove());
  return deferred;
}

function recordsOf(mapping: TopicMapping, keys: string): SourceRecord[] {
  return Array.from(keys).map((key) => record(mapping, key === '-' ? undefined : key));
}

function batchOf(records: readonly SourceRecord[]): Batch {
  const batch = new Batch(records[0]!.mapping, 0);
  for (const one of records) batch.add(one);
  return batch;
}

const names = (records: readonly SourceRecord[]): string => records.map(({ key }) => key ?? '-').join('');
const missing: RecordError = {
  code: 'INVALID_FIELD',
  message: 'Foreign key external ID: a not found for field K__c in entity Order__c',
};

/** What becomes of the records of the next spool. */
async function takeNext(
  spools: Generator<Spool, void>,
  deferred: DeferredRecords,
  records: readonly SourceRecord[],
): Promise<string | undefined> {
  const spool = spools.next().value;
  if (spool === undefined) return undefined;
  const said: string[] = [];
  for await (const line of spool.take()) {
    const one = records.find(({ ordinal }) => ordinal === line.ordinal)!;
    said.push(`${one.key ?? '-'} ${deferred.resume(one, line.error)}`);
  }
  await spool.remove();
  return said.join(', ');
}

function settled(records: readonly SourceRecord[], outcomes: readonly Outcome[]): SettledRecord[] {
  return records.map((record, i) => ({ record, outcome: outcomes[i]! }));
}

describe('a missing parent', () => {
  test.each<[string, Outcome, boolean]>([
    ['that the run writes', orphan(), true],
    ['whatever its case', orphan('ORDER__C'), true],
    ['that it does not', orphan('Account'), false],
    ['is something else than another failure', failed('bad value'), false],
    ['is something else than success', succeeded, false],
    ['is something else than doubt', { kind: 'in_doubt', error: { code: 'X', message: 'x' } }, false],
  ])('%s', (_name, outcome, isHeld) => {
    const { mapping } = planOf();
    const [first, second] = recordsOf(mapping, 'ab');
    const split = deferredRecordsOf({}).deferRetryable(mapping, settled([first!, second!], [succeeded, outcome]));
    expect([names(split.final.map(({ record }) => record)), names(split.deferred)]).toEqual(
      isHeld ? ['a', 'b'] : ['ab', ''],
    );
  });

  test('is waited for only by what inserts or upserts it', () => {
    const { mapping } = planOf();
    const deferred = deferredRecordsOf({ operation: 'update' }, { topic: 'u', operation: 'delete' });
    expect(deferred.deferRetryable(mapping, settled(recordsOf(mapping, 'a'), [orphan()])).deferred).toEqual([]);
  });

  test('takes the call with it where all or none is written, unless that is beyond help', () => {
    const { mapping } = planOf({ allOrNone: true });
    const deferred = deferredRecordsOf({ allOrNone: true });
    const records = recordsOf(mapping, 'abc');
    expect(names(deferred.deferRetryable(mapping, settled(records, [rolledBack, orphan(), rolledBack])).deferred)).toBe(
      'abc',
    );
    expect(
      names(deferred.deferRetryable(mapping, settled(records, [rolledBack, orphan(), failed('bad')])).deferred),
    ).toBe('');
    deferred.defer(records[0]!, missing);
    expect(names(deferred.deferBlocked(batchOf(recordsOf(mapping, 'axy'))))).toBe('axy');
  });
});

describe('waves', () => {
  test('go on as long as one writes something, then all that is left fails', async () => {
    const { mapping } = planOf();
    const deferred = deferredRecordsOf({});
    const records = recordsOf(mapping, 'ab');
    for (const one of records) deferred.defer(one, missing);
    const spools = deferred.spools();
    expect(await takeNext(spools, deferred, records)).toBe('a send, b send');
    deferred.deferBlocked(batchOf(records));
    deferred.deferRetryable(mapping, settled(records, [succeeded, orphan()]));
    expect(await takeNext(spools, deferred, records)).toBe('b send');
    deferred.deferBlocked(batchOf([records[1]!]));
    deferred.deferRetryable(mapping, settled([records[1]!], [orphan()]));
    expect(await takeNext(spools, deferred, records)).toBe('b deferred');
    expect(await takeNext(spools, deferred, records)).toBe('b failed');
    expect(await takeNext(spools, deferred, records)).toBeUndefined();
  });

  test('keep what comes later of a key behind it, until that is lost', async () => {
    const { mapping } = planOf();
    const deferred = deferredRecordsOf({});
    const records = recordsOf(mapping, 'aab-');
    const [first, second, other] = records;
    expect(deferred.deferBlocked(batchOf([first!, other!]))).toEqual([]);
    deferred.defer(first!, missing);
    deferred.defer(other!, missing);
    expect(names(deferred.deferBlocked(batchOf([second!, records[3]!])))).toBe('a');
    expect(names(deferred.deferBlocked(batchOf(recordsOf({ ...mapping, topic: 'other' }, 'a'))))).toBe('');
    const spools = deferred.spools();
    expect(await takeNext(spools, deferred, records)).toBe('a send, b send, a send');
    expect(deferred.deferBlocked(batchOf([first!, other!]))).toEqual([]);
    deferred.deferRetryable(mapping, settled([first!, other!], [orphan(), orphan()]));
    expect(names(deferred.deferBlocked(batchOf([second!])))).toBe('a');
    // Nothing was written: the first version is lost, and the second one is tried for the first time.
    expect(await takeNext(spools, deferred, records)).toBe('a failed, b deferred, a send');
    expect(deferred.deferBlocked(batchOf([second!]))).toEqual([]);
    deferred.deferRetryable(mapping, settled([second!], [succeeded]));
    // It may be the parent of another.
    expect(await takeNext(spools, deferred, records)).toBe('b send');
  });

  test('let only the last of many lost versions of a key be tried again', async () => {
    const { mapping } = planOf();
    const deferred = deferredRecordsOf({});
    const records = recordsOf(mapping, 'aaa');
    const [first, second, third] = records;
    deferred.defer(first!, missing);
    deferred.defer(second!, undefined);
    deferred.defer(third!, undefined);
    const spools = deferred.spools();
    await takeNext(spools, deferred, records);
    deferred.deferBlocked(batchOf([first!]));
    deferred.deferRetryable(mapping, settled([first!], [orphan()]));
    for (const one of [second!, third!]) deferred.deferBlocked(batchOf([one]));
    expect(await takeNext(spools, deferred, records)).toBe('a failed, a send, a send');
    deferred.deferBlocked(batchOf([second!]));
    expect(names(deferred.deferRetryable(mapping, settled([second!], [orphan()])).deferred)).toBe('');
    deferred.deferBlocked(batchOf([third!]));
    expect(names(deferred.deferRetryable(mapping, settled([third!], [orphan()])).deferred)).toBe('a');
  });

  test('of a level come before the next one, and wait for it where it writes the parent', async () => {
    const deferred = deferredRecordsOf(
      { topic: 'a' },
      { topic: 'b', policy: 'send', sobject: 'Contact', dependsOn: ['a'] },
    );
    const { mapping } = planOf({ topic: 'a' });
    const records = recordsOf(mapping, 'xy');
    const contact = { ...missing, message: missing.message.replace('Order__c', 'Contact') };
    deferred.put(record(planOf({ topic: 'b' }).mapping, 'z'));
    deferred.defer(records[0]!, missing);
    deferred.defer(records[1]!, contact);
    const spools = deferred.spools();
    await takeNext(spools, deferred, records);
    deferred.defer(records[0]!, missing);
    deferred.defer(records[1]!, contact);
    expect(await takeNext(spools, deferred, records)).toBe('x deferred, y deferred');
    expect(await takeNext(spools, deferred, records)).toBe('x failed, y deferred');
    expect([...(spools.next().value as Spool).waiting.keys()]).toEqual(['b']);
    expect(await takeNext(spools, deferred, records)).toBe('y send');
  });
});

test('all lines of a folded record are deferred', () => {
  const { mapping } = planOf();
  const deferred = deferredRecordsOf({});
  const [first, second] = recordsOf(mapping, 'aa');
  deferred.defer({ ...second!, folded: [first!] }, missing);
  expect(deferred.all.reduce((sum, { count }) => sum + count, 0)).toBe(2);
});

test('topics that depend on others wait, a level after the other', () => {
  const deferred = deferredRecordsOf(
    { topic: 'a' },
    { topic: 'b', dependsOn: ['a'] },
    { topic: 'c', dependsOn: ['b'] },
  );
  const of = (topic: string): TopicMapping => planOf({ topic }).mapping;
  expect(['a', 'b', 'c'].map((topic) => deferred.dependsOnOthers(of(topic)))).toEqual([false, true, true]);
  deferred.put(record(of('c'), 'x'));
  deferred.put(record(of('b'), 'y'));
  expect([...deferred.spools()].map(({ waiting }) => [...waiting.keys()])).toEqual([['b'], ['c']]);
});

test('a topic comes after all that it depends on, as early as may be', () => {
  const depending = (topic: string, ...dependsOn: string[]) => ({ ...mappingOf(topic), dependsOn });
  const levels = dependencyLevels([
    depending('tasks', 'contacts', 'accounts'),
    depending('contacts', 'accounts'),
    depending('accounts'),
    depending('cases', 'accounts'),
    depending('leads'),
  ]);
  expect(Object.fromEntries(levels)).toEqual({ tasks: 2, contacts: 1, accounts: 0, cases: 1, leads: 0 });
});
