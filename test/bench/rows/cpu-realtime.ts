import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runNode } from '../client.js';
import { writeDump } from '../dump/dump.js';
import { loadFigures } from '../load.js';
import { Org } from '../org/org.js';
import { Rounds, type Bench, type Case, type RowResult } from '../row.js';
import { mapTopics, replay } from '../sfreplay.js';
import { TOPIC_NAMES } from '../topics.js';

const CALLS_AT_ONCE = '10';

/** 2. Realtime upserts, ten calls in flight, into an org that costs nothing. */
export async function cpuRealtime(bench: Bench): Promise<RowResult> {
  const lines = bench.lines ?? (bench.isQuick ? 30_000 : 300_000);
  const count = bench.rounds ?? (bench.isQuick ? 1 : 5);
  const rounds = await Org.use({}, async (org) => {
    const small = join(bench.folder, 'warm-up.ndjson');
    writeDump(small, { lines: 3_000, topics: TOPIC_NAMES });
    bench.say('warming up');
    for (const { run } of casesFor(org, bench.folder, small, 3_000)) await run();
    const file = join(bench.folder, 'dump.ndjson');
    writeDump(file, { lines, topics: TOPIC_NAMES });
    return Rounds.run(casesFor(org, bench.folder, file, lines), count, bench.say);
  });
  return {
    title: 'CPU-bound, realtime upsert, max_in_flight 10',
    lines,
    rounds: count,
    measured: rounds.measured(),
    comparisons: [
      rounds.compare('sfreplay', 'bare loop', 'records/s', { atLeast: 0.9 }),
      rounds.compare('sfreplay', 'jsforce', 'records/s', { atLeast: 1.2 }),
      rounds.compare('sfreplay', 'bare loop', 'CPU s'),
    ],
    notes: ['All make calls of 200 records, ten at once.'],
  };
}

function casesFor(org: Org, cwd: string, file: string, records: number): Case[] {
  const script = (name: string): (() => ReturnType<typeof loadFigures>) => {
    const path = fileURLToPath(new URL(`../clients/${name}.js`, import.meta.url));
    const words = [path, org.url, file, CALLS_AT_ONCE];
    return () => loadFigures(org, records, () => runNode({ words, cwd }));
  };
  const words = [...mapTopics('realtime'), '--max-in-flight', CALLS_AT_ONCE, file];
  return [
    { name: 'sfreplay', run: () => loadFigures(org, records, () => replay({ url: org.url, cwd, words })) },
    { name: 'bare loop', run: script('bare-realtime') },
    { name: 'jsforce', run: script('jsforce-realtime') },
  ];
}
