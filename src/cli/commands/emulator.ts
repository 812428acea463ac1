import { reasonOf } from '../../core/unknown.js';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Emulator } from '../../emulator/index.js';
import { UsageError } from '../../core/errors.js';
import { exitStatusOf } from '../../core/exit-status.js';
import type { EmulatorFlags } from '../flags.js';
import { shellQuote } from '../retry-command.js';
import { listenForSignals } from '../signals.js';
import { print, type Terminal } from '../terminal.js';

/** Runs the emulator until SIGINT or SIGTERM. Returns the exit status; throws `UsageError`. */
export async function runEmulator(flags: EmulatorFlags, terminal: Terminal): Promise<number> {
  const { stopping, release } = listenForSignals(terminal.signals, () => undefined);
  const emulator = await start(flags, terminal);
  const { url, clientId, clientSecret } = emulator;
  try {
    if (flags.authFiles !== undefined) await writeAuthFiles(emulator, flags.authFiles, terminal);
  } catch (error) {
    await emulator.stop();
    throw error;
  }
  await print(terminal.stdout, `${JSON.stringify({ url, client_id: clientId, client_secret: clientSecret })}\n`);
  if (terminal.stdout.isTTY) await print(terminal.stderr, variablesText(emulator));
  if (!stopping.aborted) await once(stopping, 'abort');
  // A second signal finds nobody listening and ends the process, should stopping hang.
  release();
  await emulator.stop();
  return exitStatusOf(stopping.reason);
}

/** What a person pastes into another terminal; programs read the line of JSON. */
function variablesText({ url, clientId, clientSecret }: Emulator): string {
  const variables = [
    `SALESFORCE_ORG_URL=${url}`,
    `SALESFORCE_CLIENT_ID=${clientId}`,
    `SALESFORCE_CLIENT_SECRET=${shellQuote(clientSecret)}`,
  ];
  return `In another terminal:\n${variables.map((one) => `  export ${one}\n`).join('')}`;
}

async function start(flags: EmulatorFlags, terminal: Terminal): Promise<Emulator> {
  const { port, seed, latency, recordTime, fault, apiLimit, clientSecret } = flags;
  const describes = (flags.describe ?? []).map((path) => readDescribe(path, terminal.cwd));
  try {
    return await Emulator.start({
      describes,
      faults: fault ?? [],
      ...(port !== undefined && { port }),
      ...(seed !== undefined && { seed }),
      ...(latency !== undefined && { latencyMs: latency }),
      ...(recordTime !== undefined && { recordTimeMs: recordTime, bulk: { recordTimeMs: recordTime } }),
      ...(apiLimit !== undefined && { apiLimit }),
      ...(clientSecret !== undefined && { clientSecret }),
    });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE') throw portError(`Port ${String(port)} is in use.`, error);
    if (code === 'EACCES') throw portError(`Port ${String(port)} cannot be opened: permission denied.`, error);
    throw error;
  }
}

/** The names say whose the files are, so that those of an emulator before may be written over. */
async function writeAuthFiles(emulator: Emulator, folder: string, { cwd, stderr }: Terminal): Promise<void> {
  const { privateKey = '', refreshToken, sfdxAuthUrl, username } = emulator;
  const files = [
    { name: 'emulator.key', text: privateKey, what: `JWT bearer, for the user ${username}` },
    { name: 'emulator.refresh-token', text: `${refreshToken}\n`, what: 'refresh token' },
    { name: 'emulator.sfdx-auth-url', text: `${sfdxAuthUrl}\n`, what: 'SFDX auth URL' },
  ];
  try {
    mkdirSync(resolve(cwd, folder), { recursive: true });
    for (const { name, text } of files) writeAnew(resolve(cwd, folder, name), text);
  } catch (error) {
    const reason = reasonOf(error);
    throw new UsageError(`Cannot write the files of --auth-files: ${reason}`, { cause: error });
  }
  const lines = files.map(({ name, what }) => `  ${join(folder, name)}  ${what}\n`);
  await print(stderr, `Sign in with\n${lines.join('')}`);
}

/** What is there makes way, so that nothing is written through a link, nor into a file that others may read. */
function writeAnew(path: string, text: string): void {
  rmSync(path, { force: true });
  writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
}

function portError(message: string, cause: unknown): UsageError {
  return new UsageError(message, { hint: 'Give another --port, or leave it out to use a free one.', cause });
}

function readDescribe(path: string, cwd: string): unknown {
  try {
    return JSON.parse(textOf(readFileSync(resolve(cwd, path))));
  } catch (error) {
    const reason = reasonOf(error);
    throw new UsageError(`Cannot read the describe document ${path}: ${reason}`, {
      hint: 'Make one with: sf sobject describe --sobject NAME --json > FILE',
      cause: error,
    });
  }
}

/** `>` of a PowerShell may write UTF-16, and a mark at the beginning. */
function textOf(bytes: Buffer): string {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes);
}
