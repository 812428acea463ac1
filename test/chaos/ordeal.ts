import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Emulator, LoggedRequest, RecordVersion } from '../../src/emulator/index.js';
import { parseEntry, type JournalEntry } from '../../src/journal/format.js';
import { readLines } from '../cli/stage.js';
import type { ChaosLine } from './dump.js';

const EXECUTABLE = fileURLToPath(new URL('../../bin/sfreplay.js', import.meta.url));
const PRELOAD = new URL('preload.js', import.meta.url).href;

/** When a run is killed. */
export type Kill =
  /** Some milliseconds after the org has seen so many further requests, or so many that write. */
  | { readonly kind: 'requests' | 'writes'; readonly count: number; readonly delayMs: number }
  /** As soon as the org has aborted a job for it. */
  | { readonly kind: 'abort' }
  /** Exactly at an append to the journal, perhaps counting those of one kind alone, or to the failures file. */
  | {
      readonly kind: 'write';
      readonly file: 'journal' | 'failures';
      readonly entry?: JournalEntry['kind'];
      readonly nth: number;
      readonly when: KillMoment;
    };

export type KillMoment = 'before' | 'after' | 'torn';

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What stood in the journal when a run was killed, and how much had been written into the org. */
export interface Killed {
  readonly phase: string;
  /** `topic ordinal` of every settled record. */
  readonly settled: ReadonlySet<string>;
  readonly versions: number;
}

export interface OrdealOptions {
  readonly org: Emulator;
  readonly lines: readonly ChaosLine[];
  readonly source: 'file' | 'stdin';
  readonly flags: readonly string[];
  /** What the configuration file holds; there is none unless told. */
  readonly config?: object;
  /** Without one, every run begins with the first line, and has a failures file of its own. */
  readonly hasJournal?: boolean;
  /** Standard input comes in so many pieces, and some milliseconds lie between them; in one. */
  readonly pieces?: number;
}

const PIECE_EVERY_MS = 70;

/** One dump that is replayed by one command, again and again, until it ends. */
export class Ordeal {
  readonly folder = mkdtempSync(join(tmpdir(), 'sfreplay-chaos-'));
  readonly killed: Killed[] = [];
  runs = 0;

  constructor(readonly options: OrdealOptions) {
    mkdirSync(join(this.folder, '.git'));
    const { config, lines } = this.options;
    writeFileSync(join(this.folder, 'dump.ndjson'), textOf(lines));
    if (config !== undefined) writeFileSync(join(this.folder, '.sfreplayrc.json'), JSON.stringify(config));
  }

  /** Runs once. Undefined when it was killed. */
  async run(kill?: Kill, environment: Readonly<Record<string, string>> = {}): Promise<Ended | undefined> {
    this.runs++;
    const { org, source, flags, hasJournal = true } = this.options;
    if (!hasJournal) rmSync(join(this.folder, 'failures'), { force: true });
    const journal = hasJournal ? ['--journal', 'journal'] : [];
    const words = [...flags, ...journal, '--failures', 'failures', '--json', '--quiet'];
    const exact =
      kill?.kind === 'write' ? { CHAOS_KILL: `${kill.file},${kill.nth},${kill.when},${kill.entry ?? ''}` } : {};
    const before = org.requests.length;
    const abortedBefore = abortedJobs(org);
    const child = spawn(
      process.execPath,
      ['--import', PRELOAD, EXECUTABLE, ...words, ...(source === 'file' ? ['dump.ndjson'] : ['-'])],
      {
        cwd: this.folder,
        env: { PATH: process.env.PATH, HOME: this.folder, ...signIn(org), ...exact, ...environment },
      },
    );
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin.on('error', () => undefined);
    void this.#feed(child.stdin);
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
    });
    let phase = '';
    const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
    if (kill?.kind === 'requests' || kill?.kind === 'writes') {
      const count = (): number => {
        const seen = org.requests.slice(before);
        return kill.kind === 'writes' ? seen.filter(isWrite).length : seen.length;
      };
      while (isAlive() && count() < kill.count) await delay(1);
      await delay(kill.delayMs);
      phase = phaseOf(org);
      child.kill('SIGKILL');
    } else if (kill?.kind === 'abort') {
      while (isAlive() && abortedJobs(org) === abortedBefore) await delay(1);
      phase = 'a job just aborted';
      child.kill('SIGKILL');
    }
    const result = await ended;
    if (result.signal !== 'SIGKILL') return result;
    const exactly = /chaos: (.*)/.exec(stderr)?.[1];
    this.killed.push({ phase: exactly ?? phase, settled: this.#settled(), versions: this.history().length });
    return undefined;
  }

  async #feed(stdin: Writable): Promise<void> {
    const { source, lines, pieces = 1 } = this.options;
    const size = Math.ceil(lines.length / pieces);
    for (let at = 0; source === 'stdin' && at < lines.length; at += size) {
      if (at > 0) await delay(PIECE_EVERY_MS);
      stdin.write(textOf(lines.slice(at, at + size)));
    }
    stdin.end();
  }

  history(): RecordVersion[] {
    return this.options.org.history('Account');
  }

  failures(): FailureLine[] {
    return readLines(this.read('failures')) as FailureLine[];
  }

  journal(): string {
    return this.read('journal');
  }

  /** A file that the runs have written; empty where there is none. */
  read(name: string): string {
    const path = join(this.folder, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  clear(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #settled(): Set<string> {
    const settled = new Set<string>();
    for (const line of this.journal().split('\n')) {
      const entry = parseEntry(line);
      if (entry?.kind !== 'settled') continue;
      for (const { topic, ranges } of entry.topics) {
        for (const [first, last] of ranges) for (let n = first; n <= last; n++) settled.add(`${topic} ${n}`);
      }
    }
    return settled;
  }
}

export interface FailureLine {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly outcome: 'failed' | 'in_doubt' | 'unsent';
    readonly source: { readonly file: string; readonly line: number };
  };
}

function signIn(org: Emulator): Record<string, string> {
  return {
    NO_COLOR: '1',
    SALESFORCE_ORG_URL: org.url,
    SALESFORCE_CLIENT_ID: org.clientId,
    SALESFORCE_CLIENT_SECRET: org.clientSecret,
  };
}

function textOf(lines: readonly ChaosLine[]): string {
  return lines.map(({ text }) => `${text}\n`).join('');
}

/** Of a job, what makes the org begin with it. Retrieves by Ids are posted to an sObject. */
function isWrite({ method, path, kind }: LoggedRequest): boolean {
  if (method === 'GET' || (method === 'POST' && !path.endsWith('/composite/sobjects'))) return false;
  return kind === 'collections' || kind === 'bulk-state';
}

function abortedJobs(org: Emulator): number {
  return org.jobs().filter(({ state }) => state === 'Aborted').length;
}

/** What the org was doing for the run when it was killed. */
function phaseOf(org: Emulator): string {
  const latest = org.requests.slice(-8);
  const underWay = latest.findLast(({ ms }) => ms === 0);
  if (underWay !== undefined) return `${underWay.kind} under way`;
  const jobs = org.jobs().filter(({ state }) => state === 'UploadComplete' || state === 'InProgress');
  return jobs.length > 0 ? 'a job at work' : `after ${latest.at(-1)?.kind ?? 'nothing'}`;
}
