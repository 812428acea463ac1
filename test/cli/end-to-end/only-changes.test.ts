import { describe, expect, it } from 'vitest';
import type { Emulator, RecordVersion } from '../../../src/emulator/index.js';
import { Chance } from '../../model/random.js';
import { account, stage, until, UPSERT_ACCOUNTS, type JsonEnd, type Stage } from '../stage.js';

const FLAGS = ['-q', '--bulk-poll-interval', '20ms', '--batch-period', '200ms', '--max-in-flight', '2'];

const TIMES = new Set(['CreatedDate', 'LastModifiedDate', 'SystemModstamp']);

/** Requests that write, jobs counted by their creation. */
function writes({ requests }: Emulator, from = 0): string[] {
  return requests
    .slice(from)
    .filter(({ method, path }) => {
      const isJob = method === 'POST' && path.endsWith('/jobs/ingest');
      return (
        isJob ||
        (method !== 'GET' && /\/composite\/sobjects(?:\/\w+\/\w+)?(?:\?.*ids=.*)?$/.test(path) && !isRead(method, path))
      );
    })
    .map(({ method, path }) => `${method} ${path}`);
}

/** Retrieves by Ids are POSTs to one sObject. */
function isRead(method: string, path: string): boolean {
  return method === 'POST' && /\/composite\/sobjects\/\w+$/.test(path);
}

async function replay(scene: Stage, words: readonly string[]): Promise<JsonEnd & { readonly writes: string[] }> {
  const from = scene.org.requests.length;
  const end = await scene.runJson([...FLAGS, ...words]);
  return { ...end, writes: writes(scene.org, from) };
}

/** What the org holds, with keys for Ids, which differ from org to org. */
function held(org: Emulator): string[] {
  const records = [...org.records('Account'), ...org.records('Contact')];
  const keys = new Map<unknown, unknown>(records.map(({ Id, External_Id__c: key }) => [Id, key]));
  return records
    .map((record) =>
      JSON.stringify(record, (name, value: unknown) => (TIMES.has(name) ? undefined : (keys.get(value) ?? value))),
    )
    .sort();
}

describe.each(['realtime', 'bulk'] as const)('only_changes in %s', (mode) => {
  const mapping = (topic: string, more: object): object => ({
    topic,
    external_id_field: 'External_Id__c',
    mode,
    ...more,
  });
  const config = {
    topic_mappings: [
      mapping('a', { sobject: 'Account', tombstones: 'delete' }),
      mapping('n', { sobject: 'Account', external_id_field: '', operation: 'insert', insert_key: 'External_Id__c' }),
      mapping('u', { sobject: 'Account', operation: 'update', depends_on: ['a'] }),
      mapping('c', {
        sobject: 'Contact',
        fields: { External_Id__c: 'id', LastName: 'name.last' },
        set: { Title: 'Dr' },
      }),
      mapping('d', { sobject: 'Contact', operation: 'delete' }),
      mapping('f', { sobject: 'Account', compact: true }),
    ],
  };

  function fieldsFor(chance: Chance, key: string): object {
    const fields: Record<string, unknown> = { External_Id__c: key, Name: `n ${chance.integer(4)}` };
    if (chance.happens(0.5)) fields.AnnualRevenue = chance.integer(1_000) / 100;
    if (chance.happens(0.4)) fields.Phone = chance.pick([null, '', ' 1 ', '2']);
    if (chance.happens(0.3)) fields.Description = chance.pick(['a\r\nb', 'c']);
    return fields;
  }

  /** `perKey`: versions of each key. */
  function dumpOf(chance: Chance, keys: number, perKey: number): object[] {
    const lines: object[] = [];
    for (let n = 0; n < keys * perKey; n++) {
      const key = `${n % keys}`;
      if (perKey > 1 && chance.happens(0.15)) lines.push({ topic: 'a', key: `A-${key}`, data: null });
      else lines.push({ topic: 'a', data: fieldsFor(chance, `A-${key}`) });
      if (n < keys) lines.push({ topic: 'n', data: { Name: `inserted ${n}` } });
      lines.push({ topic: 'f', data: fieldsFor(chance, `F-${key}`) });
      lines.push({ topic: 'c', data: { id: `C-${key}`, name: { last: `l ${key}` } } });
    }
    // A hierarchy that arrives in waves: children stand before their parents.
    for (let n = 0; n < 5; n++) {
      lines.push({
        topic: 'a',
        data: { External_Id__c: `P-${n}`, Name: 'p', Parent: { External_Id__c: `P-${n + 1}` } },
      });
    }
    lines.push({ topic: 'a', data: { External_Id__c: 'P-5', Name: 'top' } });
    lines.push({ topic: 'u', data: { External_Id__c: 'P-1', Site: 's' } });
    lines.push({ topic: 'd', data: { External_Id__c: 'C-gone' } });
    return lines;
  }

  it.each(mode === 'bulk' ? [2] : [1])('ends in the same state as without it (%i)', async (seed) => {
    const chance = new Chance(seed);
    const lines = dumpOf(chance, 12, 3).filter((line) => (line as { topic: string }).topic !== 'd');
    const [one, other] = [await stage(lines), await stage(lines)];
    for (const scene of [one, other]) {
      scene.write('.sfreplayrc.json', JSON.stringify(config));
      scene.writeLines('before.ndjson', dumpOf(new Chance(seed + 100), 12, 1));
      await replay(scene, ['before.ndjson']);
    }
    const without = await replay(one, ['dump.ndjson']);
    const first = await replay(other, ['--only-changes', 'dump.ndjson']);
    expect(held(other.org)).toEqual(held(one.org));
    expect(first.summary.totals.unchanged).toBeGreaterThan(0);
    expect(without.summary.totals.unchanged).toBe(0);
    await replay(other, ['--only-changes', 'dump.ndjson']);
    expect(held(other.org)).toEqual(held(one.org));
  });

  it('writes nothing the second time, and then just what was changed', async () => {
    const scene = await stage(dumpOf(new Chance(7), 40, 1));
    scene.write('.sfreplayrc.json', JSON.stringify(config));
    const first = await replay(scene, ['--only-changes', 'dump.ndjson']);
    expect(first.status, first.stderr).toBe(0);
    const second = await replay(scene, ['--only-changes', 'dump.ndjson']);
    expect([second.status, second.writes, second.stderr]).toEqual([0, [], '']);
    expect(second.summary.totals.unchanged).toBe(second.summary.totals.read);
    const [changed, lost] = ['A-3', 'A-4'];
    scene.writeLines('others.ndjson', [
      { topic: 'a', data: { External_Id__c: changed, Name: 'somebody' } },
      { topic: 'a', key: lost, data: null },
      { topic: 'd', data: { External_Id__c: 'C-7' } },
    ]);
    await replay(scene, ['others.ndjson']);
    const third = await replay(scene, ['--only-changes', '--successes', 'ok.ndjson', 'dump.ndjson']);
    expect(third.summary.totals).toMatchObject({ succeeded: 3, unchanged: third.summary.totals.read - 3 });
    expect((await scene.run(['diff', '-q', 'dump.ndjson'])).status).toBe(0);
  });

  it('sends what is left of many batches in few', async () => {
    const lines = Array.from({ length: 6_000 }, (_, n) => ({
      topic: 'a',
      data: { External_Id__c: `A-${n}`, Name: 'x' },
    }));
    const scene = await stage(lines);
    scene.write('.sfreplayrc.json', JSON.stringify({ ...config, bulk_batch_size: 200, max_in_flight: 4 }));
    const all = await replay(scene, ['dump.ndjson']);
    expect(all.writes).toHaveLength(30);
    scene.writeLines(
      'changed.ndjson',
      lines.map((line, n) => (n % 100 === 0 ? { topic: 'a', data: { ...line.data, Name: 'y' } } : line)),
    );
    const some = await replay(scene, ['--only-changes', '--batch-period', '5m', 'changed.ndjson']);
    expect(some.summary.totals).toMatchObject({ succeeded: 60, unchanged: 5_940 });
    expect(some.writes.length).toBeLessThanOrEqual(3);
  });

  it.each(mode === 'bulk' ? [2] : [1])('loses and repeats nothing when it is killed (%i)', async (seed) => {
    const chance = new Chance(seed);
    const lines = dumpOf(chance, 15, 1);
    const scene = await stage(lines, { latencyMs: 10, bulk: { queueMs: 20 } });
    scene.write('.sfreplayrc.json', JSON.stringify({ ...config, bulk_batch_size: 7 }));
    scene.writeLines(
      'before.ndjson',
      lines.filter((_, n) => n % 3 === 0),
    );
    await replay(scene, ['before.ndjson']);
    const versions = (): RecordVersion[] => [...scene.org.history('Account'), ...scene.org.history('Contact')];
    const before = new Set(versions());
    const words = [...FLAGS, '--only-changes', '--journal', 'journal', '--json', 'dump.ndjson'];
    for (let kill = 0; kill < 3; kill++) {
      const from = scene.org.requests.length;
      const play = scene.start(words);
      const over = play.ended.then(() => true);
      let isOver = false;
      void over.then(() => (isOver = true));
      const count = 4 + chance.integer(12);
      await until(() => isOver || scene.org.requests.length >= from + count);
      play.child.kill('SIGKILL');
      await over;
    }
    const end = await scene.runJson([...FLAGS, '--only-changes', '--journal', 'journal', 'dump.ndjson']);
    expect(end.status, end.stderr).toBe(0);
    expect(end.summary.totals).toMatchObject({ failed: 0, in_doubt: 0, unsent: 0 });
    expect((await scene.run(['diff', '-q', 'dump.ndjson'])).status).toBe(0);
    // Each record is written once, also where the reply was lost; P-1 is of two topics.
    const records = [...scene.org.records('Account'), ...scene.org.records('Contact')];
    const written = versions().filter((version) => !before.has(version));
    const twice = records.filter(({ Id }) => written.filter(({ id }) => id === Id).length > 1);
    expect(twice.map(({ External_Id__c: key }) => key).filter((key) => key !== 'P-1')).toEqual([]);
    expect(new Set(records.map(({ External_Id__c: key }) => key)).size).toBe(records.length);
  });

  it('sends all where it may not read, with one warning', async () => {
    const scene = await stage(
      dumpOf(new Chance(5), 10, 1).filter((line) => (line as { topic: string }).topic === 'a'),
      {
        faults: ['400:on=query:count=0'],
      },
    );
    scene.write('.sfreplayrc.json', JSON.stringify(config));
    const { summary, status, stderr } = await replay(scene, ['--only-changes', 'dump.ndjson']);
    expect([status, summary.totals.unchanged, summary.totals.succeeded]).toEqual([0, 0, summary.totals.read]);
    expect(stderr.match(/only_changes has no effect/g)).toHaveLength(1);
  });
});

describe('only_changes', () => {
  it('is reckoned with by check', async () => {
    const lines = Array.from({ length: 401 }, (_, n) => account(`A-${n % 201}`));
    const scene = await stage(lines);
    const estimate = async (words: readonly string[]): Promise<{ api_calls: number; diff_calls: number }> => {
      const { stdout } = await scene.run(['check', '--json', ...UPSERT_ACCOUNTS, ...words, 'dump.ndjson']);
      return (JSON.parse(stdout) as { estimate: { api_calls: number; diff_calls: number } }).estimate;
    };
    const [without, with_] = [await estimate([]), await estimate(['--only-changes'])];
    expect(with_.api_calls - without.api_calls).toBe(3);
    expect(without.diff_calls).toBe(3 + 2);
  });

  it('sends what cannot be compared, and says what was unchanged', async () => {
    const scene = await stage([account('A-1'), account('A-2', { Secret__c: 'x' })]);
    const words = [...UPSERT_ACCOUNTS, '--only-changes', '--unwritable', 'send', 'dump.ndjson'];
    await scene.run(words);
    const { stdout } = await scene.run(words);
    expect(stdout).toMatch(/1 unchanged/);
  });
});
