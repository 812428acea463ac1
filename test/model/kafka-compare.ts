import type { Summary } from '../../src/accounting/summary.js';
import type { Emulator } from '../../src/emulator/index.js';
import { differentRows } from './compare.js';
import type { KafkaLine, KafkaTopic } from './kafka-dump.js';
import type { KafkaModel, KafkaVerdict } from './kafka-model.js';
import { RULES } from './rules.js';

/** One of the runs that share a dump, with the text of its files. */
export interface ShardRun {
  readonly summary: Summary;
  readonly failures: string;
  readonly successes: string;
}

export interface KafkaRuns {
  readonly topics: readonly KafkaTopic[];
  readonly lines: readonly KafkaLine[];
  readonly runs: readonly ShardRun[];
  /** Rows of the history that were there before. */
  readonly before: Readonly<Record<string, number>>;
}

/** Lines that are in the files, with the run whose files they are in. */
interface Told {
  readonly failed: ReadonlyMap<number, { code: string; run: number }>;
  readonly written: ReadonlyMap<number, number>;
}

/** The first thing that differs between the runs and the model; undefined where nothing does. */
export function firstKafkaDifference(all: KafkaRuns, model: KafkaModel, org: Emulator): string | undefined {
  const told = readTold(all.runs);
  if (typeof told === 'string') return told;
  return (
    differentLines(all, model.verdicts, told) ??
    differentShards(model.verdicts, told) ??
    differentCounts(all, model.verdicts, told) ??
    differentOrder(all, model, org, told) ??
    differentRows(model, org)
  );
}

function readTold(runs: readonly ShardRun[]): Told | string {
  const failed = new Map<number, { code: string; run: number }>();
  const written = new Map<number, number>();
  for (const [run, { failures, successes }] of runs.entries()) {
    for (const letter of documents(failures) as { error: { code: string; source: { line: number } } }[]) {
      const { code, source } = letter.error;
      if (failed.has(source.line)) return `line ${source.line} has failed twice`;
      failed.set(source.line, { code, run });
    }
    for (const { line } of documents(successes) as { line: number }[]) {
      if (written.has(line) || failed.has(line)) return `line ${line} has two outcomes`;
      written.set(line, run);
    }
  }
  return { failed, written };
}

function documents(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}

function differentLines(
  { lines }: KafkaRuns,
  verdicts: readonly KafkaVerdict[],
  { failed, written }: Told,
): string | undefined {
  for (const { line, outcome, codes, mayFold, mayFail } of verdicts) {
    const source = lines[line - 1]!.text;
    const code = failed.get(line)?.code;
    const mustFail = outcome === 'failed' || outcome === 'malformed';
    if (code === undefined && mustFail) return `line ${line} must fail with ${codes.join()}, and did not: ${source}`;
    if (code !== undefined && !mustFail && !mayFail) return `line ${line} must be ${outcome}, not ${code}: ${source}`;
    if (code !== undefined && codes.length > 0 && !codes.includes(code)) {
      return `line ${line} must fail with ${codes.join()}, not ${code}: ${source}`;
    }
    const isWritten = written.has(line);
    if (isWritten && outcome !== 'written') return `line ${line} must be ${outcome}, and was written: ${source}`;
    if (!isWritten && code === undefined && outcome === 'written' && !mayFold) {
      return `line ${line} must be written, and is nowhere: ${source}`;
    }
  }
  return undefined;
}

/** All lines of a key are told by one of the runs. */
function differentShards(verdicts: readonly KafkaVerdict[], { failed, written }: Told): string | undefined {
  const runs = new Map<string, { run: number; line: number }>();
  for (const { key, line } of verdicts) {
    const run = written.get(line) ?? failed.get(line)?.run;
    if (key === undefined || run === undefined) continue;
    const first = runs.get(key) ?? { run, line };
    if (first.run !== run) return `${key}: line ${first.line} is in shard ${first.run + 1}, line ${line} in ${run + 1}`;
    runs.set(key, first);
  }
  return undefined;
}

/** What each line ended as is certain from the files; what is in none of them was folded or passed over. */
function differentCounts(
  { topics, runs }: KafkaRuns,
  verdicts: readonly KafkaVerdict[],
  { failed, written }: Told,
): string | undefined {
  const expected = (own: readonly KafkaVerdict[]): Record<string, number> => ({
    succeeded: own.filter(({ line }) => written.has(line)).length,
    failed: own.filter(({ line, outcome }) => failed.has(line) && outcome !== 'malformed').length,
    superseded: own.filter(
      ({ line, outcome }) =>
        outcome === 'skipped' || (outcome === 'written' && !written.has(line) && !failed.has(line)),
    ).length,
    in_doubt: 0,
    unsent: 0,
    resumed: 0,
    read: own.length,
  });
  const totals = {
    ...expected(verdicts),
    malformed: verdicts.filter(({ outcome }) => outcome === 'malformed').length,
    unmapped: verdicts.filter(({ outcome }) => outcome === 'unmapped').length,
  };
  const different = differentSums(
    'totals',
    totals,
    runs.map(({ summary }) => ({ ...summary.totals })),
  );
  if (different !== undefined) return different;
  for (const [i, { topic }] of topics.entries()) {
    const own = verdicts.filter((verdict) => verdict.topic === topic);
    const parts = runs.map(({ summary }) => ({ ...summary.topics[i] }));
    const difference = differentSums(`topic ${topic}`, expected(own), parts);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function differentSums(
  what: string,
  expected: Readonly<Record<string, number>>,
  parts: readonly Readonly<Record<string, unknown>>[],
): string | undefined {
  for (const [name, value] of Object.entries(expected)) {
    const sum = parts.reduce((total, part) => total + Number(part[name]), 0);
    if (sum !== value) return `${what}: ${name} is ${sum} over ${parts.length} runs, not ${value}`;
  }
  return undefined;
}

/** Each record got the lines that are told as written, each once and in input order, the last one always. */
function differentOrder(
  { before }: KafkaRuns,
  model: KafkaModel,
  org: Emulator,
  { written }: Told,
): string | undefined {
  let changes = 0;
  for (const sobject of Object.keys(RULES)) {
    const found = new Map<string, string[]>();
    for (const { id, change, fields } of org.history(sobject).slice(before[sobject])) {
      changes++;
      if (change !== 'deleted') found.set(id, [...(found.get(id) ?? []), String(fields[RULES[sobject]!.marker])]);
    }
    const rows = model.rows.filter((row) => row.sobject === sobject && row.lines.length > 0);
    const expected = rows.map(({ lines }) =>
      lines
        .filter((line) => written.has(line))
        .map((line) => `L${line}`)
        .join(' '),
    );
    const versions = [...found.values()].map((markers) => markers.join(' '));
    const extra = versions.filter((one) => !expected.includes(one));
    const missing = expected.filter((one) => !versions.includes(one));
    if (extra.length + missing.length > 0) {
      return `versions of ${sobject}: found ${extra.join(' | ')}, expected ${missing.join(' | ')}`;
    }
    const lost = rows.find(({ lines }) => !written.has(lines.at(-1)!));
    if (lost !== undefined) return `line ${lost.lines.at(-1)} is the last of its record, and is not written`;
  }
  return changes === written.size ? undefined : `${written.size} lines are told as written, but ${changes} were`;
}
