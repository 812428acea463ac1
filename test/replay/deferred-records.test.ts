import { describe, expect, onTestFinished, test } from 'vitest';
import { Batch } from '../../src/batching/batch.js';
import { Later, type Sifted } from '../../src/replay/deferred-records.js';
import type { Spool } from '../../src/input/spool.js';
import type { Outcome, RecordError, SettledRecord, SourceRecord, TopicMapping } from '../../src/core/record.js';
import { record } from '../batching/records.js';
import { planOf } from '../writers/room.js';

const succeeded: Outcome = { kind: 'succeeded', id: undefined, created: undefined };
const failed = (message: string, code = 'INVALID_FIELD'): Outcome => ({ kind: 'failed', error: { code, message } });
const orphan = (entity = 'Order__c'): Outcome =>
  failed(`Foreign key external ID: a: b\nc not found for field Key__c in entity ${entity}`);
const rolledBack = failed('Record rolled back', 'ALL_OR_NONE_OPERATION_ROLLED_BACK');

function laterOf(...plans: Parameters<typeof planOf>[0][]): Later {
  const later = new Later(plans.map((options) => planOf(options)));
  onTestFinished(() => later.remove());
  return later;
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
const deferredIn = ({ deferred }: Sifted): string => names(deferred.map(({ record }) => record));
const missing: RecordError = {
  code: 'INVALID_FIELD',
  message: 'Foreign key external ID: a not found for field K__c in entity Order__c',
};

/** What becomes of the records of the next spool. */
async function takeNext(
  spools: Generator<Spool, void>,
  later: Later,
  records: readonly SourceRecord[],
): Promise<string | undefined> {
  const spool = spools.next().value;
  if (spool === undefined) return undefined;
  const said: string[] = [];
  for await (const line of spool.take()) {
    const one = records.find(({ ordinal }) => ordinal === line.ordinal)!;
    said.push(`${one.key ?? '-'} ${later.resume(one, line.error)}`);
  }
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
    const sifted = laterOf({}).sift(mapping, settled([first!, second!], [succeeded, outcome]));
    expect([names(sifted.final.map(({ record }) => record)), deferredIn(sifted)]).toEqual(
      isHeld ? ['a', 'b'] : ['ab', ''],
    );
  });

  test('is waited for only by what inserts or upserts it', () => {
    const { mapping } = planOf();
    const later = laterOf({ operation: 'update' }, { topic: 'u', operation: 'delete' });
    expect(later.sift(mapping, settled(recordsOf(mapping, 'a'), [orphan()])).deferred).toEqual([]);
  });

  test('takes the call with it where all or none is written, unless that is beyond help', () => {
    const { mapping } = planOf({ allOrNone: true });
    const later = laterOf({ allOrNone: true });
    const records = recordsOf(mapping, 'abc');
    expect(deferredIn(later.sift(mapping, settled(records, [rolledBack, orphan(), rolledBack])))).toBe('abc');
    expect(deferredIn(later.sift(mapping, settled(records, [rolledBack, orphan(), failed('bad')])))).toBe('');
    later.defer([{ record: records[0]!, error: missing }]);
    expect(names(later.waitingOf(batchOf(recordsOf(mapping, 'axy'))))).toBe('axy');
  });
});

describe('waves', () => {
  test('go on as long as one writes something, then all that is left fails', async () => {
    const { mapping } = planOf();
    const later = laterOf({});
    const records = recordsOf(mapping, 'ab');
    later.defer(records.map((one) => ({ record: one, error: missing })));
    const spools = later.spools();
    expect(await takeNext(spools, later, records)).toBe('a send, b send');
    later.waitingOf(batchOf(records));
    later.defer(later.sift(mapping, settled(records, [succeeded, orphan()])).deferred);
    expect(await takeNext(spools, later, records)).toBe('b send');
    later.waitingOf(batchOf([records[1]!]));
    later.defer(later.sift(mapping, settled([records[1]!], [orphan()])).deferred);
    expect(await takeNext(spools, later, records)).toBe('b deferred');
    expect(await takeNext(spools, later, records)).toBe('b failed');
    expect(await takeNext(spools, later, records)).toBeUndefined();
  });

  test('keep what comes later of a key behind it, until that is lost', async () => {
    const { mapping } = planOf();
    const later = laterOf({});
    const records = recordsOf(mapping, 'aab-');
    const [first, second, other] = records;
    expect(later.waitingOf(batchOf([first!, other!]))).toEqual([]);
    later.defer([
      { record: first!, error: missing },
      { record: other!, error: missing },
    ]);
    expect(names(later.waitingOf(batchOf([second!, records[3]!])))).toBe('a');
    expect(names(later.waitingOf(batchOf(recordsOf({ ...mapping, topic: 'other' }, 'a'))))).toBe('');
    later.defer([{ record: second!, error: undefined }]);
    const spools = later.spools();
    expect(await takeNext(spools, later, records)).toBe('a send, b send, a send');
    expect(later.waitingOf(batchOf([first!, other!]))).toEqual([]);
    later.defer(later.sift(mapping, settled([first!, other!], [orphan(), orphan()])).deferred);
    expect(names(later.waitingOf(batchOf([second!])))).toBe('a');
    later.defer([{ record: second!, error: undefined }]);
    // Nothing was written: the first version is lost, and the second one is tried for the first time.
    expect(await takeNext(spools, later, records)).toBe('a failed, b deferred, a send');
    expect(later.waitingOf(batchOf([second!]))).toEqual([]);
    later.sift(mapping, settled([second!], [succeeded]));
    // It may be the parent of another.
    expect(await takeNext(spools, later, records)).toBe('b send');
  });

  test('let only the last of many lost versions of a key be tried again', async () => {
    const { mapping } = planOf();
    const later = laterOf({});
    const records = recordsOf(mapping, 'aaa');
    const [first, second, third] = records;
    later.defer([
      { record: first!, error: missing },
      { record: second!, error: undefined },
      { record: third!, error: undefined },
    ]);
    const spools = later.spools();
    await takeNext(spools, later, records);
    later.waitingOf(batchOf([first!]));
    later.defer(later.sift(mapping, settled([first!], [orphan()])).deferred);
    for (const one of [second!, third!])
      later.defer(later.waitingOf(batchOf([one])).map((record) => ({ record, error: undefined })));
    expect(await takeNext(spools, later, records)).toBe('a failed, a send, a send');
    later.waitingOf(batchOf([second!]));
    expect(deferredIn(later.sift(mapping, settled([second!], [orphan()])))).toBe('');
    later.waitingOf(batchOf([third!]));
    expect(deferredIn(later.sift(mapping, settled([third!], [orphan()])))).toBe('a');
  });

  test('of a level come before the next one, and wait for it where it writes the parent', async () => {
    const later = laterOf({ topic: 'a' }, { topic: 'b', policy: 'send', sobject: 'Contact', dependsOn: ['a'] });
    const { mapping } = planOf({ topic: 'a' });
    const records = recordsOf(mapping, 'xy');
    const contact = { ...missing, message: missing.message.replace('Order__c', 'Contact') };
    later.put(record(planOf({ topic: 'b' }).mapping, 'z'));
    later.defer([
      { record: records[0]!, error: missing },
      { record: records[1]!, error: contact },
    ]);
    const spools = later.spools();
    await takeNext(spools, later, records);
    later.defer([
      { record: records[0]!, error: missing },
      { record: records[1]!, error: contact },
    ]);
    expect(await takeNext(spools, later, records)).toBe('x deferred, y deferred');
    expect(await takeNext(spools, later, records)).toBe('x failed, y deferred');
    expect([...(spools.next().value as Spool).waiting.keys()]).toEqual(['b']);
    expect(await takeNext(spools, later, records)).toBe('y send');
  });
});

test('all lines of a folded record are deferred', () => {
  const { mapping } = planOf();
  const later = laterOf({});
  const [first, second] = recordsOf(mapping, 'aa');
  later.defer([{ record: { ...second!, folded: [first!] }, error: missing }]);
  expect(later.all.reduce((sum, { count }) => sum + count, 0)).toBe(2);
});

test('topics that depend on others wait, a level after the other', () => {
  const later = laterOf({ topic: 'a' }, { topic: 'b', dependsOn: ['a'] }, { topic: 'c', dependsOn: ['b'] });
  const of = (topic: string): TopicMapping => planOf({ topic }).mapping;
  expect(['a', 'b', 'c'].map((topic) => later.isLater(of(topic)))).toEqual([false, true, true]);
  later.put(record(of('c'), 'x'));
  later.put(record(of('b'), 'y'));
  expect([...later.spools()].map(({ waiting }) => [...waiting.keys()])).toEqual([['b'], ['c']]);
});
