import { describe, expect, it } from 'vitest';
import { stage, type Stage } from '../stage.js';

const org = {
  org_url: '${SALESFORCE_ORG_URL}',
  client_id: '${SALESFORCE_CLIENT_ID}',
  client_secret: '${SALESFORCE_CLIENT_SECRET}',
};

function configure(scene: Stage, ...mappings: readonly object[]): void {
  scene.write('.sfreplayrc.json', JSON.stringify({ ...org, bulk_poll_interval: '20ms', topic_mappings: mappings }));
}

const CUSTOMERS = {
  topic: 'customers',
  sobject: 'Account',
  external_id_field: 'External_Id__c',
  fields: {
    External_Id__c: 'id',
    Name: 'names.0.text',
    BillingCity: 'address.city',
    Phone: 'contact.phone',
    'Parent.External_Id__c': 'parent_id',
  },
  set: { Industry: 'Energy', Fax: '000' },
};

const customer = (data: object): object => ({ topic: 'customers', data });

describe.each(['realtime', 'bulk'])('fields and set in %s', (mode) => {
  it('make the record, its key and its references from what the line calls them', async () => {
    const scene = await stage([
      customer({ id: 'A-1', names: [{ text: 'first' }], address: { city: 'Ulm' }, Name: 'not this', junk: 1 }),
      customer({
        id: { string: 'A-2' },
        names: { array: [{ text: 'second' }] },
        address: { 'com.acme.Address': { city: { string: 'Bonn' } } },
        'contact.phone': '7',
        parent_id: 'A-1',
      }),
      customer({ id: ' A-1', names: [{ text: 'later' }], address: null, contact: { phone: null } }),
      customer({ 'com.acme.Customer': { id: 'A-3', names: [{ text: 'wrapped' }] } }),
      customer({ name: 'nobody' }),
      customer({ names: [{ text: 'no key' }] }),
      customer({ id: { a: 1, b: 2 } }),
    ]);
    configure(scene, { ...CUSTOMERS, mode });

    const { status, topic } = await scene.runJson(['--failures', 'failed.ndjson', 'dump.ndjson']);
    expect(status).toBe(1);
    expect(topic()).toMatchObject({ read: 7, succeeded: 4, failed: 3, dropped_fields: {}, unknown_fields: {} });
    const rows = scene.org
      .records('Account')
      .sort((a, b) => String(a.External_Id__c).localeCompare(String(b.External_Id__c)));
    const ids = new Map(rows.map(({ Id, External_Id__c }) => [Id, External_Id__c]));
    expect(
      rows.map((row) => [
        row.External_Id__c,
        row.Name,
        row.BillingCity,
        row.Phone ?? null,
        row.Industry,
        row.Fax,
        ids.get(String(row.ParentId)),
      ]),
    ).toEqual([
      ['A-1', 'later', 'Ulm', null, 'Energy', '000', undefined],
      ['A-2', 'second', 'Bonn', '7', 'Energy', '000', 'A-1'],
      ['A-3', 'wrapped', undefined, null, 'Energy', '000', undefined],
    ]);
    expect(
      scene.failures('failed.ndjson').map(({ error, data }) => [error.source.line, error.code, error.message, data]),
    ).toEqual([
      [
        5,
        'NOTHING_TO_WRITE',
        'The record has none of the sources of fields: id, names.0.text, address.city, contact.phone, parent_id',
        { name: 'nobody' },
      ],
      [6, 'MISSING_KEY', 'upsert needs External_Id__c; the record has none', { names: [{ text: 'no key' }] }],
      [
        7,
        'UNSUPPORTED_VALUE',
        'The key External_Id__c holds an object or a list; a single value is needed',
        { id: { a: 1, b: 2 } },
      ],
    ]);
  });

  it('lead from the key of a tombstone to the record, and retry reads the line as it was', async () => {
    const scene = await stage([
      customer({ id: 'A-1', names: [{ text: 'first' }] }),
      { topic: 'customers', key: '{"id":"A-1"}', data: null },
      { topic: 'customers', key: '{"other":"A-1"}', data: null },
      customer({ id: 'A-2' }),
    ]);
    configure(scene, { ...CUSTOMERS, set: {}, mode, tombstones: 'delete' });
    expect((await scene.runJson(['--failures', 'failed.ndjson', 'dump.ndjson'])).status).toBe(1);
    expect(scene.org.records('Account')).toEqual([]);
    expect(scene.failures('failed.ndjson').map(({ error }) => [error.source.line, error.code])).toEqual([
      [3, 'MISSING_KEY'],
      [4, 'REQUIRED_FIELD_MISSING'],
    ]);
    configure(scene, { ...CUSTOMERS, set: { Name: 'unnamed' }, mode, tombstones: 'skip' });
    const again = await scene.runJson(['retry', 'failed.ndjson', '--failures', 'again.ndjson']);
    expect(again.topic()).toMatchObject({ read: 2, succeeded: 1 });
    expect(scene.org.records('Account').map(({ Name }) => Name)).toEqual(['unnamed']);
  });

  it('insert, update and delete by what is renamed', async () => {
    const scene = await stage([
      { topic: 'new', data: { title: 'one', code: 'A-1' } },
      { topic: 'changed', data: { code: 'A-1', title: 'two', industry: null } },
      { topic: 'new', data: { title: 'gone', code: 'A-2' } },
      { topic: 'gone', data: { code: 'A-2', title: 'x' } },
    ]);
    const fields = { External_Id__c: 'code', Name: 'title', Industry: 'industry' };
    const by = { sobject: 'Account', external_id_field: 'External_Id__c', mode, depends_on: ['new'], fields };
    configure(
      scene,
      { topic: 'new', sobject: 'Account', operation: 'insert', mode, fields, set: { Industry: 'Energy' } },
      { ...by, topic: 'changed', operation: 'update' },
      { ...by, topic: 'gone', operation: 'delete' },
    );
    const { status } = await scene.runJson(['dump.ndjson']);
    expect(status).toBe(0);
    expect(scene.org.records('Account').map(({ Name, Industry }) => [Name, Industry])).toEqual([['two', null]]);
  });

  it('sets what a record does not have, in whatever way it has it', async () => {
    const scene = await stage([
      { topic: 'a', data: { External_Id__c: 'P', Name: 'parent', INDUSTRY: 'Banking' } },
      { topic: 'a', data: { External_Id__c: 'A', Name: 'a', industry: null } },
      { topic: 'c', data: { LastName: 'x', Account: { External_Id__c: 'P' } } },
      { topic: 'c', data: { LastName: 'y' } },
      { topic: 'c', data: { unknown: 'z' } },
    ]);
    configure(
      scene,
      {
        topic: 'a',
        sobject: 'Account',
        external_id_field: 'External_Id__c',
        mode,
        set: { Industry: 'Energy', NumberOfEmployees: 7 },
      },
      {
        topic: 'c',
        sobject: 'Contact',
        operation: 'insert',
        depends_on: ['a'],
        mode,
        set: { 'Account.External_Id__c': 'A' },
      },
    );
    const { status } = await scene.runJson(['dump.ndjson', '--failures', 'failed.ndjson']);
    expect(status).toBe(1);
    const accounts = scene.org.records('Account');
    expect(
      accounts.map(({ Name, Industry, NumberOfEmployees }) => [Name, Industry ?? null, NumberOfEmployees]),
    ).toEqual([
      ['parent', 'Banking', 7],
      ['a', null, 7],
    ]);
    const names = new Map(accounts.map(({ Id, Name }) => [Id, Name]));
    expect(
      scene.org.records('Contact').map(({ LastName, AccountId }) => [LastName, names.get(String(AccountId))]),
    ).toEqual([
      ['x', 'parent'],
      ['y', 'a'],
    ]);
    expect(scene.failures('failed.ndjson').map(({ error }) => error.code)).toEqual(['NOTHING_TO_WRITE']);
  });
});

describe('fields and set before anything is sent', () => {
  it('stop the run with every target that cannot be written', async () => {
    const scene = await stage([customer({ id: 'A-1' })]);
    configure(
      scene,
      {
        ...CUSTOMERS,
        fields: {
          External_Id__c: 'id',
          Nmae: 'name',
          CreatedDate: 'at',
          Parent: 'parent',
          'Parent.Fax': 'fax',
          'Parnet.External_Id__c': 'p',
        },
        set: { Industri: 'x' },
      },
      { topic: 'b', sobject: 'Lead', operation: 'insert', mode: 'bulk', set: { Company: '#N/A' } },
    );
    const { status, stdout } = await scene.run(['dump.ndjson', '--json']);
    expect(status).toBe(2);
    const { error } = JSON.parse(stdout) as {
      error: { code: string; message: string; problems: { path: string; message: string }[] };
    };
    expect(error.code).toBe('WRONG_MAPPINGS');
    expect(error.message).toBe('2 mappings do not fit the org.');
    expect(error.problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'topic_mappings[0].fields.Nmae: Account has no field Nmae that this user can see (fields of topic customers). Did you mean Name?',
      'topic_mappings[0].fields.CreatedDate: Account.CreatedDate may not be written by upsert with this sign-in (fields of topic customers). Remove it, or ask for the permission to write it.',
      'topic_mappings[0].fields.Parent: Account.Parent is a relationship, not a field (fields of topic customers). A reference is written as Parent.External_Id__c.',
      expect.stringContaining(
        'topic_mappings[0].fields.Parent.Fax: Parent.Fax is a reference by Fax, which identifies no Account',
      ),
      'topic_mappings[0].fields.Parnet.External_Id__c: Account has no relationship for Parnet.External_Id__c that this user can see (fields of topic customers). Did you mean Parent?',
      'topic_mappings[0].set.Industri: Account has no field Industri that this user can see (set of topic customers). Did you mean Industry?',
      expect.stringContaining('topic_mappings[1].set: Company holds the text #N/A, which clears a field in bulk'),
    ]);
    expect((await scene.run(['check'])).status).toBe(2);
    expect(scene.org.records('Account')).toEqual([]);
  });

  it('are told in the configuration, each with its path', async () => {
    const scene = await stage([customer({ id: 'A-1' })]);
    configure(
      scene,
      {
        ...CUSTOMERS,
        fields: { Name: 'name', NAME: 'other', '1x': 'x', Phone: 5, Fax: ['a'], 'a.b.c': 'd' },
        set: { External_Id__c: 'A', Fax: {} },
      },
      { topic: 'b', sobject: 'Lead', operation: 'insert', fields: 'x', set: [] },
    );
    const { status, stdout } = await scene.run(['check', '--offline', '--json']);
    expect(status).toBe(2);
    const { error } = JSON.parse(stdout) as { error: { problems: { path: string; message: string }[] } };
    expect(error.problems.map(({ path, message }) => `${path}: ${message}`)).toMatchInlineSnapshot(`
      [
        "topic_mappings[0].fields.Fax: expected the name of a source in the records, or a path with dots; found a list",
        "topic_mappings[0].set.Fax: expected text, a number, true, false or null; found an object",
        "topic_mappings[1].fields: expected keys and values; found "x"",
        "topic_mappings[1].set: expected keys and values; found a list",
        "topic_mappings[0].fields.NAME: is given twice, in different case",
        "topic_mappings[0].fields.1x: expected the API name of a field, or a reference such as Account.External_Id__c",
        "topic_mappings[0].fields.a.b.c: expected the API name of a field, or a reference such as Account.External_Id__c",
        "topic_mappings[0].set.External_Id__c: is the key that identifies records: a constant would give all records the same key",
        "topic_mappings[0].fields: has no source for External_Id__c, the key that identifies records",
      ]
    `);
  });

  it('check reads the lines through them, with and without the org', async () => {
    const scene = await stage([customer({ id: 'A-1', names: [{ text: 'x' }] }), customer({ other: 1 })]);
    configure(scene, CUSTOMERS);
    for (const how of [[], ['--offline']]) {
      const { status, stdout } = await scene.run(['check', ...how, 'dump.ndjson', '--json']);
      expect(status).toBe(1);
      const { topics } = JSON.parse(stdout) as { topics: object[] };
      expect(topics).toMatchObject([
        { read: 2, would_fail: 1, errors: [{ code: 'NOTHING_TO_WRITE', count: 1, line: 2 }], unknown_fields: {} },
      ]);
    }
  });

  it('are part of what a journal is bound to', async () => {
    const scene = await stage([customer({ id: 'A-1', names: [{ text: 'x' }] })]);
    configure(scene, CUSTOMERS);
    expect((await scene.run(['dump.ndjson', '--journal', 'run.journal'])).status).toBe(0);
    configure(scene, { ...CUSTOMERS, fields: { ...CUSTOMERS.fields, Phone: 'tel' } });
    const { status, stderr } = await scene.run(['dump.ndjson', '--journal', 'run.journal']);
    expect(status).toBe(2);
    expect(stderr).toContain('topic_mappings was');
  });

  it('rename bare records of --topic', async () => {
    const scene = await stage([
      { id: 'A-1', names: [{ text: 'bare' }] },
      { topic: 'customers', data: { id: 'A-2' } },
    ]);
    configure(scene, CUSTOMERS);
    const { status } = await scene.runJson(['--topic', 'customers', 'dump.ndjson', '--failures', 'failed.ndjson']);
    expect(status).toBe(1);
    expect(scene.org.records('Account').map(({ Name }) => Name)).toEqual(['bare']);
    expect(scene.failures('failed.ndjson')[0]?.error.message).toContain(
      "Lines like this one are sfreplay's and need no --topic",
    );
  });
});
