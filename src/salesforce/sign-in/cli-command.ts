import type { ChildProcess } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { isObject } from '../../core/unknown.js';
import { excerpt } from '../error-body.js';
import { SignInError } from '../errors.js';
import { onAbort } from '../wait.js';

export interface CommandContext {
  /** Of the program; its `PATH` says where the program is. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What a command of the Salesforce CLI came to; all words are its own. */
export type CliReply =
  | { readonly kind: 'done'; readonly result: Readonly<Record<string, unknown>> }
  /**
   * - `failed`: it answered, and said why not.
   * - `late`: it did not answer in time, or with far too much.
   * - `unreadable`: it answered with something else. An older version does so to a command that it does not have.
   */
  | { readonly kind: 'failed' | 'late' | 'unreadable'; readonly message: string };

type Ended = { readonly stdout: string; readonly stderr: string } | { readonly stoppedBecause: string };

/** What is kept of an output. */
const MAX_BYTES = 1024 * 1024;

/**
 * Runs a command with `--json`. Undefined: the program is not installed. Rejects with a `SignInError` when it cannot be run,
 * or the signal is aborted.
 */
export async function runCli(
  program: string,
  args: readonly string[],
  context: CommandContext,
): Promise<CliReply | undefined> {
  // Colours would be in the JSON, too; and sfdx writes errors to standard error unless told.
  const env = { ...context.env, FORCE_COLOR: '0', SFDX_JSON_TO_STDOUT: 'true' };
  const ended = await runProgram(program, args, { ...context, env });
  if (ended === undefined) return undefined;
  if ('stoppedBecause' in ended) return { kind: 'late', message: ended.stoppedBecause };
  return readReply([program, ...args].join(' '), ended.stdout, ended.stderr);
}

/** Reads what a command wrote. Warnings may stand around the document. */
function readReply(command: string, stdout: string, stderr: string): CliReply {
  const document = findDocument(stdout) ?? findDocument(stderr);
  if (document === undefined) {
    const said = excerpt(stripVTControlCharacters(`${stdout}\n${stderr}`));
    return { kind: 'unreadable', message: `${command} answers ${said === '' ? 'nothing' : said}` };
  }
  const { status, result, name, message } = document;
  if (status === 0 && isObject(result)) return { kind: 'done', result };
  const said = [name, message].filter((text) => typeof text === 'string' && text !== '').join(': ');
  // As sfdx says it of a command that it does not have.
  const isUnknown = /\bcommand\b.*\bnot found\b|\bis not an? (?:sf|sfdx) command\b/i.test(said);
  const kind = isUnknown ? 'unreadable' : 'failed';
  return { kind, message: excerpt(said === '' ? `status ${String(status)}` : said) };
}

function findDocument(output: string): Record<string, unknown> | undefined {
  const text = stripVTControlCharacters(output);
  const end = text.lastIndexOf('}') + 1;
  for (const { index } of text.matchAll(/^\s*\{/gm)) {
    try {
      const value: unknown = JSON.parse(text.slice(index, end));
      if (isObject(value)) return value;
    } catch {
      // A warning that begins with a brace.
    }
  }
  return undefined;
}

/** Runs a program without a shell and without input; on Windows also one that is a `.cmd` file. */
async function runProgram(
  program: string,
  args: readonly string[],
  { env, timeoutMs, signal }: CommandContext,
): Promise<Ended | undefined> {
  const { default: spawn } = await import('cross-spawn');
  if (signal.aborted) throw interrupted();
  const child = spawn(program, [...args], {
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    // A group of its own: it is ended with all that it has started, and Ctrl-C in a terminal leaves that to us.
    detached: process.platform !== 'win32',
  });
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      forget();
      settle();
    };
    const stop = (settle: () => void): void => {
      end(settle);
      // What it has started may hold its outputs open.
      child.stdout?.destroy();
      child.stderr?.destroy();
      killGroup(child);
    };
    const stopBecause = (stoppedBecause: string) => stop(() => resolve({ stoppedBecause }));
    const timer = setTimeout(() => stopBecause(`did not answer within ${timeoutMs / 1000} s`), timeoutMs);
    const forget = onAbort(signal, () => stop(() => reject(interrupted())));
    const onFull = () => stopBecause(`wrote more than ${MAX_BYTES} bytes`);
    const stdout = collect(child.stdout, onFull);
    const stderr = collect(child.stderr, onFull);
    child.once('error', (error: NodeJS.ErrnoException) => {
      end(() => (error.code === 'ENOENT' ? resolve(undefined) : reject(unusable(program, error))));
    });
    child.once('close', () => end(() => resolve({ stdout: stdout(), stderr: stderr() })));
  });
}

/** Gathers what a program writes. Gives what returns it as text. */
function collect(stream: NodeJS.ReadableStream | null, onFull: () => void): () => string {
  let bytes = 0;
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) onFull();
    else chunks.push(chunk);
  });
  stream?.on('error', () => undefined);
  return () => Buffer.concat(chunks).toString('utf8');
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

function unusable(program: string, cause: Error): SignInError {
  const message = `The Salesforce CLI (${program}) cannot be run: ${cause.message}`;
  return new SignInError('SALESFORCE_CLI_FAILED', message, { cause });
}
