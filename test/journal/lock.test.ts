import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { JournalLock } from '../../src/journal/lock.js';
import { freshPath } from './folder.js';

/** Start time of a process, as the system tells it. */
function bornAt(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

const me = { pid: process.pid, host: hostname() };

describe('the lock of', () => {
  it.each([
    ['a process at work', () => ({ ...me, born: bornAt(process.pid) })],
    ['a process at work, where the system does not say since when', () => ({ ...me, born: '' })],
    ['a process on another machine', () => ({ pid: 1, host: 'elsewhere', born: '1' })],
    ['nobody knows whom', () => 'not JSON'],
  ])('%s is respected', async (_, owner) => {
    const path = freshPath('journal');
    const content = owner();
    writeFileSync(`${path}.lock`, `${typeof content === 'string' ? content : JSON.stringify(content)}\n`);
    await expect(JournalLock.acquire(path)).rejects.toThrow(/in use by/);
    expect(existsSync(`${path}.lock`)).toBe(true);
  });

  it.each([
    ['a process that is no more', () => ({ pid: 2 ** 22 - 3, host: hostname(), born: '1' })],
    ['a process whose number is another one’s now', () => ({ ...me, born: '1' })],
  ])('%s is taken over', async (_, owner) => {
    const path = freshPath('journal');
    writeFileSync(`${path}.lock`, `${JSON.stringify(owner())}\n`);
    const lock = await JournalLock.acquire(path);
    expect(JSON.parse(readFileSync(`${path}.lock`, 'utf8'))).toMatchObject({ pid: process.pid });
    await lock.release();
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('a zombie is taken over', async () => {
    // The shell's child ends, and what the shell has become never asks for it.
    const parent = spawn('sh', ['-c', 'sleep 0.05 & echo $!; exec sleep 30'], { stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const pid = Number(String(await new Promise((resolve) => parent.stdout.once('data', resolve))));
    const born = bornAt(pid);
    while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) await delay(5);
    const path = freshPath('journal');
    writeFileSync(`${path}.lock`, `${JSON.stringify({ pid, host: hostname(), born })}\n`);
    await (await JournalLock.acquire(path)).release();
  });

  it('a process that died while it wrote it is taken over', async () => {
    const path = freshPath('journal');
    writeFileSync(`${path}.lock`, '{"pid":');
    await (await JournalLock.acquire(path)).release();
  });

  it('a process that is just writing it is respected', async () => {
    const path = freshPath('journal');
    writeFileSync(`${path}.lock`, '');
    const acquired = JournalLock.acquire(path);
    writeFileSync(`${path}.lock`, `${JSON.stringify({ ...me, born: bornAt(process.pid) })}\n`);
    await expect(acquired).rejects.toThrow('in use');
  });

  it('many runs at once is given to one', async () => {
    const dead = `${JSON.stringify({ pid: 2 ** 22 - 3, host: hostname(), born: '1' })}\n`;
    for (let round = 0; round < 100; round++) {
      const path = freshPath(`journal-${round}`);
      writeFileSync(`${path}.lock`, dead);
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => JournalLock.acquire(path)));
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(existsSync(`${path}.lock.taken-over`)).toBe(false);
    }
  });

  it('a process that died while it took another over is taken over', async () => {
    const path = freshPath('journal');
    const dead = `${JSON.stringify({ pid: 2 ** 22 - 3, host: hostname(), born: '1' })}\n`;
    writeFileSync(`${path}.lock`, dead);
    writeFileSync(`${path}.lock.taken-over`, dead);
    const lock = await JournalLock.acquire(path);
    expect(JSON.parse(readFileSync(`${path}.lock`, 'utf8'))).toMatchObject({ pid: process.pid });
    expect(existsSync(`${path}.lock.taken-over`)).toBe(false);
    await lock.release();
  });

  it('another run is not removed', async () => {
    const path = freshPath('journal');
    const lock = await JournalLock.acquire(path);
    writeFileSync(`${path}.lock`, 'somebody else\n');
    await lock.release();
    expect(readFileSync(`${path}.lock`, 'utf8')).toBe('somebody else\n');
  });
});
