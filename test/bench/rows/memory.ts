import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeDump } from '../dump/dump.js';
import { expectRecords } from '../load.js';
import { Org } from '../org/org.js';
import { Rounds, type Bench, type Case, type Comparison, type Measured, type RowResult } from '../row.js';
import { mapTopics, replay } from '../sfreplay.js';
import { TOPIC_NAMES } from '../topics.js';

const FIGURE = 'peak RSS MB';
const MAX_MB = 200;
const GENERATOR = fileURLToPath(new URL('../dump/main.js', import.meta.url));
/** So slow that all ten bulk jobs are in flight most of the time, with what they hold. */
const LATENCY_MS = 50;

/** 5. Peak memory by the length of the dump, with defaults, in both modes, from a file and from standard input. */
export async function memory(bench: Bench): Promise<RowResult> {
  const longest = bench.lines ?? (bench.isQuick ? 30_000 : 3_000_000);
  const lengths = [longest / 30, longest / 3, longest].map(Math.round);
  const count = bench.rounds ?? (bench.isQuick ? 1 : 2);
  const measured: Measured[] = [];
  const comparisons: Comparison[] = [];
  for (const lines of lengths) writeDump(fileOf(bench, lines), { lines, topics: TOPIC_NAMES });
  for (const mode of ['bulk', 'realtime'] as const) {
    const options = mode === 'bulk' ? { latencyMs: LATENCY_MS } : {};
    for (const source of ['file', 'stdin'] as const) {
      const rounds = await Org.use(options, (org) => {
        const cases = lengths.map((lines) => sizeCase(bench, { org, mode, source, lines }));
        return Rounds.run(cases, count, bench.say);
      });
      const [least = '', , most = ''] = lengths.map((lines) => nameOf({ mode, source, lines }));
      measured.push(...rounds.measured());
      comparisons.push(
        rounds.compare(most, least, FIGURE, { atMost: 1.1 }),
        rounds.rate(most, FIGURE, { atMost: MAX_MB }),
      );
    }
  }
  for (const lines of lengths) rmSync(fileOf(bench, lines));
  return {
    title: 'Memory',
    lines: longest,
    rounds: count,
    measured,
    comparisons,
    notes: [
      `In bulk the org takes ${LATENCY_MS} ms a request, so that all places for jobs are taken; in realtime none.`,
    ],
  };
}

interface Size {
  readonly mode: 'bulk' | 'realtime';
  readonly source: 'file' | 'stdin';
  readonly lines: number;
}

function sizeCase(bench: Bench, { org, ...size }: Size & { readonly org: Org }): Case {
  const { mode, source, lines } = size;
  const generator = [GENERATOR, JSON.stringify({ lines, topics: TOPIC_NAMES })];
  return {
    name: nameOf(size),
    run: async () => {
      await org.report();
      const { peakRssMB, seconds } = await replay({
        url: org.url,
        cwd: bench.folder,
        words: [...mapTopics(mode), ...(source === 'file' ? [fileOf(bench, lines)] : [])],
        ...(source === 'stdin' && { pipedFrom: generator }),
      });
      expectRecords(await org.report(), lines);
      return { [FIGURE]: peakRssMB, seconds };
    },
  };
}

function nameOf({ mode, source, lines }: Size): string {
  return `${mode}, ${source}, ${lines.toLocaleString('en-GB')} lines`;
}

function fileOf({ folder }: Bench, lines: number): string {
  return join(folder, `${lines}.ndjson`);
}
