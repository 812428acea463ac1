import { describe, expect, test } from 'vitest';
import type { WriterContext } from '../../src/writers/writer.js';
import { RealtimeWriter } from '../../src/writers/realtime.js';
import { makeClient, startOrg, type Handler, type Seen } from '../salesforce/test-org.js';
import { batchOf, contextOf, planOf, startEmulator, told, type PlanOptions } from './room.js';

interface Row {
  readonly [name: string]: unknown;
}

/** The result of one record: an Id for success, or an error `CODE: message`. */
type Verdict = string;

function result(verdict: Verdict): object {
  const [, code, message] = /^(\w+): (.*)$/.exec(verdict) ?? [];
  if (code === undefined) return { id: verdict, success: true, created: true, errors: [] };
  return { success: false, errors: [{ statusCode: code, message, fields: [] }] };
}

function rowsOf({ body, url }: Seen): Row[] {
  if (body !== '') return (JSON.parse(body) as { records: Row[] }).records;
  const ids = new URL(url, 'http://org').searchParams.get('ids') ?? '';
  return ids.split(',').map((Id) => ({ Id }));
}

/** Answers each call with a verdict per record; undefined leaves the answer to `otherwise`. */
function answers(verdictOf: (row: Row, count: number) => Verdict, otherwise?: Handler): Handler {
  return async (exchange) => {
    await otherwise?.(exchange);
    const { seen, reply, count } = exchange;
    if (reply.response.headersSent || exchange.socket.destroyed) return;
    reply.json(
      200,
      rowsOf(seen).map((row) => result(verdictOf(row, count))),
    );
  };
}

const ok = (): Verdict => '001000000000001AAA';

/** Writes records into a scripted org. */
async function write(
  handler: Handler,
  data: readonly (object | string)[],
  options: PlanOptions & { context?: Partial<WriterContext>; maxRetries?: number } = {},
) {
  const { context: overrides, maxRetries = 3, ...planOptions } = options;
  const org = await startOrg(handler);
  const { client, delays } = makeClient(org.url, { maxRetries });
  const plan = planOf(planOptions);
  const context = contextOf(client, overrides);
  const batch = batchOf(plan, data);
  const written = await new RealtimeWriter(context).write(batch, plan);
  return {
    org,
    plan,
    context,
    batch,
    written,
    told: told(written),
    attempts: batch.records.map((one) => one.attempts),
    clientDelays: delays,
  };
}

const cut: Handler = ({ socket }) => {
  socket.destroy();
};

function times(count: number): object[] {
  return Array.from({ length: count }, (_, i) => ({ Key__c: `k${i}`, Name: `n${i}` }));
}

describe('the request', () => {
  test('insert, update, upsert and delete', async () => {
    const insert = await write(answers(ok), [{ Name: 'a' }], {
      operation: 'insert',
      context: { headers: { 'Sforce-Auto-Assign': 'FALSE' } },
    });
    expect(insert.org.seen[0]).toMatchObject({ method: 'POST', url: '/services/data/v65.0/composite/sobjects' });
    expect(insert.org.seen[0]?.headers['sforce-auto-assign']).toBe('FALSE');
    expect(insert.org.seen[0]?.body).toBe(
      '{"allOrNone":false,"records":[{"attributes":{"type":"Order__c"},"Name":"a"}]}',
    );
    expect(insert.written.outcomes).toEqual([{ kind: 'succeeded', id: '001000000000001AAA', created: true }]);

    const update = await write(answers(ok), [{ Id: '001', Name: 'a' }], { operation: 'update', allOrNone: true });
    expect(update.org.seen[0]).toMatchObject({ method: 'PATCH', url: '/services/data/v65.0/composite/sobjects' });
    expect(update.org.seen[0]?.body).toContain('"allOrNone":true');
    expect(update.written.outcomes).toEqual([{ kind: 'succeeded', id: '001000000000001AAA', created: false }]);

    const upsert = await write(answers(ok), [{ KEY__c: 'k' }]);
    expect(upsert.org.seen[0]).toMatchObject({
      method: 'PATCH',
      url: '/services/data/v65.0/composite/sobjects/Order__c/Key__c',
    });
    expect(upsert.written.outcomes).toEqual([{ kind: 'succeeded', id: '001000000000001AAA', created: true }]);

    const erase = await write(answers(ok), [{ Id: '001A', Name: 'x' }, { Id: ' 001B ' }], { operation: 'delete' });
    expect(erase.org.seen[0]).toMatchObject({ method: 'DELETE', body: '' });
    expect(new URL(erase.org.seen[0]!.url, 'http://org').searchParams.get('ids')).toBe('001A,001B');
    expect(erase.attempts).toEqual([1, 1]);
  });

  test('a platform event is a success although it names an error', async () => {
    const handler: Handler = ({ reply }) =>
      reply.json(200, [
        { id: 'e01xx', success: true, errors: [{ statusCode: 'OPERATION_ENQUEUED', message: 'uuid', fields: [] }] },
      ]);
    expect((await write(handler, [{ Name: 'a' }], { operation: 'insert' })).told).toEqual(['succeeded']);
  });
});

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
  test('locked rows alone, after a wait', async () => {
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

  test('are left out, of this batch and of the rest of the run, with one warning', async () => {
    const { org, plan, context, told, batch } = await write(
      answers((row) => ('Name' in row ? refused : ok())),
      times(2),
    );
    expect(told).toEqual(['succeeded', 'succeeded']);
    expect(context.warnings).toEqual([
      'Order__c.Name is not writable for this user (INVALID_FIELD_FOR_INSERT_UPDATE); left out for the rest of the run of topic t',
    ]);
    expect(batch.records.map(({ leftOut }) => [...(leftOut ?? [])].map(({ field }) => field))).toEqual([
      ['Name'],
      ['Name'],
    ]);
    const later = batchOf(plan, times(1));
    await new RealtimeWriter(context).write(later, plan);
    expect(rowsOf(org.seen.at(-1)!)).toEqual([{ attributes: { type: 'Order__c' }, Key__c: 'k0' }]);
    expect(org.seen).toHaveLength(3);
    expect(later.records[0]?.leftOut?.size).toBe(1);
  });

  test('a field for creation alone is left out of the one record', async () => {
    const handler = answers((row) => (row['Once__c'] === 'old' ? refused.replace('Name', 'Once__c') : ok()));
    const { org, told, context } = await write(handler, [
      { Key__c: 'a', Once__c: 'old' },
      { Key__c: 'b', Once__c: 'new' },
    ]);
    expect(told).toEqual(['succeeded', 'succeeded']);
    expect(rowsOf(org.seen[1]!)).toEqual([{ attributes: { type: 'Order__c' }, Key__c: 'a' }]);
    expect(context.warnings).toEqual([]);
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

describe('replies that are lost', () => {
  test.each<[string, Handler]>([
    ['cut', cut],
    ['status 500', ({ reply }) => reply.json(500, [{ errorCode: 'UNKNOWN_EXCEPTION', message: 'x' }])],
    ['status 502', ({ reply }) => reply.raw(502, 'bad gateway')],
    ['results of another length', ({ reply }) => reply.json(200, [result(ok())])],
    ['a web page', ({ reply }) => reply.raw(200, '<html>login</html>', { 'content-type': 'text/html' })],
  ])('%s: an insert is in doubt, an upsert is repeated', async (_name, first) => {
    const handler = answers(ok, (exchange) => (exchange.count === 1 ? first(exchange) : undefined));
    const insert = await write(handler, [{ Name: 'a' }, { Name: 'b' }], { operation: 'insert' });
    expect(insert.told.map((text) => text.split(' ')[0])).toEqual(['in_doubt', 'in_doubt']);
    expect(insert.org.seen).toHaveLength(1);
    expect(insert.written.stop).toBeUndefined();
    const upsert = await write(handler, times(2));
    expect(upsert.told).toEqual(['succeeded', 'succeeded']);
    expect(upsert.attempts).toEqual([2, 2]);
  });

  test('an upsert whose replies are all lost is in doubt, and ends the run', async () => {
    const { told, written, org } = await write(cut, times(2), { maxRetries: 2 });
    expect(told).toEqual(Array(2).fill('in_doubt CONNECTION_RESET'));
    expect(written.stop?.code).toBe('ORG_UNREACHABLE');
    expect(org.seen).toHaveLength(3);
  });

  test('deleted by the request whose reply was lost', async () => {
    const gone = answers(
      ({ Id }) => (Id === '001A' ? 'ENTITY_IS_DELETED: x' : 'DELETE_FAILED: x'),
      (exchange) => (exchange.count === 1 ? cut(exchange) : undefined),
    );
    const { told } = await write(gone, [{ Id: '001A' }, { Id: '001B' }], { operation: 'delete' });
    expect(told).toEqual(['succeeded', 'failed DELETE_FAILED']);
    const before = await write(
      answers(() => 'ENTITY_IS_DELETED: x'),
      [{ Id: '001A' }],
      { operation: 'delete' },
    );
    expect(before.told).toEqual(['failed ENTITY_IS_DELETED']);
  });

  test('an upsert by Id: those without an Id are in doubt, the others repeated', async () => {
    const handler = answers(ok, (exchange) => (exchange.count === 1 ? cut(exchange) : undefined));
    const data = [{ Name: 'new' }, { Id: '001A', Name: 'old' }, { Id: null, Name: 'new' }];
    const { told, org } = await write(handler, data, { externalIdField: 'Id' });
    expect(told).toEqual(['in_doubt CONNECTION_RESET', 'succeeded', 'in_doubt CONNECTION_RESET']);
    expect(org.seen.map((seen) => rowsOf(seen).map(({ Id, Name }) => Id ?? Name))).toEqual([
      ['new', '001A', 'new'],
      ['001A'],
    ]);
  });
});

describe('the end of the run', () => {
  test('the daily limit: nothing was written, and nothing more is sent', async () => {
    const handler: Handler = ({ reply }) =>
      reply.json(403, [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }]);
    const { told, written, org } = await write(handler, times(2));
    expect(told).toEqual(Array(2).fill('unsent REQUEST_LIMIT_EXCEEDED'));
    expect(written.stop?.code).toBe('API_LIMIT_EXHAUSTED');
    expect(org.seen).toHaveLength(1);
  });

  test('storage that is used up: the record failed, the locked one stays unsent, without a wait', async () => {
    const handler = answers(({ Name }) => (Name === 'n0' ? 'STORAGE_LIMIT_EXCEEDED: full' : 'UNABLE_TO_LOCK_ROW: x'));
    const { told, written, context } = await write(handler, times(2));
    expect(told).toEqual(['failed STORAGE_LIMIT_EXCEEDED', 'unsent RUN_STOPPED']);
    expect(written.stop?.code).toBe('STORAGE_LIMIT_EXCEEDED');
    expect(context.delays).toEqual([]);
  });

  test('an org that cannot be reached', async () => {
    const { client } = makeClient('http://127.0.0.1:1', {
      signIn: { kind: 'access_token', accessToken: '00D!x' },
      maxRetries: 1,
    });
    const plan = planOf();
    const written = await new RealtimeWriter(contextOf(client)).write(batchOf(plan, times(2)), plan);
    expect(told(written)).toEqual(Array(2).fill('unsent ORG_UNREACHABLE'));
    expect(written.stop?.code).toBe('ORG_UNREACHABLE');
  });

  test('stopping: nothing is begun', async () => {
    const { told, org, attempts } = await write(answers(ok), times(2), { context: { stopping: AbortSignal.abort() } });
    expect(told).toEqual(Array(2).fill('unsent RUN_STOPPED'));
    expect([org.seen.length, attempts]).toEqual([0, [0, 0]]);
  });

  test('stopping between two halves: what was not sent yet is unsent', async () => {
    const stopping = new AbortController();
    const handler = answers(ok, ({ seen, reply, count }) => {
      if (rowsOf(seen).length > 2) reply.raw(413, '');
      if (count === 2) stopping.abort();
    });
    const { told } = await write(handler, times(4), { context: { stopping: stopping.signal } });
    expect(told).toEqual(['succeeded', 'succeeded', 'unsent RUN_STOPPED', 'unsent RUN_STOPPED']);
  });

  test('stopping while a locked record waits', async () => {
    const stopping = new AbortController();
    const handler = answers(
      ({ Name }) => (Name === 'n0' ? 'UNABLE_TO_LOCK_ROW: x' : ok()),
      () => stopping.abort(),
    );
    expect((await write(handler, times(2), { context: { stopping: stopping.signal } })).told).toEqual([
      'unsent RUN_STOPPED',
      'succeeded',
    ]);
  });

  test('aborting while a call is under way: every operation is in doubt', async () => {
    const aborting = new AbortController();
    const { told } = await write(() => aborting.abort(), times(1), {
      context: { aborting: aborting.signal, stopping: aborting.signal },
    });
    expect(told).toEqual(['in_doubt ABORTED']);
  });
});

describe('against the emulated org', () => {
  test('every operation lands, references and typed values included', async () => {
    const { emulator, client, planFor } = await startEmulator();
    const writer = new RealtimeWriter(contextOf(client));
    const accounts = await planFor({ sobject: 'account' });
    const written = await writer.write(
      batchOf(accounts, [{ external_id__c: 'A-1', NAME: 'One', CreatedDate: 'x' }, { External_Id__c: 'A-2' }]),
      accounts,
    );
    expect(told(written)).toEqual(['succeeded', 'failed REQUIRED_FIELD_MISSING']);
    const invoices = await planFor({ sobject: 'Invoice__c', operation: 'insert' });
    const data = [
      '{"Account__r":{"External_Id__c":"A-1"},"Amount__c":12.50,"Due_Date__c":"2026-01-31","Tags__c":["rush","export"],"Paid__c":null,"Case_Key__c":7}',
      '{"Account__r":{"External_Id__c":"A-1"},"Due_Date__c":"31/01/2026"}',
      '{"Account__r":{"External_Id__c":"none"}}',
    ];
    expect(told(await writer.write(batchOf(invoices, data), invoices))).toEqual([
      'succeeded',
      'failed JSON_PARSER_ERROR',
      'failed INVALID_FIELD',
    ]);
    const [invoice] = emulator.records('Invoice__c');
    expect(invoice).toMatchObject({
      Amount__c: expect.anything(),
      Tags__c: 'rush;export',
      Paid__c: false,
      Case_Key__c: '7',
    });
    const erase = await planFor({ sobject: 'Invoice__c', operation: 'delete' });
    expect(told(await writer.write(batchOf(erase, [{ Id: invoice?.['Id'], Amount__c: 1 }]), erase))).toEqual([
      'succeeded',
    ]);
    expect(emulator.records('Invoice__c')).toEqual([]);
  });

  test('an upsert by Id that has been done before its reply was lost is done once', async () => {
    const { emulator, client, planFor } = await startEmulator({ faults: ['reset-after:on=collections'] });
    const plan = await planFor({ sobject: 'Account' });
    const written = await new RealtimeWriter(contextOf(client)).write(
      batchOf(plan, [{ External_Id__c: 'A', Name: 'x' }]),
      plan,
    );
    expect(told(written)).toEqual(['succeeded']);
    expect(emulator.records('Account')).toHaveLength(1);
  });
});
