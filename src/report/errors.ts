import type { ErrorSummary } from '../accounting/summary.js';
import { visibleName } from '../core/text.js';
import type { Fact } from './document.js';
import { formatCount, formatNoun } from './format.js';
import { countColumn, type ColumnOf } from './table.js';
import { unbroken } from './text-width.js';

/** All errors of one code. What it says of an example is that of the first one. */
export interface ErrorGroup extends ErrorSummary {
  /** By topic, most frequent first; the topic's name is empty where they are of lines that are no topic's. */
  readonly members: readonly ErrorMember[];
}

export interface ErrorMember extends ErrorSummary {
  readonly topic: string;
}

/** By code, and where one is told by its field, too; most frequent first. Lines that are no topic's have an empty name. */
export function groupErrors(
  topics: readonly { readonly topic: string; readonly errors: readonly ErrorSummary[] }[],
): ErrorGroup[] {
  const groups = new Map<string, ErrorGroup & { members: ErrorMember[] }>();
  for (const { topic, errors } of topics) {
    for (const error of errors) {
      const kind = JSON.stringify([error.code, 'field' in error ? error.field : undefined]);
      const group = groups.get(kind) ?? { ...error, count: 0, members: [] };
      groups.set(kind, group);
      // Of two files nobody knows here which one came first.
      if (error.file === group.file && error.line < group.line) Object.assign(group, { ...error, count: group.count });
      group.count += error.count;
      group.members.push({ ...error, topic });
    }
  }
  for (const { members } of groups.values()) members.sort(byCount);
  return [...groups.values()].sort(byCount);
}

export function byCount(one: { readonly count: number }, other: { readonly count: number }): number {
  return other.count - one.count;
}

export function sumOf<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}

/** `: 1 failed, 2 in doubt`, each on one line: what is nought is left out, and all where all is. */
export function countsText(counts: readonly (readonly [count: number, one: string, many?: string])[]): string {
  const told = counts.filter(([count]) => count > 0);
  const texts = told.map(([count, one, many = one]) => unbroken(formatNoun(count, one, many)));
  return texts.length === 0 ? '' : `: ${texts.join(', ')}`;
}

/** `3 errors of 2 more kinds` */
export function restText(rest: readonly ErrorGroup[]): string {
  return `${formatNoun(
    sumOf(rest, ({ count }) => count),
    'error',
  )} of ${formatNoun(rest.length, 'more kind')}`;
}

/** `accounts`, or of several topics `accounts 3, leads 2 and 4 more topics`; empty where it is no topic's. */
export function topicsText({ members }: ErrorGroup): string {
  const topics = members.filter(({ topic }) => topic !== '');
  return topics.length < 2 ? (topics[0]?.topic ?? '') : countedTopics(topics);
}

/** `accounts 3, leads 2 and 4 more topics` */
export function countedTopics(topics: readonly { readonly topic: string; readonly count: number }[]): string {
  const named = topics.slice(0, MOST_TOPICS).map(({ topic, count }) => `${topic} ${formatCount(count)}`);
  const more = topics.length - named.length;
  return named.join(', ') + (more > 0 ? ` and ${formatNoun(more, 'more topic')}` : '');
}

const MOST_TOPICS = 10;
const MOST_FIELDS = 20;

/** Where the first line with the error stands: `dump.ndjson:12`. */
export function placeOf({ file, line }: Pick<ErrorSummary, 'file' | 'line'>): string {
  return file === '-' ? `line ${line} of standard input` : `${file}:${line}`;
}

/** The message, and the hint where there is one. */
export function exampleText({ example, hint }: Pick<ErrorSummary, 'example' | 'hint'>): string {
  return hint === undefined ? example : `${example}. ${hint}`;
}

/** The columns of groups where they are a table. */
export function groupColumns(name: 'error' | 'field'): ColumnOf<ErrorGroup>[] {
  return [
    { titles: [name], cell: ({ code }) => code },
    countColumn(['count'], ({ count }) => count),
    { titles: ['topic'], cell: topicsText },
    { titles: ['first at'], cell: placeOf },
    { titles: ['example'], cell: exampleText },
  ];
}

/** Per topic its fields, those of most records first; `about` tells more of one. Topics without fields are left out. */
export function fieldFacts<Topic extends { readonly topic: string }>(
  topics: readonly Topic[],
  countsOf: (topic: Topic) => Readonly<Record<string, number>>,
  about: (field: string, topic: Topic) => string = () => '',
): Fact[] {
  return topics.flatMap((topic) => {
    const fields = Object.entries(countsOf(topic)).sort(([, a], [, b]) => b - a);
    if (fields.length === 0) return [];
    const shown = fields
      .slice(0, MOST_FIELDS)
      .map(([name, count]) => unbroken(`${visibleName(name)} (${formatCount(count)}${about(name, topic)})`));
    const more = fields.length - shown.length;
    return [{ label: topic.topic, text: [...shown, ...(more > 0 ? [`${formatCount(more)} more`] : [])].join(', ') }];
  });
}
