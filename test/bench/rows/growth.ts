import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeDump } from '../dump/dump.js';
import { expectRecords } from '../load.js';
import { Org } from '../org/org.js';
import { Rounds, type Bench, type Case, type Comparison, type Measured, type RowResult } from '../row.js';
import { replay, writeConfiguration } from '../sfreplay.js';
import { spreadOf, type Goal } from '../statistics.js';

const SECONDS = 'seconds';
const CPU = 'CPU s';

interface Shape {
  readonly topics: number;
  readonly repeats: number;
}

const SHAPES: readonly Shape[] = [1, 10, 1_000].flatMap((topics) => [0, 0.9].map((repeats) => ({ topics, repeats })));

/**
 * 6. Time per record by the length of the dump, number of topics and share of repeated keys. In realtime: in bulk the many
 * small jobs that repeated keys make would be waited for, whatever the client costs.
 */
export async function growth(bench: Bench): Promise<RowResult> {
  const longest = bench.lines ?? (bench.isQuick ? 30_000 : 3_000_000);
  const lengths = [longest / 300, longest / 10, longest].map(Math.round);
  const count = bench.rounds ?? (bench.isQuick ? 1 : 2);
  const measured: Measured[] = [];
  const comparisons: Comparison[] = [];
  for (const shape of SHAPES) {
    const rounds = await roundsOf(bench, shape, lengths, count);
    measured.push(...rounds.measured());
    comparisons.push(slopes(rounds, shape, lengths, SECONDS, { atMost: 1.1 }), slopes(rounds, shape, lengths, CPU));
  }
  return {
    title: 'Growth',
    lines: longest,
    rounds: count,
    measured,
    comparisons,
    notes: [
      'Start-up and warm-up, which the shortest dump pays most for, are subtracted: each comparison is the time of a further record between the longest dump and the middle one, by that between the middle one and the shortest.',
      'In realtime, ten calls in flight. Repeated keys are those of the last 5,000 lines, or of the last 100 lines of the topic; they are as frequent in the first lines as in the last.',
    ],
  };
}

async function roundsOf(bench: Bench, shape: Shape, lengths: readonly number[], count: number): Promise<Rounds> {
  const topics = Array.from({ length: shape.topics }, (_, index) => `crm.topic-${index + 1}`);
  const configuration = join(bench.folder, 'growth.json');
  writeConfiguration(
    configuration,
    topics.map((topic) => ({ topic, sobject: 'Account', mode: 'realtime' })),
  );
  const fileOf = (lines: number): string => join(bench.folder, `${lines}.ndjson`);
  for (const lines of lengths) {
    const within = Math.max(5_000, 100 * shape.topics);
    writeDump(fileOf(lines), { lines, topics, repeats: shape.repeats, within });
  }
  const rounds = await Org.use({}, (org) => {
    const cases = lengths.map((lines): Case => {
      const words = ['--config', configuration, '--max-in-flight', '10', fileOf(lines)];
      return {
        name: nameOf(shape, lines),
        run: async () => {
          await org.report();
          const { seconds, cpuSeconds } = await replay({ url: org.url, cwd: bench.folder, words });
          const report = await org.report();
          expectRecords(report, lines);
          return {
            [SECONDS]: seconds,
            'µs a record': (seconds / lines) * 1e6,
            [CPU]: cpuSeconds,
            calls: report.calls.collection,
          };
        },
      };
    });
    return Rounds.run(cases, count, bench.say);
  });
  for (const lines of lengths) rmSync(fileOf(lines));
  return rounds;
}

function slopes(rounds: Rounds, shape: Shape, lengths: readonly number[], figure: string, goal?: Goal): Comparison {
  const [low = 0, middle = 0, high = 0] = lengths;
  const taken = (lines: number): number[] => rounds.values(nameOf(shape, lines), figure);
  const [atLow, atMiddle, atHigh] = [taken(low), taken(middle), taken(high)];
  const ratios = atLow.map((first, round) => {
    const second = atMiddle[round] as number;
    const third = atHigh[round] as number;
    return (third - second) / (high - middle) / ((second - first) / (middle - low));
  });
  const name = `${shapeText(shape)}, late : early record, ${figure}`;
  return { name, ratio: spreadOf(ratios), ...(goal !== undefined && { goal }) };
}

function nameOf(shape: Shape, lines: number): string {
  return `${shapeText(shape)}, ${lines.toLocaleString('en-GB')} lines`;
}

function shapeText({ topics, repeats }: Shape): string {
  const counted = topics === 1 ? 'topic' : 'topics';
  return `${topics.toLocaleString('en-GB')} ${counted}, ${repeats * 100} % repeated`;
}
