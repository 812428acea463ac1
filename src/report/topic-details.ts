import type { ErrorSummary } from '../accounting/summary.js';
import { factLines, type Fact } from './facts.js';
import { formatCount, formatNoun, safeText } from './format.js';
import type { Paint } from './paint.js';
import { visibleName } from '../core/text.js';
import { cutEnd, padStart, unbroken, widthOf, wrap } from './text-width.js';
import { maskSecrets } from '../core/secrets.js';

/** What a summary and a check tell below their tables: errors and dropped fields. Both are empty where there are none. */

interface Topic {
  readonly topic: string;
  readonly errors: readonly ErrorSummary[];
  readonly dropped_fields: Readonly<Record<string, number>>;
}

interface TopicWithUnknown extends Pick<Topic, 'topic'> {
  readonly unknown_fields: Readonly<Record<string, number>>;
  readonly nearest_fields: Readonly<Record<string, string>>;
}

/** All errors of one code. */
export interface ErrorGroup extends ErrorSummary {
  /** Most frequent first; none where they are of lines that are no topic's. */
  readonly topics: readonly { readonly topic: string; readonly count: number }[];
}

/** By code, and where one is told by its field, too; most frequent first. */
export function groupErrors(topics: readonly Pick<Topic, 'topic' | 'errors'>[]): ErrorGroup[] {
  const groups = new Map<string, ErrorGroup & { topics: { topic: string; count: number }[] }>();
  for (const { topic, errors } of topics) {
    for (const error of errors) {
      const kind = JSON.stringify([error.code, 'field' in error ? error.field : undefined]);
      const group = groups.get(kind);
      const named = topic === '' ? [] : [{ topic, count: error.count }];
      if (group === undefined) groups.set(kind, { ...error, topics: named });
      else {
        if (isEarlier(error, group)) Object.assign(group, { ...error, count: group.count });
        group.count += error.count;
        group.topics.push(...named);
      }
    }
  }
  for (const { topics: named } of groups.values()) named.sort((a, b) => b.count - a.count);
  return [...groups.values()].sort((a, b) => b.count - a.count);
}

/** Of two files nobody knows here which one came first. */
function isEarlier(one: ErrorSummary, other: ErrorSummary): boolean {
  return one.file === other.file && one.line < other.line;
}

/** `3 errors of 2 more kinds` */
export function restText(rest: readonly ErrorGroup[]): string {
  const count = rest.reduce((sum, error) => sum + error.count, 0);
  return `${formatNoun(count, 'error')} of ${formatNoun(rest.length, 'more kind')}`;
}

/** `accounts`, or of several topics `accounts 3, leads 2 and 4 more topics`; empty where it is no topic's. */
export function topicsText({ topics }: ErrorGroup): string {
  return topics.length < 2 ? (topics[0]?.topic ?? '') : countedTopics(topics);
}

/** `accounts 3, leads 2 and 4 more topics` */
export function countedTopics(topics: ErrorGroup['topics']): string {
  const named = topics.slice(0, MAXIMUM_TOPICS).map(({ topic, count }) => `${topic} ${formatCount(count)}`);
  const more = topics.length - named.length;
  return named.join(', ') + (more > 0 ? ` and ${formatNoun(more, 'more topic')}` : '');
}

/** Where the first line with the error stands: `dump.ndjson:12`. */
export function placeOf({ file, line }: Pick<ErrorSummary, 'file' | 'line'>): string {
  return file === '-' ? `line ${line} of standard input` : `${file}:${line}`;
}

/** The message, and the hint where there is one. */
export function exampleText({ example, hint }: ErrorSummary): string {
  return hint === undefined ? example : `${example}. ${hint}`;
}

/** The most frequent errors of all topics, each with its first line and an example. A hint may hold a command, and is not broken. */
export function errorLines(
  topics: readonly Pick<Topic, 'topic' | 'errors'>[],
  width: number,
  paint: Paint,
  title = 'Errors',
): string[] {
  const errors = groupErrors(topics);
  if (errors.length === 0) return [];
  const shown = errors.slice(0, mostErrors);
  const countWidth = shown.reduce((widest, { count }) => Math.max(widest, widthOf(formatCount(count))), 0);
  const indent = ' '.repeat(countWidth + 5);
  const inner = Math.max(10, width - indent.length);
  const indented = (text: string): string[] => wrap(safeText(maskSecrets(text)), inner).map((line) => indent + line);
  const lines = shown.flatMap((error) => {
    const { code, count, example, hint } = error;
    const place = `${count > 1 ? 'first at ' : ''}${placeOf(error)}`;
    const topic = topicsText(error);
    const isOne = error.topics.length < 2;
    const where = safeText(isOne && topic !== '' ? `${topic}, ${place}` : place);
    const times = `  ${padStart(formatCount(count), countWidth)} × `;
    const isShort = widthOf(code) + 2 + widthOf(where) <= inner;
    return [
      times + paint.red(safeText(code)) + (isShort ? `  ${where}` : ''),
      ...(isShort ? [] : indented(where)),
      ...(isOne ? [] : indented(topic)),
      ...indented(cutEnd(example, longestExample)).map((line) => paint.dim(line)),
      ...(hint === undefined ? [] : [indent + safeText(maskSecrets(hint))]),
    ];
  });
  if (errors.length > mostErrors) lines.push(`  and ${restText(errors.slice(mostErrors))}`);
  return [paint.bold(title), ...lines];
}

/** Per topic the fields that were left out, those of most records first. */
export function droppedFieldLines(topics: readonly Topic[], width: number, paint: Paint): string[] {
  const facts = droppedFieldFacts(topics);
  if (facts.length === 0) return [];
  return [`${paint.bold('Dropped fields')} ${paint.dim('(not writable)')}`, ...factLines(facts, width, paint)];
}

export function droppedFieldFacts(topics: readonly Topic[]): Fact[] {
  return topics.flatMap(({ topic, dropped_fields }) => fieldFacts(topic, dropped_fields, {}));
}

/** Per topic the names that its sObject does not have, and what was probably meant. */
export function unknownFieldLines(topics: readonly TopicWithUnknown[], width: number, paint: Paint): string[] {
  const facts = unknownFieldFacts(topics);
  if (facts.length === 0) return [];
  return [`${paint.bold('Unknown fields')} ${paint.dim('(left out)')}`, ...factLines(facts, width, paint)];
}

export function unknownFieldFacts(topics: readonly TopicWithUnknown[]): Fact[] {
  return topics.flatMap(({ topic, unknown_fields, nearest_fields }) =>
    fieldFacts(topic, unknown_fields, nearest_fields),
  );
}

function fieldFacts(
  topic: string,
  counts: Readonly<Record<string, number>>,
  nearest: Readonly<Record<string, string>>,
): Fact[] {
  const fields = Object.entries(counts).sort(([, a], [, b]) => b - a);
  if (fields.length === 0) return [];
  const shown = fields.slice(0, mostFields).map(([name, count]) => {
    const meant = Object.hasOwn(nearest, name) ? `, did you mean ${safeText(nearest[name] ?? '')}?` : '';
    return unbroken(`${safeText(visibleName(name))} (${formatCount(count)}${meant})`);
  });
  const more = fields.length > mostFields ? [`${formatCount(fields.length - mostFields)} more`] : [];
  return [{ label: `  ${cutEnd(safeText(topic), longestTopic)}`, text: [...shown, ...more].join(', ') }];
}

export const mostErrors = 10;
const MAXIMUM_TOPICS = 10;
const mostFields = 20;
const longestExample = 300;
const longestTopic = 24;
