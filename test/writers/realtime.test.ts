import { describe, expect, test } from 'vitest';
import { RealtimeWriter } from '../../src/writers/realtime.js';
import { makeClient, type Handler } from '../salesforce/test-org.js';
import { batchOf, contextOf, planOf, startEmulator, told, writeBatch } from './room.js';
import { write, answers, result, rowsOf, ok, cut, times } from './write-realtime.js';

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
    expect(insert.written.outcomes).toEqual([{ kind: 'succeeded', id: 'a00000000000001AAA', created: true }]);

    const update = await write(answers(ok), [{ Id: '001', Name: 'a' }], { operation: 'update', allOrNone: true });
    expect(update.org.seen[0]).toMatchObject({ method: 'PATCH', url: '/services/data/v65.0/composite/sobjects' });
    expect(update.org.seen[0]?.body).toContain('"allOrNone":true');
    expect(update.written.outcomes).toEqual([{ kind: 'succeeded', id: 'a00000000000001AAA', created: false }]);

    const upsert = await write(answers(ok), [{ KEY__c: 'k' }]);
    expect(upsert.org.seen[0]).toMatchObject({
      method: 'PATCH',
      url: '/services/data/v65.0/composite/sobjects/Order__c/Key__c',
    });
    expect(upsert.written.outcomes).toEqual([{ kind: 'succeeded', id: 'a00000000000001AAA', created: true }]);

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
    const written = await writeBatch(new RealtimeWriter(contextOf(client)), batchOf(plan, times(2)), plan);
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
    const written = await writeBatch(
      writer,
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
    expect(told(await writeBatch(writer, batchOf(invoices, data), invoices))).toEqual([
      'succeeded',
      'failed JSON_PARSER_ERROR',
      'failed INVALID_FIELD',
    ]);
    const [invoice] = emulator.records('Invoice__c');
    expect(invoice).toMatchObject({
      Tags__c: 'rush;export',
      Paid__c: false,
      Case_Key__c: '7',
    });
    const erase = await planFor({ sobject: 'Invoice__c', operation: 'delete' });
    expect(told(await writeBatch(writer, batchOf(erase, [{ Id: invoice?.['Id'], Amount__c: 1 }]), erase))).toEqual([
      'succeeded',
    ]);
    expect(emulator.records('Invoice__c')).toEqual([]);
  });

  test('an upsert by Id that has been done before its reply was lost is done once', async () => {
    const { emulator, client, planFor } = await startEmulator({ faults: ['reset-after:on=collections'] });
    const plan = await planFor({ sobject: 'Account' });
    const written = await writeBatch(
      new RealtimeWriter(contextOf(client)),
      batchOf(plan, [{ External_Id__c: 'A', Name: 'x' }]),
      plan,
    );
    expect(told(written)).toEqual(['succeeded']);
    expect(emulator.records('Account')).toHaveLength(1);
  });
});
