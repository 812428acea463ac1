import { describe, expect, test } from 'vitest';
import { RealtimeWriter } from '../../src/writers/realtime.js';
import { type Handler } from '../salesforce/test-org.js';
import { batchOf, writeBatch } from './room.js';
import { write, answers, rowsOf, ok, cut, times, type Row } from './write-realtime.js';

describe('one record that spoils the call', () => {
  const spoilt = (rows: readonly Row[]): boolean => rows.some(({ Name }) => String(Name).startsWith('bad'));
  const refuse: Handler = ({ seen, reply }) => {
    if (spoilt(rowsOf(seen)))
      reply.json(400, [{ errorCode: 'JSON_PARSER_ERROR', message: 'Cannot deserialize instance of date' }]);
  };

  test('halving leaves the culprit alone, in few calls', async () => {
    const data = times(200).map((row, i) => (i === 77 ? { ...row, Name: 'bad' } : row));
    const { told, org, attempts } = await write(answers(ok, refuse), data);
    expect(told.filter((text) => text === 'succeeded')).toHaveLength(199);
    expect(told[77]).toBe('failed JSON_PARSER_ERROR');
    expect(org.seen.length).toBeLessThanOrEqual(1 + 2 * 8);
    expect(attempts[77]).toBe(9);
  });

  test('several culprits fail, the others keep their places', async () => {
    const data = times(9).map((row, i) => (i % 4 === 0 ? { ...row, Name: `bad${i}` } : row));
    const { written } = await write(
      answers((row) => `id-${String(row['Name'])}`, refuse),
      data,
    );
    expect(written.outcomes.map((one) => (one.kind === 'succeeded' ? one.id : one.kind))).toEqual([
      ...['failed', 'id-n1', 'id-n2', 'id-n3', 'failed', 'id-n5', 'id-n6', 'id-n7', 'failed'],
    ]);
  });

  test('with all_or_none nothing is halved', async () => {
    const { told, org } = await write(answers(ok, refuse), [...times(3), { Key__c: 'x', Name: 'bad' }], {
      allOrNone: true,
    });
    expect(told).toEqual(Array(4).fill('failed JSON_PARSER_ERROR'));
    expect(org.seen).toHaveLength(1);
  });

  test.each([413, 414, 431])('a call that is too large (%i) is halved', async (status) => {
    const handler: Handler = ({ seen, reply }) => {
      if (rowsOf(seen).length > 2) reply.raw(status, '<html>too large</html>', { 'content-type': 'text/html' });
    };
    const { told, org } = await write(answers(ok, handler), times(8));
    expect(told).toEqual(Array(8).fill('succeeded'));
    expect(org.seen.map((seen) => rowsOf(seen).length)).toEqual([8, 4, 2, 2, 4, 2, 2]);
  });

  test.each([
    [400, 'INVALID_TYPE'],
    [404, 'NOT_FOUND'],
    [400, 'NOT_FOUND'],
    [403, 'INSUFFICIENT_ACCESS'],
  ])('what is wrong for each record alike (%i %s) is not halved', async (status, errorCode) => {
    const handler: Handler = ({ reply }) => reply.json(status, [{ errorCode, message: 'no' }]);
    const { told, org, written } = await write(handler, times(4));
    expect(told).toEqual(Array(4).fill(`failed ${errorCode}`));
    expect(org.seen).toHaveLength(1);
    expect(written.stop).toBeUndefined();
  });

  test('a call that is too slow is halved where doing it twice is doing it once', async () => {
    const slow: Handler = ({ seen, reply }) => {
      if (rowsOf(seen).length > 1) reply.json(400, [{ errorCode: 'REQUEST_RUNNING_TOO_LONG', message: 'too long' }]);
    };
    expect((await write(answers(ok, slow), times(2))).told).toEqual(['succeeded', 'succeeded']);
    const insert = await write(answers(ok, slow), [{ Name: 'a' }, { Name: 'b' }], { operation: 'insert' });
    expect(insert.told).toEqual(Array(2).fill('in_doubt REQUEST_RUNNING_TOO_LONG'));
    expect(insert.org.seen).toHaveLength(1);
  });
});

describe('records that may be sent again', () => {
  test('retries only UNABLE_TO_LOCK_ROW records, after a wait', async () => {
    const handler = answers(({ Name }, count) => (Name === 'n1' && count < 3 ? 'UNABLE_TO_LOCK_ROW: locked' : ok()));
    const { told, org, context, attempts } = await write(handler, times(3), { operation: 'insert' });
    expect(told).toEqual(Array(3).fill('succeeded'));
    expect(org.seen.map((seen) => rowsOf(seen).map(({ Name }) => Name))).toEqual([['n0', 'n1', 'n2'], ['n1'], ['n1']]);
    expect(context.delays).toEqual([250, 500]);
    expect(attempts).toEqual([1, 3, 1]);
  });

  test('no more often than max_retries says', async () => {
    const { told, org } = await write(
      answers(() => 'UNABLE_TO_LOCK_ROW: locked'),
      times(1),
      { context: { maxRetries: 2 } },
    );
    expect(told).toEqual(['failed UNABLE_TO_LOCK_ROW']);
    expect(org.seen).toHaveLength(3);
  });

  test('two upserts that raced for one new key: once, and at once', async () => {
    const race = 'DUPLICATE_VALUE: duplicate value found: Key__c duplicates value on record with id: 001';
    const { told, context, org } = await write(
      answers((_row, count) => (count === 1 ? race : ok())),
      times(1),
    );
    expect([told, context.delays]).toEqual([['succeeded'], []]);
    expect(org.seen).toHaveLength(2);
    expect(
      (
        await write(
          answers(() => race),
          times(1),
        )
      ).org.seen,
    ).toHaveLength(2);
    expect(
      (
        await write(
          answers(() => race.replace('Key__c', 'Other__c')),
          times(1),
        )
      ).org.seen,
    ).toHaveLength(1);
  });

  test('two keys that the org takes for one: each by itself', async () => {
    const handler = answers((row, count) =>
      count === 1 && row['Name'] !== 'n2' ? 'DUPLICATE_VALUE: Duplicate external id specified' : ok(),
    );
    const { told, org } = await write(handler, times(3));
    expect(told).toEqual(Array(3).fill('succeeded'));
    expect(org.seen.map((seen) => rowsOf(seen).length)).toEqual([3, 1, 1]);
  });

  test('final errors are not repeated', async () => {
    const { told, org } = await write(
      answers(() => 'REQUIRED_FIELD_MISSING: [Name]'),
      times(2),
    );
    expect(told).toEqual(Array(2).fill('failed REQUIRED_FIELD_MISSING'));
    expect(org.seen).toHaveLength(1);
  });
});

describe('all_or_none', () => {
  const rolledBack = 'ALL_OR_NONE_OPERATION_ROLLED_BACK: rolled back';
  const options = { allOrNone: true };

  test('fails as a unit, each with its own error', async () => {
    const { told, org } = await write(
      answers(({ Name }) => (Name === 'n1' ? 'STRING_TOO_LONG: x' : rolledBack)),
      times(3),
      options,
    );
    expect(told).toEqual([
      'failed ALL_OR_NONE_OPERATION_ROLLED_BACK',
      'failed STRING_TOO_LONG',
      'failed ALL_OR_NONE_OPERATION_ROLLED_BACK',
    ]);
    expect(org.seen).toHaveLength(1);
  });

  test('is repeated as a unit when every culprit may pass', async () => {
    const handler = answers(({ Name }, count) =>
      count > 1 ? ok() : Name === 'n1' ? 'UNABLE_TO_LOCK_ROW: x' : rolledBack,
    );
    const { told, org, attempts } = await write(handler, times(3), options);
    expect(told).toEqual(Array(3).fill('succeeded'));
    expect(org.seen.map((seen) => rowsOf(seen).length)).toEqual([3, 3]);
    expect(attempts).toEqual([2, 2, 2]);
  });

  test('is not repeated for a lock when another culprit is final', async () => {
    const handler = answers(({ Name }) => (Name === 'n1' ? 'UNABLE_TO_LOCK_ROW: x' : 'STRING_TOO_LONG: x'));
    expect((await write(handler, times(2), options)).org.seen).toHaveLength(1);
  });

  test('events that were published beside a failure stay so', async () => {
    const handler = answers(({ Name }) => (Name === 'n1' ? 'LIMIT_EXCEEDED: x' : ok()));
    const { told, org } = await write(handler, times(2), { ...options, operation: 'insert' });
    expect(told).toEqual(['succeeded', 'failed LIMIT_EXCEEDED']);
    expect(org.seen).toHaveLength(1);
  });

  test('a delete that a lost request has done is done', async () => {
    const handler = answers(
      () => 'ENTITY_IS_DELETED: x',
      (exchange) => (exchange.count === 1 ? cut(exchange) : undefined),
    );
    const data = [{ Id: '001A' }, { Id: '001B' }];
    expect((await write(handler, data, { ...options, operation: 'delete' })).told).toEqual(['succeeded', 'succeeded']);
  });
});

describe('fields that the org refuses', () => {
  const refused =
    'INVALID_FIELD_FOR_INSERT_UPDATE: Unable to create/update fields: Name. Please check the security settings';

  const data = times(2).map((row) => ({ ...row, Notes__c: 'n' }));

  test('are left out of the records that they are refused for, which are sent once more', async () => {
    const { org, plan, context, told, batch } = await write(
      answers((row) => (row['Name'] === 'n0' ? refused : ok())),
      data,
    );
    expect(told).toEqual(['succeeded', 'succeeded']);
    expect(context.warnings).toEqual([
      'Order__c.Name was refused for some records (INVALID_FIELD_FOR_INSERT_UPDATE); they are sent without it (topic t)',
    ]);
    expect(batch.records.map(({ refusedColumns }) => [...(refusedColumns ?? [])].map(({ field }) => field))).toEqual([
      ['Name'],
      [],
    ]);
    expect(rowsOf(org.seen[1]!)).toEqual([{ attributes: { type: 'Order__c' }, Key__c: 'k0', Notes__c: 'n' }]);
    const later = batchOf(plan, [{ Key__c: 'k9', Name: 'n9' }]);
    await writeBatch(new RealtimeWriter(context), later, plan);
    expect(rowsOf(org.seen.at(-1)!)).toEqual([{ attributes: { type: 'Order__c' }, Key__c: 'k9', Name: 'n9' }]);
    expect(org.seen).toHaveLength(3);
  });

  test('fail the record where nothing else is left of it, and with all_or_none the others, too', async () => {
    const options = { allOrNone: true };
    for (const all of [{}, options]) {
      const handler = answers((row) =>
        row['Name'] === 'n0' ? refused : all === options ? 'ALL_OR_NONE_OPERATION_ROLLED_BACK: x' : ok(),
      );
      const { told, written, org } = await write(handler, times(2), all);
      expect(told).toEqual([
        'failed NOTHING_TO_WRITE',
        all === options ? 'failed ALL_OR_NONE_OPERATION_ROLLED_BACK' : 'succeeded',
      ]);
      expect(written.outcomes[0]).toMatchObject({
        error: { message: expect.stringContaining('Unable to create/update fields: Name') as string },
      });
      expect(org.seen).toHaveLength(1);
    }
  });

  test('are left out, too, where the record is there and they are for creation alone', async () => {
    const handler = answers((row) => (row['Once__c'] === 'old' ? refused.replace('Name', 'Once__c') : ok()));
    const { org, told } = await write(handler, [
      { Key__c: 'a', Once__c: 'old' },
      { Key__c: 'b', Once__c: 'new' },
    ]);
    expect(told).toEqual(['succeeded', 'succeeded']);
    expect(rowsOf(org.seen[1]!)).toEqual([{ attributes: { type: 'Order__c' }, Key__c: 'a' }]);
  });

  test('the policy fail lets the record fail', async () => {
    const { told, org } = await write(
      answers(() => refused),
      times(1),
      { policy: 'fail' },
    );
    expect([told, org.seen.length]).toEqual([['failed INVALID_FIELD_FOR_INSERT_UPDATE'], 1]);
  });

  test('what is not among the fields, or is the key, ends it', async () => {
    for (const name of ['Other__c', 'Key__c']) {
      const { org } = await write(
        answers(() => refused.replace('Name', name)),
        times(1),
      );
      expect(org.seen).toHaveLength(1);
    }
  });
});
