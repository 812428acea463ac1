import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { leastBulkMs, leastRealtimeMs } from '../bounds.js';
import { runNode, type ClientUsage } from '../client.js';
import { writeDump } from '../dump/dump.js';
import { expectRecords } from '../load.js';
import { Org } from '../org/org.js';
import { ORG_MODEL } from '../org/options.js';
import { Rounds, type Bench, type Case, type Comparison, type RowResult } from '../row.js';
import { mapTopics, replay, takesAuto } from '../sfreplay.js';
import { TOPIC_NAMES } from '../topics.js';

const TIME = 'time : least';
const JOBS_AT_ONCE = 10;
const CALL_SIZE = 200;
const POLICY = "bulk, Connect's policy";
/** Full calls for each of the three topics. */
const FULL = 3 * CALL_SIZE;
const AT_ONCE = 10;
const POLICY_CLIENT = fileURLToPath(new URL('../clients/connect-policy.js', import.meta.url));

/** 3. An org that takes its time: how near to the least time that it allows. */
export async function orgBound(bench: Bench): Promise<RowResult> {
  const lines = bench.lines ?? (bench.isQuick ? 9_000 : 90_000);
  const count = bench.rounds ?? (bench.isQuick ? 1 : 3);
  const rounds = await Org.use(ORG_MODEL, (free) =>
    Org.use({ ...ORG_MODEL, realtimeAtOnce: AT_ONCE }, (narrow) => {
      // As many rounds of calls as there are places: each case takes the same time.
      const perPlace = Math.max(1, Math.round(lines / 16 / FULL)) * FULL;
      const cases = [
        ...[1, 4, 16].map((inFlight) => realtimeCase(bench, free, inFlight, perPlace * inFlight)),
        ...(takesAuto('--max-in-flight') ? [realtimeCase(bench, narrow, 'auto', perPlace * AT_ONCE)] : []),
        ...bulkCases(bench, free, lines),
      ];
      return Rounds.run(cases, count, bench.say);
    }),
  );
  return {
    title: 'Org-bound',
    lines,
    rounds: count,
    measured: rounds.measured(),
    comparisons: comparisons(rounds),
    notes: [
      'The org: 120 ms a request; 5 ms a record in realtime; in bulk a queue of 2 s, batches of 10,000 records, 1 ms a record, five at once.',
      `Least: what the org alone makes one wait, sign-in and describe included. For realtime auto the org works on ${AT_ONCE} calls at once.`,
      ...missing(rounds),
    ],
  };
}

function realtimeCase(bench: Bench, org: Org, inFlight: number | 'auto', lines: number): Case {
  const least = leastRealtimeMs({
    calls: lines / CALL_SIZE,
    recordsPerCall: CALL_SIZE,
    inFlight: inFlight === 'auto' ? Number.POSITIVE_INFINITY : inFlight,
    latencyMs: ORG_MODEL.latencyMs,
    recordMs: ORG_MODEL.recordMs,
    ...(inFlight === 'auto' && { atOnce: AT_ONCE }),
  });
  const words = [...mapTopics('realtime'), '--max-in-flight', String(inFlight)];
  return timedCase(`realtime, ${inFlight} in flight`, bench, { org, lines, leastMs: least }, (file) =>
    replay({ url: org.url, cwd: bench.folder, words: [...words, file] }),
  );
}

function bulkCases(bench: Bench, org: Org, lines: number): Case[] {
  const leastMs = (jobSize: number | undefined): number =>
    leastBulkMs({
      records: lines,
      jobSize,
      jobsAtOnce: JOBS_AT_ONCE,
      latencyMs: ORG_MODEL.latencyMs,
      model: ORG_MODEL.bulk,
    });
  const bulk = (name: string, jobSize: number | undefined, words: readonly string[]): Case =>
    timedCase(name, bench, { org, lines, leastMs: leastMs(jobSize) }, (file) =>
      replay({ url: org.url, cwd: bench.folder, words: [...mapTopics('bulk'), ...words, file] }),
    );
  return [
    bulk('bulk, default', 1_000, []),
    ...(takesAuto('--bulk-batch-size') ? [bulk('bulk, auto', undefined, ['--bulk-batch-size', 'auto'])] : []),
    timedCase(POLICY, bench, { org, lines, leastMs: leastMs(1_000) }, (file) =>
      runNode({ words: [POLICY_CLIENT, org.url, file], cwd: bench.folder }),
    ),
  ];
}

interface Load {
  readonly org: Org;
  readonly lines: number;
  readonly leastMs: number;
}

function timedCase(name: string, bench: Bench, load: Load, run: (file: string) => Promise<ClientUsage>): Case {
  const { org, lines, leastMs } = load;
  const file = join(bench.folder, `${lines}.ndjson`);
  writeDump(file, { lines, topics: TOPIC_NAMES });
  return {
    name,
    run: async () => {
      await org.report();
      const { seconds } = await run(file);
      const report = await org.report();
      expectRecords(report, lines);
      return {
        seconds,
        'least seconds': leastMs / 1000,
        [TIME]: (seconds * 1000) / leastMs,
        'records/s': lines / seconds,
        'org late, %': report.lateness * 100,
      };
    },
  };
}

function comparisons(rounds: Rounds): Comparison[] {
  const names = rounds.measured().map(({ name }) => name);
  const bulk = names.filter((name) => name.startsWith('bulk') && name !== POLICY);
  return [
    ...names.filter((name) => name.startsWith('realtime')).map((name) => rounds.rate(name, TIME, { atMost: 1.08 })),
    ...bulk.map((name) => rounds.rate(name, TIME, name === 'bulk, auto' ? { atMost: 1.08 } : undefined)),
    ...bulk.map((name) => rounds.compare(name, POLICY, 'records/s')),
  ];
}

function missing(rounds: Rounds): string[] {
  const names = rounds.measured().map(({ name }) => name);
  return names.some((name) => name.includes('auto')) ? [] : ['This sfreplay has no auto.'];
}
