import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { linesOf, stage, type Stage } from '../stage.js';

function configure(scene: Stage, ...mappings: readonly object[]): void {
  const org = ['org_url', 'client_id', 'client_secret'].map((key) => [key, `\${SALESFORCE_${key.toUpperCase()}}`]);
  const pace = { bulk_batch_size: 3, bulk_poll_interval: '20ms' };
  scene.write('.sfreplayrc.json', JSON.stringify({ ...Object.fromEntries(org), ...pace, topic_mappings: mappings }));
}

const KEYED = { topic: 'new', sobject: 'Account', operation: 'insert', insert_key: 'External_Id__c' };
const made = (data: object): object => ({ topic: 'new', data });
const LINES = [
  made({ Name: 'twin' }),
  made({ Name: 'twin' }),
  made({ Name: 'own', External_Id__c: 'X-1' }),
  { topic: 'new', partition: 3, offset: 7, key: 'k', tstype: 'create', payload: '{"Name":"kafka"}' },
  made({ Name: 'long', external_id__c: 'y'.repeat(300) }),
  made({ Name: 'blank', External_Id__c: ' ' }),
];
const NAMES = ['blank', 'kafka', 'long', 'own', 'twin', 'twin'];
const BASE64URL = /^[\w-]{43}$/;

function rows(scene: Stage): [unknown, string][] {
  const all = scene.org.records('Account').map((row): [unknown, string] => [row.Name, String(row.External_Id__c)]);
  return all.sort(([a], [b]) => String(a).localeCompare(String(b)));
}

describe.each(['realtime', 'bulk'])('insert_key in %s', (mode) => {
  it('leaves each line once in the org, however often the dump is replayed', async () => {
    const scene = await stage(LINES);
    configure(scene, { ...KEYED, mode });
    const first = await scene.runJson(['dump.ndjson']);
    expect(first.status).toBe(0);
    expect(first.topic()).toMatchObject({ operation: 'insert', succeeded: 6, created: mode === 'bulk' ? null : 6 });
    const before = rows(scene);
    expect(before.map(([name]) => name)).toEqual(NAMES);
    expect(before.filter(([name]) => ['own', 'kafka'].includes(String(name)))).toEqual([
      ['kafka', 'new/3/7'],
      ['own', 'X-1'],
    ]);
    for (const [name, key] of before) if (!['own', 'kafka'].includes(String(name))) expect(key).toMatch(BASE64URL);

    const second = await scene.runJson(['dump.ndjson', '--journal', 'run.journal']);
    expect(second.topic()).toMatchObject({ succeeded: 6, in_doubt: 0, created: mode === 'bulk' ? null : 0 });
    for (const shard of ['1/2', '2/2']) expect((await scene.run(['dump.ndjson', '--shard', shard])).status).toBe(0);
    expect(rows(scene)).toEqual(before);
  });

  it('is what diff compares by', async () => {
    const scene = await stage(LINES);
    configure(scene, { ...KEYED, mode });
    const counts = async (): Promise<object> => {
      const { stdout } = await scene.run(['diff', 'dump.ndjson', '--json']);
      return (JSON.parse(stdout) as { totals: object }).totals;
    };
    expect(await counts()).toMatchObject({ keys: 6, create: 6 });
    expect((await scene.run(['dump.ndjson'])).status).toBe(0);
    expect(await counts()).toMatchObject({ keys: 6, unchanged: 6 });
  });

  it('repeats what a lost reply leaves open, and has nothing in doubt', async () => {
    const scene = await stage(LINES);
    configure(scene, { ...KEYED, mode });
    for (const on of ['collections', 'bulk-create', 'bulk-upload', 'bulk-state', 'bulk-result'] as const)
      scene.org.addFault({ kind: 'reset-after', on, count: 1 });
    const { status, summary } = await scene.runJson(['dump.ndjson', '--journal', 'run.journal']);
    expect(status).toBe(0);
    expect(summary.totals).toMatchObject({ succeeded: 6, in_doubt: 0 });
    expect(rows(scene).map(([name]) => name)).toEqual(NAMES);
  });

  it('is resumed by a journal, with the same values', async () => {
    const bad = Array.from({ length: 4 }, () => made({ Phone: '1' }));
    const scene = await stage([...bad, ...LINES, ...LINES]);
    configure(scene, { ...KEYED, mode });
    const words = ['dump.ndjson', '--journal', 'run.journal', '--max-concurrent-bulk-jobs', '1'];
    const first = await scene.runJson([...words, '--max-failures', '3']);
    expect([first.status, first.summary.run.stopped?.code]).toEqual([3, 'TOO_MANY_FAILURES']);
    expect(first.summary.totals.unsent).toBeGreaterThan(0);
    const second = await scene.runJson(words);
    expect(second.summary.totals).toMatchObject({ read: 16, failed: 4 - first.summary.totals.failed, unsent: 0 });
    const before = rows(scene);
    // Own values and places are the same twice; of the twins there are four.
    expect(before.map(([name]) => name)).toEqual([...NAMES.slice(0, 1), ...NAMES, 'twin', 'twin']);
    expect((await scene.runJson(['dump.ndjson'])).summary.totals).toMatchObject({ succeeded: 12, failed: 4 });
    expect(rows(scene)).toEqual(before);
  });

  it('keeps the value of a failed line for its retry', async () => {
    const scene = await stage([made({ Phone: '1' }), made({ Phone: '1' }), made({}), made({ Nope: 1 })]);
    configure(scene, { ...KEYED, mode });
    expect((await scene.run(['dump.ndjson', '--failures', 'failed.ndjson'])).status).toBe(1);
    const letters = scene.failures('failed.ndjson').map(({ error }) => error as typeof error & { insert_key?: string });
    const keys = letters.map(({ insert_key: key }) => key);
    expect(new Set(keys).size).toBe(4);
    for (const key of keys) expect(key).toMatch(BASE64URL);
    expect(letters.map(({ code }) => code).sort()).toEqual([
      'NOTHING_TO_WRITE',
      'NOTHING_TO_WRITE',
      'REQUIRED_FIELD_MISSING',
      'REQUIRED_FIELD_MISSING',
    ]);
    configure(scene, { ...KEYED, mode, set: { Name: 'now' } });
    const again = await scene.runJson(['retry', 'failed.ndjson', '--failures', 'again.ndjson']);
    expect(again.topic()).toMatchObject({ succeeded: 2, failed: 2 });
    await scene.run(['dump.ndjson', '--failures', 'last.ndjson']);
    const written = rows(scene).map(([, key]) => key);
    expect(written.sort()).toEqual(
      letters.flatMap(({ code, insert_key: key }) => (code === 'REQUIRED_FIELD_MISSING' ? [key] : [])).sort(),
    );
  });

  it('keeps its values where lines wait for others', async () => {
    const twin = { topic: 'later', data: { LastName: 'x' } };
    const scene = await stage([twin, twin, made({ Name: 'parent' })]);
    const later = { topic: 'later', sobject: 'Contact', operation: 'insert', insert_key: 'External_Id__c' };
    configure(scene, { ...KEYED, mode }, { ...later, mode, depends_on: ['new'] });
    for (let i = 0; i < 2; i++) expect((await scene.run(['dump.ndjson'])).status).toBe(0);
    expect(scene.org.records('Contact')).toHaveLength(2);
    expect(scene.org.records('Account')).toHaveLength(1);
  });
});

it('gives a dump the same values from files, standard input, gzip and in other envelopes', async () => {
  const records = Array.from({ length: 12 }, (_, i) => ({ Name: `name ${i % 5}` }));
  const lines = records.map((record, i) => (i % 2 === 0 ? made(record) : { topic: 'new', payload: record, key: i }));
  const scene = await stage(lines);
  configure(scene, KEYED);
  const replay = async (words: string[], stdin?: string | Uint8Array): Promise<void> => {
    const { status, summary } = await scene.runJson(words, stdin === undefined ? {} : { stdin });
    expect([status, summary.totals.succeeded]).toEqual([0, 12]);
  };
  await replay(['dump.ndjson']);
  const before = rows(scene);
  expect(before).toHaveLength(12);
  await replay(['-'], linesOf(lines));
  await replay(['-'], gzipSync(linesOf(lines)));
  scene.writeLines('a.ndjson', lines.slice(0, 7));
  scene.write('b.gz', gzipSync(linesOf(lines.slice(7))));
  await replay(['a.ndjson', 'b.gz', '--journal', 'run.journal']);
  await replay(['-', '--topic', 'new'], linesOf(records));
  await replay(['-'], linesOf(records.map((record) => ({ topic: 'new', value: JSON.stringify(record) }))));
  expect(rows(scene)).toEqual(before);
});

it('is known to check and to the page, with fields', async () => {
  const scene = await stage([
    made({ full: { name: 'A' } }),
    made({ full: { name: 'A' } }),
    made({ tel: 1 }),
    made({ x: 1 }),
  ]);
  configure(scene, { ...KEYED, fields: { Name: 'full.name', Phone: 'tel' }, set: { Site: 'here' } });
  const { status, stdout } = await scene.run(['check', 'dump.ndjson', '--json']);
  expect(status).toBe(1);
  const [topic] = (JSON.parse(stdout) as { topics: object[] }).topics;
  expect(topic).toMatchObject({
    ...{ operation: 'insert', key_field: 'External_Id__c', read: 4, would_send: 3, would_fail: 1, may_fail: 1 },
    ...{ keys: { missing: 0, repeated: 0, distinct: 3 }, dropped_fields: {}, unknown_fields: {} },
  });
  expect((await scene.run(['dump.ndjson', '--report', 'page.html'])).status).toBe(1);
  expect(scene.read('page.html')).toContain('insert key External_Id__c');
});

it('is refused where the field is not fit for it, with the way to make one', async () => {
  const scene = await stage(LINES);
  const keys = ['Segment_Code__c', 'Legacy_Code__c', 'Customer_Number__c', 'Extrenal_Id__c'];
  configure(scene, ...keys.map((insert_key) => ({ ...KEYED, topic: insert_key, insert_key })));
  const { status, stdout } = await scene.run(['dump.ndjson', '--json']);
  expect(status).toBe(2);
  const { error } = JSON.parse(stdout) as { error: { code: string; problems: { path: string; message: string }[] } };
  expect(error.code).toBe('WRONG_INSERT_KEY');
  const hint =
    'Make one in Setup, Object Manager, Account, Fields & Relationships, New: Text, length 255, Unique, External ID. Fields of Account that are: External_Id__c.';
  expect(error.problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([
    `topic_mappings[0].insert_key: Account.Segment_Code__c is not both unique and an external id (insert_key of topic Segment_Code__c). ${hint}`,
    `topic_mappings[1].insert_key: Account.Legacy_Code__c is not a text of at least 64 characters (insert_key of topic Legacy_Code__c). ${hint}`,
    `topic_mappings[2].insert_key: Account.Customer_Number__c is not a text of at least 64 characters (insert_key of topic Customer_Number__c). ${hint}`,
    `topic_mappings[3].insert_key: Account has no field Extrenal_Id__c that this user can see (insert_key of topic Extrenal_Id__c). Did you mean External_Id__c? ${hint}`,
  ]);
  configure(scene, { ...KEYED, operation: 'update' }, { ...KEYED, topic: 'b', set: { external_id__c: 'x' } });
  const offline = await scene.run(['check', '--offline']);
  expect(offline.status).toBe(2);
  expect(offline.stderr).toContain('is for insert only; found with update');
  expect(offline.stderr).toContain('topic_mappings[1].set.external_id__c');
});

it('is refused for topics that differ in case alone, unless the field minds case', async () => {
  const topics = ['Orders', 'orders'];
  const lines = topics.map((topic) => ({ topic, partition: 0, offset: 1, key: 'k', payload: `{"Name":"${topic}"}` }));
  const mappings = topics.map((topic) => ({ ...KEYED, topic }));
  const scene = await stage(lines);
  configure(scene, ...mappings);
  const { status, stderr } = await scene.run(['dump.ndjson']);
  expect([status, rows(scene)]).toEqual([2, []]);
  expect(stderr).toContain(
    'The topics Orders and orders differ in case alone, which Account.External_Id__c does not mind',
  );

  const sobjects = { Account: { fields: { External_Id__c: { caseSensitive: true } } } };
  const other = await stage(lines, { sobjects });
  configure(other, ...mappings);
  expect((await other.run(['dump.ndjson'])).status).toBe(0);
  expect(rows(other)).toHaveLength(2);
});
