import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { UsageError } from '../core/errors.js';
import { reasonOf } from '../core/unknown.js';

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Tells a process from a later one of the same number; empty where the system does not say. */
  readonly born: string;
}

const LOOKS_AT_TORN = 5;
const BETWEEN_LOOKS_MS = 100;

/** Keeps a second run off a journal: a file beside it that names the process at work. */
export class JournalLock {
  private constructor(
    private readonly path: string,
    private readonly content: string,
  ) {}

  /** Throws `UsageError` when another run holds it. The lock of a process that is no more is taken over. */
  static async acquire(journalPath: string): Promise<JournalLock> {
    const path = `${journalPath}.lock`;
    const owner: Owner = { pid: process.pid, host: hostname(), born: bornAt(process.pid) };
    const content = `${JSON.stringify(owner)}\n`;
    try {
      await take(path, content, journalPath);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new UsageError(`The journal ${journalPath} cannot be locked: ${reasonOf(error)}`, { cause: error });
    }
    return new JournalLock(path, content);
  }

  release(): Promise<void> {
    return release(this.path, this.content);
  }
}

async function take(path: string, content: string, journalPath: string): Promise<void> {
  for (;;) {
    try {
      await writeFile(path, content, { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const found = await readWhole(path);
    if (found === undefined) continue;
    const owner = parseOwner(found);
    if (owner === undefined || isAlive(owner)) throw held(path, journalPath, owner);
    if (await takeOver(path, found, content, journalPath)) return;
  }
}

/**
 * Replaces a stale lock, unless another run has. Whoever does that holds a second lock meanwhile: without it, one could
 * replace the fresh lock of another that was a little faster.
 */
async function takeOver(path: string, stale: string, content: string, journalPath: string): Promise<boolean> {
  const second = `${path}.taken-over`;
  await take(second, content, journalPath);
  try {
    if ((await readWhole(path)) !== stale) return false;
    const fresh = `${path}.${randomBytes(4).toString('hex')}`;
    await writeFile(fresh, content);
    await rename(fresh, path);
    return true;
  } finally {
    await release(second, content);
  }
}

async function release(path: string, content: string): Promise<void> {
  const current = await readFile(path, 'utf8').catch(() => '');
  if (current === content) await rm(path, { force: true });
}

/** What is torn may be just being written by another run: only if it stays so was it a crash. */
async function readWhole(path: string): Promise<string | undefined> {
  for (let look = 1; ; look++) {
    const content = await readFile(path, 'utf8').catch(() => undefined);
    if (content === undefined || content.endsWith('\n') || look === LOOKS_AT_TORN) return content;
    await delay(BETWEEN_LOOKS_MS);
  }
}

function parseOwner(content: string): Owner | undefined {
  // Cut off while it was written, by a crash: nobody's.
  if (!content.endsWith('\n')) return { pid: 0, host: hostname(), born: '' };
  try {
    return JSON.parse(content) as Owner;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, host, born }: Owner): boolean {
  // Whether a process of another machine lives cannot be seen from here.
  if (host !== hostname()) return true;
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return born === '' || bornAt(pid) === born;
}

/**
 * Start time of a process in clock ticks since boot, where there is /proc; empty elsewhere, and for a process that has
 * ended but still stands in the table because its parent never asked (a zombie).
 */
function bornAt(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? '' : (fields[19] ?? '');
  } catch {
    return '';
  }
}

function held(path: string, journalPath: string, owner: Owner | undefined): UsageError {
  const who = owner === undefined ? 'another run' : `process ${owner.pid} on ${owner.host}`;
  return new UsageError(`The journal ${journalPath} is in use by ${who}.`, {
    hint: `Wait for it to end. If you are sure that it has, remove ${path}.`,
  });
}
