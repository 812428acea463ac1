import type { ChaosLine } from './dump.js';
import type { Ended, FailureLine, Ordeal } from './ordeal.js';
import type { Summary } from '../../src/accounting/summary.js';

/** What came of an ordeal, once it is over. */
export interface Verdict {
  /** Everything that should not be. */
  readonly wrongs: readonly string[];
  readonly written: number;
  readonly failed: number;
  readonly inDoubt: number;
  /** Versions that are there once more because a realtime upsert or update was under way at a kill. */
  readonly repeated: number;
}

export interface Line extends ChaosLine {
  readonly number: number;
  readonly ordinal: number;
  readonly failure: FailureLine['error'] | undefined;
}

/** Compares the org's history, the failures file and the summary with the dump. */
export function judge(ordeal: Ordeal, ended: Ended): Verdict {
  const wrongs: string[] = [];
  const failures = failuresByLine(ordeal, wrongs);
  const lines = numbered(ordeal.options.lines, failures);
  judgeEnd(ended, lines, wrongs);
  for (const line of lines) judgeFailure(line, ordeal, wrongs);
  const mapped = lines.filter(({ topic }) => topic !== undefined);
  let repeated = 0;
  for (const [marker, group] of groupBy(mapped, ({ marker }) => marker)) {
    if (marker !== '') repeated += judgeVersions(ordeal, marker, group, wrongs);
  }
  judgeDeletes(ordeal, mapped, wrongs);
  judgeOrder(ordeal, mapped, wrongs);
  judgeSettled(ordeal, mapped, wrongs);
  const outcomes = lines.map(({ failure }) => failure?.outcome);
  return {
    wrongs,
    written: lines.filter(({ failure, topic }) => failure === undefined && topic !== undefined).length,
    failed: outcomes.filter((outcome) => outcome === 'failed').length,
    inDoubt: outcomes.filter((outcome) => outcome === 'in_doubt').length,
    repeated,
  };
}

export function failuresByLine(ordeal: Ordeal, wrongs: string[]): Map<number, FailureLine['error']> {
  const failures = new Map<number, FailureLine['error']>();
  for (const { error } of ordeal.failures()) {
    const { line } = error.source;
    if (failures.has(line)) wrongs.push(`line ${line} is in the failures file twice`);
    if (error.outcome === 'unsent') wrongs.push(`line ${line} is in the failures file as unsent`);
    failures.set(line, error);
  }
  return failures;
}

export function numbered(lines: readonly ChaosLine[], failures: ReadonlyMap<number, FailureLine['error']>): Line[] {
  const counts = new Map<string, number>();
  return lines.map((line, i) => {
    const topic = line.topic?.name ?? '';
    const ordinal = counts.get(topic) ?? 0;
    counts.set(topic, ordinal + 1);
    return { ...line, ordinal, number: i + 1, failure: failures.get(i + 1) };
  });
}

/** Exit status and sums of the last run. */
export function judgeEnd({ status, stdout, stderr }: Ended, lines: readonly Line[], wrongs: string[]): void {
  const hasFailures = lines.some(({ failure }) => failure !== undefined);
  if (status !== (hasFailures ? 1 : 0)) {
    wrongs.push(`status ${String(status)}: ${stderr}`);
    return;
  }
  const { read, ...outcomes } = (JSON.parse(stdout) as Summary).totals;
  const sum = Object.values(outcomes).reduce((total, count) => total + count, 0);
  if (read !== lines.length || sum !== read) wrongs.push(`${lines.length} lines, ${read} read, ${sum} accounted for`);
  if (outcomes.unsent > 0) wrongs.push(`${outcomes.unsent} unsent at the end`);
}

function judgeFailure({ topic, expected, failure, number, marker }: Line, ordeal: Ordeal, wrongs: string[]): void {
  const name = `line ${number} (${marker})`;
  if (failure?.outcome === 'in_doubt' && (topic?.operation !== 'insert' || topic.mode !== 'realtime')) {
    wrongs.push(`${name} is in doubt: ${failure.message}`);
  }
  // A delete that may have been under way at a kill finds its record deleted, and cannot know by whom.
  const mayPass = topic?.name === 'realtime-delete' && ordeal.killed.length > 0;
  if (expected === 'failed' && failure === undefined && !mayPass) wrongs.push(`${name} is not in the failures file`);
  if (expected === 'skipped' && failure !== undefined) wrongs.push(`${name} is in the failures file`);
  const isOnlyOne = marker.endsWith('-only');
  if (expected === 'written' && failure?.outcome === 'failed' && !isOnlyOne) {
    wrongs.push(`${name} failed: ${failure.code} ${failure.message}`);
  }
}

/** Lines with one marker are equal: as many versions as of them were written. Returns how many more there are. */
function judgeVersions(ordeal: Ordeal, marker: string, group: readonly Line[], wrongs: string[]): number {
  const versions = ordeal.history().filter(({ fields }) => fields['Description'] === marker).length;
  const written = group.filter(({ failure }) => failure === undefined).length;
  const inDoubt = group.filter(({ failure }) => failure?.outcome === 'in_doubt').length;
  const { operation, mode } = group[0]!.topic!;
  const mayRepeat = mode === 'realtime' && (operation === 'update' || operation === 'upsert');
  const most = written + inDoubt + (mayRepeat && written > 0 ? ordeal.killed.length : 0);
  if (versions < written) wrongs.push(`${marker}: written ${versions} times, ${written} lines say so`);
  if (versions > most)
    wrongs.push(`${marker}: written ${versions} times, for ${written} lines and ${inDoubt} in doubt`);
  return mayRepeat ? Math.max(0, versions - written) : 0;
}

function judgeDeletes(ordeal: Ordeal, lines: readonly Line[], wrongs: string[]): void {
  const deleted = new Map<string, number>();
  for (const { change, id } of ordeal.history()) if (change === 'deleted') deleted.set(id, (deleted.get(id) ?? 0) + 1);
  for (const { topic, key, failure, number, expected } of lines) {
    if (topic?.operation !== 'delete' || expected !== 'written' || key === undefined) continue;
    const times = deleted.get(key) ?? 0;
    if (times !== 1) wrongs.push(`line ${number}: ${key} was deleted ${times} times`);
    if (failure !== undefined) wrongs.push(`line ${number}: ${key} is deleted, but ${failure.code}`);
  }
}

/** The versions of one key come in input order; the same one may come again before the next does. */
function judgeOrder(ordeal: Ordeal, lines: readonly Line[], wrongs: string[]): void {
  for (const [key, group] of groupBy(lines, ({ key, topic }) => (key === undefined ? '' : `${topic?.name} ${key}`))) {
    if (key === '' || group[0]?.topic?.operation === 'delete') continue;
    const expected = group.filter(({ failure }) => failure === undefined).map(({ marker }) => marker);
    const markers = new Set(group.map(({ marker }) => marker));
    const seen: string[] = [];
    for (const { fields } of ordeal.history()) {
      const marker = String(fields['Description']);
      if (markers.has(marker) && seen.at(-1) !== marker) seen.push(marker);
    }
    if (seen.join() !== expected.join()) wrongs.push(`${key}: versions ${seen.join()}, expected ${expected.join()}`);
  }
}

/** What the journal held as settled when a run was killed is never written again. */
export function judgeSettled(ordeal: Ordeal, lines: readonly Line[], wrongs: string[]): void {
  const history = ordeal.history();
  for (const [i, { settled, versions, phase }] of ordeal.killed.entries()) {
    const later = new Set(history.slice(versions).map(({ fields }) => fields['Description']));
    for (const { topic, ordinal, marker, number } of lines) {
      const isUnique = !marker.endsWith(' twin') && !marker.endsWith('-only') && marker !== '';
      if (isUnique && settled.has(`${topic?.name} ${ordinal}`) && later.has(marker)) {
        wrongs.push(`line ${number} (${marker}) was settled at kill ${i + 1} (${phase}), and written after it`);
      }
    }
  }
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [item]);
    else known.push(item);
  }
  return groups;
}
