import { describe, expect, it } from 'vitest';
import { account, stage, until } from '../stage.js';

function configuration(mode: string, tombstones: string, more = ''): string {
  const key = `external_id_field: External_Id__c, mode: ${mode}`;
  return `topic_mappings: [{topic: accounts, sobject: Account, ${key}, tombstones: ${tombstones}${more}}]\n`;
}

function tombstone(key: unknown): object {
  return { topic: 'accounts', key, data: null };
}

describe.each(['realtime', 'bulk'])('tombstones in %s', (mode) => {
  it('delete the record of their key, in order with its upserts', async () => {
    const scene = await stage([
      account('A-1'),
      account('A-2', { Name: 'first' }),
      account('A-3'),
      tombstone('A-2'),
      tombstone(' a-1 '),
      account('A-2', { Name: 'again' }),
      account('A-4'),
      tombstone('A-4'),
    ]);
    scene.write('sfreplay.yaml', configuration(mode, 'delete'));
    const words = ['-c', 'sfreplay.yaml', '--max-in-flight', '4', '--bulk-poll-interval', '50ms', 'dump.ndjson'];
    const { status, summary, topic } = await scene.runJson(words);
    expect(status).toBe(0);
    expect(topic()).toMatchObject({ operation: 'upsert', read: 8, succeeded: 8 });
    expect(summary.topics).toHaveLength(1);
    expect(scene.org.records('Account').map(({ Name }) => Name)).toEqual(['A-3', 'again']);
  });

  it('understand keys in every form, and fail where there is none', async () => {
    const keys = ['A-1', "O'Neil", 'A-3', 'A-4'];
    const kcat = { topic: 'accounts', partition: 0, offset: 9, key: '{"External_Id__c":"A-3"}', payload: null };
    const rpk = { topic: 'accounts', key: '"A-4"', partition: 0, offset: 10 };
    const scene = await stage([
      ...keys.map((key) => account(key)),
      tombstone({ external_id__c: 'A-1' }),
      tombstone("O'Neil"),
      kcat,
      rpk,
      tombstone({ id: 'x' }),
      tombstone('unknown'),
    ]);
    scene.write('sfreplay.yaml', configuration(mode, 'delete'));
    const { status, topic } = await scene.runJson(['-c', 'sfreplay.yaml', 'dump.ndjson']);
    expect(status).toBe(1);
    expect(topic()).toMatchObject({ succeeded: 8, failed: 2 });
    expect(scene.org.records('Account')).toEqual([]);
    const failures = scene.failures().map(({ error }) => `${error.source.line} ${error.code}: ${error.message}`);
    expect(failures.sort()).toEqual([
      '10 NOT_FOUND: No record of Account has the External_Id__c unknown',
      '9 MISSING_KEY: A tombstone needs External_Id__c; the record has none',
    ]);
  });

  it('skipped, are counted as superseded and noted', async () => {
    const scene = await stage([account('A-1'), tombstone('A-1'), tombstone('A-2')]);
    scene.write('sfreplay.yaml', configuration(mode, 'skip'));
    const words = ['-c', 'sfreplay.yaml', '--journal', 'j', 'dump.ndjson'];
    const { stdout, status } = await scene.run(words);
    expect(status).toBe(0);
    expect(stdout).toContain('accounts: 2 tombstones skipped; they count as superseded');
    const again = await scene.runJson(words);
    expect(again.summary.totals).toMatchObject({ read: 3, succeeded: 1, superseded: 2 });
    expect(scene.org.records('Account')).toHaveLength(1);
  });

  it('fail unless something else is said', async () => {
    const scene = await stage([account('A-1'), tombstone('A-1')]);
    scene.write('sfreplay.yaml', configuration(mode, 'fail'));
    const { status, topic } = await scene.runJson(['-c', 'sfreplay.yaml', 'dump.ndjson']);
    expect(status).toBe(1);
    expect(topic()).toMatchObject({ succeeded: 1, failed: 1, errors: [{ code: 'TOMBSTONE', line: 2 }] });
  });

  it('end a fold', async () => {
    const scene = await stage([
      account('A-1', { Name: 'old', Phone: '1' }),
      account('A-1', { Name: 'older', Site: 's' }),
      tombstone('A-1'),
      tombstone('A-1'),
      account('A-1', { Name: 'new' }),
      { topic: 'accounts', data: { External_Id__c: 'A-1', Fax: '2' } },
    ]);
    scene.write('sfreplay.yaml', configuration(mode, 'delete', ', compact: true'));
    const { status, topic } = await scene.runJson([
      '-c',
      'sfreplay.yaml',
      '--bulk-poll-interval',
      '50ms',
      'dump.ndjson',
    ]);
    expect(status).toBe(0);
    expect(topic()).toMatchObject({ succeeded: 3, superseded: 3, batches: 3 });
    const [only, ...others] = scene.org.records('Account');
    expect(others).toEqual([]);
    expect(only).toMatchObject({ Name: 'new', Fax: '2' });
    expect([only!.Phone ?? null, only!.Site ?? null]).toEqual([null, null]);
  });

  it('stay in the shard of their key', async () => {
    const keys = Array.from({ length: 30 }, (_, i) => `A-${i}`);
    const scene = await stage([
      ...keys.map((key) => account(key)),
      ...keys.map((key) => tombstone({ external_id__c: key })),
    ]);
    scene.write('sfreplay.yaml', configuration(mode, 'delete'));
    for (const shard of ['2/2', '1/2']) {
      const { status, topic } = await scene.runJson(['-c', 'sfreplay.yaml', '--shard', shard, 'dump.ndjson']);
      expect(status).toBe(0);
      expect(topic().succeeded).toBe(topic().read);
    }
    expect(scene.org.records('Account')).toEqual([]);
  });

  it('are gone on with by the journal after a crash', async () => {
    const keys = Array.from({ length: 5 }, (_, i) => `A-${i}`);
    const lines = [
      ...keys.map((key) => account(key)),
      ...keys.slice(1).map(tombstone),
      account('A-2', { Name: 'last' }),
    ];
    const scene = await stage(lines, { latencyMs: 100, bulk: { recordTimeMs: 50 }, recordBodies: true });
    scene.write('sfreplay.yaml', configuration(mode, 'delete'));
    const words = ['-c', 'sfreplay.yaml', '--journal', 'j', '--bulk-poll-interval', '50ms', 'dump.ndjson'];
    const killed = scene.start(words);
    const isDeleting = ({ method, body }: { method: string; body?: string | undefined }): boolean =>
      mode === 'bulk' ? method === 'PUT' && body?.startsWith('Id\n') === true : method === 'DELETE';
    await until(() => scene.org.requests.some(isDeleting));
    killed.child.kill('SIGKILL');
    await killed.ended;
    const { status, summary } = await scene.runJson(words);
    expect(scene.failures()).toEqual([]);
    expect(status).toBe(0);
    expect(summary.totals).toMatchObject({ read: 10, failed: 0, in_doubt: 0, unsent: 0 });
    expect(scene.org.records('Account').map(({ Name }) => Name)).toEqual(['A-0', 'last']);
  });
});

it('have no effect on other operations, and say so', async () => {
  const scene = await stage([{ topic: 'accounts', key: 'k', data: null }]);
  scene.write(
    'sfreplay.yaml',
    'topic_mappings: [{topic: accounts, sobject: Account, operation: insert, tombstones: skip}]\n',
  );
  const { status, stderr, topic } = await scene.runJson(['-c', 'sfreplay.yaml', 'dump.ndjson']);
  expect(stderr).toContain('topic_mappings[0].tombstones has no effect with insert');
  expect(status).toBe(1);
  expect(topic()).toMatchObject({ errors: [{ code: 'TOMBSTONE' }] });
});
