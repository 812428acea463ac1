import { describe, expect, it } from 'vitest';
import { account, linesOf, stage, until, type Stage } from '../stage.js';

const LEVELS = 6;
const ROOTS = 20;

/** A record of a tree of Accounts, by the topic that its level belongs to. */
function node(key: string, parent: string | undefined, topic = 't'): object {
  const data = { External_Id__c: key, Name: key, ...(parent !== undefined && { Parent: { External_Id__c: parent } }) };
  return { topic, data };
}

/** Trees of six levels, each a chain with its root first. */
function trees(topicOf: (level: number) => string = () => 't'): object[] {
  return Array.from({ length: ROOTS }, (_, tree) =>
    Array.from({ length: LEVELS }, (_, level) =>
      node(`T${tree}-${level}`, level === 0 ? undefined : `T${tree}-${level - 1}`, topicOf(level)),
    ),
  ).flat();
}

/** The same order in each run. */
function shuffled(lines: readonly object[]): object[] {
  let seed = 7;
  const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  return lines
    .map((line) => ({ line, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ line }) => line);
}

/** Each Account's key and that of its parent. */
function written(scene: Stage): string[] {
  const accounts = scene.org.records('Account');
  const keys = new Map(accounts.map(({ Id, External_Id__c }) => [Id, External_Id__c]));
  return accounts.map((one) => `${String(one.External_Id__c)} < ${String(keys.get(one.ParentId as string))}`).sort();
}

function expected(lines: readonly object[]): string[] {
  const all = lines as { data: { External_Id__c: string; Parent?: { External_Id__c: string } } }[];
  return all.map(({ data }) => `${data.External_Id__c} < ${data.Parent?.External_Id__c ?? 'undefined'}`).sort();
}

const orders: [string, (lines: readonly object[]) => object[]][] = [
  ['parents first', (lines) => [...lines]],
  ['children first', (lines) => [...lines].reverse()],
  ['in any order', shuffled],
];
const QUICK = ['--bulk-poll-interval', '20ms', 'dump.ndjson'];

describe.each(['realtime', 'bulk'])('hierarchies in %s', (mode) => {
  const map = (topic = 't'): string[] => ['--map', `${topic}=Account:upsert:External_Id__c:${mode}`];

  it.each(orders)('arrive whole, %s', async (_name, arranged) => {
    const lines = arranged(trees());
    for (const size of ['1000', '7']) {
      const scene = await stage(lines);
      const words = [...map(), '--bulk-batch-size', size, '--max-in-flight', '4', ...QUICK];
      const { status, topic } = await scene.runJson(words);
      expect({ status, topic: topic() }).toMatchObject({ status: 0, topic: { succeeded: 120, failed: 0 } });
      expect(written(scene)).toEqual(expected(lines));
    }
  });

  it('arrive whole across topics, also where these depend on one another', async () => {
    const lines = shuffled(trees((level) => ['a', 'b', 'c'][level % 3]!));
    for (const dependsOn of ['', ', depends_on: [a]']) {
      const scene = await stage(lines);
      const rest = `sobject: Account, external_id_field: External_Id__c, mode: ${mode}`;
      scene.write(
        'sfreplay.yaml',
        `topic_mappings:\n  - {topic: a, ${rest}}\n  - {topic: b, ${rest}${dependsOn}}\n  - {topic: c, ${rest}}\n`,
      );
      const { status, summary } = await scene.runJson(['-c', 'sfreplay.yaml', ...QUICK]);
      expect({ status, totals: summary.totals }).toMatchObject({ status: 0, totals: { succeeded: 120 } });
      expect(written(scene)).toEqual(expected(lines));
    }
  });

  it('arrive but for rings and what hangs on a root that is not there, which fail by the words of the org', async () => {
    const good = trees();
    const lost = [
      node('R-1', 'R-2'),
      node('R-2', 'R-1'),
      node('below the ring', 'R-1'),
      node('M-1', 'missing'),
      node('M-2', 'M-1'),
    ];
    const scene = await stage(shuffled([...good, ...lost]));
    const { status, topic } = await scene.runJson([...map(), ...QUICK]);
    expect({ status, topic: topic() }).toMatchObject({ status: 1, topic: { succeeded: 120, failed: 5 } });
    expect(written(scene)).toEqual(expected(good));
    const failures = scene.failures().map(({ data, error: { code, message } }) => {
      return [(data as { External_Id__c: string }).External_Id__c, code, message];
    });
    expect(failures.sort()).toEqual(
      [
        ['R-1', 'R-2'],
        ['R-2', 'R-1'],
        ['below the ring', 'R-1'],
        ['M-1', 'missing'],
        ['M-2', 'M-1'],
      ]
        .map(([key, parent]) => [
          key,
          'INVALID_FIELD',
          `Foreign key external ID: ${parent!.toLowerCase()} not found for field External_Id__c in entity Account`,
        ])
        .sort(),
    );
  });

  it('keep the versions of each key in their order', async () => {
    const rename = (key: string, name: string): object => ({ topic: 't', data: { External_Id__c: key, Name: name } });
    const lines = [
      node('L3', 'L2'),
      rename('L3', 'third'),
      node('L2', 'L1'),
      rename('L2', 'second'),
      // Its first version is lost: the second one is written all the same, and is the parent of another.
      node('half', 'missing'),
      rename('half', 'half'),
      node('below', 'half'),
      { topic: 't', key: 'gone', data: { External_Id__c: 'gone', Name: 'gone', Parent: { External_Id__c: 'L3' } } },
      { topic: 't', key: 'gone', data: null },
      node('L1', undefined),
    ];
    const mapping = { topic: 't', sobject: 'Account', external_id_field: 'External_Id__c', tombstones: 'delete', mode };
    for (const compact of [false, true]) {
      const scene = await stage(lines);
      scene.write('sfreplay.json', JSON.stringify({ topic_mappings: [{ ...mapping, compact }] }));
      const { status, topic } = await scene.runJson(['-c', 'sfreplay.json', ...QUICK]);
      // Folded, the lost version of `half` takes the other with it.
      expect({ status, failed: topic().failed }).toEqual({ status: 1, failed: compact ? 3 : 1 });
      const names = scene.org.records('Account').map(({ Name }) => Name);
      expect(names.sort()).toEqual(['L1', ...(compact ? [] : ['below', 'half']), 'second', 'third'].sort());
    }
  });

  it('arrive once however often the run is killed', async () => {
    const lines = shuffled(trees());
    const scene = await stage(lines, { latencyMs: 40, bulk: { recordTimeMs: 4 } });
    const words = [...map(), '--journal', 'j', '--bulk-batch-size', '20', ...QUICK];
    for (const count of [15, 40, 70, 100]) {
      const killed = scene.start(words);
      await until(() => scene.org.records('Account').length >= count || killed.child.exitCode !== null);
      killed.child.kill('SIGKILL');
      await killed.ended;
    }
    const { status, summary } = await scene.runJson(words);
    expect(scene.failures()).toEqual([]);
    expect({ status, totals: summary.totals }).toMatchObject({ status: 0, totals: { failed: 0, in_doubt: 0 } });
    expect(written(scene)).toEqual(expected(lines));
    expect((await scene.runJson(words)).summary.totals).toMatchObject({ read: 120, failed: 0, unsent: 0 });
  });

  it('are accounted for when the run is stopped in the middle of them', async () => {
    const lines = [...trees()].reverse();
    const scene = await stage([], { latencyMs: 100 });
    const play = scene.start([...map(), '--json', '--bulk-poll-interval', '20ms', '--batch-period', '10ms']);
    play.child.stdin?.end(linesOf(lines));
    await until(() => scene.org.records('Account').length >= 40);
    play.signal('SIGINT');
    const { status, stdout } = await play.ended;
    expect(status).toBe(130);
    const { totals } = JSON.parse(stdout) as { totals: { succeeded: number; failed: number; unsent: number } };
    expect(totals).toMatchObject({ failed: 0, succeeded: scene.org.records('Account').length });
    expect(totals.succeeded + totals.unsent).toBe(120);
    expect(scene.failures().filter(({ error }) => error.outcome === 'unsent')).toHaveLength(totals.unsent);
  });
});

it('inserts whole hierarchies that hang on another topic', async () => {
  const lines = [
    { topic: 'contacts', data: { LastName: 'first', Account: { External_Id__c: 'A-2' } } },
    { topic: 'accounts', data: { ...(account('A-2') as { data: object }).data, Parent: { External_Id__c: 'A-1' } } },
    account('A-1'),
  ];
  const scene = await stage(lines);
  const maps = ['--map', 'contacts=Contact:insert', '--map', 'accounts=Account:insert'];
  const { status, topic } = await scene.runJson([...maps, 'dump.ndjson']);
  expect({ status, contacts: topic('contacts').succeeded, accounts: topic('accounts').succeeded }).toEqual({
    status: 0,
    contacts: 1,
    accounts: 2,
  });
  expect(scene.org.records('Contact')).toHaveLength(1);
});

it('gives waves large jobs where it finds their size itself', async () => {
  const children = Array.from({ length: 900 }, (_, i) => node(`C-${i}`, 'root'));
  const scene = await stage([...children, node('root', undefined)]);
  const words = ['--map', 't=Account:upsert:External_Id__c:bulk', '--bulk-batch-size', 'auto', ...QUICK];
  const { status, topic } = await scene.runJson(words);
  expect({ status, topic: topic() }).toMatchObject({ status: 0, topic: { succeeded: 901, batches: 2 } });
});
