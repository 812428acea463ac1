import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runNode } from '../client.js';
import { writeDump } from '../dump/dump.js';
import { expectRecords } from '../load.js';
import { Org } from '../org/org.js';
import { dataCalls, ORG_MODEL, type OrgReport } from '../org/options.js';
import { Rounds, type Bench, type Case, type Comparison, type Figures, type RowResult } from '../row.js';
import { mapTopics, replay, takesAuto } from '../sfreplay.js';
import { TOPIC_NAMES, TOPICS } from '../topics.js';

const FIGURE = 'calls per 100,000';
const OVER_LEAST = 'calls : least';
const FAILING_JOBS = 10;
/** The longest wait between two looks at a job, here and in Redpanda Connect. */
const POLL_MS = 5_000;
const CALL_SIZE = 200;

/** 4. What a run takes of the org's daily allowance. */
export async function apiCalls(bench: Bench): Promise<RowResult> {
  const lines = bench.lines ?? (bench.isQuick ? 6_000 : 100_000);
  const count = bench.rounds ?? 1;
  const file = join(bench.folder, 'dump.ndjson');
  writeDump(file, { lines, topics: TOPIC_NAMES });
  // Time decides how often a job is looked at; it decides nothing in realtime.
  const rounds = await Org.use({ ...ORG_MODEL, failingJobs: FAILING_JOBS }, (slow) =>
    Org.use({}, (quick) => {
      const cases = [...ourCases({ bench, file, lines }, slow, quick), ...theirCases({ bench, file, lines }, slow)];
      return Rounds.run(cases, count, bench.say);
    }),
  );
  return {
    title: 'API calls',
    lines,
    rounds: count,
    measured: rounds.measured(),
    comparisons: comparisons(rounds),
    notes: [
      'Least: a describe for each sObject; for each job the three calls that make it, a look every five seconds and one at its end, and one more where it has failures to tell; a call for 200 records.',
      `The org is that of row 3, and in each ${FAILING_JOBS}th job one record fails.`,
    ],
  };
}

interface Dump {
  readonly bench: Bench;
  readonly file: string;
  readonly lines: number;
}

type Least = (report: OrgReport) => number;

function ourCases({ bench, file, lines }: Dump, slow: Org, quick: Org): Case[] {
  const ours = (name: string, org: Org, words: readonly string[], least: Least): Case => ({
    name,
    run: () => {
      const run = { url: org.url, cwd: bench.folder, words: [...words, file], mayFail: true };
      return countCalls(org, lines, () => replay(run), least);
    },
  });
  const auto = [...mapTopics('bulk'), '--bulk-batch-size', 'auto'];
  return [
    ours('bulk, default', slow, mapTopics('bulk'), leastBulk),
    ...(takesAuto('--bulk-batch-size') ? [ours('bulk, auto', slow, auto, leastBulk)] : []),
    ours('realtime', quick, [...mapTopics('realtime'), '--max-in-flight', '10'], leastRealtime(lines)),
  ];
}

function theirCases({ bench, file, lines }: Dump, slow: Org): Case[] {
  const theirs = (name: string, client: string, words: readonly string[]): Case => ({
    name,
    run: () => {
      const path = fileURLToPath(new URL(`../clients/${client}.js`, import.meta.url));
      const run = { words: [path, slow.url, file, ...words], cwd: bench.folder };
      return countCalls(slow, lines, () => runNode(run), leastBulk);
    },
  });
  return [
    theirs('bulk, jsforce', 'jsforce-bulk', ['1000', '10']),
    theirs("bulk, Connect's policy", 'connect-policy', []),
  ];
}

async function countCalls(org: Org, lines: number, run: () => Promise<unknown>, least: Least): Promise<Figures> {
  await org.report();
  await run();
  const report = await org.report();
  expectRecords(report, lines);
  const calls = dataCalls(report);
  return {
    [FIGURE]: (calls / lines) * 100_000,
    jobs: report.calls.job,
    looks: report.calls.look,
    results: report.calls.results,
    [OVER_LEAST]: calls / least(report),
  };
}

/** For the jobs that were made, and what they took. */
function leastBulk({ calls, jobMs }: OrgReport): number {
  const looks = jobMs.reduce((sum, ms) => sum + Math.max(1, Math.ceil(ms / POLL_MS)), 0);
  return TOPICS.length + calls.job * 3 + looks + Math.floor(calls.job / FAILING_JOBS);
}

function leastRealtime(lines: number): Least {
  return () => TOPICS.length + TOPICS.length * Math.ceil(lines / TOPICS.length / CALL_SIZE);
}

function comparisons(rounds: Rounds): Comparison[] {
  const names = rounds.measured().map(({ name }) => name);
  const ours = names.filter((name) => name === 'realtime' || name.endsWith('default') || name.endsWith('auto'));
  const bulk = ours.filter((name) => name.startsWith('bulk'));
  const theirs = names.filter((name) => !ours.includes(name));
  return [
    ...ours.map((name) => rounds.rate(name, OVER_LEAST, { atMost: 1.06 })),
    ...bulk.flatMap((name) => theirs.map((other) => rounds.compare(name, other, FIGURE))),
  ];
}
