import { describe, expect, it } from 'vitest';
import type { EmulatorOptions } from '../../../src/emulator/index.js';
import { stage, type Stage } from '../stage.js';

const POLL = ['--bulk-poll-interval', '20ms'];
const PARENT = { topic: 'p', data: { External_Id__c: 'A-1', Name: 'Fern' } };
const child = (key: string, fields: object): object => ({
  topic: 'c',
  data: { External_Id__c: key, LastName: key, ...fields },
});

/** Replays the parent and its children, and gives each child with the name of its parent. */
async function replay(mode: string, children: readonly object[], words: readonly string[] = [], map = 'p=Account') {
  const scene = await stage([PARENT, ...children]);
  const maps = [`${map}:upsert:External_Id__c:${mode}`, `c=Contact:upsert:External_Id__c:${mode}`];
  const flags = [...maps.flatMap((one) => ['--map', one]), ...POLL, ...words, 'dump.ndjson'];
  if (map === 'other=Account') await scene.run(['--map', 'p=Account:upsert:External_Id__c', 'dump.ndjson']);
  const end = await scene.runJson(flags);
  return { scene, flags, ...end, contacts: contactsOf(scene) };
}

function contactsOf(scene: Stage): Record<string, unknown> {
  const [parent] = scene.org.records('Account');
  return Object.fromEntries(
    scene.org
      .records('Contact')
      .map(({ External_Id__c: key, AccountId }): [string, unknown] => [
        String(key),
        AccountId === parent?.['Id'] ? 'A-1' : (AccountId ?? null),
      ]),
  );
}

describe.each(['realtime', 'bulk'])('a reference in %s', (mode) => {
  it('that leads nowhere fails its record alone, before anything is sent', async () => {
    const wrong: readonly [object, string][] = [
      [{ Account: { Name: 'Fern' } }, 'Name, which identifies no Account'],
      [{ Account: { Externl_Id__c: 'A-1' } }, 'Externl_Id__c, which Account does not have'],
      [{ 'Account.Externl_Id__c': 'A-1' }, 'Externl_Id__c, which Account does not have'],
      [{ 'Acount.External_Id__c': 'A-1' }, 'that Contact does not have; Account is one'],
      [{ Account: 'A-1' }, 'a plain value'],
    ];
    const children = wrong.map(([fields], i) => child(`C-${i}`, fields));
    const good = child('C-9', { Account: { External_Id__c: 'A-1' } });
    const { scene, flags, status, topic, contacts } = await replay(mode, [...children, good]);
    expect(status).toBe(1);
    expect(topic('c')).toMatchObject({
      succeeded: 1,
      failed: 5,
      errors: [{ code: 'UNSUPPORTED_VALUE', count: 5, line: 2 }],
    });
    expect(scene.failures().map(({ error }) => [error.message, error.attempts])).toEqual(
      wrong.map(([, words]): unknown[] => [expect.stringContaining(words), 0]),
    );
    expect(contacts).toEqual({ 'C-9': 'A-1' });
    const check = await scene.run(['check', ...flags]);
    expect(check.stdout).toContain('A replay would write 2 of 7 records: 5 would fail');
  });

  it('that only the org knows to be wrong fails its records, and no others', async () => {
    const wrong = { Account: { Externl_Id__c: 'A-1' } };
    const children = [child('C-1', wrong), child('C-2', { Account: { External_Id__c: 'A-1' } }), child('C-3', {})];
    const { topic, contacts } = await replay(mode, children, [], 'other=Account');
    expect(topic('c')).toMatchObject({ succeeded: 2, failed: 1, errors: [{ line: 2 }] });
    expect(contacts).toEqual({ 'C-2': 'A-1', 'C-3': null });
  });

  it('has a flat name, too, in one job with nested ones, and is cleared by it', async () => {
    const children = [
      child('C-1', { 'Account.External_Id__c': 'A-1' }),
      child('C-2', { Account: { External_Id__c: 'A-1' } }),
      child('C-3', { 'account.external_id__c': 'A-1' }),
      child('C-4', { 'Account.External_Id__c': null }),
      child('C-5', { 'Account.External_Id__c': '' }),
    ];
    for (const words of [[], ['--unwritable', 'send']]) {
      const some = words.length > 0 ? children.slice(0, 2) : children;
      const { status, contacts } = await replay(mode, some, ['--bulk-batch-size', '200', ...words]);
      expect(status).toBe(0);
      expect(contacts).toMatchObject({ 'C-1': 'A-1', 'C-2': 'A-1' });
      if (words.length > 0) continue;
      expect(contacts).toEqual({ 'C-1': 'A-1', 'C-2': 'A-1', 'C-3': 'A-1', 'C-4': null, 'C-5': null });
    }
  });

  it('to one of several sObjects has its type in its flat name', async () => {
    const scene = await stage([
      PARENT,
      { topic: 't', data: { Subject: 'call', 'Account:What.External_Id__c': 'A-1' } },
      { topic: 't', data: { Subject: 'mail', 'What.External_Id__c': 'A-1' } },
      { topic: 't', data: { Subject: 'meet', 'Lead:What.External_Id__c': 'A-1' } },
    ]);
    const maps = ['--map', 'p=Account:upsert:External_Id__c', '--map', `t=Task:insert::${mode}`];
    const { topic } = await scene.runJson([...maps, ...POLL, 'dump.ndjson']);
    expect(topic('t')).toMatchObject({ succeeded: 1, failed: 2, errors: [{ code: 'UNSUPPORTED_VALUE', count: 2 }] });
    const [account] = scene.org.records('Account');
    expect(scene.org.records('Task').map(({ WhatId }) => WhatId)).toEqual([account?.['Id']]);
  });
});

describe.each(['realtime', 'bulk'])('a record type by name, in %s', (mode) => {
  const info = (recordTypeId: string, developerName: string, name: string): object => ({
    ...{ recordTypeId, developerName, name, active: true, available: true, master: false },
    defaultRecordTypeMapping: false,
  });
  const field = { type: 'string', createable: true, updateable: true, nillable: true };
  const describes: EmulatorOptions['describes'] = [
    {
      name: 'Partner__c',
      keyPrefix: 'a9p',
      fields: [
        { name: 'Id', type: 'id', idLookup: true },
        { ...field, name: 'Note__c', length: 50 },
        {
          ...field,
          name: 'RecordTypeId',
          type: 'reference',
          relationshipName: 'RecordType',
          referenceTo: ['RecordType'],
        },
      ],
      recordTypeInfos: [
        info('012000000000001AAA', 'Partner', 'Business partner'),
        info('012000000000002AAA', 'PersonAccount', 'Person Account'),
        info('012000000000003AAA', 'PersonAccount', 'PersonAccount'),
      ],
    },
  ];

  it('is its Id by describe, without a call; an unknown or ambiguous one fails with the names there are', async () => {
    const rows = [
      { RecordType: { DeveloperName: 'Partner' } },
      { 'RecordType.Name': 'Person Account' },
      { RecordType: null },
      { RecordType: { DeveloperName: 'Reseller' } },
      { RecordType: { DeveloperName: 'PersonAccount' } },
    ];
    const scene = await stage(
      rows.map((row) => ({ topic: 't', data: { Note__c: 'x', ...row } })),
      { describes },
    );
    const { topic } = await scene.runJson(['--map', `t=Partner__c:insert::${mode}`, ...POLL, 'dump.ndjson']);
    expect(topic()).toMatchObject({ succeeded: 3, failed: 2 });
    expect(scene.org.records('Partner__c').map(({ RecordTypeId }) => RecordTypeId ?? null)).toEqual([
      '012000000000001AAA',
      '012000000000002AAA',
      null,
    ]);
    expect(scene.failures().map(({ error }) => error.message)).toEqual([
      'RecordType holds a record type that is not there: Reseller (Partner__c has these: Partner, PersonAccount, PersonAccount)',
      'RecordType holds the name of 2 record types: PersonAccount (Partner__c has these: Partner, PersonAccount, PersonAccount)',
    ]);
    expect(scene.org.requests.filter(({ kind }) => kind === 'describe')).toHaveLength(1);
    // It asks for the user's name.
    expect(scene.org.requests.filter(({ kind }) => kind === 'query')).toHaveLength(1);
  });
});
