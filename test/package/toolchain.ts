import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { REPOSITORY } from '../docs/readme.js';

/** A Node and an npm that the package is tried with. */
export interface Toolchain {
  readonly name: string;
  readonly node: string;
  /** The folder of npm's own package. */
  readonly npm: string;
}

export interface Carried {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Beside the packages, so that it is kept as long as they are. */
const TOOLS = join(REPOSITORY, 'node_modules/.cache/package-test');
const NODE_24 = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
const NPM_HERE = join(dirname(process.execPath), '../lib/node_modules/npm');

/** Fetches what is not there yet, from the registry or npm's cache; or says why that could not be done. */
export async function fetchToolchains(): Promise<readonly Toolchain[] | string> {
  const here: Toolchain = { name: 'this Node', node: process.execPath, npm: NPM_HERE };
  if (!existsSync(join(NPM_HERE, 'bin/npm-cli.js'))) return `there is no npm in ${NPM_HERE}`;
  const modules = join(TOOLS, 'node_modules');
  if (!existsSync(join(modules, NODE_24)) || !existsSync(join(modules, 'npm'))) {
    mkdirSync(TOOLS, { recursive: true });
    const words = ['install', '--prefix', TOOLS, '--ignore-scripts', `${NODE_24}@24`, 'npm@10'];
    const { status, stderr } = await npm(here, words, TOOLS);
    if (status !== 0) return `Node 24 and npm 10 cannot be fetched: ${stderr.split('\n')[0] ?? ''}`;
  }
  return [
    { name: `Node ${process.versions.node} and npm 10`, node: process.execPath, npm: join(modules, 'npm') },
    { name: "Node 24 and this machine's npm", node: join(modules, NODE_24, 'bin/node'), npm: NPM_HERE },
  ];
}

export function npm({ node, npm }: Toolchain, words: readonly string[], cwd: string): Promise<Carried> {
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--update-notifier=false'];
  const environment = { ...npmSettings(), TMPDIR: tmpdir() };
  return run({ node, npm }, node, [join(npm, 'bin/npm-cli.js'), ...words, ...quiet], { cwd, environment });
}

/** How this machine reaches its registry; not what an npm that runs these tests says of itself. */
function npmSettings(): Record<string, string> {
  const ofThisRun = /^(npm_(?!config_)|npm_config_(local_|global_)?prefix$|NODE_OPTIONS$|PATH$|VITEST)/i;
  const kept = Object.entries(process.env).filter(([name, value]) => value !== undefined && !ofThisRun.test(name));
  return Object.fromEntries(kept) as Record<string, string>;
}

export interface RunOptions {
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** Runs a program with the toolchain's Node first on the PATH. */
export function run(
  { node }: Pick<Toolchain, 'node' | 'npm'>,
  program: string,
  words: readonly string[],
  { cwd, environment = {}, stdin = '' }: RunOptions,
): Promise<Carried> {
  const { PATH = '', HOME = cwd } = process.env;
  const env = { PATH: `${dirname(node)}:${PATH}`, HOME, NO_COLOR: '1', TMPDIR: cwd, ...environment };
  return new Promise((resolve) => {
    const child = execFile(program, words, { cwd, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr });
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(stdin);
  });
}
