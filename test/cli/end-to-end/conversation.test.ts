import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SFREPLAY, shell } from '../shell.js';
import { account, linesOf, stage, until, UPSERT_ACCOUNTS } from '../stage.js';

// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

describe('progress', () => {
  it('ends with how far a run came that stopped', async () => {
    const scene = await stage([account('A-1'), account('A-2')]);
    scene.org.addFault('limit-total:on=collections:nth=2');
    const { status, stderr } = await scene.run([...UPSERT_ACCOUNTS, '--bulk-batch-size', '1', 'dump.ndjson']);
    expect(status).toBe(3);
    expect(stderr).toMatch(/^sfreplay: \d+ s: 2 lines read, 2 sent, 1 ok, 0 failed, 0 in flight, 50%$/m);
  });

  it('is told in plain lines on standard error where there is no terminal', async () => {
    const scene = await stage();
    const play = scene.start([...UPSERT_ACCOUNTS, '--batch-period', '20ms']);
    play.write(linesOf([account('A-1')]));
    await until(() => /1 line read, 1 sent, 1 ok, 0 failed, 0 in flight/.test(play.stderr));
    expect(play.stdout).toBe('');
    play.child.stdin!.end();
    const { status, stdout, stderr } = await play.ended;
    expect(status).toBe(0);
    expect(stdout).toMatch(/^✔ 1 of 1 record written in /);
    expect(stderr).not.toMatch(CONTROL);
    expect(stderr).toMatch(/^sfreplay: \d s: 0 lines read, .*\n(.*: 1 line read, .*\n){2,}$/);
  });

  it.each([['-q'], ['--progress', 'none']])('is silent with %s %s', async (...flags) => {
    const scene = await stage();
    const play = scene.start([...UPSERT_ACCOUNTS, '--batch-period', '20ms', ...flags]);
    play.write(linesOf([account('A-1')]));
    await until(() => scene.org.records('Account').length === 1);
    play.child.stdin!.end();
    expect((await play.ended).stderr).toBe('');
  });

  const script = ['/usr/bin/script', '/bin/script'].find((path) => existsSync(path));
  it.runIf(script !== undefined)('is drawn on a terminal, and gone before the summary', async () => {
    const scene = await stage([account('A-1'), account('A-2')]);
    scene.org.addFault('slow:on=collections:ms=700');
    scene.write(
      'play.sh',
      `stty cols 60 rows 10\nexec ${SFREPLAY} ${UPSERT_ACCOUNTS.join(' ')} dump.ndjson >out.txt\n`,
    );
    const screen = await new Promise<string>((resolve, reject) => {
      execFile(
        script!,
        ['-qec', 'sh play.sh', '/dev/null'],
        { cwd: scene.folder, env: { PATH: process.env.PATH, HOME: scene.folder, TERM: 'xterm', ...scene.signIn } },
        (error, stdout) => (error === null ? resolve(stdout) : reject(new Error(stdout, { cause: error }))),
      ).stdin?.end();
    });
    expect(screen).toMatch(/accounts +→ Account/);
    // The cursor is shown again, and the last thing done is to clear what was drawn.
    expect(screen).toContain('\u001b[?25h');
    expect(scene.read('out.txt')).toMatch(/^✔ 2 of 2 records written/);
  });
});

describe('control characters', () => {
  it('in topics, messages, field names and paths never reach the screen', async () => {
    const evil = '\u001b[2Jx\u0007\u009b31m\r\u202e';
    const scene = await stage();
    scene.write(
      'sfreplay.yaml',
      `topic_mappings:\n  - ${JSON.stringify({ topic: evil, sobject: 'Account', operation: 'insert' })}\n`,
    );
    scene.writeLines('dump.ndjson', [
      { topic: evil, data: { Name: 'A', [evil]: 1 } },
      { topic: evil, data: { Name: 'B', Site: 'b' } },
      `{"topic":"\u001b[2J`,
    ]);
    scene.org.addFault({ kind: 'record-error', key: 'b', code: 'EVIL', message: `be${evil}ware` });
    const words = ['-c', 'sfreplay.yaml', '--progress', 'plain', 'dump.ndjson'];
    const { status, stdout, stderr } = await scene.run(words);
    expect(status).toBe(1);
    for (const text of [stdout, stderr]) {
      expect(text).not.toMatch(CONTROL);
      expect(text).not.toContain('\u202e');
    }
    expect(stdout).toContain('EVIL');
    const offline = await scene.run(['check', '--offline', '-c', 'sfreplay.yaml', 'dump.ndjson']);
    expect(offline.stdout + offline.stderr).not.toMatch(CONTROL);
    // In the document they are escaped, as JSON has it.
    const { summary } = await scene.runJson(['-c', 'sfreplay.yaml', '--failures', 'f', 'dump.ndjson']);
    expect(summary.topics[0]!.topic).toBe(evil);
  });
});

describe('a reader that goes away', () => {
  it('is no error: what is written is written', async () => {
    const scene = await stage([account('A-1')]);
    const play = scene.start([...UPSERT_ACCOUNTS, 'dump.ndjson']);
    play.child.stdout!.destroy();
    const { status, stderr } = await play.ended;
    expect(status).toBe(0);
    expect(stderr).not.toContain('EPIPE');
    expect(scene.org.records('Account')).toHaveLength(1);
  });

  it('gets its first line with | head -1', async () => {
    const scene = await stage([account('A-1')]);
    const text = await shell(
      scene,
      'set -o pipefail; $SFREPLAY -q dump.ndjson | head -1; echo "status $?"',
      UPSERT_ACCOUNTS,
    );
    expect(text).toMatch(/^✔ 1 of 1 record written in .*\nstatus 0\n$/);
  });
});

describe('a full disk behind standard output', () => {
  it.runIf(existsSync('/dev/full')).each(['', ' --json'])('is told once, sfreplay%s', async (json) => {
    const scene = await stage([account('A-1')]);
    const text = await shell(scene, `$SFREPLAY -q dump.ndjson${json} >/dev/full; echo "status $?"`, UPSERT_ACCOUNTS);
    expect(text).toContain('status 3');
    expect(text.match(/error: .*/g)).toEqual([
      'error: Cannot write to standard output: no space is left on the device.',
    ]);
  });
});
