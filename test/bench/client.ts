import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const USAGE = new URL('usage.js', import.meta.url).href;
/** Where the repository is, seen from the compiled benchmark. */
const REPOSITORY = new URL('../../../', import.meta.url);

export const SFREPLAY = fileURLToPath(new URL('bin/sfreplay.js', REPOSITORY));

export interface ClientRun {
  readonly words: readonly string[];
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Words of a Node program whose output is piped in. */
  readonly pipedFrom?: readonly string[];
  /** Exit statuses that are no mistake; 0 alone unless given. */
  readonly statuses?: readonly number[];
}

/** What a client has used, from its start to its end. */
export interface ClientUsage {
  readonly seconds: number;
  /** Of all its Node processes. */
  readonly cpuSeconds: number;
  /** Of the largest of its Node processes. */
  readonly peakRssMB: number;
  readonly stdout: string;
}

/** Runs a program of Node's to its end and measures it. Throws when it fails. */
export async function runNode(run: ClientRun): Promise<ClientUsage> {
  return measure({ ...run, words: [process.execPath, '--import', USAGE, ...run.words] });
}

/** Runs a shell script, whose Node processes are measured. The script adds the CPU time of the others itself. */
export async function runShell(script: string, run: Omit<ClientRun, 'words'>): Promise<ClientUsage> {
  const environment = { ...run.environment, NODE_OPTIONS: `--import=${USAGE}` };
  return measure({ ...run, environment, words: ['bash', '-e', '-o', 'pipefail', '-c', script] });
}

/** Seconds from the start of a program to its end, without anything loaded into it. */
export async function timeNode(run: ClientRun): Promise<number> {
  const started = performance.now();
  await finish({ ...run, words: [process.execPath, ...run.words] });
  return (performance.now() - started) / 1000;
}

async function measure(run: ClientRun): Promise<ClientUsage> {
  const folder = mkdtempSync(join(tmpdir(), 'sfreplay-usage-'));
  try {
    const started = performance.now();
    const stdout = await finish({ ...run, environment: { ...run.environment, BENCH_USAGE: folder } });
    const seconds = (performance.now() - started) / 1000;
    return { seconds, stdout, ...sumUp(folder) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function finish({ words, cwd, environment, pipedFrom, statuses = [0] }: ClientRun): Promise<string> {
  const [command = '', ...rest] = words;
  const env = { PATH: process.env.PATH, HOME: cwd, ...environment };
  const source = pipedFrom && spawn(process.execPath, pipedFrom, { stdio: ['ignore', 'pipe', 'inherit'] });
  const child = spawn(command, rest, { cwd, env, stdio: [source?.stdout ?? 'ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // What a client that has failed did not read would wait for ever.
  source?.kill();
  source?.stdout.destroy();
  if (status !== null && statuses.includes(status)) return said.stdout;
  throw new Error(`${words.join(' ')}\nended with status ${status}\n${said.stdout}\n${said.stderr}`);
}

function sumUp(folder: string): Pick<ClientUsage, 'cpuSeconds' | 'peakRssMB'> {
  const usages = readdirSync(folder).map(
    (name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as { cpuSeconds: number; peakRssMB: number },
  );
  return {
    cpuSeconds: usages.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    peakRssMB: usages.reduce((peak, { peakRssMB }) => Math.max(peak, peakRssMB), 0),
  };
}
