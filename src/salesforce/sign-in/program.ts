import type { ChildProcess } from 'node:child_process';
import { onAbort } from '../abort.js';
import { SignInError } from '../errors.js';

export interface ProgramMeans {
  /** Of the program; its `PATH` says where the program is. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export type Ended =
  | { readonly kind: 'ended'; readonly stdout: string; readonly stderr: string }
  /** It was ended from here; `words` say why. */
  | { readonly kind: 'stopped'; readonly words: string };

/** What is kept of an output. */
const maxBytes = 1024 * 1024;

/**
 * Runs a program without a shell and without input; on Windows also one that is a `.cmd` file. Undefined: there is no such
 * program. Rejects with a `SignInError` when it cannot be run, or the signal is aborted.
 */
export async function runProgram(
  program: string,
  words: readonly string[],
  { env, timeoutMs, signal }: ProgramMeans,
): Promise<Ended | undefined> {
  const { default: spawn } = await import('cross-spawn');
  if (signal.aborted) throw interrupted();
  const child = spawn(program, [...words], {
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    // A group of its own: it is ended with all that it has started, and Ctrl-C in a terminal leaves that to us.
    detached: process.platform !== 'win32',
  });
  return new Promise((resolve, reject) => {
    const outputs = [new Output(child.stdout), new Output(child.stderr)] as const;
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      forget();
      settle();
    };
    const stop = (settle: () => void): void => {
      end(settle);
      // What it has started may hold its outputs open.
      for (const output of outputs) output.close();
      killGroup(child);
    };
    const timer = setTimeout(() => {
      stop(() => resolve({ kind: 'stopped', words: `did not answer within ${timeoutMs / 1000} s` }));
    }, timeoutMs);
    const forget = onAbort(signal, () => stop(() => reject(interrupted())));
    for (const output of outputs) {
      output.onFull = () => stop(() => resolve({ kind: 'stopped', words: `wrote more than ${maxBytes} bytes` }));
    }
    child.once('error', (error: NodeJS.ErrnoException) => {
      end(() => (error.code === 'ENOENT' ? resolve(undefined) : reject(unusable(program, error))));
    });
    child.once('close', () => {
      const [stdout, stderr] = outputs;
      end(() => resolve({ kind: 'ended', stdout: stdout.text, stderr: stderr.text }));
    });
  });
}

class Output {
  onFull: () => void = () => undefined;
  #bytes = 0;
  readonly #chunks: Buffer[] = [];

  constructor(private readonly stream: (NodeJS.ReadableStream & { destroy?: () => unknown }) | null) {
    stream?.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.byteLength;
      if (this.#bytes > maxBytes) this.onFull();
      else this.#chunks.push(chunk);
    });
    stream?.on('error', () => undefined);
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  close(): void {
    this.stream?.destroy?.();
  }
}

function killGroup(child: ChildProcess): void {
  try {
    if (process.platform === 'win32' || child.pid === undefined) child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function interrupted(): SignInError {
  return new SignInError('ABORTED', 'Signing in was interrupted.');
}

function unusable(program: string, error: Error): SignInError {
  return new SignInError('SALESFORCE_CLI_FAILED', `The Salesforce CLI (${program}) cannot be run: ${error.message}`, {
    cause: error,
  });
}
