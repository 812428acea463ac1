import { readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { crc32 } from 'node:zlib';
import { describe, expect, it, test } from 'vitest';
import type { DiffReport } from '../../../src/accounting/diff-report.js';
import { comparableKey } from '../../../src/records/key.js';
import { Chance } from '../../model/random.js';
import { account, readLines, stage, until, UPSERT_ACCOUNTS, type Stage } from '../stage.js';

async function diff(scene: Stage, words: readonly string[]): Promise<DiffReport & { status: number | null }> {
  const { status, stdout, stderr } = await scene.run(['diff', '--json', '-q', ...words]);
  expect(stdout, stderr).not.toBe('');
  const report = JSON.parse(stdout) as DiffReport;
  expect(report.run.exit_code).toBe(status);
  for (const one of [...report.topics, report.totals]) {
    const { keys, create, update, unchanged, delete: deleted, not_comparable: unknown } = one;
    expect(create + update + unchanged + deleted + unknown).toBe(keys);
  }
  return { ...report, status };
}

const counts = ({ create, update, unchanged, delete: deleted, not_comparable }: DiffReport['totals']): number[] => [
  ...[create, update, unchanged, deleted, not_comparable],
];

test('tells what a replay would change, in words', async () => {
  const scene = await stage([
    account('A-1', { Name: 'Corvo', AnnualRevenue: 12.5 }),
    account('A-2'),
    account('A-1', { Name: 'Corvus' }),
  ]);
  scene.writeLines('before.ndjson', [account('A-1', { Name: 'Corvo', AnnualRevenue: 12.5 })]);
  expect((await scene.run([...UPSERT_ACCOUNTS, 'before.ndjson'])).status).toBe(0);
  const { status, stdout, stderr } = await scene.run(['diff', ...UPSERT_ACCOUNTS, '--out', 'o.ndjson', 'dump.ndjson']);
  expect(status).toBe(1);
  expect(
    stdout
      .replace(/127\.0\.0\.1:\d+/, 'HOST')
      .replace(/[\d.]+ m?s$/m, 'T')
      .replace(/; [\d,]+ of/, '; N of'),
  ).toBe(
    `✖ 2 of 2 keys differ from the org: 1 to create, 1 to update

topic     sObject  keys  create  update  unchanged  delete  not comparable
accounts  Account     2       1       1          0       0               0

Fields that differ
  1 × Name  accounts, dump.ndjson:3
      A-1: input "Corvus", org "Corvo"

Org              http://HOST as loader@emulator.example
Input            3 lines, ${statSync(scene.path('dump.ndjson')).size} B, from dump.ndjson
API calls        4; N of 100,000 left for these 24 hours
Time             T
Differing lines  o.ndjson
`,
  );
  expect(stderr).toMatch(
    /^sfreplay: .* 0 keys compared, 0 differ\nsfreplay: .* 3 lines read, 2 keys compared, 2 differ, 100%\n$/,
  );
  expect(readLines(scene.read('o.ndjson'))).toEqual([
    { ...account('A-1', { Name: 'Corvo', AnnualRevenue: 12.5 }), diff: { action: 'update' } },
    { ...account('A-2'), diff: { action: 'create' } },
    { ...account('A-1', { Name: 'Corvus' }), diff: { action: 'update' } },
  ]);
  expect(statSync(scene.path('o.ndjson')).mode & 0o777).toBe(0o600);
});

describe.each(['realtime', 'bulk'])('random dumps in %s', (mode) => {
  const upserts = `a=Account:upsert:External_Id__c:${mode}`;
  const poll = ['--bulk-poll-interval', '20ms', '-q'];

  function randomFields(chance: Chance): object {
    const fields: Record<string, unknown> = { Name: `n ${chance.integer(5)}` };
    if (chance.happens(0.5)) fields.AnnualRevenue = chance.integer(1_000_000) / 100;
    if (chance.happens(0.5)) fields.NumberOfEmployees = chance.integer(3);
    if (chance.happens(0.4)) fields.Phone = chance.pick([null, '', ' 1 ', '2']);
    if (chance.happens(0.4)) fields.Description = chance.pick(['a\r\nb', 'c', '  ']);
    if (chance.happens(0.2)) fields.Parent = { External_Id__c: 'P-1' };
    return fields;
  }

  it.each(mode === 'bulk' ? [2] : [1])(
    'after a replay nothing differs; planted changes are named, and --out mends them (%i)',
    async (seed) => {
      const chance = new Chance(seed);
      const scene = await stage();
      const config = {
        topic_mappings: [
          {
            topic: 'a',
            sobject: 'Account',
            operation: 'upsert',
            external_id_field: 'External_Id__c',
            mode,
            tombstones: 'delete',
          },
          {
            topic: 'u',
            sobject: 'Account',
            operation: 'update',
            external_id_field: 'External_Id__c',
            mode,
            depends_on: ['a'],
          },
          {
            topic: 'd',
            sobject: 'Contact',
            operation: 'delete',
            external_id_field: 'External_Id__c',
            mode,
            depends_on: ['c'],
          },
          {
            topic: 'c',
            sobject: 'Contact',
            operation: 'upsert',
            external_id_field: 'External_Id__c',
            mode,
            depends_on: ['a'],
          },
        ],
      };
      scene.write('.sfreplayrc.json', JSON.stringify(config));
      scene.writeLines('parents.ndjson', [{ topic: 'a', data: { External_Id__c: 'P-1', Name: 'parent' } }]);
      const lines: object[] = [];
      for (let n = 0; n < 150; n++) {
        const key = `A-${chance.integer(60)}`;
        lines.push(
          chance.happens(0.1)
            ? { topic: 'a', key, data: null }
            : { topic: 'a', data: { External_Id__c: key, ...randomFields(chance) } },
        );
      }
      for (let n = 0; n < 20; n++) {
        const keep = {
          External_Id__c: `C-${n}`,
          LastName: 'x',
          Account: { External_Id__c: 'P-1' },
          Birthdate: '1979-04-12',
        };
        lines.push({ topic: 'c', data: keep });
      }
      scene.writeLines('dump.ndjson', lines);
      scene.writeLines('updates.ndjson', [{ topic: 'u', data: { External_Id__c: 'P-1', Site: 's' } }]);
      scene.writeLines('deletes.ndjson', [{ topic: 'd', data: { External_Id__c: 'C-99' } }]);
      scene.writeLines('doomed.ndjson', [{ topic: 'c', data: { External_Id__c: 'C-99', LastName: 'doomed' } }]);

      const files = ['parents.ndjson', 'dump.ndjson', 'updates.ndjson', 'deletes.ndjson'];
      const before = await diff(scene, files);
      expect(before.status).toBe(1);
      for (const name of ['parents.ndjson', 'doomed.ndjson', 'dump.ndjson', 'updates.ndjson']) {
        // A tombstone of what is not there fails.
        const { status, stdout } = await scene.run([...poll, name]);
        expect(status === 0 || /NOT_FOUND/.test(stdout), `${name}: ${stdout}`).toBe(true);
        expect(stdout.match(/^ +[\d,]+ × \w+/gm) ?? [], name).not.toContainEqual(
          expect.not.stringMatching(/NOT_FOUND$/),
        );
      }
      expect(counts((await diff(scene, ['deletes.ndjson'])).totals)).toEqual([0, 0, 0, 1, 0]);
      expect((await scene.run([...poll, 'deletes.ndjson'])).status).toBe(0);
      const after = await diff(scene, files);
      expect(after.status, JSON.stringify(after.topics)).toBe(0);
      expect(after.totals.unchanged).toBe(after.totals.keys);

      // Somebody else rewrites two records, deletes one and adds one.
      const there = scene.org.records('Account').filter(({ External_Id__c: key }) => String(key).startsWith('A-'));
      const [one, two, three] = there.map(({ External_Id__c: key }) => key as string);
      scene.writeLines('others.ndjson', [
        { topic: 'a', data: { External_Id__c: one, Name: 'planted' } },
        { topic: 'a', data: { External_Id__c: two, Name: 'planted' } },
        { topic: 'a', key: three, data: null },
        { topic: 'a', data: { External_Id__c: 'X-1', Name: 'added by somebody' } },
      ]);
      expect((await scene.run([...poll, 'others.ndjson'])).status).toBe(0);
      const planted = await diff(scene, ['--out', 'o.ndjson', ...files]);
      expect(counts(planted.totals).slice(0, 2)).toEqual([1, 2]);
      expect(planted.totals.delete).toBe(0);
      expect(planted.topics[0]?.fields.map(({ field, count }) => [field, count])).toEqual([['Name', 2]]);
      const touched = readLines(scene.read('o.ndjson')) as { data: { External_Id__c: string } }[];
      expect(new Set(touched.map(({ data }) => data.External_Id__c))).toEqual(new Set([one, two, three]));
      expect((await scene.run([...poll, 'o.ndjson'])).status).toBe(0);
      expect((await diff(scene, files)).status).toBe(0);
      expect(scene.org.records('Account').some(({ External_Id__c: key }) => key === 'X-1')).toBe(true);
    },
  );

  it('takes a recreated record, bare lines, and keys of different case for what they are', async () => {
    const scene = await stage();
    scene.writeLines('dump.ndjson', [
      { External_Id__c: 'A-1', Name: 'x' },
      { External_Id__c: 'a-1 ', Phone: '1' },
    ]);
    const words = ['--map', upserts, '--topic', 'a', 'dump.ndjson'];
    const first = await diff(scene, [...words, '--out', 'o.ndjson']);
    expect(counts(first.totals)).toEqual([1, 0, 0, 0, 0]);
    expect(
      (await scene.run([...poll, '--map', upserts, '--topic', 'a', '--unwritable', 'fail', 'o.ndjson'])).status,
    ).toBe(0);
    expect((await diff(scene, words)).status).toBe(0);
  });
});

describe('keys that cannot be compared', () => {
  it('tells of keys that the org lacks or has twice, with status 1', async () => {
    const scene = await stage();
    const twin = { topic: 'accounts', data: { Name: 'x', Segment_Code__c: 'S' } };
    scene.writeLines('seed.ndjson', [twin, twin]);
    expect((await scene.run(['--map', 'accounts=Account:insert', 'seed.ndjson'])).status).toBe(0);
    scene.writeLines('dump.ndjson', [
      { topic: 'a', data: { Segment_Code__c: 'S', Name: 'y' } },
      { topic: 'a', data: { Segment_Code__c: 'T', Name: 'y' } },
      { topic: 'a', data: { Name: 'y' } },
      'junk',
    ]);
    const { status, topics, totals, input } = await diff(scene, [
      '--map',
      'a=Account:update:Segment_Code__c',
      'dump.ndjson',
    ]);
    expect(status).toBe(1);
    expect(counts(totals)).toEqual([0, 0, 0, 0, 2]);
    expect(topics[0]?.errors).toEqual([
      {
        code: 'DUPLICATE_EXTERNAL_ID',
        count: 1,
        example: '2 records of Account have the Segment_Code__c S',
        line: 1,
        file: 'dump.ndjson',
      },
      {
        code: 'NOT_FOUND',
        count: 1,
        example: 'No record of Account has the Segment_Code__c T',
        line: 2,
        file: 'dump.ndjson',
      },
      {
        code: 'MISSING_KEY',
        count: 1,
        example: 'update needs Segment_Code__c; the record has none',
        line: 3,
        file: 'dump.ndjson',
      },
    ]);
    expect(input.malformed).toBe(1);
  });

  it('compares no inserts, and says so', async () => {
    const scene = await stage([{ topic: 'leads', data: { LastName: 'x', Company: 'y' } }]);
    const { status, stdout, stderr } = await scene.run(['diff', '-q', '--map', 'leads=Lead:insert', 'dump.ndjson']);
    expect(status).toBe(0);
    expect(stdout).toContain('✔ None of 1 key differs from the org: 1 not comparable');
    expect(stderr).toBe('sfreplay: warning: leads: 1 record has no key and cannot be compared\n');
  });

  it('compares records by Id, also where Ids are none', async () => {
    const scene = await stage();
    scene.writeLines('seed.ndjson', [account('A-1')]);
    expect((await scene.run([...UPSERT_ACCOUNTS, 'seed.ndjson'])).status).toBe(0);
    const id = String(scene.org.records('Account')[0]?.Id);
    scene.writeLines('dump.ndjson', [
      { topic: 'a', data: { Id: id.slice(0, 15), Name: 'A-1' } },
      { topic: 'a', data: { Id: 'none', Name: 'x' } },
      { topic: 'd', data: { Id: `${id.slice(0, 12)}zzz` } },
      { topic: 'd', data: { Id: id } },
    ]);
    const words = ['--map', 'a=Account:update', '--map', 'd=Account:delete', 'dump.ndjson'];
    const { totals, topics, api } = await diff(scene, words);
    expect(counts(totals)).toEqual([0, 0, 2, 1, 1]);
    expect(topics[0]?.errors.map(({ code }) => code)).toEqual(['NOT_FOUND']);
    expect(api.calls).toBe(5);
  });
});

test('compares references that may lead to several sObjects, and what the org does not know without describe', async () => {
  const scene = await stage();
  const maps = ['--map', 'a=Account:upsert:External_Id__c', '--map', 't=Task:upsert:External_Id__c'];
  const task = (parent: string): object => ({
    topic: 't',
    data: { External_Id__c: 'T-1', Subject: 's', What: { attributes: { type: 'Account' }, External_Id__c: parent } },
  });
  scene.writeLines('parent.ndjson', [{ topic: 'a', data: { External_Id__c: 'A-1', Name: 'Corvo' } }]);
  scene.writeLines('dump.ndjson', [task('A-1')]);
  for (const name of ['parent.ndjson', 'dump.ndjson']) expect((await scene.run([...maps, name])).status).toBe(0);
  expect((await diff(scene, [...maps, 'dump.ndjson'])).status).toBe(0);
  scene.writeLines('other.ndjson', [task('A-2')]);
  const { topics } = await diff(scene, [...maps, 'other.ndjson']);
  expect(topics[1]?.fields[0]).toMatchObject({
    field: 'Account:What.External_Id__c',
    example: { key: 'T-1', input: 'A-2', org: 'A-1' },
  });
  scene.writeLines('strange.ndjson', [{ topic: 'a', data: { External_Id__c: 'A-1', Name: 'Corvo', Nope__c: 1 } }]);
  const strange = await diff(scene, [...maps, '--unwritable', 'send', 'strange.ndjson']);
  expect([strange.status, counts(strange.totals)]).toEqual([0, [0, 0, 0, 0, 1]]);
  expect(strange.topics[0]?.not_compared).toEqual({ Nope__c: 1 });
});

test.each(['realtime', 'bulk'])('compares inserts by their insert_key in %s, equal lines one by one', async (mode) => {
  const equal = { topic: 'a', data: { Name: 'x' } };
  const scene = await stage([equal, equal, { topic: 'a', partition: 1, offset: 7, data: { Name: 'z' } }]);
  const mapping = { topic: 'a', sobject: 'Account', operation: 'insert', insert_key: 'External_Id__c', mode };
  const deletes = { topic: 'd', sobject: 'Account', operation: 'delete' };
  scene.write('.sfreplayrc.json', JSON.stringify({ bulk_poll_interval: '20ms', topic_mappings: [mapping, deletes] }));
  expect(counts((await diff(scene, ['dump.ndjson'])).totals)).toEqual([3, 0, 0, 0, 0]);
  expect((await scene.run(['-q', 'dump.ndjson'])).status).toBe(0);
  expect((await diff(scene, ['dump.ndjson'])).status).toBe(0);
  scene.writeLines('lost.ndjson', [{ topic: 'd', data: { Id: scene.org.records('Account')[1]?.Id } }]);
  expect((await scene.run(['-q', 'lost.ndjson'])).status).toBe(0);
  expect(counts((await diff(scene, ['--out', 'o.ndjson', 'dump.ndjson'])).totals)).toEqual([1, 0, 2, 0, 0]);
  expect((await scene.run(['-q', 'o.ndjson'])).status).toBe(0);
  expect((await diff(scene, ['dump.ndjson'])).status).toBe(0);
  expect(scene.org.records('Account')).toHaveLength(3);
});

describe('the comparison that cannot be made', () => {
  test.each([
    [['diff', ...UPSERT_ACCOUNTS], 'sfreplay: error: There is nothing to compare: no file is named.'],
    [['diff', ...UPSERT_ACCOUNTS, 'none.ndjson'], 'none.ndjson'],
    [['diff', ...UPSERT_ACCOUNTS, '--out', 'dump.ndjson', 'dump.ndjson'], 'would destroy the input'],
    [['diff', ...UPSERT_ACCOUNTS, '--out', '-', 'dump.ndjson'], 'standard output, which carries the result'],
    [['diff', '--map', 'a=Nope:upsert:X', 'dump.ndjson'], 'The org has no sObject Nope'],
  ])('%j has status 2', async (words, said) => {
    const scene = await stage([account('A-1')]);
    const { status, stdout, stderr } = await scene.run(words);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(said);
  });

  it('ends with status 2 where the org refuses to be read', async () => {
    const scene = await stage([account('A-1')], { faults: ['500:on=query:count=99'] });
    const { status, stderr } = await scene.run(['diff', '-q', ...UPSERT_ACCOUNTS, '--max-retries', '0', 'dump.ndjson']);
    expect(status, stderr).toBe(2);
  });

  it('leaves nothing behind when it is stopped', async () => {
    const scene = await stage();
    const waiting = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('sfreplay-waiting-'));
    const before = waiting();
    const play = scene.start(['diff', '--progress', 'plain', ...UPSERT_ACCOUNTS, '-']);
    play.write(`${JSON.stringify(account('A-1'))}\n`);
    await until(() => play.stderr.includes('keys compared'));
    play.signal('SIGINT');
    expect((await play.ended).status).toBe(130);
    expect(waiting().filter((name) => !before.includes(name))).toEqual([]);
  });
});

test('writes a page that holds the document', async () => {
  const scene = await stage([account('A-1', { Name: '<script>' })]);
  const report = await diff(scene, [...UPSERT_ACCOUNTS, '--report', 'diff.html', 'dump.ndjson']);
  const page = scene.read('diff.html');
  const { 1: json } = /<script type="application\/json" id="document">(.*?)<\/script>/s.exec(page) ?? [];
  expect({ ...(JSON.parse(json ?? '') as object), status: 1 }).toEqual(report);
  expect(page).toContain('script-src &#39;none&#39;');
  expect(page).toContain('<h1>1 of 1 key differs from the org: 1 to create</h1>');
});

test('compares the keys of one shard', async () => {
  const lines = Array.from({ length: 40 }, (_, i) => account(`A-${i}`));
  const scene = await stage(lines);
  expect((await scene.run([...UPSERT_ACCOUNTS, '-q', '--shard', '1/2', 'dump.ndjson'])).status).toBe(0);
  const [first, second] = [
    await diff(scene, [...UPSERT_ACCOUNTS, '--shard', '1/2', 'dump.ndjson']),
    await diff(scene, [...UPSERT_ACCOUNTS, '--shard', '2/2', 'dump.ndjson']),
  ];
  expect(first.status).toBe(0);
  expect(first.totals.unchanged).toBe(scene.org.records('Account').length);
  expect(second.totals).toMatchObject({ create: 40 - first.totals.keys, keys: 40 - first.totals.keys });
});

test('splits a part of the keys once more where its lines are too many for memory', async () => {
  // Keys that fall into one of the parts by which a dump is sorted, with 14 MB of lines.
  const keys = Array.from({ length: 60_000 }, (_, i) => `k${i}`).filter(
    (key) => crc32(comparableKey(key, 'text') ?? '') % 128 === 5,
  );
  const some = keys.slice(0, 450);
  const text = 'x'.repeat(31_000);
  const scene = await stage(some.map((key) => account(key, { Description: text })));
  const { status, totals } = await diff(scene, [...UPSERT_ACCOUNTS, '--out', 'o.ndjson', 'dump.ndjson']);
  expect({ status, totals }).toMatchObject({ status: 1, totals: { keys: some.length, create: some.length } });
  const out = readLines(scene.read('o.ndjson')) as { data: { External_Id__c: string } }[];
  expect(out.map(({ data }) => data.External_Id__c)).toEqual(some);
});
