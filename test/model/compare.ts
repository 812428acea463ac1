import { LosslessNumber, parse, stringify } from 'lossless-json';
import type { Summary } from '../../src/accounting/summary.js';
import type { Emulator, StoredRecord, StoredValue } from '../../src/emulator/index.js';
import type { GeneratedTopic } from './generate.js';
import type { Model, Row, Verdict } from './model.js';
import { RULES } from './rules.js';

export interface Run {
  readonly lines: readonly string[];
  readonly topics: readonly GeneratedTopic[];
  readonly summary: Summary;
  /** The failures file's text; empty where there is none. */
  readonly failures: string;
  /** Rows of the history that were there before the run. */
  readonly before: Readonly<Record<string, number>>;
}

interface Letter {
  readonly topic: string | null;
  readonly raw?: string;
  readonly error: { code: string; message: string; outcome: string; source: { line: number } };
}

/** The first thing that differs between a run and the model, in a sentence or two; undefined where nothing does. */
export function firstDifference(run: Run, model: Model, org: Emulator): string | undefined {
  return (
    differentLines(run, model) ??
    differentCounts(run, model.verdicts) ??
    differentOrder(run, model, org) ??
    differentRows(model, org)
  );
}

/** Every line that must fail is in the failures file once, with its code and as it was; and no other is. */
function differentLines({ failures, lines }: Run, { verdicts }: Model): string | undefined {
  const letters = new Map<number, string>();
  for (const text of failures.split('\n')) {
    if (text === '') continue;
    const { line } = (JSON.parse(text) as Letter).error.source;
    if (letters.has(line)) return `line ${line} is in the failures file twice`;
    letters.set(line, text);
  }
  for (const { line, outcome, codes } of verdicts) {
    const text = letters.get(line);
    const source = lines[line - 1]!;
    const mustFail = outcome === 'failed' || outcome === 'malformed';
    if (!mustFail) {
      if (text !== undefined) return `line ${line} must be ${outcome}, but failed: ${text}\nfor ${source}`;
      continue;
    }
    if (text === undefined) return `line ${line} must fail with ${codes.join(' or ')}, and did not: ${source}`;
    const letter = JSON.parse(text) as Letter;
    if (letter.error.outcome !== 'failed') return `line ${line} is ${letter.error.outcome}, not failed: ${text}`;
    if (codes.length > 0 && !codes.includes(letter.error.code)) {
      return `line ${line} must fail with ${codes.join(' or ')}, not ${text.slice(-300)}\nfor ${source.slice(0, 1000)}`;
    }
    if (outcome === 'malformed' ? letter.raw !== source : !isUnchanged(text, source)) {
      return `line ${line} is not kept as it was: ${text}\nfor ${source}`;
    }
  }
  const known = new Set(verdicts.map(({ line }) => line));
  const stray = [...letters.keys()].find((line) => !known.has(line));
  return stray === undefined ? undefined : `line ${stray} is in the failures file, and is no line`;
}

function isUnchanged(letter: string, source: string): boolean {
  const { error, ...rest } = parseAll(letter);
  return error !== undefined && stringify(rest) === stringify(parseAll(source));
}

function parseAll(text: string): Record<string, unknown> {
  return parse(text, null, { parseNumber: (digits) => new LosslessNumber(digits) }) as Record<string, unknown>;
}

function differentCounts({ summary, topics }: Run, verdicts: readonly Verdict[]): string | undefined {
  const count = (matches: (verdict: Verdict) => boolean): number => verdicts.filter(matches).length;
  const expected: Record<string, number> = {
    read: verdicts.length,
    succeeded: count(({ outcome }) => outcome === 'succeeded'),
    failed: count(({ outcome }) => outcome === 'failed'),
    in_doubt: 0,
    superseded: 0,
    unmapped: count(({ outcome }) => outcome === 'unmapped'),
    malformed: count(({ outcome }) => outcome === 'malformed'),
    resumed: 0,
    unsent: 0,
  };
  const difference = differentValues('totals', { ...summary.totals }, expected);
  if (difference !== undefined) return difference;
  for (const [i, { topic, operation, mode }] of topics.entries()) {
    const own = verdicts.filter((verdict) => verdict.topic === topic);
    const found = summary.topics[i]!;
    const succeeded = own.filter(({ outcome }) => outcome === 'succeeded');
    const knowsCreated = mode === 'realtime' && (operation === 'insert' || operation === 'upsert');
    const different =
      differentValues(
        `topic ${topic}`,
        {
          topic: found.topic,
          read: found.read,
          succeeded: found.succeeded,
          failed: found.failed,
          errors: found.errors.reduce((sum, error) => sum + error.count, 0),
          ...(knowsCreated ? { created: found.created } : {}),
        },
        {
          topic,
          read: own.length,
          succeeded: succeeded.length,
          failed: own.length - succeeded.length,
          errors: own.length - succeeded.length,
          ...(knowsCreated ? { created: succeeded.filter(({ created }) => created).length } : {}),
        },
      ) ?? differentDropped(found, own);
    if (different !== undefined) return different;
  }
  return undefined;
}

/** What is dropped from records that are written is certain; from records that fail it may be counted or not. */
function differentDropped(found: Summary['topics'][number], verdicts: readonly Verdict[]): string | undefined {
  const names = new Set(verdicts.flatMap(({ dropped }) => dropped));
  for (const name of names) {
    const all = verdicts.filter(({ dropped }) => dropped.includes(name));
    const least = all.filter(({ outcome }) => outcome === 'succeeded').length;
    const counted = (found.dropped_fields[name] ?? 0) + (found.unknown_fields[name] ?? 0);
    if (counted < least || counted > all.length) {
      return `topic ${found.topic}: ${name} was dropped from ${counted} records, not ${least} to ${all.length}`;
    }
  }
  return undefined;
}

/** Versions of one record land in input order, each once. */
function differentOrder({ before }: Run, model: Model, org: Emulator): string | undefined {
  for (const sobject of Object.keys(RULES)) {
    const { marker } = RULES[sobject]!;
    const written = new Map<string, string[]>();
    const deleted = new Map<string, number>();
    for (const { id, change, fields } of org.history(sobject).slice(before[sobject])) {
      if (change === 'deleted') deleted.set(id, (deleted.get(id) ?? 0) + 1);
      else written.set(id, [...(written.get(id) ?? []), textOf(fields[marker])]);
    }
    const found = [...written.values()].map((versions) => versions.join(' ')).sort();
    const expected = model.rows
      .filter((row) => row.sobject === sobject && row.lines.length > 0)
      .map(({ lines, values }) => lines.map((line) => (values.has(marker) ? `L${line}` : '')).join(' '))
      .sort();
    const difference = differentLists(`versions of ${sobject}`, found, expected);
    if (difference !== undefined) return difference;
    for (const [id, times] of deleted) if (times > 1) return `${sobject} ${id} was deleted ${times} times`;
  }
  return undefined;
}

export function differentRows(model: Pick<Model, 'rows'>, org: Emulator): string | undefined {
  for (const sobject of Object.keys(RULES)) {
    const known = new Set(model.rows.map(({ id }) => id));
    // A parent that the run has created is known by its key.
    const keys = new Map(
      org.records('Account').map((one) => [one.Id, `@${textOf(one['External_Id__c']).toLowerCase()}`]),
    );
    const nameOf = (value: string): string => (known.has(value) ? value : (keys.get(value) ?? value));
    const found = org.records(sobject).map((record) => {
      const values = valuesOf(record).map(([name, value]): [string, string] => [name, nameOf(value)]);
      return rowText(sobject, values, known.has(record.Id) ? record.Id : '');
    });
    const expected = model.rows
      .filter((row) => row.sobject === sobject && !row.isDeleted)
      .map((row) => rowText(sobject, row.values, row.id ?? ''));
    const difference = differentLists(`records of ${sobject}`, found.sort(), expected.sort());
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** The org as it stands, for the model to begin with. */
export function rowsOf(org: Emulator): Row[] {
  return Object.keys(RULES).flatMap((sobject) =>
    org.records(sobject).map((record) => ({
      sobject,
      id: record.Id,
      values: new Map(valuesOf(record)),
      lines: [],
      isDeleted: false,
    })),
  );
}

function valuesOf(record: StoredRecord): [string, string][] {
  const entries = Object.entries(record).filter(([name, value]) => name !== 'Id' && value !== null);
  return entries.map(([name, value]): [string, string] => [name, textOf(value)]);
}

/** Keys that match in any case are told in one; how a number is written is told as it is. */
function rowText(sobject: string, values: Iterable<[string, string]>, id: string): string {
  const { fields } = RULES[sobject]!;
  // The rest is the org's own: automatic numbers and the like.
  const written = [...values].filter(([name]) => name in fields);
  const parts = written.map(([name, value]) => {
    const match = fields[name]!.match;
    const text = match === 'any case' ? value.toLowerCase() : match === 'number' ? String(Number(value)) : value;
    return `${name}=${JSON.stringify(text)}`;
  });
  return `${id} ${parts.sort().join(' ')}`;
}

function textOf(value: StoredValue | undefined): string {
  return value === null || value === undefined ? '' : String(value);
}

function differentValues(
  what: string,
  found: Readonly<Record<string, unknown>>,
  expected: Readonly<Record<string, unknown>>,
): string | undefined {
  for (const [name, value] of Object.entries(expected)) {
    if (found[name] !== value) return `${what}: ${name} is ${String(found[name])}, not ${String(value)}`;
  }
  return undefined;
}

function differentLists(what: string, found: readonly string[], expected: readonly string[]): string | undefined {
  const left = [...expected];
  const extra = found.filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  if (extra.length === 0 && left.length === 0) return undefined;
  const show = (list: readonly string[]): string =>
    list
      .slice(0, 2)
      .map((one) => `\n    ${one.slice(0, 600)}`)
      .join('');
  return `${what}: ${extra.length} too many, ${left.length} missing\n  found${show(extra)}\n  expected${show(left)}`;
}
