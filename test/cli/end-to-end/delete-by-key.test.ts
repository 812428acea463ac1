import { describe, expect, it } from 'vitest';
import { account, stage, until, UPSERT_ACCOUNTS, type Stage } from '../stage.js';

/** Keys that a query must quote well, and one for each thing that can be wrong with a key. */
const keys = ['A-1', "O'Brien", String.raw`back\slash\'`, 'Ünïcode 日本', 'a,b', "') OR (Name != 'x"];

async function seeded(
  scene: Stage,
  lines: readonly object[],
  maps: readonly string[] = UPSERT_ACCOUNTS,
): Promise<void> {
  scene.writeLines('seed.ndjson', lines);
  expect((await scene.run([...maps, 'seed.ndjson'])).status).toBe(0);
}

function deletion(key: unknown, field = 'External_Id__c'): object {
  return { topic: 'gone', data: { [field]: key, Name: 'ignored' } };
}

describe.each(['realtime', 'bulk'])('delete by an external id in %s', (mode) => {
  const map = (field = 'External_Id__c', sobject = 'Account'): string[] => [
    '--map',
    `gone=${sobject}:delete:${field}:${mode}`,
  ];

  it('finds the records by their keys, whatever is in them', async () => {
    const scene = await stage();
    await seeded(
      scene,
      [...keys, 'kept'].map((key) => account(key, { Name: key })),
    );
    const ids = new Map(scene.org.records('Account').map(({ Id, External_Id__c }) => [External_Id__c, Id]));
    scene.writeLines(
      'dump.ndjson',
      [...keys.slice(1), ' a-1 '].map((key) => deletion(key)),
    );
    const { status, topic } = await scene.runJson([...map(), '--successes', 'ok', 'dump.ndjson']);
    expect(status).toBe(0);
    expect(topic()).toMatchObject({
      read: 6,
      succeeded: 6,
      created: mode === 'bulk' ? (expect.anything() as number) : 0,
    });
    expect(scene.org.records('Account').map(({ Name }) => Name)).toEqual(['kept']);
    const written = scene.read('ok').trimEnd().split('\n');
    expect(written.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({ line: 1, id: ids.get("O'Brien") }),
    );
  });

  it('takes no key for another that differs by a blank beyond ASCII, tombstones included', async () => {
    const scene = await stage();
    await seeded(
      scene,
      ['K', 'L\u00a0', '\u3000M', 'N\ufeff'].map((key) => account(key)),
    );
    scene.writeLines('dump.ndjson', [
      ...['K\u00a0', 'L', ' N\ufeff\t'].map((key) => deletion(key)),
      { topic: 'accounts', key: 'M', data: null },
      { topic: 'accounts', key: '\ufeffK', data: null },
    ]);
    scene.write(
      'sfreplay.yaml',
      `topic_mappings:
  - {topic: gone, sobject: Account, operation: delete, external_id_field: External_Id__c, mode: ${mode}}
  - {topic: accounts, sobject: Account, external_id_field: External_Id__c, tombstones: delete, mode: ${mode}}
`,
    );
    await scene.run(['-c', 'sfreplay.yaml', '--bulk-poll-interval', '20ms', '-q', 'dump.ndjson']);
    expect(
      scene
        .failures()
        .map(({ error }) => [error.source.line, error.code])
        .sort(),
    ).toEqual([
      [1, 'NOT_FOUND'],
      [2, 'NOT_FOUND'],
      [4, 'NOT_FOUND'],
      [5, 'NOT_FOUND'],
    ]);
    expect(scene.org.records('Account').map(({ External_Id__c }) => External_Id__c)).toEqual([
      'K',
      'L\u00a0',
      '\u3000M',
    ]);
  });

  it('fails keys that nobody has, or more than one', async () => {
    const scene = await stage();
    const insert = ['--map', 'accounts=Account:insert'];
    const segment = (code: string): object => ({ topic: 'accounts', data: { Name: 'x', Segment_Code__c: code } });
    await seeded(scene, ['one', 'two', 'two'].map(segment), insert);
    scene.writeLines(
      'dump.ndjson',
      ['one', 'two', 'three', ''].map((key) => deletion(key, 'Segment_Code__c')),
    );
    const { status, topic } = await scene.runJson([...map('segment_code__c'), 'dump.ndjson']);
    expect(status).toBe(1);
    expect(topic()).toMatchObject({ succeeded: 1, failed: 3 });
    expect(scene.failures().map(({ error }) => [error.source.line, error.code, error.message])).toEqual(
      expect.arrayContaining([
        [2, 'DUPLICATE_EXTERNAL_ID', '2 records of Account have the Segment_Code__c two'],
        [3, 'NOT_FOUND', 'No record of Account has the Segment_Code__c three'],
        [4, 'MISSING_KEY', 'delete needs Segment_Code__c; it is empty'],
      ]),
    );
    expect(scene.org.records('Account')).toHaveLength(2);
  });

  it.each(['drop', 'send'])('asks for numbers as numbers (unwritable fields: %s)', async (unwritable) => {
    const scene = await stage();
    const numbered = ['--map', 'accounts=Account:upsert:Customer_Number__c'];
    await seeded(
      scene,
      [1, 20, 300].map((n) => ({ topic: 'accounts', data: { Customer_Number__c: n, Name: `n${n}` } })),
      numbered,
    );
    scene.writeLines('dump.ndjson', [
      deletion(1, 'Customer_Number__c'),
      deletion('2e1', 'Customer_Number__c'),
      deletion('x', 'Customer_Number__c'),
    ]);
    const { topic } = await scene.runJson([...map('Customer_Number__c'), '--unwritable', unwritable, 'dump.ndjson']);
    expect(topic()).toMatchObject({ succeeded: 2, failed: 1, errors: [{ code: 'NOT_FOUND', line: 3 }] });
    expect(scene.org.records('Account').map(({ Name }) => Name)).toEqual(['n300']);
  });

  it('asks in several queries, and reads their pages', async () => {
    const scene = await stage([], { limits: { queryRecords: 30 } });
    const many = Array.from({ length: 400 }, (_, i) => `${'é'.repeat(30)}-${i}`);
    await seeded(
      scene,
      many.map((key) => account(key)),
    );
    scene.writeLines(
      'dump.ndjson',
      many.map((key) => deletion(key)),
    );
    const { status, topic } = await scene.runJson([...map(), 'dump.ndjson']);
    expect(status).toBe(0);
    expect(topic()).toMatchObject({ succeeded: 400 });
    expect(scene.org.records('Account')).toEqual([]);
    const queries = scene.org.requests.filter(({ path }) => path.includes('/query'));
    expect(queries.filter(({ path }) => path.includes('/query?')).length).toBeGreaterThan(4);
    expect(queries.some(({ path }) => /\/query\/\w+-\d+/.test(path))).toBe(true);
    for (const { path } of queries) expect(path.length).toBeLessThan(16_384);
  });

  it('takes what a repeated request finds deleted for deleted', async () => {
    const scene = await stage();
    await seeded(scene, [account('A-1'), account('A-2')]);
    scene.writeLines('dump.ndjson', [deletion('A-1'), deletion('A-2')]);
    if (mode === 'realtime') scene.org.addFault('reset-after:method=DELETE:count=1');
    const { status, topic } = await scene.runJson([...map(), 'dump.ndjson']);
    expect([status, topic().succeeded]).toEqual([0, 2]);
  });

  it('goes on where the journal says, also after a crash', async () => {
    const scene = await stage([], { latencyMs: 100, bulk: { recordTimeMs: 100 } });
    const many = Array.from({ length: 6 }, (_, i) => `A-${i}`);
    await seeded(
      scene,
      many.map((key) => account(key)),
    );
    scene.writeLines(
      'dump.ndjson',
      many.map((key) => deletion(key)),
    );
    const words = [...map(), '--journal', 'j', '--bulk-poll-interval', '50ms', 'dump.ndjson'];
    const killed = scene.start(words);
    const isUnderWay = (method: string): boolean => method === (mode === 'bulk' ? 'PATCH' : 'DELETE');
    const before = scene.org.requests.length;
    await until(() => scene.org.requests.slice(before).some(({ method }) => isUnderWay(method)));
    killed.child.kill('SIGKILL');
    await killed.ended;
    const { status, summary } = await scene.runJson(words);
    expect(scene.failures()).toEqual([]);
    expect(status).toBe(0);
    expect(summary.totals).toMatchObject({ read: 6, succeeded: 6 });
    expect(scene.org.records('Account')).toEqual([]);
  });
});

it('deletes all records of a call or none', async () => {
  const scene = await stage();
  await seeded(scene, [account('A-1'), account('A-2')]);
  scene.writeLines(
    'dump.ndjson',
    ['A-1', 'missing', 'A-2'].map((key) => deletion(key)),
  );
  scene.write(
    'sfreplay.yaml',
    'topic_mappings: [{topic: gone, sobject: Account, operation: delete, external_id_field: External_Id__c, all_or_none: true}]\n',
  );
  const { topic } = await scene.runJson(['-c', 'sfreplay.yaml', 'dump.ndjson']);
  expect(topic()).toMatchObject({ succeeded: 0, failed: 3 });
  expect(scene.org.records('Account')).toHaveLength(2);
});

it.each([
  ['Name_of_none__c', 'Account has no field Name_of_none__c'],
  ['Phone', 'Account.Phone is not an external id'],
])('%s is found out before anything is sent', async (field, message) => {
  const scene = await stage([deletion('A-1')]);
  const { status, stderr } = await scene.run(['--map', `gone=Account:delete:${field}`, 'dump.ndjson']);
  expect(status).toBe(2);
  expect(stderr).toContain(message);
});
