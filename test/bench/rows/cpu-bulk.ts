import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runNode } from '../client.js';
import { writeDump } from '../dump/dump.js';
import { loadFigures } from '../load.js';
import { Org } from '../org/org.js';
import { Rounds, type Bench, type Case, type RowResult } from '../row.js';
import { mapTopics, replay } from '../sfreplay.js';
import { runSalesforceCli, salesforceCli, signInSalesforceCli } from '../salesforce-cli.js';
import { TOPIC_NAMES } from '../topics.js';

const BATCH_SIZE = '1000';
const JOBS_AT_ONCE = '10';

/** 1. Bulk upserts into an org that costs nothing: what the client itself costs. */
export async function cpuBulk(bench: Bench): Promise<RowResult> {
  const lines = bench.lines ?? (bench.isQuick ? 30_000 : 300_000);
  const count = bench.rounds ?? (bench.isQuick ? 1 : 5);
  const tools = salesforceCli(bench.say);
  const rounds = await Org.use({}, async (org) => {
    const casesFor = (file: string, records: number): Case[] => {
      const cases = nodeCases(org, bench.folder, file, records);
      if (tools.missing === undefined) {
        const run = async () => loadFigures(org, records, () => runSalesforceCli(bench.folder, file));
        cases.push({ name: 'jq, mlr, sf', run });
      }
      return cases;
    };
    if (tools.missing === undefined) await signInSalesforceCli(org.url, bench.folder);
    const small = join(bench.folder, 'warm-up.ndjson');
    writeDump(small, { lines: 3_000, topics: TOPIC_NAMES });
    bench.say('warming up');
    for (const { run } of casesFor(small, 3_000)) await run();
    const file = join(bench.folder, 'dump.ndjson');
    writeDump(file, { lines, topics: TOPIC_NAMES });
    return Rounds.run(casesFor(file, lines), count, bench.say);
  });
  return {
    title: 'CPU-bound, bulk upsert',
    lines,
    rounds: count,
    measured: rounds.measured(),
    comparisons: [
      rounds.compare('sfreplay', 'bare loop', 'records/s', { atLeast: 0.6 }),
      rounds.compare('sfreplay', 'jsforce', 'records/s', { atLeast: 2 }),
      ...(tools.missing === undefined ? [rounds.compare('sfreplay', 'jq, mlr, sf', 'records/s', { atLeast: 5 })] : []),
      rounds.compare('sfreplay', 'bare loop', 'CPU s'),
    ],
    notes: [
      'All but the Salesforce CLI make jobs of 1,000 records, ten at once; it makes one job a topic.',
      ...(tools.missing === undefined ? [] : [`Left out: jq, mlr and sf, for want of ${tools.missing}.`]),
    ],
  };
}

function nodeCases(org: Org, cwd: string, file: string, records: number): Case[] {
  const script = (name: string): (() => ReturnType<typeof loadFigures>) => {
    const path = fileURLToPath(new URL(`../clients/${name}.js`, import.meta.url));
    const words = [path, org.url, file, BATCH_SIZE, JOBS_AT_ONCE];
    return () => loadFigures(org, records, () => runNode({ words, cwd }));
  };
  const words = [...mapTopics('bulk'), file];
  return [
    { name: 'sfreplay', run: () => loadFigures(org, records, () => replay({ url: org.url, cwd, words })) },
    { name: 'bare loop', run: script('bare-bulk') },
    { name: 'jsforce', run: script('jsforce-bulk') },
  ];
}
