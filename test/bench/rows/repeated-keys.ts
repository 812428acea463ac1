import { join } from 'node:path';
import { countKeys, leastBulkMs, leastFoldedJobs, leastJobs, leastStretches, longestChain } from '../bounds.js';
import { dumpKeys, writeDump, type DumpOptions } from '../dump/dump.js';
import { expectRecords } from '../load.js';
import { Org } from '../org/org.js';
import type { BulkModel } from '../org/options.js';
import { Rounds, type Bench, type Case, type RowResult } from '../row.js';
import { replay, writeConfiguration } from '../sfreplay.js';
import { TOPIC_NAMES, TOPICS } from '../topics.js';

const JOB_SIZE = 1_000;
const JOBS_AT_ONCE = 10;
const JOBS = 'jobs : least';
const TIME = 'time : least';
/** A tenth of the times of row 3, for a run with many small jobs takes long. */
const LATENCY_MS = 12;
const MODEL: BulkModel = { queueMs: 200, batchSize: 10_000, recordMs: 0.1, batchesAtOnce: 5 };

interface Least {
  readonly jobs: number;
  readonly ms: number;
}

/** 8. A dump in bulk of which each second line repeats a key of the last 5,000 lines. */
export async function repeatedKeys(bench: Bench): Promise<RowResult> {
  const lines = bench.lines ?? (bench.isQuick ? 3_000 : 30_000);
  const count = bench.rounds ?? (bench.isQuick ? 1 : 3);
  const dump: DumpOptions = { lines, topics: TOPIC_NAMES, repeats: 0.5, within: 5_000 };
  const file = join(bench.folder, 'dump.ndjson');
  writeDump(file, dump);
  const least = { kept: leastKept(dump), folded: leastFolded(dump) };
  const rounds = await Org.use({ latencyMs: LATENCY_MS, bulk: MODEL }, (org) => {
    const cases = [
      dumpCase(bench, org, { name: 'every version', compact: false, file, lines, least: least.kept }),
      dumpCase(bench, org, { name: 'compact', compact: true, file, lines, least: least.folded }),
    ];
    return Rounds.run(cases, count, bench.say);
  });
  const stretches = leastStretches(dumpKeys(dump), JOB_SIZE);
  return {
    title: 'Repeated keys in bulk',
    lines,
    rounds: count,
    measured: rounds.measured(),
    comparisons: ['every version', 'compact'].flatMap((name) => [rounds.rate(name, JOBS), rounds.rate(name, TIME)]),
    notes: [
      `Least, every version: ${least.kept.jobs} jobs, when records of different keys may change places; ${stretches} if each job were a stretch of its topic's lines.`,
      `Least, compact: ${least.folded.jobs} jobs, when all versions of a key in the whole dump are one record; memory would have to hold them all.`,
      `The org: a tenth of row 3's times. The least time is that of its own waiting, and of the longest chain of versions of one key.`,
    ],
  };
}

interface DumpCase {
  readonly name: string;
  readonly compact: boolean;
  readonly file: string;
  readonly lines: number;
  readonly least: Least;
}

function dumpCase(bench: Bench, org: Org, { name, compact, file, lines, least }: DumpCase): Case {
  const configuration = join(bench.folder, `${name}.json`);
  writeConfiguration(
    configuration,
    TOPICS.map((topic) => ({ ...topic, mode: 'bulk' as const, compact })),
  );
  const words = ['--config', configuration, file];
  return {
    name,
    run: async () => {
      await org.report();
      const { seconds, summary } = await replay({ url: org.url, cwd: bench.folder, words });
      const report = await org.report();
      const { read, succeeded } = summary.totals;
      if (read !== lines) throw new Error(`${read} of ${lines} lines were read`);
      expectRecords(report, succeeded);
      const jobs = report.calls.job;
      return {
        seconds,
        jobs,
        records: succeeded,
        [JOBS]: jobs / least.jobs,
        [TIME]: (seconds * 1000) / least.ms,
        'org late, %': report.lateness * 100,
      };
    },
  };
}

function leastKept(dump: DumpOptions): Least {
  const counts = countKeys(dumpKeys(dump));
  const chainMs = longestChain(counts) * (4 * LATENCY_MS + MODEL.queueMs + MODEL.recordMs);
  return { jobs: leastJobs(counts, JOB_SIZE), ms: Math.max(leastMs(dump.lines), 2 * LATENCY_MS + chainMs) };
}

function leastFolded(dump: DumpOptions): Least {
  const counts = countKeys(dumpKeys(dump));
  const records = [...counts.values()].reduce((sum, keys) => sum + keys.size, 0);
  return { jobs: leastFoldedJobs(counts, JOB_SIZE), ms: leastMs(records) };
}

function leastMs(records: number): number {
  return leastBulkMs({ records, jobSize: JOB_SIZE, jobsAtOnce: JOBS_AT_ONCE, latencyMs: LATENCY_MS, model: MODEL });
}
