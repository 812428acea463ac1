import type { ErrorSummary } from '../accounting/summary.js';
import { factLines, type Fact } from './facts.js';
import { formatCount, formatNoun, safeText } from './format.js';
import type { Paint } from './paint.js';
import { cutEnd, padStart, unbroken, widthOf, wrap } from './text-width.js';
import { maskSecrets } from './secrets.js';

/** What a summary and a check tell below their tables: errors and dropped fields. Both are empty where there are none. */

interface Topic {
  readonly topic: string;
  readonly errors: readonly ErrorSummary[];
  readonly dropped_fields: Readonly<Record<string, number>>;
}

/** An error of one topic. */
export interface TopicError extends ErrorSummary {
  /** Empty for lines that are of no topic's account. */
  readonly topic: string;
}

/** Of all topics; most frequent first. */
export function frequentErrors(topics: readonly Pick<Topic, 'topic' | 'errors'>[]): TopicError[] {
  return topics
    .flatMap(({ topic, errors }) => errors.map((error) => ({ ...error, topic })))
    .sort((a, b) => b.count - a.count);
}

/** `3 errors of 2 more kinds` */
export function restText(rest: readonly TopicError[]): string {
  const count = rest.reduce((sum, error) => sum + error.count, 0);
  return `${formatNoun(count, 'error')} of ${formatNoun(rest.length, 'more kind')}`;
}

/** The most frequent errors of all topics, each with its first line and an example. */
export function errorLines(
  topics: readonly Pick<Topic, 'topic' | 'errors'>[],
  width: number,
  paint: Paint,
  title = 'Errors',
): string[] {
  const errors = frequentErrors(topics);
  if (errors.length === 0) return [];
  const shown = errors.slice(0, mostErrors);
  const countWidth = shown.reduce((widest, { count }) => Math.max(widest, widthOf(formatCount(count))), 0);
  const indent = ' '.repeat(countWidth + 5);
  const lines = shown.flatMap(({ code, count, topic, line, example }) => {
    const where = `${safeText(topic)}, ${count > 1 ? 'first at line' : 'line'} ${formatCount(line)}`;
    const times = `  ${padStart(formatCount(count), countWidth)} × `;
    const inner = Math.max(10, width - indent.length);
    const isShort = widthOf(code) + 2 + widthOf(where) <= inner;
    return [
      times + paint.red(safeText(code)) + (isShort ? `  ${where}` : ''),
      ...(isShort ? [] : wrap(where, inner).map((text) => indent + text)),
      ...wrap(cutEnd(safeText(maskSecrets(example)), longestExample), inner).map((text) => indent + paint.dim(text)),
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
  return topics.flatMap(({ topic, dropped_fields }) => {
    const fields = Object.entries(dropped_fields).sort(([, a], [, b]) => b - a);
    if (fields.length === 0) return [];
    const shown = fields
      .slice(0, mostFields)
      .map(([name, count]) => unbroken(`${safeText(name)} (${formatCount(count)})`));
    const more = fields.length > mostFields ? [`${formatCount(fields.length - mostFields)} more`] : [];
    return [{ label: `  ${cutEnd(safeText(topic), longestTopic)}`, text: [...shown, ...more].join(', ') }];
  });
}

export const mostErrors = 10;
const mostFields = 20;
const longestExample = 300;
const longestTopic = 24;
