import { describe, expect, it } from 'vitest';
import { account, readLines, stage, until, UPSERT_ACCOUNTS, UPSERT_ACCOUNTS_IN_BULK } from '../stage.js';

function configuration(mode: string, more = ''): string {
  const mapping = `{topic: accounts, sobject: Account, external_id_field: External_Id__c, mode: ${mode}, compact: true}`;
  return `topic_mappings: [${mapping}]\n${more}`;
}

describe.each(['realtime', 'bulk'])('compact in %s', (mode) => {
  it('writes the versions of a key that wait together as one record', async () => {
    const scene = await stage([
      account('A-1', { Name: 'first', Phone: '1', Site: 'kept' }),
      account('A-2', { Name: 'second' }),
      account(' a-1', { Name: 'newer', Phone: '2' }),
      { topic: 'accounts', data: { External_Id__c: 'A-1', Phone: null } },
      account('A-2', { Name: 'second again' }),
    ]);
    scene.write('sfreplay.yaml', configuration(mode));
    const words = ['-c', 'sfreplay.yaml', '--successes', 'ok.ndjson', 'dump.ndjson'];
    const { status, summary, topic } = await scene.runJson(words);
    expect(status).toBe(0);
    expect(topic()).toMatchObject({ read: 5, succeeded: 2, created: 2, superseded: 3, batches: 1 });
    expect(summary.totals).toMatchObject({ read: 5, succeeded: 2, superseded: 3 });
    expect(summary).not.toHaveProperty('notes');
    const records = scene.org.records('Account');
    expect(records.map(({ Name, Phone, Site }) => [Name, Phone, Site])).toEqual([
      ['newer', null, 'kept'],
      ['second again', undefined, undefined],
    ]);
    // Results of a bulk job come in any order.
    const written = readLines(scene.read('ok.ndjson')) as { line: number }[];
    expect(written.sort((a, b) => a.line - b.line)).toMatchObject([
      { line: 4, superseded: [{ file: 'dump.ndjson', line: 1 }, { line: 3 }] },
      { line: 5, superseded: [{ line: 2 }] },
    ]);
  });

  it('folds only what the org takes for one key', async () => {
    const keys = ['K', 'K\u00a0', '\u3000K', 'K\ufeff', ' K\t'];
    const scene = await stage(keys.map((key, i) => account(key, { Name: `v${i}` })));
    scene.write('sfreplay.yaml', configuration(mode));
    const words = ['-c', 'sfreplay.yaml', '--bulk-poll-interval', '20ms', 'dump.ndjson'];
    const { status, topic } = await scene.runJson(words);
    expect({ status, topic: topic() }).toMatchObject({ status: 0, topic: { read: 5, succeeded: 5, superseded: 0 } });
    expect(scene.org.records('Account').map(({ External_Id__c, Name }) => [External_Id__c, Name])).toEqual([
      ['K', 'v4'],
      ['K\u00a0', 'v1'],
      ['\u3000K', 'v2'],
      ['K\ufeff', 'v3'],
    ]);
    // In batches of their own, since other orgs may see it otherwise.
    expect(topic().batches).toBe(5);
  });

  it('loses no line of a record that fails', async () => {
    const scene = await stage([
      account('A-1', { Name: 'first' }),
      account('A-2'),
      account('A-1', { Name: 'x'.repeat(300) }),
    ]);
    scene.write('sfreplay.yaml', configuration(mode));
    const { status, topic } = await scene.runJson(['-c', 'sfreplay.yaml', 'dump.ndjson']);
    expect(status).toBe(1);
    expect(topic()).toMatchObject({ succeeded: 1, failed: 2, superseded: 0, errors: [{ count: 2, line: 1 }] });
    expect(scene.failures().map(({ error }) => error.source.line)).toEqual([1, 3]);
  });

  it('says what it saved', async () => {
    const lines = Array.from({ length: 60 }, (_, i) => account(`A-${i % 5}`, { Name: `v${i}` }));
    const scene = await stage(lines);
    scene.write('sfreplay.yaml', configuration(mode));
    const { stdout } = await scene.run(['-c', 'sfreplay.yaml', 'dump.ndjson']);
    expect(stdout).toContain(`accounts: compact saved 11 ${mode === 'bulk' ? 'bulk jobs' : 'calls'}`);
    expect(stdout).toMatch(/Superseded +55\n/);
    expect(scene.org.records('Account').map(({ Name }) => Name)).toEqual(['v55', 'v56', 'v57', 'v58', 'v59']);
  });

  it('is recommended where repeated keys cut many batches short', async () => {
    const lines = Array.from({ length: 30 }, (_, i) => account(`A-${i % 2}`));
    const scene = await stage(lines);
    const maps = mode === 'bulk' ? UPSERT_ACCOUNTS_IN_BULK : UPSERT_ACCOUNTS;
    const { stdout } = await scene.run([...maps, '--bulk-poll-interval', '20ms', 'dump.ndjson']);
    expect(stdout).toContain(`accounts: a repeated key cut 14 of 15 ${mode === 'bulk' ? 'bulk jobs' : 'calls'} short;`);
  });

  it('is taken up again by the journal, folded as it was', async () => {
    const versions = Array.from({ length: 12 }, (_, i) => account(`A-${i % 3}`, { Name: `v${i}` }));
    const scene = await stage(versions, { latencyMs: 300, bulk: { recordTimeMs: 100 } });
    scene.write('sfreplay.yaml', configuration(mode));
    const words = ['-c', 'sfreplay.yaml', '--journal', 'j', '--successes', 'ok', '--bulk-poll-interval', '50ms'];
    const killed = scene.start([...words, 'dump.ndjson']);
    await until(() =>
      scene.org.requests.some(({ method, path }) => method === 'PATCH' && /sobjects|ingest/.test(path)),
    );
    killed.child.kill('SIGKILL');
    await killed.ended;
    const { status, summary } = await scene.runJson([...words, 'dump.ndjson']);
    expect(status).toBe(0);
    expect(summary.totals).toMatchObject({ read: 12, failed: 0, succeeded: 3, superseded: 9 });
    expect(scene.org.records('Account').map(({ Name }) => Name)).toEqual(['v9', 'v10', 'v11']);
    if (mode === 'bulk')
      expect(
        scene.org.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('ingest')),
      ).toHaveLength(1);
    const again = await scene.runJson([...words, 'dump.ndjson']);
    expect(again.summary.totals).toEqual(summary.totals);
  });
});

it('has no effect on inserts, and says so', async () => {
  const scene = await stage([account('A-1'), account('A-1')]);
  scene.write(
    'sfreplay.yaml',
    'topic_mappings: [{topic: accounts, sobject: Account, operation: insert, compact: true}]\n',
  );
  scene.writeLines('dump.ndjson', [
    { topic: 'accounts', data: { Name: 'a' } },
    { topic: 'accounts', data: { Name: 'a' } },
  ]);
  const { stderr, topic } = await scene.runJson(['-c', 'sfreplay.yaml', 'dump.ndjson']);
  expect(stderr).toContain('topic_mappings[0].compact has no effect with insert');
  expect(topic()).toMatchObject({ succeeded: 2, superseded: 0 });
});
