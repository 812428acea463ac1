import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { expect } from 'vitest';
import { run } from '../../src/cli/run.js';
import type { Terminal } from '../../src/cli/terminal.js';

const ROOT = process.cwd();

/** The path of the real executable. */
export const EXECUTABLE = fileURLToPath(new URL('../../bin/sfreplay.js', import.meta.url));

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** What is piped in; nothing is, unless told. */
  readonly stdin?: string | Uint8Array | undefined;
}

/** Starts `sfreplay` as a process of its own with a clean environment. */
export function startSfreplay(
  words: readonly string[],
  { cwd, environment = {} }: Omit<RunOptions, 'stdin'>,
  stdin: 'pipe' | 'ignore' = 'pipe',
): ChildProcess {
  return spawn(process.execPath, [EXECUTABLE, ...words], {
    cwd,
    env: cleanEnvironment(cwd, environment),
    stdio: [stdin, 'pipe', 'pipe'],
  });
}

/**
 * Runs `sfreplay` to its end. By the function that the executable calls, since a process takes ten times as long; one in
 * twelve, always the same ones, and what only a process can do, in a process. `npm run test:processes` makes each a process.
 */
export function sfreplay(words: readonly string[], options: RunOptions): Promise<Ended> {
  return needsProcess(options) || isSampled(words, options)
    ? sfreplayProcess(words, options)
    : sfreplayHere(words, options);
}

/** Is something piped in, or set that Node itself looks at? */
function needsProcess({ stdin, environment = {} }: RunOptions): boolean {
  return stdin !== undefined || Object.keys(environment).some((name) => /^(NODE_|TMPDIR$|TZ$)/.test(name));
}

function isSampled(words: readonly string[], { cwd }: RunOptions): boolean {
  if (process.env.SFREPLAY_PROCESSES === 'all') return true;
  // Ports and names of temporary folders differ from time to time.
  const steady = words.join(' ').replaceAll(cwd, '').replace(/\d+/g, '');
  return crc32(`${expect.getState().currentTestName} ${steady}`) % 12 === 0;
}

/** The folders of the runs in this process: it can be in one at a time. */
const folders: string[] = [];

async function sfreplayHere(words: readonly string[], { cwd, environment }: RunOptions): Promise<Ended> {
  const [stdout, stderr] = [new Output(), new Output()];
  const terminal = {
    stdin: new PassThrough().end(),
    stdout,
    stderr,
    environment: cleanEnvironment(cwd, environment),
    cwd,
    signals: new EventEmitter(),
  };
  if (folders.some((folder) => folder !== cwd)) throw new Error('Runs in several folders at once need processes.');
  folders.push(cwd);
  process.chdir(cwd);
  try {
    const status = await run(words, terminal as unknown as Terminal);
    return { status, stdout: stdout.text, stderr: stderr.text };
  } finally {
    folders.pop();
    if (folders.length === 0) process.chdir(ROOT);
  }
}

/** A pipe that is read at once. */
class Output extends Writable {
  text = '';

  constructor() {
    super({ decodeStrings: false });
  }

  override _write(chunk: string | Buffer, _: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** Runs the executable to its end. */
export async function sfreplayProcess(words: readonly string[], options: RunOptions): Promise<Ended> {
  const child = startSfreplay(words, options, options.stdin === undefined ? 'ignore' : 'pipe');
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.stdin);
  const [stdout, stderr, status] = await Promise.all([textOf(child.stdout), textOf(child.stderr), statusOf(child)]);
  return { status, stdout, stderr };
}

function cleanEnvironment(cwd: string, environment: RunOptions['environment']): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: cwd, ...environment };
}

export function statusOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve(status));
  });
}

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString();
}
