import { describe, expect, it } from 'vitest';
import { account, linesOf, stage, UPSERT_ACCOUNTS } from '../stage.js';

describe('the four operations', () => {
  it('write by sObject Collections', async () => {
    const scene = await stage([account('A-1'), account('A-2'), account('A-3')]);
    await scene.runJson(['--map', 'accounts=Account:insert', 'dump.ndjson']);
    const [first, second] = scene.org.records('Account');
    scene.writeLines('changes.ndjson', [
      // 15 characters are the same record; other spellings of Id are the Id.
      { topic: 'updates', data: { id: first!.Id.slice(0, 15), Name: 'updated' } },
      { topic: 'deletes', data: { Id: second!.Id, Name: 'ignored' } },
      { topic: 'upserts', data: { External_Id__c: 'a-3', Name: 'upserted' } },
      { topic: 'upserts', data: { External_Id__c: 'A-4', Name: 'created' } },
    ]);
    const { status, topic } = await scene.runJson([
      '--map',
      'updates=Account:update',
      '--map',
      'deletes=Account:delete',
      '--map',
      'upserts=Account:upsert:External_Id__c',
      'changes.ndjson',
    ]);
    expect(status).toBe(0);
    expect(scene.org.records('Account').map(({ Name }) => Name)).toEqual(['updated', 'upserted', 'created']);
    expect(topic('upserts')).toMatchObject({ succeeded: 2, created: 1, batches: 1 });
    expect(
      scene.org.requests.filter(({ kind }) => kind === 'collections').map(({ method, path }) => `${method} ${path}`),
    ).toEqual(
      expect.arrayContaining([
        'POST /services/data/v65.0/composite/sobjects',
        'PATCH /services/data/v65.0/composite/sobjects',
        'PATCH /services/data/v65.0/composite/sobjects/Account/External_Id__c',
        `DELETE /services/data/v65.0/composite/sobjects?ids=${second!.Id}&allOrNone=false`,
      ]),
    );
  });

  it('send at most 200 records a call, and headers where they are asked for', async () => {
    const scene = await stage(Array.from({ length: 450 }, (_, i) => account(`A-${i}`)));
    scene.write(
      'sfreplay.yaml',
      'headers: { Sforce-Auto-Assign: "FALSE" }\ntopic_mappings: [{topic: accounts, sobject: Account, operation: insert}]\n',
    );
    const { topic } = await scene.runJson(['-c', 'sfreplay.yaml', '--max-in-flight', '4', 'dump.ndjson']);
    expect(topic()).toMatchObject({ succeeded: 450, created: 450, batches: 3 });
    const calls = scene.org.requests.filter(({ kind }) => kind === 'collections');
    expect(calls).toHaveLength(3);
    expect(calls.map(({ headers }) => headers['sforce-auto-assign'])).toEqual(['FALSE', 'FALSE', 'FALSE']);
  });
});

describe('a call', () => {
  it('that one record spoils is sent without it, or halved where describe was not asked', async () => {
    const lines = Array.from({ length: 20 }, (_, i) => account(`A-${i}`, i === 13 ? { Since__c: '31/12/2025' } : {}));
    for (const [unwritable, calls] of [
      ['drop', 2],
      ['send', 9],
    ] as const) {
      const scene = await stage(lines);
      scene.org.addFault('bad-value-400:count=0');
      const { status, topic } = await scene.runJson([...UPSERT_ACCOUNTS, '--unwritable', unwritable, 'dump.ndjson']);
      expect(status).toBe(1);
      expect(topic()).toMatchObject({ succeeded: 19, failed: 1, errors: [{ code: 'JSON_PARSER_ERROR', line: 14 }] });
      expect(scene.org.records('Account')).toHaveLength(19);
      expect(scene.org.requests.filter(({ kind }) => kind === 'collections')).toHaveLength(calls);
    }
  });

  it.each([
    ['one in twenty', 20, 13],
    ['every one', 1, 8],
  ])('with values that cannot be of their type, %s, costs few more calls', async (_name, every, calls) => {
    const bad = [
      { Since__c: '31/12/2025' },
      { Active__c: 'yes' },
      { NumberOfEmployees: 'many' },
      { Last_Order__c: 'noon' },
    ];
    const lines = Array.from({ length: 1_000 }, (_, i) =>
      account(`A-${i}`, i % every === 0 ? bad[(i / every) % bad.length] : { Since__c: '2025-12-31' }),
    );
    const scene = await stage(lines);
    scene.org.addFault('bad-value-400:count=0');
    const { summary, topic } = await scene.runJson([...UPSERT_ACCOUNTS, 'dump.ndjson']);
    const count = 1_000 / every;
    expect(topic()).toMatchObject({ succeeded: 1_000 - count, failed: count, errors: [{ count, line: 1 }] });
    expect(topic().errors[0]!.example).toBe('Since__c: 31/12/2025 is not a date such as 2025-12-31');
    expect(summary.api.calls).toBeLessThanOrEqual(calls);
    expect(scene.failures()[0]).toMatchObject({
      error: { code: 'JSON_PARSER_ERROR', fields: ['Since__c'], attempts: 1, outcome: 'failed' },
    });
  });

  it('with one record that cannot be read is sent once where the org fails that record alone', async () => {
    const scene = await stage([account('A-1'), account('A-2', { Since__c: '31/12/2025' }), account('A-3')]);
    const { topic } = await scene.runJson([...UPSERT_ACCOUNTS, 'dump.ndjson']);
    expect(topic()).toMatchObject({ succeeded: 2, failed: 1, errors: [{ code: 'JSON_PARSER_ERROR', line: 2 }] });
    expect(scene.org.requests.filter(({ kind }) => kind === 'collections')).toHaveLength(1);
  });

  it('with all_or_none is written whole or not at all', async () => {
    const lines = [account('A-1'), account('A-2', { Name: null }), account('A-3')];
    const scene = await stage([...lines, account('B-1'), account('B-2', { Since__c: '31/12/2025' }), account('B-3')]);
    scene.write(
      'sfreplay.yaml',
      'topic_mappings: [{topic: accounts, sobject: Account, external_id_field: External_Id__c, all_or_none: true}]\n',
    );
    const { topic } = await scene.runJson(['-c', 'sfreplay.yaml', '--bulk-batch-size', '3', 'dump.ndjson']);
    expect(scene.org.records('Account')).toEqual([]);
    expect(topic()).toMatchObject({ succeeded: 0, failed: 6, batches: 2 });
    const codes = scene.failures().map(({ error }) => `${error.source.line} ${error.code}`);
    expect(codes).toEqual([
      '1 ALL_OR_NONE_OPERATION_ROLLED_BACK',
      '2 REQUIRED_FIELD_MISSING',
      '3 ALL_OR_NONE_OPERATION_ROLLED_BACK',
      '4 ALL_OR_NONE_OPERATION_ROLLED_BACK',
      '5 JSON_PARSER_ERROR',
      '6 ALL_OR_NONE_OPERATION_ROLLED_BACK',
    ]);
  });

  it('sends the records that met a lock again, and them alone', async () => {
    const scene = await stage([account('A-1'), account('A-2'), account('A-3')], { recordBodies: true });
    scene.org.addFault('lock:key=A-2:count=2');
    const { status, topic } = await scene.runJson(['--map', 'accounts=Account:insert', 'dump.ndjson']);
    expect(status).toBe(0);
    expect(topic()).toMatchObject({ succeeded: 3, created: 3, batches: 1 });
    expect(scene.org.records('Account').map(({ Name }) => Name)).toEqual(['A-1', 'A-3', 'A-2']);
    const [, ...again] = scene.org.requests.filter(({ kind }) => kind === 'collections').map(({ body }) => body);
    expect(again).toHaveLength(2);
    for (const body of again) {
      expect(body).toContain('A-2');
      expect(body).not.toMatch(/A-[13]/);
    }
  });

  it('gives up on locks after max_retries, and says how often it tried', async () => {
    const scene = await stage([account('A-1'), account('A-2')]);
    scene.org.addFault('lock:key=A-2:count=0');
    const { status } = await scene.runJson([...UPSERT_ACCOUNTS, '--max-retries', '1', 'dump.ndjson']);
    expect(status).toBe(1);
    expect(scene.failures()).toMatchObject([
      { error: { code: 'UNABLE_TO_LOCK_ROW', outcome: 'failed', source: { line: 2 }, attempts: 2 } },
    ]);
  });
});

describe('records of one key', () => {
  it('land in input order, however many calls are in flight', async () => {
    const lines = Array.from({ length: 120 }, (_, i) => account(`A-${i % 7}`, { AccountNumber: String(i) }));
    const scene = await stage([], { latencyMs: 1, lockRate: 0.05 });
    const { status, topic } = await scene.runJson([...UPSERT_ACCOUNTS, '--max-in-flight', '8'], {
      stdin: linesOf(lines),
    });
    expect(status).toBe(0);
    expect(topic()).toMatchObject({ succeeded: 120, created: 7 });
    const versions = new Map<string, number[]>();
    for (const { id, fields } of scene.org.history('Account')) {
      versions.set(id, [...(versions.get(id) ?? []), Number(fields.AccountNumber)]);
    }
    const orders = [...versions.values()];
    expect(orders.flat()).toHaveLength(120);
    for (const order of orders) expect(order).toEqual([...order].sort((a, b) => a - b));
  });
});

describe.each(['realtime', 'bulk'])('two upserts that race to create one record, in %s', (mode) => {
  const fault = { kind: 'record-error', code: 'DUPLICATE_VALUE', key: 'A-1' } as const;
  const words = [
    '--map',
    `accounts=Account:upsert:External_Id__c:${mode}`,
    '--bulk-poll-interval',
    '20ms',
    'dump.ndjson',
  ];
  const message = 'duplicate value found: <unknown> duplicates value on record with id: <unknown>';

  it('are sent once more, also where the org cannot say which field it was', async () => {
    const scene = await stage([account('A-1'), account('A-2')]);
    scene.org.addFault({ ...fault, message });
    const { status, topic } = await scene.runJson(words);
    expect({ status, topic: topic() }).toMatchObject({ status: 0, topic: { succeeded: 2 } });
  });

  it('fail the second time, and by another field the first time', async () => {
    for (const [text, attempts] of [
      [message, 2],
      ['duplicate value found: Code__c duplicates value on record with id: 001000000000001', 1],
    ] as const) {
      const scene = await stage([account('A-1'), account('A-2')]);
      scene.org.addFault({ ...fault, message: text, count: 0 });
      expect((await scene.run(words)).status).toBe(1);
      expect(scene.failures()).toMatchObject([{ error: { code: 'DUPLICATE_VALUE', message: text, attempts } }]);
    }
  });
});
