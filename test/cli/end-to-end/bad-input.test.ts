import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { account, linesOf, stage, UPSERT_ACCOUNTS } from '../stage.js';

describe('an input', () => {
  it('that is a folder, missing, or out of reach is refused before anything is sent', async () => {
    const scene = await stage([account('A-1')]);
    mkdirSync(scene.path('folder'));
    scene.write('secret.ndjson', '');
    chmodSync(scene.path('secret.ndjson'), 0);
    // Root reads everything, so the last case is no case for it.
    const names =
      process.getuid?.() === 0 ? ['folder', 'missing.ndjson'] : ['folder', 'missing.ndjson', 'secret.ndjson'];
    for (const name of names) {
      const { status, stdout, stderr } = await scene.run([...UPSERT_ACCOUNTS, 'dump.ndjson', name]);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toMatch(/^sfreplay: error: /);
      expect(stderr).toContain(name);
    }
    expect(scene.org.requests).toEqual([]);
  });

  it('that is empty is no mistake', async () => {
    const scene = await stage();
    scene.write('empty.ndjson', '');
    const { status, stdout } = await scene.run([...UPSERT_ACCOUNTS, '-q', 'empty.ndjson']);
    expect(status).toBe(0);
    expect(stdout).toContain('No records to write');
    expect((await scene.runJson([...UPSERT_ACCOUNTS])).summary.totals.read).toBe(0);
  });

  it('that is cut off in its compression stops the run after what could be read', async () => {
    const scene = await stage();
    const lines = Array.from({ length: 2000 }, (_, i) => account(`A-${i}`, { Site: randomBytes(20).toString('hex') }));
    const whole = gzipSync(linesOf(lines));
    scene.write('cut.gz', whole.subarray(0, whole.length / 2));
    const { status, summary } = await scene.runJson([...UPSERT_ACCOUNTS, 'cut.gz']);
    expect(status).toBe(3);
    expect(summary.run.stopped).toMatchObject({ code: 'INPUT_DAMAGED' });
    expect(summary.run.stopped!.message).toContain('cut.gz');
    expect(summary.totals.read).toBeGreaterThan(100);
    expect(summary.totals.succeeded).toBe(scene.org.records('Account').length);
    expect(summary.totals.succeeded + summary.totals.unsent + summary.totals.malformed).toBe(summary.totals.read);
  });

  it('that is binary is malformed lines, and nothing of it reaches the screen', async () => {
    const scene = await stage();
    // 0xff first, so that it is no compressed file by chance.
    scene.write('binary', Buffer.concat([Buffer.from([0xff]), randomBytes(4000), Buffer.from('\n\u001b[2J\n')]));
    const { status, stdout, stderr } = await scene.run([...UPSERT_ACCOUNTS, 'binary']);
    expect(status).toBe(1);
    // eslint-disable-next-line no-control-regex
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(stdout).toMatch(/malformed lines/);
    expect(scene.failures().every(({ topic }) => topic === null)).toBe(true);
  });

  it('that would be overwritten by the failures is refused', async () => {
    const scene = await stage([account('A-1')]);
    const { status, stderr } = await scene.run([...UPSERT_ACCOUNTS, '--failures', './dump.ndjson', 'dump.ndjson']);
    expect(status).toBe(2);
    expect(stderr).toContain('writing it would destroy the input');
  });
});
