import { describe, expect, it } from 'vitest';
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
} from '../stage.js';

const ACCOUNTS = Array.from({ length: 10 }, (_, i) => account(`A-${i}`));
const SMALL = ['--bulk-batch-size', '2', '--json'];

/** Has it heeded a signal? */
function isStopping(play: Play | undefined): boolean {
  return play?.stderr.includes('stopping') === true;
}

describe.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s once', (signal, status) => {
  it('settles what is in flight and leaves the rest unsent', async () => {
    let play: Play | undefined = undefined;
    const calls = (): number => scene.org.requests.filter(({ kind }) => kind === 'collections').length;
    const scene = await stage(
      ACCOUNTS,
      heldUntil('collections', () => calls() < 2 || isStopping(play)),
    );
    play = scene.start([...UPSERT_ACCOUNTS, ...SMALL, 'dump.ndjson']);
    await until(() => calls() === 2);
    play.signal(signal);
    const { summary, stderr } = readJsonEnd(await play.ended);
    expect(summary.run).toMatchObject({ exit_code: status, stopped: { code: signal } });
    expect(stderr).toContain('stopping: waiting for what is in flight');
    expect(summary.totals).toMatchObject({ read: 10, succeeded: 4, in_doubt: 0, failed: 0, unsent: 6 });
    expect(scene.org.records('Account')).toHaveLength(4);
    // A file can be read again.
    expect(summary.failures_file).toBeNull();
    expect(scene.failures()).toEqual([]);
  });
});

describe('SIGINT', () => {
  it('copies unsent records of standard input to the failures file, and they can be replayed', async () => {
    let play: Play | undefined = undefined;
    const scene = await stage(
      [],
      heldUntil('collections', () => isStopping(play)),
    );
    play = scene.start([...UPSERT_ACCOUNTS, ...SMALL, '--failures', 'failed.ndjson']);
    play.write(linesOf(ACCOUNTS));
    await until(() => scene.org.requests.some(({ kind }) => kind === 'collections'));
    play.signal('SIGINT');
    // The pipe stays open: the run does not wait for its end.
    const { summary } = readJsonEnd(await play.ended);
    const { read, succeeded, unsent } = summary.totals;
    expect(succeeded).toBe(2);
    expect(unsent).toBe(read - 2);
    expect(scene.failures('failed.ndjson')).toHaveLength(unsent);
    for (const { error } of scene.failures('failed.ndjson')) {
      expect(error).toMatchObject({ outcome: 'unsent', attempts: 0, source: { file: '-' } });
    }
    const again = await scene.runJson([...UPSERT_ACCOUNTS, '--failures', 'f2', 'failed.ndjson']);
    expect(again.status).toBe(0);
    expect(scene.org.records('Account')).toHaveLength(read);
  });

  it('lets bulk jobs that run come to their end', async () => {
    let play: Play | undefined = undefined;
    const scene = await stage(
      ACCOUNTS,
      heldUntil('bulk-info', () => isStopping(play)),
    );
    const flags = ['--bulk-poll-interval', '50ms', '--max-concurrent-bulk-jobs', '2', ...SMALL, 'dump.ndjson'];
    play = scene.start([...UPSERT_ACCOUNTS_IN_BULK, ...flags]);
    await until(() => scene.org.jobs().filter(({ state }) => state !== 'Open').length === 2);
    play.signal('SIGINT');
    const { summary } = readJsonEnd(await play.ended);
    expect(summary.totals).toMatchObject({ succeeded: 4, in_doubt: 0, unsent: 6 });
    expect(scene.org.jobs().map(({ state }) => state)).toEqual(['JobComplete', 'JobComplete']);
  });

  it('twice ends at once: what is in flight of standard input is in doubt, and told', async () => {
    const scene = await stage();
    scene.org.addFault('timeout-after:on=collections:after=1:count=0');
    const play = scene.start([...UPSERT_ACCOUNTS, ...SMALL, '--failures', 'failed.ndjson']);
    play.write(linesOf(ACCOUNTS));
    await until(() => scene.org.requests.filter(({ kind }) => kind === 'collections').length === 2);
    play.signal('SIGINT');
    await until(() => play.stderr.includes('press Ctrl-C again'));
    play.signal('SIGINT');
    const { status, summary, stderr } = readJsonEnd(await play.ended);
    expect(status).toBe(130);
    expect(stderr).toContain('stopping at once');
    expect(summary.totals).toMatchObject({ succeeded: 2, in_doubt: 2 });
    const inDoubt = scene.failures('failed.ndjson').filter(({ error }) => error.outcome === 'in_doubt');
    expect(inDoubt.map(({ error }) => error.source.line)).toEqual([3, 4]);
  });

  it('twice leaves no bulk job of standard input at work', async () => {
    const scene = await stage([], { bulk: { queueMs: 60_000 } });
    const flags = ['--max-concurrent-bulk-jobs', '2', ...SMALL, '--failures', 'failed.ndjson'];
    const play = scene.start([...UPSERT_ACCOUNTS_IN_BULK, ...flags]);
    play.write(linesOf(ACCOUNTS));
    await until(() => scene.org.jobs().filter(({ state }) => state === 'UploadComplete').length === 2);
    play.signal('SIGINT');
    await until(() => play.stderr.includes('press Ctrl-C again'));
    play.signal('SIGINT');
    const { summary } = readJsonEnd(await play.ended);
    expect(summary.totals.succeeded).toBe(0);
    expect(summary.totals.in_doubt + summary.totals.unsent).toBe(summary.totals.read);
    expect(scene.failures('failed.ndjson')).toHaveLength(summary.totals.read);
    expect(scene.org.jobs().map(({ state }) => state)).not.toContain('UploadComplete');
  });

  it('is heeded while lines that are slow to read never end', async () => {
    const scene = await stage();
    const play = scene.start([...UPSERT_ACCOUNTS, '--json', '--unmapped', 'skip']);
    // A number whose digits must be kept, beside a long run of the mark that keeps them.
    const line = linesOf([`{"topic":"others","data":{"A":1.0,"Name":"${'\\u0000'.repeat(170_000)}"}}`]);
    const pour = (): void => {
      while (play.child.stdin?.writable && play.child.stdin.write(line));
    };
    play.child.stdin?.on('drain', pour);
    pour();
    await until(() => play.stderr.includes('lines read'));
    play.signal('SIGINT');
    const { status, summary } = readJsonEnd(await play.ended);
    expect(status).toBe(130);
    expect(summary.totals.unmapped + summary.totals.unsent).toBe(summary.input.lines);
  });

  it('before anything was sent says so', async () => {
    const scene = await stage(ACCOUNTS);
    scene.org.addFault('slow:on=token:ms=30000');
    const play = scene.start([...UPSERT_ACCOUNTS, 'dump.ndjson']);
    await until(() => scene.org.requests.some(({ kind }) => kind === 'token'));
    play.signal('SIGINT');
    const { status, stderr } = await play.ended;
    expect(status).toBe(130);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(scene.org.records('Account')).toEqual([]);
  });
});
