import { describe, expect, it } from 'vitest';
import { account, stage, UPSERT_ACCOUNTS, UPSERT_ACCOUNTS_IN_BULK } from '../stage.js';

const SPOTTED = [
  account('A-1', { CreatedDate: '2020-01-01T00:00:00Z', nAmE: 'by any spelling', Name: undefined }),
  account('A-2', { Nope__c: 1, IsDeleted: false, CreatedDate: null }),
  account('A-3'),
];

describe.each([
  ['realtime', UPSERT_ACCOUNTS],
  ['bulk', UPSERT_ACCOUNTS_IN_BULK],
])('fields that cannot be written, in %s', (_, map) => {
  it('are dropped and counted by name', async () => {
    const scene = await stage(SPOTTED);
    const { status, topic } = await scene.runJson([...map, '--bulk-poll-interval', '20ms', 'dump.ndjson']);
    expect(status).toBe(0);
    expect(topic()).toMatchObject({
      succeeded: 3,
      dropped_fields: { CreatedDate: 2, IsDeleted: 1 },
      unknown_fields: { Nope__c: 1 },
    });
    expect(
      scene.org
        .records('Account')
        .map(({ Name }) => Name)
        .sort(),
    ).toEqual(['A-2', 'A-3', 'by any spelling']);
    expect(scene.org.requests.filter(({ kind }) => kind === 'describe')).toHaveLength(1);
  });

  it('fail their records with --unwritable fail', async () => {
    const scene = await stage(SPOTTED);
    const flags = ['--unwritable', 'fail', '--bulk-poll-interval', '20ms', 'dump.ndjson'];
    const { status, topic } = await scene.runJson([...map, ...flags]);
    expect(status).toBe(1);
    expect(topic()).toMatchObject({ succeeded: 1, failed: 2, dropped_fields: {} });
    expect(scene.failures().map(({ error }) => [error.source.line, error.attempts])).toEqual([
      [1, 0],
      [2, 0],
    ]);
  });

  it('go out as they are with --unwritable send, and nothing is described', async () => {
    const scene = await stage([account('A-1'), account('A-2', { Nope__c: 1 })]);
    const flags = ['--unwritable', 'send', '--bulk-poll-interval', '20ms', 'dump.ndjson'];
    const { topic } = await scene.runJson([...map, ...flags]);
    expect(scene.org.requests.filter(({ kind }) => kind === 'describe')).toEqual([]);
    expect(topic()).toMatchObject({ succeeded: 1, failed: 1 });
    expect(scene.failures()).toMatchObject([{ error: { source: { line: 2 } } }]);
    expect(scene.failures()[0]!.error.message).toContain('Nope__c');
  });

  it('and that only Salesforce refuses are left out of each record that it refuses them for, with one warning', async () => {
    const lines = Array.from({ length: 6 }, (_, i) => account(`A-${i}`, { Site: 's', Fax: String(i) }));
    const scene = await stage(lines, { blockedFields: { Account: ['Fax'] } });
    const flags = ['--bulk-batch-size', '2', '--bulk-poll-interval', '20ms', 'dump.ndjson'];
    const { status, stderr, topic } = await scene.runJson([...map, ...flags]);
    expect(status).toBe(0);
    expect(topic()).toMatchObject({ succeeded: 6, dropped_fields: { Fax: 6 } });
    expect(scene.org.records('Account').map(({ Site, Fax }) => [Site, Fax ?? null])).toEqual(
      Array(6).fill(['s', null]),
    );
    expect(stderr).toContain('Fax');
    expect(stderr.match(/warning/gi)).toHaveLength(1);
  });
});

describe.each(['realtime', 'bulk'])('one record that is refused a field, in %s', (mode) => {
  it('loses it alone, and is sent once more', async () => {
    const colours = ['red', 'none', 'green', 'blue', 'pink', 'grey'];
    const keys = ['P-1', 'B-1', 'P-2', 'P-3', 'P-4', 'P-5'];
    const lines = keys.map((key, i) => account(key, { Favourite_Colour__pc: colours[i] }));
    const colour = { type: 'string', length: 40, createable: true, updateable: true, nillable: true } as const;
    const message = 'Unable to create/update fields: Favourite_Colour__pc. Please check the security settings';
    const scene = await stage(lines, {
      sobjects: { Account: { fields: { Favourite_Colour__pc: colour } } },
      faults: [{ kind: 'record-error', key: 'B-1', code: 'INVALID_FIELD_FOR_INSERT_UPDATE', message }],
    });
    const flags = ['--bulk-batch-size', '2', '--bulk-poll-interval', '20ms', 'dump.ndjson'];
    const map = ['--map', `accounts=Account:upsert:External_Id__c:${mode}`];
    const { status, stderr, topic } = await scene.runJson([...map, ...flags]);
    expect(status).toBe(0);
    expect(topic()).toMatchObject({ succeeded: 6, dropped_fields: { Favourite_Colour__pc: 1 }, unknown_fields: {} });
    const stored = scene.org
      .records('Account')
      .map((row) => [row['External_Id__c'], row['Favourite_Colour__pc'] ?? null]);
    expect(Object.fromEntries(stored)).toEqual(
      Object.fromEntries(keys.map((key, i) => [key, key === 'B-1' ? null : colours[i]])),
    );
    expect(stderr.match(/warning: .*/g)).toEqual([
      expect.stringContaining('Account.Favourite_Colour__pc was refused for some records'),
    ]);
  });
});

describe.each(['realtime', 'bulk'])('a list, in %s', (mode) => {
  it('is the value of a multi-select picklist whose elements stay what they are', async () => {
    const values = ['a', 'b', 'c'].map((value) => ({ value, label: value, active: true }));
    const pick = { type: 'multipicklist', createable: true, updateable: true, nillable: true } as const;
    const lines = [
      account('A-1', { Name: 'list', Colours__c: ['red', 'green'] }),
      account('A-2', { Name: 'commas', Colours__c: 'red,green' }),
      account('A-3', { Name: 'commas, restricted', Labels__c: 'a,b' }),
      account('A-4', { Name: 'separator inside a value', Colours__c: ['red;green', 'blue'] }),
      account('A-5', { Name: 'separator inside, restricted', Labels__c: ['a;b'] }),
      account('A-6', { Name: ['two', 'names'], Description: ['first; second', 'third'] }),
      account('A-7', { Name: 'list in a list', Colours__c: [['red']] }),
      account('A-8', { Name: 'blanks', Labels__c: 'a; b ;c' }),
    ];
    const fields = {
      Colours__c: { ...pick, picklistValues: [] },
      Labels__c: { ...pick, restrictedPicklist: true, picklistValues: values },
    };
    const scene = await stage(lines, { sobjects: { Account: { fields } as never } });
    const map = ['--map', `accounts=Account:upsert:External_Id__c:${mode}`];
    await scene.runJson([...map, '--bulk-poll-interval', '20ms', 'dump.ndjson']);
    const told = scene.failures().map(({ error }) => [error.source.line, error.code]);
    expect(told.filter(([, code]) => code === 'UNSUPPORTED_VALUE').map(([line]) => line)).toEqual([4, 5, 6, 7]);
    const stored = scene.org.records('Account').map((row) => [row['External_Id__c'], row['Colours__c'] ?? null]);
    expect(stored).toEqual(
      expect.arrayContaining([
        ['A-1', 'red;green'],
        ['A-2', 'red,green'],
      ]),
    );
  });
});

describe('before anything is sent', () => {
  it.each([
    ['an unknown sObject', ['--map', 'leads=Leed:insert', ...UPSERT_ACCOUNTS], 'Leed'],
    ['an unknown key field', ['--map', 'accounts=Account:upsert:Nope__c'], 'Nope__c'],
    ['a key field that is no external id', ['--map', 'accounts=Account:upsert:Name'], 'Name'],
  ])('%s ends the run', async (_, map, name) => {
    const scene = await stage([account('A-1'), 'malformed']);
    // The describe calls are made side by side: the run must not wait for, nor stumble over, the slower ones.
    scene.org.addFault('slow:on=describe:path=sobjects/Account:ms=500');
    const { status, stdout, stderr } = await scene.run([...map, 'dump.ndjson']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(name);
    expect(stderr).toContain('hint: ');
    expect(scene.org.records('Account')).toEqual([]);
    expect(scene.failures()).toEqual([]);
  });
});

describe('a record', () => {
  it('without its key fails and is not sent', async () => {
    const scene = await stage([account('A-1', { External_Id__c: undefined }), account(''), account('A-3')]);
    const { topic } = await scene.runJson([...UPSERT_ACCOUNTS, 'dump.ndjson']);
    expect(topic()).toMatchObject({ succeeded: 1, failed: 2, errors: [{ code: 'MISSING_KEY', count: 2, line: 1 }] });
    expect(scene.failures().map(({ error }) => error.attempts)).toEqual([0, 0]);
  });

  it('with an object where a text belongs fails alone', async () => {
    const scene = await stage([account('A-1', { Site: { a: 1 } }), account('A-2', { Regions__c: ['EMEA'] })]);
    const { topic } = await scene.runJson([...UPSERT_ACCOUNTS, 'dump.ndjson']);
    expect(topic()).toMatchObject({ succeeded: 1, failed: 1, errors: [{ code: 'UNSUPPORTED_VALUE', line: 1 }] });
  });
});
