import { symlinkSync, rmSync, writeFileSync, readFileSync, existsSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Emulator } from '../../src/emulator/index.js';
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
} from '../cli/stage.js';
import { makeDump, mapFlags, TOPICS, type ChaosLine } from './dump.js';
import { Ordeal } from './ordeal.js';
import { judge } from './verdict.js';
import { startWorld } from './world.js';

const ACCOUNTS = Array.from({ length: 10 }, (_, i) => account(`A-${i}`));
const INSERT = ['--map', 'accounts=Account:insert'];
const INSERT_IN_BULK = ['--map', 'accounts=Account:insert::bulk'];
const SMALL = [
  '--bulk-batch-size',
  '2',
  '--bulk-poll-interval',
  '20ms',
  '--failures',
  'failed',
  '--journal',
  'journal',
];

describe.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s with a journal', (signal, status) => {
  it('once: closed jobs are waited for, the rest is left to the next run', async () => {
    let play: Play | undefined = undefined;
    const scene = await stage(
      ACCOUNTS,
      heldUntil('bulk-info', () => play?.stderr.includes('stopping') === true),
    );
    const words = [...INSERT_IN_BULK, ...SMALL, '--max-concurrent-bulk-jobs', '2', '--json', 'dump.ndjson'];
    play = scene.start(words);
    await until(() => closedJobs(scene.org) === 2);
    play.signal(signal);
    const { summary, stderr } = readJsonEnd(await play.ended);
    expect(summary.run).toMatchObject({ exit_code: status, stopped: { code: signal } });
    expect(stderr).toContain('leave bulk jobs running in the org, for the next run to pick up');
    expect(summary.totals).toMatchObject({ succeeded: 4, unsent: 6, in_doubt: 0 });
    const again = readJsonEnd(await scene.run(words));
    expect(again.status).toBe(0);
    expect(again.summary.totals).toMatchObject({ resumed: 4, succeeded: 6 });
    expectOnceEach(scene.org);
  });

  it('twice: closed jobs go on, and the next run collects them', async () => {
    let play: Play | undefined = undefined;
    const scene = await stage(ACCOUNTS, {
      ...heldUntil('bulk-info', () => isOver(play)),
      bulk: { queueMs: 1500 },
    });
    const words = [...INSERT_IN_BULK, ...SMALL, '--max-concurrent-bulk-jobs', '2', '--json', 'dump.ndjson'];
    play = scene.start(words);
    await until(() => closedJobs(scene.org) === 2);
    play.signal(signal);
    await until(() => play.stderr.includes('to stop at once'));
    play.signal(signal);
    const { summary } = readJsonEnd(await play.ended);
    expect(summary.run.exit_code).toBe(status);
    expect(summary.totals).toMatchObject({ succeeded: 0, in_doubt: 0, unsent: 10 });
    expect(scene.org.jobs()).toHaveLength(2);
    expect(scene.org.jobs().map(({ state }) => state)).not.toContain('Aborted');
    const again = readJsonEnd(await scene.run(words));
    expect(again.status).toBe(0);
    expect(again.summary.totals).toMatchObject({ succeeded: 10, in_doubt: 0 });
    expect(scene.org.jobs()).toHaveLength(5);
    expectOnceEach(scene.org);
  });
});

describe('the second signal with a journal', () => {
  it.each([
    ['upserts are repeated by the next run', UPSERT_ACCOUNTS, { unsent: 10, in_doubt: 0 }, 0],
    ['inserts under way are in doubt, and not repeated', INSERT, { unsent: 8, in_doubt: 2 }, 1],
  ] as const)('%s', async (_, map, totals, status) => {
    const scene = await stage(ACCOUNTS);
    scene.org.addFault('timeout-after:on=collections');
    const words = [...map, ...SMALL, '--json', 'dump.ndjson'];
    const play = scene.start(words);
    await until(() => scene.org.requests.some(({ kind }) => kind === 'collections'));
    play.signal('SIGINT');
    await until(() => play.stderr.includes('press Ctrl-C again'));
    play.signal('SIGINT');
    expect(readJsonEnd(await play.ended).summary.totals).toMatchObject(totals);
    const again = readJsonEnd(await scene.run(words));
    expect(again.status).toBe(status);
    expect(scene.failures('failed').map(({ error }) => error.outcome)).toEqual(
      status === 0 ? [] : ['in_doubt', 'in_doubt'],
    );
    expect(scene.org.history('Account').filter(({ change }) => change === 'created')).toHaveLength(10);
  });
});

describe('a disk that takes no more', () => {
  const seeds = [
    ['journal', 1],
    ['journal', 2],
    ['journal', 5],
    ['journal', 11],
    ['failures', 1],
    ['failures', 2],
  ] as const;
  it.each(seeds)('for the %s, at write %i: the run stops, and goes on where it was', async (file, nth) => {
    const { org, population } = await startWorld(nth, 60);
    const lines = makeDump(nth, population, 8);
    const flags = [
      ...mapFlags(TOPICS),
      '--bulk-batch-size',
      '4',
      // One after the other: letters of batches that end together would be one write.
      ...(file === 'failures' ? ['--max-concurrent-bulk-jobs', '1'] : ['--max-in-flight', '2']),
      '--bulk-poll-interval',
      '40ms',
    ];
    const ordeal = new Ordeal({ org, lines, source: 'file', flags });
    onTestFinished(async () => {
      ordeal.clear();
      await org.stop();
    });
    const full = await ordeal.run(undefined, { CHAOS_FULL: `${file},${nth}` });
    expect(full?.status).toBe(3);
    if (nth > 1 || file === 'failures') {
      const { run } = readJsonEnd(full!).summary;
      expect(run.stopped?.code).toBe(file === 'journal' ? 'JOURNAL_UNWRITABLE' : 'FILE_UNWRITABLE');
    }
    // Between the two runs nothing was settled that is not on disk: the second makes up for all of it. It counts as a kill.
    ordeal.killed.push({ phase: 'full', settled: new Set(), versions: ordeal.history().length });
    const ended = await ordeal.run();
    expect(judge(ordeal, ended!).wrongs, ended?.stderr).toEqual([]);
  });

  it('stops the run before it begins when the journal cannot be one', async () => {
    const scene = await stage(ACCOUNTS);
    symlinkSync('/dev/full', scene.path('journal'));
    const { status, stderr } = await scene.run([...UPSERT_ACCOUNTS, ...SMALL, 'dump.ndjson']);
    expect(status).toBe(2);
    expect(stderr).toContain('The journal journal is not a file');
    expect(scene.org.records('Account')).toEqual([]);
  });

  it('keeps what has failed for the next run when the failures file is full', async () => {
    const scene = await stage([...ACCOUNTS, { topic: 'accounts', data: { External_Id__c: 'bad' } }]);
    symlinkSync('/dev/full', scene.path('failed'));
    const words = [...UPSERT_ACCOUNTS_IN_BULK, ...SMALL, '--json', 'dump.ndjson'];
    const full = readJsonEnd(await scene.run(words));
    expect(full.summary.run).toMatchObject({ exit_code: 3, stopped: { code: 'FILE_UNWRITABLE' } });
    expect(full.summary.totals).toMatchObject({ failed: 0, unsent: 1 });
    rmSync(scene.path('failed'));
    const again = readJsonEnd(await scene.run(words));
    expect(again.summary.totals).toMatchObject({ resumed: 10, failed: 1 });
    expect(scene.failures('failed')).toHaveLength(1);
    expectOnceEach(scene.org);
  });
});

describe('equal lines of a bulk insert, of which the org takes one', () => {
  it.each(['before', 'torn', 'after'] as const)('are told apart after a kill, %s the dead letters', async (when) => {
    const { org } = await startWorld(1, 8);
    const topic = { name: 'bulk-insert', operation: 'insert', mode: 'bulk' } as const;
    const text = JSON.stringify({ topic: topic.name, data: { Name: 'x', External_Id__c: 'x', Description: 'x-only' } });
    const line: ChaosLine = { text, topic, marker: 'x-only', key: undefined, expected: 'written' };
    const ordeal = new Ordeal({ org, lines: [line, line, line], source: 'file', flags: mapFlags([topic]) });
    onTestFinished(async () => {
      ordeal.clear();
      await org.stop();
    });
    expect(await ordeal.run({ kind: 'write', file: 'failures', nth: 1, when })).toBeUndefined();
    const ended = await ordeal.run();
    expect(judge(ordeal, ended!)).toMatchObject({ wrongs: [], written: 1, failed: 2, inDoubt: 0 });
    expect(org.jobs()).toHaveLength(1);
  });
});

describe('a job that the journal says may be closed, and that is still open', () => {
  it.each(TOPICS.filter(({ mode }) => mode === 'bulk'))('is aborted and repeated: $name', async (topic) => {
    const { org, population } = await startWorld(1, 24);
    const lines = makeDump(2, population, 8, [topic]);
    const ordeal = new Ordeal({ org, lines, source: 'file', flags: mapFlags([topic]) });
    onTestFinished(async () => {
      ordeal.clear();
      await org.stop();
    });
    const closing = { kind: 'write', file: 'journal', entry: 'closing', nth: 1, when: 'after' } as const;
    expect(await ordeal.run(closing)).toBeUndefined();
    expect(await ordeal.run({ kind: 'abort' })).toBeUndefined();
    // Nor does the org tell any more that nothing of it was done.
    for (const { id, state } of org.jobs()) {
      if (state === 'Aborted') org.addFault(`results-404:count=0:path=${id}`);
    }
    const ended = await ordeal.run();
    expect(judge(ordeal, ended!)).toMatchObject({ wrongs: [], inDoubt: 0 });
  });
});

describe('the journal', () => {
  it('is held by one run at a time', async () => {
    const scene = await stage();
    const words = [...UPSERT_ACCOUNTS_IN_BULK, ...SMALL, '--json'];
    // The first run is at work for as long as its input has not ended.
    const play = scene.start(words);
    play.write(linesOf(ACCOUNTS));
    await until(() => scene.exists('journal') && scene.org.jobs().length > 0);
    const second = await scene.run(words, { stdin: linesOf(ACCOUNTS) });
    expect(second.status).toBe(2);
    play.child.stdin?.end();
    expect(second.stderr).toContain(`The journal journal is in use by process ${String(play.child.pid)}`);
    expect((await play.ended).status).toBe(0);
    expectOnceEach(scene.org);
    expect(existsSync(scene.path('journal.lock'))).toBe(false);
  });

  it('of a process that is no more is taken over, and a torn last line is cut off and told', async () => {
    const scene = await stage(ACCOUNTS, { latencyMs: 20 });
    const words = [...UPSERT_ACCOUNTS, ...SMALL, '--json', 'dump.ndjson'];
    const play = scene.start(words);
    await until(() => scene.org.records('Account').length > 4);
    play.child.kill('SIGKILL');
    await play.ended;
    expect(existsSync(scene.path('journal.lock'))).toBe(true);
    writeFileSync(scene.path('journal'), `${scene.read('journal')}{"crc":"0000`);
    const again = readJsonEnd(await scene.run(words));
    expect(again.stderr).toContain('was incomplete after a crash; it was removed');
    expect(again.stderr).toContain('Continuing run');
    expect(again.status).toBe(0);
    expect(scene.org.records('Account')).toHaveLength(10);
  });

  it.each([
    ['another input', [], (text: string) => text.replace('A-1', 'B-1')],
    ['a shorter input', [], (text: string) => text.slice(0, 60)],
    ['another mapping', ['--map', 'others=Account:insert'], (text: string) => text],
    ['another failures file', ['--failures', 'other'], (text: string) => text],
    ['another successes file', ['--successes', 'other'], (text: string) => text],
  ])('refuses %s, and nothing is sent', async (_, flags, change) => {
    const scene = await stage(ACCOUNTS, { latencyMs: 20 });
    const words = [...UPSERT_ACCOUNTS, ...SMALL];
    const play = scene.start([...words, 'dump.ndjson']);
    await until(() => scene.org.records('Account').length > 4);
    play.signal('SIGINT');
    await play.ended;
    scene.write('dump.ndjson', change(scene.read('dump.ndjson')));
    const writes = (): number => scene.org.requests.filter(({ kind }) => kind === 'collections').length;
    const before = writes();
    const journal = scene.read('journal');
    const { status, stderr } = await scene.run([...words, ...flags, 'dump.ndjson']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/belongs to another run|is not that of the journal/);
    expect(writes()).toBe(before);
    expect(scene.read('journal')).toBe(journal);
  });

  it('does not take the failures of another run for its own', async () => {
    const scene = await stage(ACCOUNTS, { latencyMs: 20 });
    const stranger = JSON.stringify({
      ...ACCOUNTS[9],
      error: { code: 'X', message: '', outcome: 'failed', source: { file: 'dump.ndjson', line: 10 } },
    });
    scene.write('failed', `${stranger}\n`);
    const words = [...UPSERT_ACCOUNTS, ...SMALL, '--json', 'dump.ndjson'];
    const play = scene.start(words);
    await until(() => scene.org.records('Account').length > 4);
    play.child.kill('SIGKILL');
    await play.ended;
    const again = readJsonEnd(await scene.run(words));
    expect(again.status).toBe(0);
    expect(scene.org.records('Account')).toHaveLength(10);
    expect(scene.read('failed~')).toBe(`${stranger}\n`);
  });

  it('holds no secret and nothing of a record', async () => {
    const scene = await stage(ACCOUNTS);
    await scene.run([...UPSERT_ACCOUNTS, ...SMALL, 'dump.ndjson']);
    const journal = readFileSync(join(scene.folder, 'journal'), 'utf8');
    expect(journal).not.toContain('A-1');
    expect(journal).not.toContain(scene.org.clientSecret);
  });

  it('is safe from a process that only looks alike', async () => {
    const scene = await stage(ACCOUNTS);
    const sleeper = spawn('sleep', ['60']);
    onTestFinished(() => void sleeper.kill());
    const { hostname } = await import('node:os');
    scene.write('journal.lock', `${JSON.stringify({ pid: sleeper.pid, host: hostname(), born: '1' })}\n`);
    expect((await scene.run([...UPSERT_ACCOUNTS, ...SMALL, 'dump.ndjson'])).status).toBe(0);
  });
});

function closedJobs(org: Emulator): number {
  return org.jobs().filter(({ state }) => state !== 'Open').length;
}

function isOver(play: Play | undefined): boolean {
  return play !== undefined && play.child.exitCode !== null;
}

/** Every account is there, and was written once. */
function expectOnceEach(org: Emulator): void {
  expect(org.records('Account')).toHaveLength(10);
  expect(org.history('Account')).toHaveLength(10);
}
