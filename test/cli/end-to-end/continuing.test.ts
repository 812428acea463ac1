import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sfreplay } from '../executable.js';
import { shell } from '../shell.js';
import {
  account,
  heldUntil,
  linesOf,
  readJsonEnd,
  stage,
  until,
  UPSERT_ACCOUNTS,
  UPSERT_ACCOUNTS_IN_BULK,
  type Play,
  type Stage,
} from '../stage.js';

const ACCOUNTS = Array.from({ length: 10 }, (_, i) => account(`A-${i}`));
const BAD = { topic: 'accounts', data: { External_Id__c: 'bad', Name: 'x'.repeat(300) } };
const SMALL = ['--bulk-batch-size', '2', '--bulk-poll-interval', '20ms'];
const INSERT = ['--map', 'accounts=Account:insert'];

function journals({ folder }: Stage): string[] {
  return readdirSync(folder).filter((name) => name.includes('journal'));
}

/** Gives the command that the summary prints, as one would paste it. */
async function goOn(scene: Stage, stdout: string): Promise<string> {
  const [, command = 'false'] = /^Continue {2}(.*)$/m.exec(stdout) ?? [];
  return shell(scene, `sfreplay() { $SFREPLAY "$@"; }; ${command}`);
}

function expectOnceEach({ org }: Stage): void {
  expect(org.records('Account')).toHaveLength(10);
  expect(org.history('Account')).toHaveLength(10);
}

describe('a run over files that stops part-way', () => {
  it.each([
    ['inserts', INSERT],
    ['upserts', UPSERT_ACCOUNTS],
    ['upserts in bulk', UPSERT_ACCOUNTS_IN_BULK],
  ])('is continued by the command that its summary prints: %s', async (_, map) => {
    const scene = await stage([BAD, ...ACCOUNTS.slice(0, 4)], { latencyMs: 30 });
    scene.writeLines("the other's.ndjson", ACCOUNTS.slice(4));
    const play = scene.start([...map, ...SMALL, 'dump.ndjson', "the other's.ndjson"]);
    await until(() => scene.org.records('Account').length > 2);
    play.signal('SIGINT');
    const { status, stdout, stderr } = await play.ended;
    expect(status).toBe(130);
    expect(stderr).toContain('sfreplay: error: The run was stopped by SIGINT.');
    const [journal] = journals(scene);
    expect(journals(scene)).toEqual([expect.stringMatching(/^sfreplay-[\w-]+\.journal$/)]);
    expect(stdout).toContain(
      `\nContinue  sfreplay replay ${[...SMALL, ...map].filter((word) => word.startsWith('--map')).join(' ')}`,
    );
    expect(stdout).toContain(`--journal ${String(journal)} dump.ndjson 'the other'\\''s.ndjson'\n`);
    const again = await goOn(scene, stdout);
    expect(again).toContain('Continuing run');
    expect(again).not.toContain('Continue');
    expectOnceEach(scene);
    expect(scene.failures()).toHaveLength(1);
  });

  it('because the org is gone, with --json: the reason on standard error, the journal in the document', async () => {
    const scene = await stage(ACCOUNTS);
    scene.org.addFault('503:on=collections:after=2:count=0');
    const words = [...INSERT, ...SMALL, '--max-retries', '0', '--quiet', 'dump.ndjson'];
    const end = await scene.runJson(words);
    expect(end.status).toBe(3);
    const { stopped } = end.summary.run;
    expect(end.stderr).toBe(`sfreplay: error: ${String(stopped?.message)}\n`);
    expect(journals(scene)).toEqual([end.summary.journal_file]);
    scene.org.clearFaults();
    const again = await scene.runJson([...words, '--journal', String(end.summary.journal_file)]);
    expect(again.summary.totals).toMatchObject({ resumed: 4, succeeded: 6 });
    expectOnceEach(scene);
  });

  it('at once leaves what is in flight to the next run, closed jobs at work', async () => {
    let play: Play | undefined = undefined;
    const scene = await stage(ACCOUNTS, {
      ...heldUntil('bulk-info', () => play !== undefined && play.child.exitCode !== null),
      bulk: { queueMs: 1500 },
    });
    const words = [...UPSERT_ACCOUNTS_IN_BULK, ...SMALL, '--max-concurrent-bulk-jobs', '2', 'dump.ndjson', '--json'];
    play = scene.start(words);
    await until(() => scene.org.jobs().filter(({ state }) => state !== 'Open').length === 2);
    play.signal('SIGTERM');
    await until(() => play.stderr.includes('to stop at once'));
    play.signal('SIGTERM');
    const { summary, stderr } = readJsonEnd(await play.ended);
    expect(stderr).toContain('what is in flight is left to the next run with this journal');
    expect(summary.totals).toMatchObject({ succeeded: 0, in_doubt: 0, unsent: 10 });
    expect(scene.org.jobs()).toHaveLength(2);
    expect(scene.org.jobs().map(({ state }) => state)).not.toContain('Aborted');
    const again = readJsonEnd(await scene.run([...words, '--journal', String(summary.journal_file)]));
    expect(again.summary.totals).toMatchObject({ succeeded: 10, in_doubt: 0 });
    expectOnceEach(scene);
  });

  it('with a journal of its own prints the command, too, and what to do about standard input', async () => {
    const scene = await stage();
    const play = scene.start([...UPSERT_ACCOUNTS, ...SMALL, '--journal', 'j']);
    play.write(linesOf(ACCOUNTS.slice(0, 2)));
    await until(() => scene.org.records('Account').length > 1);
    play.signal('SIGTERM');
    const { stdout } = await play.ended;
    expect(stdout).toMatch(/\nContinue {2}sfreplay replay .*--journal j -\nPipe the same input into it again\.\n/);
  });

  it('is a retry like any other', async () => {
    const error = { code: 'X', message: '', outcome: 'failed', source: { file: 'd', line: 1 }, attempts: 1 };
    const scene = await stage([], { latencyMs: 50 });
    scene.writeLines(
      'failed.ndjson',
      ACCOUNTS.map((line) => ({ ...line, error })),
    );
    const play = scene.start(['retry', ...UPSERT_ACCOUNTS, ...SMALL, 'failed.ndjson']);
    await until(() => scene.org.records('Account').length > 1);
    play.signal('SIGINT');
    const { stdout } = await play.ended;
    expect(stdout).toContain('\nContinue  sfreplay retry --map');
    await goOn(scene, stdout);
    expectOnceEach(scene);
  });
});

describe('a run over files that comes to its end', () => {
  it.each([
    ['whole', ACCOUNTS, 0],
    ['with failures', [BAD, ...ACCOUNTS], 1],
    ['before it begins', [], 2],
  ])('%s leaves no journal', async (_, lines, status) => {
    const scene = await stage([...lines, ...ACCOUNTS]);
    const map = status === 2 ? ['--map', 'accounts=Nonsense:insert'] : UPSERT_ACCOUNTS;
    expect((await scene.run([...map, 'dump.ndjson'])).status).toBe(status);
    expect(journals(scene)).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('needs no journal where none can be kept', async () => {
    const scene = await stage(ACCOUNTS);
    const words = [...UPSERT_ACCOUNTS, scene.path('dump.ndjson')];
    const { status, stderr } = await sfreplay(words, { cwd: '/proc', environment: scene.signIn });
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /warning: The journal .* cannot be locked: .*; a run that stops part-way cannot be continued/,
    );
    expectOnceEach(scene);
  });
});
