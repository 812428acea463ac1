import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { account, linesOf, stage, until, type Stage } from '../stage.js';

function configuration(mode: string, dependsOn = 'depends_on: [accounts], '): string {
  return `topic_mappings:
  - {topic: contacts, sobject: Contact, external_id_field: External_Id__c, ${dependsOn}mode: ${mode}}
  - {topic: accounts, sobject: Account, external_id_field: External_Id__c, mode: ${mode}}
  - {topic: tasks, sobject: Task, operation: insert, depends_on: [contacts, accounts], mode: ${mode}}
`;
}

function contact(key: string, parent: string, fields: object = {}): object {
  const data = { External_Id__c: key, LastName: key, Account: { External_Id__c: parent }, ...fields };
  return { topic: 'contacts', data };
}

const FAST = ['--bulk-poll-interval', '50ms'];
/** Children before their parents, and among them. */
const mixed = [
  ...Array.from({ length: 25 }, (_, i) => contact(`C-${i}`, `A-${i % 5}`)),
  { topic: 'tasks', data: { Subject: 'first' } },
  ...Array.from({ length: 5 }, (_, i) => account(`A-${i}`)),
  contact('C-0', 'A-4', { LastName: 'moved' }),
];

function waitingFiles(scene: Stage): string[] {
  return readdirSync(scene.path('tmp')).filter((name) => name.startsWith('sfreplay-'));
}

async function scenery(lines: readonly object[], mode: string, dependsOn?: string, options = {}): Promise<Stage> {
  const scene = await stage(lines, options);
  scene.write('sfreplay.yaml', configuration(mode, dependsOn));
  scene.write('tmp/.keep', '');
  return scene;
}

describe.each(['realtime', 'bulk'])('depends_on in %s', (mode) => {
  it('sends children once every parent is settled, from files and from a pipe', async () => {
    for (const isPiped of [false, true]) {
      const scene = await scenery(mixed, mode);
      const environment = { ...scene.signIn, TMPDIR: scene.path('tmp') };
      const words = ['-c', 'sfreplay.yaml', '--bulk-batch-size', '2', '--max-in-flight', '4', ...FAST];
      const { status, summary } = isPiped
        ? await scene.runJson(words, { environment, stdin: linesOf(mixed) })
        : await scene.runJson([...words, 'dump.ndjson'], { environment });
      expect(status).toBe(0);
      expect(summary.totals).toMatchObject({ read: 32, succeeded: 32 });
      expect(scene.failures()).toEqual([]);
      expect(scene.org.records('Contact')).toHaveLength(25);
      expect(scene.org.records('Contact').find(({ External_Id__c }) => External_Id__c === 'C-0')).toMatchObject({
        LastName: 'moved',
      });
      expect(waitingFiles(scene)).toEqual([]);
    }
  });

  it('tries children once more whose parents came late, in order', async () => {
    const scene = await scenery(mixed, mode, '');
    const { status, topic } = await scene.runJson([
      '-c',
      'sfreplay.yaml',
      '--bulk-batch-size',
      '5',
      ...FAST,
      'dump.ndjson',
    ]);
    expect(scene.failures()).toEqual([]);
    expect(status).toBe(0);
    expect(topic('contacts')).toMatchObject({
      read: 26,
      succeeded: 26,
      failed: 0,
      created: mode === 'bulk' ? null : 25,
    });
    const moved = scene.org.records('Contact').find(({ External_Id__c }) => External_Id__c === 'C-0')!;
    const parent = scene.org.records('Account').find(({ Id }) => Id === moved.AccountId);
    expect([moved.LastName, parent?.External_Id__c]).toEqual(['moved', 'A-4']);
  });

  it('fails children for good whose parent never came', async () => {
    const scene = await scenery([contact('C-1', 'missing'), contact('C-1', 'A-1'), account('A-1')], mode);
    const { status, topic } = await scene.runJson(['-c', 'sfreplay.yaml', ...FAST, 'dump.ndjson']);
    expect(status).toBe(1);
    expect(topic('contacts')).toMatchObject({ succeeded: 1, failed: 1, errors: [{ code: 'INVALID_FIELD', line: 1 }] });
    expect(scene.failures()).toMatchObject([{ error: { attempts: 2, outcome: 'failed', source: { line: 1 } } }]);
  });

  it('does not try again what no mapping of the run writes', async () => {
    const scene = await stage([contact('C-1', 'missing')]);
    const map = ['--map', `contacts=Contact:upsert:External_Id__c:${mode}`];
    await scene.runJson([...map, 'dump.ndjson']);
    expect(scene.failures()).toMatchObject([{ error: { attempts: 1 } }]);
  });

  it('goes on after a crash, whichever level it was at', async () => {
    const scene = await scenery(mixed, mode, undefined, { latencyMs: 60, bulk: { recordTimeMs: 20 } });
    const words = ['-c', 'sfreplay.yaml', '--journal', 'j', '--bulk-batch-size', '4', ...FAST, 'dump.ndjson'];
    for (const count of [1, 9]) {
      const killed = scene.start(words, { environment: { ...scene.signIn, TMPDIR: scene.path('tmp') } });
      await until(() => scene.org.records('Account').length + scene.org.records('Contact').length >= count);
      killed.child.kill('SIGKILL');
      await killed.ended;
    }
    const { status, summary } = await scene.runJson(words);
    expect(scene.failures()).toEqual([]);
    expect(status).toBe(0);
    expect(summary.totals).toMatchObject({ read: 32, failed: 0, in_doubt: 0, unsent: 0 });
    expect(scene.org.records('Contact')).toHaveLength(25);
    expect(scene.org.records('Contact').map(({ LastName }) => LastName)).toContain('moved');
    expect((await scene.runJson(words)).summary.totals).toEqual(summary.totals);
  });

  it('accounts for what waited when the run was stopped', async () => {
    const scene = await scenery(mixed, mode, undefined, { latencyMs: 200 });
    const environment = { ...scene.signIn, TMPDIR: scene.path('tmp') };
    const play = scene.start(['-c', 'sfreplay.yaml', '--json', ...FAST, '--bulk-batch-size', '2'], { environment });
    play.child.stdin?.end(linesOf(mixed));
    await until(() => scene.org.records('Account').length > 0);
    play.signal('SIGINT');
    const { status, stdout } = await play.ended;
    expect(status).toBe(130);
    const { totals } = JSON.parse(stdout) as { totals: { read: number; succeeded: number; unsent: number } };
    expect(totals.succeeded + totals.unsent).toBe(32);
    expect(totals.unsent).toBeGreaterThan(25);
    expect(scene.failures().filter(({ error }) => error.outcome === 'unsent')).toHaveLength(totals.unsent);
    expect(waitingFiles(scene)).toEqual([]);
  });
});

it('holds up what comes later of a key whose parent is missing', async () => {
  const scene = await stage([
    contact('C-1', 'A-1'),
    contact('C-1', 'A-2', { LastName: 'newer' }),
    account('A-2'),
    account('A-1'),
  ]);
  scene.write('sfreplay.yaml', configuration('realtime', ''));
  const { status } = await scene.runJson(['-c', 'sfreplay.yaml', 'dump.ndjson']);
  expect(status).toBe(0);
  expect(scene.org.records('Contact')).toMatchObject([{ LastName: 'newer' }]);
});

it.each([
  ['[tasks]', 'topics depend on one another: contacts → tasks → contacts'],
  ['[nobody]', 'topic_mappings[0].depends_on[0]  no mapping names the topic "nobody"'],
])('depends_on: %s is a mistake', async (topics, message) => {
  const scene = await stage();
  scene.write('sfreplay.yaml', configuration('realtime', `depends_on: ${topics}, `));
  const { status, stderr } = await scene.run(['-c', 'sfreplay.yaml'], { stdin: '{}' });
  expect(status).toBe(2);
  expect(stderr).toContain(message);
});

it.skipIf(process.platform === 'win32')('leaves no waiting lines behind when it is killed', async () => {
  const scene = await scenery(mixed, 'realtime', undefined, { latencyMs: 400 });
  const environment = { ...scene.signIn, TMPDIR: scene.path('tmp') };
  const play = scene.start(['-c', 'sfreplay.yaml', '--bulk-batch-size', '1', 'dump.ndjson'], { environment });
  await until(() => scene.org.records('Account').length > 0);
  play.child.kill('SIGKILL');
  await play.ended;
  expect(waitingFiles(scene)).toEqual([]);
});
