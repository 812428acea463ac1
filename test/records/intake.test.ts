import { describe, expect, test } from 'vitest';
import { Intake, type Taken } from '../../src/records/intake.js';
import { planOf, takeAll, type PlanOptions } from '../writers/room.js';

function key(data: object | string, options: PlanOptions = {}): string | undefined {
  const [taken] = takeAll(planOf(options), [data]);
  if (taken?.kind !== 'record') throw new Error(`expected a record, got ${JSON.stringify(taken)}`);
  return taken.record.key;
}

describe('keys', () => {
  test.each<[string, PlanOptions, object | string, object | string]>([
    ['text without regard to case and outer blanks', {}, { Key__c: ' a-1' }, { KEY__C: 'A-1 ' }],
    [
      'a number given as text or not',
      { externalIdField: 'Number_Key__c' },
      { Number_Key__c: 1 },
      '{"number_key__c":"1.0"}',
    ],
    ['an Id in both its forms', { operation: 'update' }, { Id: '0015500001QdQWa' }, { id: '0015500001QdQWaAAN' }],
    [
      'of two spellings the last one, which is the one that is sent',
      {},
      '{"Key__c":"a","KEY__C":"b"}',
      { Key__c: 'b' },
    ],
    ['without describe numbers by their value', { policy: 'send' }, '{"key__C":"10"}', '{"key__C":1e1}'],
  ])('%s', (_name, options, left, right) => {
    expect(key(left, options)).toBe(key(right, options));
    expect(key(left, options)).toBeDefined();
  });

  test('inserts have none, nor has an upsert by Id without an Id', () => {
    expect(key({ Key__c: 'a' }, { operation: 'insert' })).toBeUndefined();
    for (const Id of [null, '', ' ', undefined])
      expect(key({ Id, Name: 'x' }, { externalIdField: 'Id' })).toBeUndefined();
    expect(key({ Id: '0015500001QdQWa' }, { externalIdField: 'id' })).toBe('0015500001QdQWa');
  });

  test.each<[string, PlanOptions, object, string]>([
    ['an upsert', {}, { Name: 'x' }, 'upsert needs Key__c; the record has none'],
    ['an upsert with an empty one', {}, { key__c: '' }, 'upsert needs Key__c; it is empty'],
    ['an upsert with a blank one', {}, { Key__c: ' \t' }, 'upsert needs Key__c; it is empty'],
    ['an update', { operation: 'update' }, { Id: null }, 'update needs Id; it is empty'],
    ['a delete', { operation: 'delete' }, {}, 'delete needs Id; the record has none'],
  ])('%s without its key fails', (_name, options, data, message) => {
    const [taken] = takeAll(planOf(options), [data]);
    expect(taken).toMatchObject({ kind: 'rejected', error: { code: 'MISSING_KEY', message } });
  });
});

describe('lines', () => {
  const take = (texts: string[], topic?: string): Taken[] => {
    const plans = [planOf({ topic: 'orders' }), planOf({ topic: 'events', operation: 'insert' })];
    const intake = new Intake(plans, { envelope: 'auto', topic });
    return texts.map((text, i) => intake.take({ kind: 'text', position: { file: 'f', line: i + 1 }, text }));
  };

  test('go to the mapping of their topic, and are counted there', () => {
    const taken = take([
      '{"topic":"orders","data":{"Key__c":"a"}}',
      '{"topic":"others","data":{}}',
      '{"topic":"events","payload":"{\\"Name\\":\\"é\\"}"}',
      '{"topic":"orders","data":{}}',
      '{"topic":"orders","value":{"Key__c":"b"}}',
      'nonsense',
    ]);
    expect(taken.map(({ kind }) => kind)).toEqual(['record', 'unmapped', 'record', 'rejected', 'record', 'malformed']);
    const ordinals = taken.map((one) =>
      one.kind === 'record' ? one.record.ordinal : one.kind === 'rejected' ? one.ordinal : -1,
    );
    expect(ordinals).toEqual([0, -1, 0, 1, 2, -1]);
    const event = taken[2];
    if (event?.kind !== 'record') throw new Error('expected a record');
    expect(event.record).toMatchObject({ position: { file: 'f', line: 3 }, attempts: 0 });
    expect(event.record.bytes).toBe(Buffer.byteLength(event.record.text));
    expect(event.record.bytes).toBe(event.record.text.length + 1);
  });

  test('bare records are of the topic that was given', () => {
    expect(take(['{"Key__c":"a","Name":"x","topic":"events"}'], 'orders')[0]).toMatchObject({
      kind: 'record',
      record: { key: 'a', mapping: { topic: 'orders' } },
    });
  });

  test.each([
    ['kcat', '"partition":0,"tstype":"create","ts":1,"broker":0,"payload":"{\\"Key__c\\":\\"a\\"}"'],
    ['rpk', '"partition":0,"value":"{\\"Key__c\\":\\"a\\"}"'],
    ['sfreplay', '"data":{"Key__c":"a"}'],
  ])('lines of %s that are taken for bare records are told so', (maker, members) => {
    for (const key of ['', '"Key__c":"a",']) {
      const [taken] = take([`{${key}"topic":"orders",${members}}`], 'orders');
      expect(taken).toMatchObject({
        kind: 'rejected',
        error: {
          code: key === '' ? 'MISSING_KEY' : 'NOTHING_TO_WRITE',
          message: expect.stringMatching(`Lines like this one are ${maker}'s and need no --topic$`) as string,
        },
      });
    }
  });

  test('a tombstone fails, and names its key', () => {
    expect(take(['{"topic":"orders","key":"k1","data":null}'])[0]).toMatchObject({
      kind: 'rejected',
      error: { code: 'TOMBSTONE', message: expect.stringContaining('its key is k1') as string },
    });
  });

  test('a line that was malformed already stays so', () => {
    const line = {
      kind: 'malformed',
      position: { file: 'f', line: 1 },
      code: 'LINE_TOO_LONG',
      message: 'm',
      raw: '{',
    } as const;
    expect(new Intake([], { envelope: 'auto', topic: undefined }).take(line)).toMatchObject({
      kind: 'malformed',
      code: 'LINE_TOO_LONG',
    });
  });
});
