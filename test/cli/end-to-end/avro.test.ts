import { describe, expect, it } from 'vitest';
import { stage } from '../stage.js';

const kcat = (topic: string, key: string, payload: unknown): object => ({
  ...{ topic, partition: 0, offset: 0, tstype: 'create', ts: 1735689600000, broker: 0, key, payload },
});
const maps = (mode: string): string[] => [
  ...['--map', `p=Account:upsert:External_Id__c:${mode}`],
  ...['--map', `c=Contact:upsert:External_Id__c:${mode}`],
];
const MODES = ['realtime', 'bulk'];

/** One record each, and how it is encoded. */
const RECORDS: Readonly<Record<string, object>> = {
  bare: { External_Id__c: 'A-1', Name: { string: 'Fern' } },
  key: { External_Id__c: { string: 'A-1' }, Name: 'Fern' },
  'every type': {
    External_Id__c: 'A-1',
    Name: { string: 'Fern' },
    NumberOfEmployees: { int: 12 },
    AnnualRevenue: { double: 7 },
    Active__c: { boolean: true },
    Industry: { 'com.acme.Industry': 'Energy' },
    Regions__c: { array: [{ string: 'EMEA' }, 'APAC'] },
    Phone: null,
    Nobody__c: { string: 'an unknown field is dropped, as ever' },
  },
  'full name': { 'com.acme.Account': { External_Id__c: 'A-1', Name: { string: 'Fern' } } },
  'short name': { Ref: { External_Id__c: { string: 'A-1' }, Name: 'Fern' } },
};

/** Every way to wrap a record in a line. */
const ENVELOPES: Readonly<Record<string, (record: object) => object>> = {
  native: (data) => ({ topic: 'p', data }),
  kcat: (payload) => kcat('p', 'A-1', payload),
  'kcat, as text': (payload) => kcat('p', 'A-1', JSON.stringify(payload)),
  rpk: (value) => ({ topic: 'p', key: 'A-1', value, partition: 0, offset: 0 }),
  'rpk, as text': (value) => ({ topic: 'p', key: 'A-1', value: JSON.stringify(value), partition: 0, offset: 0 }),
};

describe.each(MODES)("Avro's JSON encoding in %s", (mode) => {
  it.each(Object.entries(ENVELOPES))('is read as what it means: %s', async (_, envelope) => {
    const records = Object.entries(RECORDS).map(
      ([name, record]) => JSON.parse(JSON.stringify(envelope(record)).replaceAll('A-1', name)) as object,
    );
    const scene = await stage(records);
    const { summary } = await scene.runJson(['-q', ...maps(mode), 'dump.ndjson']);
    expect(summary.totals).toMatchObject({ read: 5, succeeded: 5 });
    const rows = scene.org.records('Account');
    expect(rows.map(({ External_Id__c: key, Name }) => [key, Name])).toEqual(
      Object.keys(RECORDS).map((name) => [name, 'Fern']),
    );
    expect(rows[2]).toMatchObject({
      ...{ NumberOfEmployees: 12, AnnualRevenue: 7, Active__c: true, Industry: 'Energy', Regions__c: 'EMEA;APAC' },
    });
    const { status, stdout } = await scene.run(['check', '--json', ...maps(mode), 'dump.ndjson']);
    expect(status, stdout).toBe(0);
  });

  it('of bare records', async () => {
    const scene = await stage(Object.values(RECORDS));
    const { summary } = await scene.runJson(['-q', '--topic', 'p', ...maps(mode), 'dump.ndjson']);
    expect(summary.totals).toMatchObject({ read: 5, succeeded: 5 });
    expect(scene.org.records('Account')).toHaveLength(1);
  });

  it('leaves references alone', async () => {
    const scene = await stage([
      { topic: 'p', data: { External_Id__c: 'A-1', Name: 'Fern' } },
      kcat('c', 'C-1', { External_Id__c: 'C-1', LastName: 'Okafor', Account: { string: 'A-1' } }),
      kcat('c', 'C-2', { External_Id__c: 'C-2', LastName: 'Ito', Account: { External_Id__c: 'A-1' } }),
      kcat('c', 'C-3', { External_Id__c: 'C-3', LastName: 'Bo', Account: { External_Id__c: { string: 'A-1' } } }),
    ]);
    const words = ['-q', ...maps(mode), '--batch-period', '1h', 'dump.ndjson'];
    scene.write('parent.ndjson', '{"topic":"p","data":{"External_Id__c":"A-1","Name":"Fern"}}\n');
    await scene.runJson(['-q', ...maps(mode), 'parent.ndjson']);
    const { summary } = await scene.runJson(words);
    expect(summary.totals).toMatchObject({ succeeded: 3, failed: 1 });
    const [parent] = scene.org.records('Account');
    expect(scene.org.records('Contact').map((row) => [row['External_Id__c'], row['AccountId']])).toEqual([
      ['C-2', parent?.Id],
      ['C-3', parent?.Id],
    ]);
  });

  it('of keys', async () => {
    const keys = [{ string: 'K-0' }, { External_Id__c: { string: 'K-1' } }, { Key: { External_Id__c: 'K-2' } }];
    const tombstones = keys.flatMap((key) => [{ topic: 'p', key, value: null }]);
    const rows = keys.map((_, i) => ({ topic: 'p', data: { External_Id__c: `K-${i}`, Name: 'x' } }));
    const scene = await stage([...rows, ...tombstones]);
    scene.write(
      '.sfreplayrc.json',
      JSON.stringify({
        topic_mappings: [
          { topic: 'p', sobject: 'Account', external_id_field: 'External_Id__c', tombstones: 'delete', mode },
        ],
      }),
    );
    const { summary } = await scene.runJson(['-q', 'dump.ndjson']);
    expect(summary.totals).toMatchObject({ read: 6, succeeded: 6 });
    expect(scene.org.records('Account')).toEqual([]);
  });
});

it('is seen by init', async () => {
  for (const [name, record] of Object.entries(RECORDS)) {
    const scene = await stage([kcat('crm.accounts', 'A-1', record)]);
    const { status, stdout, stderr } = await scene.run(['init', 'dump.ndjson']);
    expect(status, `${name}: ${stdout}${stderr}`).toBe(0);
    expect(scene.read('.sfreplayrc.yaml'), name).toContain('external_id_field: External_Id__c');
  }
});

describe.each(MODES)('byte-order marks in %s', (mode) => {
  it('are passed over at the beginning of any line and payload', async () => {
    const mark = '\uFEFF';
    const lines = ['A-1', 'A-2', 'A-3'].map((key) => `{"topic":"p","data":{"External_Id__c":"${key}","Name":"Fern"}}`);
    const payload = `${mark}{"External_Id__c":"A-4","Name":"Fern"}`;
    const dump = `${mark}${lines[0] ?? ''}\n${mark}${lines[1] ?? ''}\r\n${lines[2] ?? ''}\n${mark}\n`;
    const scene = await stage([]);
    scene.write('dump.ndjson', `${dump}${JSON.stringify(kcat('p', 'A-4', payload))}\n`);
    const { summary } = await scene.runJson(['-q', ...maps(mode), 'dump.ndjson']);
    expect(summary.totals).toMatchObject({ read: 4, succeeded: 4, malformed: 0 });
    expect(scene.org.records('Account').map(({ External_Id__c: key }) => key)).toEqual(['A-1', 'A-2', 'A-3', 'A-4']);
  });
});
