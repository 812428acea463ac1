import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { runShell, type ClientUsage } from './client.js';
import { KEY_FIELD } from './dump/record.js';
import { TOPICS } from './topics.js';

/** Kept from one benchmark to the next: the Salesforce CLI is large. */
const TOOLS = join(tmpdir(), 'sfreplay-bench-tools');
const BIN = join(TOOLS, 'node_modules', '.bin');

const ENVIRONMENT = {
  PATH: [BIN, process.env.PATH ?? ''].join(delimiter),
  // Nothing is sent anywhere but to the model org.
  SF_DISABLE_TELEMETRY: 'true',
  SF_AUTOUPDATE_DISABLE: 'true',
  SF_SKIP_NEW_VERSION_CHECK: 'true',
  SF_DISABLE_LOG_FILE: 'true',
  SF_USE_GENERIC_UNIX_KEYCHAIN: 'true',
  SF_ACCESS_TOKEN: '00D5e000000BENCH!AQEAQBenchBenchBenchBenchBenchBench',
};

export interface SalesforceCli {
  /** The tool that is not there and cannot be had. */
  readonly missing: string | undefined;
}

/** Finds `jq` and `mlr`, and installs the Salesforce CLI with a Node of its own, once. */
export function salesforceCli(say: (text: string) => void): SalesforceCli {
  for (const tool of ['jq', 'mlr']) {
    if (spawnSync(tool, ['--version']).status !== 0) return { missing: tool };
  }
  if (!existsSync(join(BIN, 'sf')) || !existsSync(join(BIN, 'node'))) {
    say(`installing the Salesforce CLI in ${TOOLS}`);
    mkdirSync(TOOLS, { recursive: true });
    const words = ['install', '--prefix', TOOLS, '--no-audit', '--no-fund', 'node@24', '@salesforce/cli'];
    if (spawnSync('npm', words, { cwd: TOOLS }).status !== 0) return { missing: 'the Salesforce CLI' };
  }
  return { missing: undefined };
}

/** Signs the Salesforce CLI in to an org, for the runs that follow in this folder. */
export async function signInSalesforceCli(url: string, cwd: string): Promise<void> {
  const login = `sf org login access-token --instance-url ${url} --alias bench --no-prompt --json`;
  await runShell(login, { cwd, environment: ENVIRONMENT });
}

/** Splits the dump by topic with `jq`, makes CSV of it with `mlr`, and loads each file with `sf data upsert bulk`. */
export async function runSalesforceCli(cwd: string, dump: string): Promise<ClientUsage> {
  const cpuFile = join(cwd, 'pipeline.cpu');
  const steps = TOPICS.map(
    ({ topic, sobject }) =>
      `jq -c 'select(.topic == "${topic}").data' '${dump}' | mlr --ijsonl --ocsv cat > '${topic}.csv'\n` +
      `sf data upsert bulk --sobject ${sobject} --file '${topic}.csv' --external-id ${KEY_FIELD} --wait 60 ` +
      '--target-org bench --json',
  );
  // The shell counts the CPU time of all its children, and Node's own count would leave out jq and mlr.
  const script = `TIMEFORMAT='%U %S'\n{ time { ${steps.join('\n')}; } 2> errors.txt; } 2> '${cpuFile}'`;
  const usage = await runShell(script, { cwd, environment: ENVIRONMENT });
  const [user = 0, system = 0] = readFileSync(cpuFile, 'utf8').trim().split(' ').map(Number);
  return { ...usage, cpuSeconds: user + system };
}
