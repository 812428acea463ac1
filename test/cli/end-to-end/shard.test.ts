import { describe, expect, it } from 'vitest';
import type { Totals } from '../../../src/accounting/summary.js';
import { account, linesOf, stage, UPSERT_ACCOUNTS, UPSERT_ACCOUNTS_IN_BULK } from '../stage.js';

const LEADS = ['--map', 'leads=Lead:insert'];
const LEADS_IN_BULK = ['--map', 'leads=Lead:insert::bulk'];

/** Versions of 40 keys in two topics, inserts, and lines of every kind that has no key. */
const lines = [
  ...[1, 2, 3].flatMap((version) =>
    Array.from({ length: 40 }, (_, i) => account(version === 2 ? `a-${i} ` : `A-${i}`, { Name: `v${version}` })),
  ),
  ...Array.from({ length: 30 }, (_, i) => ({ topic: 'leads', data: { LastName: `L-${i}`, Company: 'c' } })),
  ...Array.from({ length: 5 }, (_, i) => ({ topic: 'others', data: { i } })),
  ...Array.from({ length: 5 }, (_, i) => account('', { Name: `no key ${i}` })),
  ...Array.from({ length: 5 }, (_, i) => `{"topic":"accounts","data":${i}}`),
];

describe.each([
  ['realtime', [...UPSERT_ACCOUNTS, ...LEADS]],
  ['bulk', [...UPSERT_ACCOUNTS_IN_BULK, ...LEADS_IN_BULK]],
])('three shards in %s', (_mode, maps) => {
  it('write every line once between them, each key in one of them and in order', async () => {
    const scene = await stage(lines);
    const read: number[] = [];
    const summaries: Totals[] = [];
    for (const shard of ['1/3', '2/3', '3/3']) {
      const words = [...maps, '--shard', shard, '--failures', `failed.${shard[0]}`, '--successes', `ok.${shard[0]}`];
      const { summary, status } = await scene.runJson([...words, 'dump.ndjson']);
      expect(status).toBe(1);
      expect(summary.input).toMatchObject({ shard, files: [{ lines: lines.length }] });
      read.push(summary.totals.read);
      summaries.push(summary.totals);
    }
    expect(read.every((count) => count > 20)).toBe(true);
    const sum = (of: (totals: Totals) => number): number => summaries.reduce((total, totals) => total + of(totals), 0);
    expect(sum((totals) => totals.read)).toBe(lines.length);
    expect(sum((totals) => totals.succeeded)).toBe(150);
    expect(sum((totals) => totals.unmapped)).toBe(5);
    expect(sum((totals) => totals.malformed)).toBe(5);
    expect(sum((totals) => totals.failed)).toBe(5);

    const written = ['ok.1', 'ok.2', 'ok.3'].map((name) => scene.read(name).trimEnd().split('\n'));
    const linesOfAll = written.flat().map((line) => (JSON.parse(line) as { line: number }).line);
    expect(new Set(linesOfAll).size).toBe(150);
    expect(scene.org.records('Account')).toHaveLength(40);
    expect(new Set(scene.org.records('Account').map(({ Name }) => Name))).toEqual(new Set(['v3']));
    expect(scene.org.records('Lead')).toHaveLength(30);
  });
});

describe('a shard', () => {
  it('is named in the summary, with its part of the lines', async () => {
    const scene = await stage(lines);
    const { stdout } = await scene.run([...UPSERT_ACCOUNTS, '--shard', '2/3', 'dump.ndjson']);
    expect(stdout).toMatch(/Input +\d+ of 165 lines \(shard 2\/3\)/);
    // A retry takes the whole of its file.
    expect(stdout).toMatch(/^Retry +sfreplay retry (?!.*--shard).* sfreplay-/m);
  });

  it('can be checked, and comes from the configuration too', async () => {
    const scene = await stage(lines);
    scene.write(
      'sfreplay.yaml',
      'shard: ${SHARD}\ntopic_mappings: [{topic: leads, sobject: Lead, operation: insert}]\n',
    );
    let read = 0;
    for (const SHARD of ['1/2', '2/2']) {
      const words = ['check', '-c', 'sfreplay.yaml', '--json', 'dump.ndjson'];
      const { stdout } = await scene.run(words, { environment: { ...scene.signIn, SHARD } });
      const { input } = JSON.parse(stdout) as { input: { lines: number; shard: string } };
      expect(input.shard).toBe(SHARD);
      read += input.lines;
    }
    expect(read).toBe(lines.length);
    expect((await scene.runJson([...UPSERT_ACCOUNTS, 'dump.ndjson'])).summary.input).not.toHaveProperty('shard');
  });

  it.each(['0/2', '3/2', '2', 'a/b', '1/0'])('%s is a mistake', async (shard) => {
    const scene = await stage();
    const { status, stderr } = await scene.run([...UPSERT_ACCOUNTS, '--shard', shard], { stdin: linesOf(lines) });
    expect(status).toBe(2);
    expect(stderr).toContain('expected a shard I/N with I from 1 to N, such as 2/8');
  });

  it('has a journal of its own, which knows it again when it is finished', async () => {
    const scene = await stage(lines);
    const words = (shard: string): string[] => [...UPSERT_ACCOUNTS, '--shard', shard, '--journal', 'j', 'dump.ndjson'];
    const first = await scene.runJson(words('1/2'));
    const other = await scene.run(words('2/2'));
    expect(other.status).toBe(2);
    expect(other.stderr).toContain('shard was "1/2", is "2/2"');
    const again = await scene.runJson(words('1/2'));
    expect(again.summary.totals).toEqual(first.summary.totals);
  });
});
