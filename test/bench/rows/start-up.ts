import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SFREPLAY, timeNode } from '../client.js';
import { KEY_FIELD } from '../dump/record.js';
import { Rounds, type Bench, type Case, type Comparison, type RowResult } from '../row.js';
import { spreadOf } from '../statistics.js';

const TOPIC = 'crm.accounts';
const BARE = 'node -e 0';
const TEN = 'replay of ten records';

/** 7. What one waits for before anything happens. */
export async function startUp(bench: Bench): Promise<RowResult> {
  const lines = 10;
  const count = bench.rounds ?? (bench.isQuick ? 3 : 20);
  const rounds = await withEmulator(async (environment) => {
    const file = join(bench.folder, 'ten.ndjson');
    writeFileSync(file, tenAccounts());
    const timed = (name: string, words: readonly string[]): Case => ({
      name,
      run: async () => ({ seconds: await timeNode({ words, cwd: bench.folder, environment }) }),
    });
    const map = `${TOPIC}=Account:upsert:${KEY_FIELD}`;
    const cases = [
      timed(BARE, ['-e', '0']),
      timed('sfreplay --version', [SFREPLAY, '--version']),
      timed('sfreplay --help', [SFREPLAY, '--help']),
      timed(TEN, [SFREPLAY, 'replay', '--quiet', '--map', map, file]),
    ];
    for (const { run } of cases) await run();
    return Rounds.run(cases, count, () => undefined);
  });
  return {
    title: 'Start-up',
    lines,
    rounds: count,
    measured: rounds.measured(),
    comparisons: [
      rounds.compare('sfreplay --version', BARE, 'seconds', { atMost: 2.5 }),
      rounds.compare('sfreplay --help', BARE, 'seconds', { atMost: 2.5 }),
      overBare(rounds),
    ],
    notes: ['The replay goes into the emulator, which is a process of its own.'],
  };
}

/** The emulator's schema is stricter than the model org's. */
function tenAccounts(): string {
  const numbers = Array.from({ length: 10 }, (_, index) => index + 1);
  return numbers.map((n) => `{"topic":"${TOPIC}","data":{"${KEY_FIELD}":"A-${n}","Name":"Account ${n}"}}\n`).join('');
}

function overBare(rounds: Rounds): Comparison {
  const bare = rounds.values(BARE, 'seconds');
  const over = rounds.values(TEN, 'seconds').map((seconds, round) => seconds - (bare[round] as number));
  return { name: `${TEN} − ${BARE}, seconds`, ratio: spreadOf(over), goal: { atMost: 0.4 } };
}

async function withEmulator<T>(use: (environment: Record<string, string>) => Promise<T>): Promise<T> {
  const child = spawn(process.execPath, [SFREPLAY, 'emulator'], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const { url, client_id: id, client_secret: secret } = JSON.parse(line) as Record<string, string>;
    return await use({
      SALESFORCE_ORG_URL: url ?? '',
      SALESFORCE_CLIENT_ID: id ?? '',
      SALESFORCE_CLIENT_SECRET: secret ?? '',
    });
  } finally {
    child.kill('SIGTERM');
  }
}
