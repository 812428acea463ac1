import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFailed, onTestFinished } from 'vitest';
import { Emulator, type EmulatorOptions, type RequestKind } from '../../src/emulator/index.js';
import type { Summary, TopicSummary } from '../../src/accounting/summary.js';
import { sfreplay, startSfreplay, type Ended } from './executable.js';

/** A line of a failures file. */
export interface DeadLetterLine {
  readonly topic: string | null;
  readonly data?: unknown;
  readonly raw?: string;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly fields?: readonly string[];
    readonly outcome: 'failed' | 'in_doubt' | 'unsent';
    readonly source: { readonly file: string; readonly line: number };
    readonly attempts: number;
  };
}

export interface PlayOptions {
  /** Replaces the sign-in to the emulator by client credentials; `{}` leaves the environment without any. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What is piped in; nothing unless told. */
  readonly stdin?: string | Uint8Array;
}

/** An `sfreplay` that runs, with what it has said so far. */
export class Play {
  stdout = '';
  stderr = '';
  readonly ended: Promise<Ended>;

  constructor(readonly child: ChildProcess) {
    child.stdin?.on('error', () => undefined);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status) => resolve({ status, stdout: this.stdout, stderr: this.stderr }));
    });
  }

  write(text: string): void {
    this.child.stdin?.write(text);
  }

  signal(signal: 'SIGINT' | 'SIGTERM'): void {
    this.child.kill(signal);
  }
}

/** A run with `--json`: the document is parsed, and its sums are checked already. */
export interface JsonEnd extends Ended {
  readonly summary: Summary;
  /** The only topic, or the one of that name. */
  readonly topic: (name?: string) => TopicSummary;
}

/** Everything one test needs: a folder of its own, an org of its own, and the real executable. */
export class Stage {
  constructor(
    readonly folder: string,
    readonly org: Emulator,
  ) {}

  /** Environment variables that sign in to the emulator. */
  get signIn(): Record<string, string> {
    return {
      SALESFORCE_ORG_URL: this.org.url,
      SALESFORCE_CLIENT_ID: this.org.clientId,
      SALESFORCE_CLIENT_SECRET: this.org.clientSecret,
    };
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, content: string | Uint8Array): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
  }

  /** Writes one JSON text a line. */
  writeLines(name: string, lines: readonly (object | string)[]): void {
    this.write(name, linesOf(lines));
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  exists(name: string): boolean {
    return existsSync(this.path(name));
  }

  /** The lines of a failures file, or of the only one that a run named itself; none where there is no file. */
  failures(name = this.#onlyFailuresFile()): DeadLetterLine[] {
    if (name === undefined || !this.exists(name)) return [];
    return readLines(this.read(name)) as DeadLetterLine[];
  }

  /** Starts the executable. */
  start(words: readonly string[], options: Omit<PlayOptions, 'stdin'> = {}, stdin: 'pipe' | 'ignore' = 'pipe'): Play {
    const play = new Play(startSfreplay(words, { cwd: this.folder, environment: this.#environment(options) }, stdin));
    onTestFailed(async () => {
      play.child.kill('SIGKILL');
      logRun(words, await play.ended);
    });
    onTestFinished(() => void play.child.kill('SIGKILL'));
    return play;
  }

  async run(words: readonly string[], options: PlayOptions = {}): Promise<Ended> {
    const ended = await sfreplay(words, {
      cwd: this.folder,
      environment: this.#environment(options),
      stdin: options.stdin,
    });
    onTestFailed(() => logRun(words, ended));
    return ended;
  }

  #environment({ environment = this.signIn }: PlayOptions): Record<string, string> {
    return { NO_COLOR: '1', ...environment };
  }

  async runJson(words: readonly string[], options: PlayOptions = {}): Promise<JsonEnd> {
    return readJsonEnd(await this.run([...words, '--json'], options));
  }

  #onlyFailuresFile(): string | undefined {
    const names = readdirSync(this.folder).filter((name) => /^sfreplay-.*\.failed\.ndjson$/.test(name));
    expect(names.length, `failures files: ${names.join(', ')}`).toBeLessThan(2);
    return names[0];
  }
}

/** Sets the stage, with these lines in `dump.ndjson`; it is cleared when the test is over. */
export async function stage(lines: readonly (object | string)[] = [], options: EmulatorOptions = {}): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'sfreplay-stage-'));
  // A repository of its own: the search for a configuration ends here.
  mkdirSync(join(folder, '.git'));
  const org = await Emulator.start(options);
  onTestFinished(async () => {
    await org.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const made = new Stage(folder, org);
  if (lines.length > 0) made.writeLines('dump.ndjson', lines);
  return made;
}

function logRun(words: readonly string[], { status, stdout, stderr }: Ended): void {
  console.log(`$ sfreplay ${words.join(' ')}\nstatus ${status}\n--- stdout\n${stdout}\n--- stderr\n${stderr}`);
}

/** Parses the document of a `--json` run and checks what holds for every run. */
export function readJsonEnd(ended: Ended): JsonEnd {
  const summary = JSON.parse(ended.stdout) as Summary;
  expectSums(summary);
  expect(summary.run.exit_code).toBe(ended.status);
  const topic = (name?: string): TopicSummary => {
    const found = summary.topics.filter((one) => name === undefined || one.topic === name);
    expect(found).toHaveLength(1);
    return found[0]!;
  };
  return { ...ended, summary, topic };
}

/** Every line read ended in exactly one way. */
export function expectSums({ input, topics, totals }: Summary): void {
  const { read, ...outcomes } = totals;
  expect(Object.values(outcomes).reduce((sum, count) => sum + count)).toBe(read);
  expect(input.lines).toBe(read);
  if (input.shard === undefined) expect(input.files.reduce((sum, { lines }) => sum + lines, 0)).toBe(read);
  for (const topic of topics) {
    const { succeeded, unchanged, failed, in_doubt: inDoubt, superseded, resumed, unsent } = topic;
    expect(succeeded + unchanged + failed + inDoubt + superseded + resumed + unsent, topic.topic).toBe(topic.read);
    expect(
      topic.errors.reduce((sum, { count }) => sum + count, 0),
      topic.topic,
    ).toBe(failed + inDoubt);
  }
}

/** Waits for something that another process brings about, as long as the test may take. */
export async function until(condition: () => boolean): Promise<void> {
  const over = new AbortController();
  onTestFinished(() => over.abort());
  while (!condition()) {
    if (over.signal.aborted) throw new Error('The test is over, and what was waited for has not come about');
    await delay(5);
  }
}

/** An org that holds requests of a kind up until something has come about. */
export function heldUntil(kind: RequestKind, condition: () => boolean): EmulatorOptions {
  return {
    onRequest: async (request) => {
      if (request.kind === kind) await until(condition).catch(() => undefined);
    },
  };
}

export function linesOf(lines: readonly (object | string)[]): string {
  return lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
}

export function readLines(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}

/** A native line for the topic `accounts`. */
export function account(key: string, fields: object = {}): object {
  return { topic: 'accounts', data: { External_Id__c: key, Name: key, ...fields } };
}

export const UPSERT_ACCOUNTS = ['--map', 'accounts=Account:upsert:External_Id__c'];
export const UPSERT_ACCOUNTS_IN_BULK = ['--map', 'accounts=Account:upsert:External_Id__c:bulk'];
