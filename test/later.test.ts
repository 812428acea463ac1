import { describe, expect, onTestFinished, test } from 'vitest';
import { Batch } from '../src/batching/batch.js';
import { Later } from '../src/later.js';
import type { Outcome, SourceRecord, TopicMapping } from '../src/record.js';
import { record } from './batching/records.js';
import { planOf } from './writers/room.js';

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
    const sifted = laterOf({}).sift(mapping, [first!, second!], [succeeded, outcome]);
    expect([names(sifted.records), sifted.outcomes.length, names(sifted.held)]).toEqual(
      isHeld ? ['a', 1, 'b'] : ['ab', 2, ''],
    );
  });

  test('is waited for only by what inserts or upserts it', () => {
    const { mapping } = planOf();
    const later = laterOf({ operation: 'update' }, { topic: 'u', operation: 'delete' });
    expect(later.sift(mapping, recordsOf(mapping, 'a'), [orphan()]).held).toEqual([]);
  });

  test('takes the call with it where all or none is written, unless that is beyond help', () => {
    const { mapping } = planOf({ allOrNone: true });
    const later = laterOf({ allOrNone: true });
    const records = recordsOf(mapping, 'abc');
    expect(names(later.sift(mapping, records, [rolledBack, orphan(), rolledBack]).held)).toBe('abc');
    expect(names(later.sift(mapping, records, [rolledBack, orphan(), failed('bad')]).held)).toBe('');
    later.hold([records[0]!]);
    expect(names(later.waitingOf(batchOf(recordsOf(mapping, 'axy'))))).toBe('axy');
  });
});

test('what comes later of a held key waits, and nothing waits for its third try', async () => {
  const { mapping } = planOf();
  const later = laterOf({});
  const [first, second] = recordsOf(mapping, 'a-');
  later.hold([first!, second!]);
  expect(names(later.waitingOf(batchOf(recordsOf(mapping, 'cab-'))))).toBe('a');
  expect(names(later.waitingOf(batchOf(recordsOf({ ...mapping, topic: 'other' }, 'a'))))).toBe('');
  const spools = later.spools();
  const ordinals: number[] = [];
  for await (const line of spools.next().value!.take()) ordinals.push(line.ordinal);
  expect(ordinals).toEqual([first!.ordinal, second!.ordinal]);
  expect(later.waitingOf(batchOf(recordsOf(mapping, 'a')))).toEqual([]);
  expect(later.sift(mapping, [first!], [orphan()]).held).toEqual([]);
  expect(spools.next().done).toBe(true);
});

test('all lines of a folded record are held', () => {
  const { mapping } = planOf();
  const later = laterOf({});
  const [first, second] = recordsOf(mapping, 'aa');
  later.hold([{ ...second!, folded: [first!] }]);
  expect(later.all.map(({ count }) => count)).toEqual([2]);
});

test('topics that depend on others wait, a level after the other', () => {
  const later = laterOf({ topic: 'a' }, { topic: 'b', dependsOn: ['a'] }, { topic: 'c', dependsOn: ['b'] });
  const of = (topic: string): TopicMapping => planOf({ topic }).mapping;
  expect(['a', 'b', 'c'].map((topic) => later.isLater(of(topic)))).toEqual([false, true, true]);
  later.put(record(of('c'), 'x'));
  later.put(record(of('b'), 'y'));
  expect([...later.spools()].map(({ waiting }) => [...waiting.keys()])).toEqual([['b'], ['c']]);
});
