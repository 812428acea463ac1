import { describe, expect, test } from 'vitest';
import { Batch, type BatchLimits } from '../../src/batching/batch.js';
import { Batcher } from '../../src/batching/batcher.js';
import { linesOf, type Column, type Scalar, type SourceRecord, type TopicMapping } from '../../src/core/record.js';
import { mapping, record } from './records.js';

const accounts = mapping('accounts');

describe('compact', () => {
  const compacted: TopicMapping = { ...accounts, compact: true };
  const column = (field: string, header = field, reference?: Column['reference']): Column => ({
    ...{ header, field, type: 'string', scale: undefined },
    reference,
  });
  const [key, name, lookup] = [column('Key__c'), column('Name'), column('AccountId')];
  const reference = column('AccountId', 'Account.Ext__c', {
    relationship: 'Account',
    field: 'Ext__c',
    type: undefined,
  });
  const version = (of: string, columns: Column[], values: Scalar[]): SourceRecord => ({
    ...record(compacted, of),
    fields: { columns, values },
  });

  function fold(records: readonly SourceRecord[], limits: BatchLimits = { maxRecords: 100, maxBytes: 1_000 }): Batch[] {
    const batches: Batch[] = [];
    const batcher = new Batcher({
      limits: { of: () => limits, noteClosed: () => undefined, maxGatheredBytes: Infinity },
      queue: { canSend: () => true, dispatch: (batch) => batches.push(batch) },
      now: () => 0,
    });
    for (const one of records) batcher.add(one);
    batcher.closeAll();
    return batches;
  }

  test('later fields win, null clears, and what is absent stays', () => {
    const [batch] = fold([
      version('a', [key, name, lookup], ['a', 'first', '001']),
      version('b', [key], ['b']),
      version('a', [key, reference], ['a', 'X-1']),
      version('a', [name], [null]),
    ]);
    expect(
      batch!.records.map(({ fields }) => fields.columns.map(({ header }, i) => [header, fields.values[i]])),
    ).toEqual([
      [
        ['Key__c', 'a'],
        ['Name', null],
        ['Account.Ext__c', 'X-1'],
      ],
      [['Key__c', 'b']],
    ]);
  });

  test('without describe a reference takes the place of its lookup', () => {
    const guessed = (lookup: string, relationship: string): Column =>
      column(lookup, `${relationship}.X`, { relationship, field: 'X', type: undefined });
    const [batch] = fold([
      version('a', [column('accountid'), column('Parent__c')], ['1', '2']),
      version('a', [guessed('AccountId', 'Account'), guessed('Parent__c', 'Parent__r')], ['3', '4']),
    ]);
    expect(batch!.records[0]!.fields.columns.map(({ header }) => header)).toEqual(['Account.X', 'Parent__r.X']);
  });

  test('a folded line stays with the record that took its place', () => {
    const records = ['a', 'b', 'a', 'a'].map((of) => record(compacted, of));
    const [batch] = fold(records);
    expect(batch!.records).toHaveLength(2);
    const [first] = batch!.records;
    expect(first!.ordinal).toBe(records[3]!.ordinal);
    expect(linesOf(first!).map(({ ordinal }) => ordinal)).toEqual(
      [records[0], records[2], records[3]].map((one) => one!.ordinal),
    );
    expect([batch!.bytes, first!.bytes, batch!.saved]).toEqual([40, 30, 2]);
  });

  test('tells how many batches it saved', () => {
    const saved = (keys: string): number[] =>
      fold(Array.from(keys).map((of) => record(compacted, of))).map((batch) => batch.saved);
    expect(saved('abcabcabc')).toEqual([2]);
    expect(saved('aab')).toEqual([1]);
    expect(saved('abc')).toEqual([0]);
  });

  test('a full batch is closed all the same, by its bytes too', () => {
    const sizes = (batches: Batch[]): number[] => batches.map((batch) => batch.records.length);
    expect(
      sizes(
        fold(
          Array.from('abababc').map((of) => record(compacted, of)),
          { maxRecords: 2, maxBytes: 1_000 },
        ),
      ),
    ).toEqual([2, 2, 2, 1]);
    expect(
      sizes(
        fold(
          Array.from('aaaaa').map((of) => record(compacted, of)),
          { maxRecords: 9, maxBytes: 30 },
        ),
      ),
    ).toEqual([1, 1]);
  });

  test('inserts, which have no key, are never folded', () => {
    const [batch] = fold([record(compacted), record(compacted)]);
    expect(batch!.records).toHaveLength(2);
  });

  test('the records of an earlier job are folded as they were', () => {
    const records = ['a', 'b', 'a'].map((of) => record(compacted, of));
    expect(
      Batch.of(records, { id: '750', mayBeClosed: true }).records.map(({ key: of, folded }) => [of, folded?.length]),
    ).toEqual([
      ['a', 1],
      ['b', undefined],
    ]);
  });
});
