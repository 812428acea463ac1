import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

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
  readonly stdin?: string | Uint8Array;
}

/** Starts `sfreplay` as a process of its own with a clean environment. */
export function startSfreplay(
  words: readonly string[],
  { cwd, environment = {} }: Omit<RunOptions, 'stdin'>,
  stdin: 'pipe' | 'ignore' = 'pipe',
): ChildProcess {
  return spawn(process.execPath, [EXECUTABLE, ...words], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, ...environment },
    stdio: [stdin, 'pipe', 'pipe'],
  });
}

/** Runs `sfreplay` to its end. */
export async function sfreplay(words: readonly string[], options: RunOptions): Promise<Ended> {
  const child = startSfreplay(words, options, options.stdin === undefined ? 'ignore' : 'pipe');
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.stdin);
  const [stdout, stderr, status] = await Promise.all([textOf(child.stdout), textOf(child.stderr), statusOf(child)]);
  return { status, stdout, stderr };
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
