import { readdirSync, statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { account, readJsonEnd, stage, until, UPSERT_ACCOUNTS, UPSERT_ACCOUNTS_IN_BULK, type Stage } from '../stage.js';

const LINES = [
  ...Array.from({ length: 8 }, (_, i) => account(`A-${i}`)),
  account('long', { Name: 'x'.repeat(300) }),
  account('longer', { Name: 'x'.repeat(400), Nonsense__c: 'y' }),
  { topic: 'elsewhere', data: {} },
  'no JSON',
];
const OUTPUTS = ['--journal', 'j', '--failures', 'failed', '--successes', 'ok', '--report', 'report.html'];

/** The text of each file, and when it was last written to. */
function filesOf(scene: Stage): object {
  const names = readdirSync(scene.folder).filter((name) => name !== '.git');
  return Object.fromEntries(names.map((name) => [name, [scene.read(name), statSync(scene.path(name)).mtimeMs]]));
}

it.each([
  ['realtime', UPSERT_ACCOUNTS],
  ['bulk', UPSERT_ACCOUNTS_IN_BULK],
])('a finished journal tells the figures of its run and touches nothing, %s', async (_, map) => {
  const scene = await stage(LINES);
  const words = [...map, ...OUTPUTS, 'dump.ndjson'];
  const first = await scene.runJson(words);
  expect(first.status).toBe(1);
  expect(first.summary.totals).toMatchObject({ succeeded: 8, failed: 2, malformed: 1, unmapped: 1 });
  const before = filesOf(scene);
  const requests = scene.org.requests.length;

  const again = await scene.runJson(words);
  expect(again.status).toBe(1);
  expect(again.stderr).toContain('is finished: there is nothing to send');
  const { input, topics, totals, failures_file: failures } = first.summary;
  expect(again.summary).toMatchObject({ input, topics, totals, failures_file: failures, journal_file: 'j' });

  const { status, stdout } = await scene.run(words);
  expect(status).toBe(1);
  expect(stdout).toMatch(/^✖ 8 of 10 records written in .*: 2 failed, 1 malformed line\n/);
  expect(stdout).toContain('STRING_TOO_LONG');
  expect(stdout).not.toContain('Report');
  expect(filesOf(scene)).toEqual(before);
  expect(scene.org.requests).toHaveLength(requests);
});

it('a journal of several runs tells what the last of them came to', async () => {
  const scene = await stage(LINES, { latencyMs: 30 });
  const words = [...UPSERT_ACCOUNTS, '--bulk-batch-size', '2', ...OUTPUTS, '--json', 'dump.ndjson'];
  const play = scene.start(words);
  await until(() => scene.org.records('Account').length > 1);
  play.signal('SIGINT');
  await play.ended;
  const last = readJsonEnd(await scene.run(words));
  expect(last.summary.totals.resumed).toBeGreaterThan(0);
  expect(readJsonEnd(await scene.run(words)).summary.totals).toEqual(last.summary.totals);
});
