// The benchmark: how fast sfreplay is beside what one would use instead, and how near to the limit.
//
//   npm run bench                  every row; takes about an hour
//   npm run bench -- 1 7           these rows
//   npm run bench -- 1 --quick     few lines, one round: to see that it works
//
// Each row runs sfreplay and its alternatives in turn, round after round, and gives the median of each figure with its
// least and greatest; ratios are taken within a round, so that a machine that slows down slows both. The org is a process
// of its own (org/): it believes everything, and takes no time or exactly the time that a row tells it. Clients are
// processes too: their CPU time and peak memory are what the system counted for them alone, their time that from start to
// end, Node's own start included. No request leaves this machine but those by which npm installs the Salesforce CLI, once.
// Results are kept in results.json, row by row; those of `--quick` are not.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readArguments, type BenchArguments } from './arguments.js';
import { thisMachine } from './machine.js';
import { rowText } from './report.js';
import { keepResult } from './results.js';
import type { Row } from './row.js';
import { apiCalls } from './rows/api-calls.js';
import { cpuBulk } from './rows/cpu-bulk.js';
import { cpuRealtime } from './rows/cpu-realtime.js';
import { growth } from './rows/growth.js';
import { memory } from './rows/memory.js';
import { orgBound } from './rows/org-bound.js';
import { renamedFields } from './rows/renamed-fields.js';
import { repeatedKeys } from './rows/repeated-keys.js';
import { startUp } from './rows/start-up.js';

const ROWS: readonly Row[] = [
  cpuBulk,
  cpuRealtime,
  orgBound,
  apiCalls,
  memory,
  growth,
  startUp,
  repeatedKeys,
  renamedFields,
];

const USAGE = `Usage: npm run bench -- [ROW...] [--lines N] [--rounds N] [--quick]

  ROW         1 bulk  2 realtime  3 org-bound  4 API calls  5 memory  6 growth  7 start-up
              8 repeated keys  9 fields; all of them unless given
  --lines N   lines of each dump, instead of the row's own number
  --rounds N  rounds, instead of the row's own number
  --quick     few lines and rounds: to see that it works; results.json stays as it is
`;

await main();

async function main(): Promise<void> {
  let typed: BenchArguments;
  try {
    typed = readArguments(process.argv.slice(2), ROWS.length);
  } catch (error) {
    console.error(`${messageOf(error)}\nnpm run bench -- --help tells how it is called.`);
    process.exitCode = 1;
    return;
  }
  if (typed.isHelp) console.log(USAGE);
  else await runRows(typed);
}

async function runRows({ rows, ...wishes }: BenchArguments): Promise<void> {
  const machine = thisMachine();
  console.log(`${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}\n`);
  const wanted = rows.length === 0 ? ROWS.map((_, index) => index + 1) : rows;
  for (const number of wanted) {
    const say = (text: string): void => console.error(`  row ${number}: ${text}`);
    try {
      const result = await inFolder((folder) => (ROWS[number - 1] as Row)({ ...wishes, folder, say }));
      console.log(rowText(number, result));
      if (!wishes.isQuick) say(`kept in ${keepResult(number, result, machine)}`);
    } catch (error) {
      say(messageOf(error));
      process.exitCode = 1;
    }
  }
}

/** A folder for one row. It is removed also when the benchmark is interrupted: dumps have gigabytes. */
async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sfreplay-bench-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const interrupted = (): void => {
    remove();
    process.exit(130);
  };
  process.once('SIGINT', interrupted);
  try {
    return await use(folder);
  } finally {
    process.off('SIGINT', interrupted);
    remove();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
