import type { Summary } from '../../accounting/summary.js';
import type { FailureExample, FailureKind } from './run-page.js';

/** All errors of one code. */
export interface ErrorGroup {
  readonly code: string;
  readonly count: number;
  /** Most frequent first. */
  readonly members: readonly ErrorMember[];
}

/** The errors of one code that one topic had, or lines that are no mapped topic's. */
export interface ErrorMember {
  /** Undefined for malformed lines. */
  readonly topic: string | undefined;
  readonly count: number;
  readonly hint: string | undefined;
  /** Where it happened first. `text` is undefined where the failures file was not read so far. */
  readonly examples: readonly (Omit<FailureExample, 'text' | 'attempts'> & Partial<FailureExample>)[];
}

/** By code, most frequent first: what the summary counts, with the failures file's examples where it has some. */
export function errorGroups(summary: Summary, kinds: readonly FailureKind[]): ErrorGroup[] {
  const groups = new Map<string, ErrorMember[]>();
  const examplesOf = new Map(kinds.map((kind) => [JSON.stringify([kind.topic, kind.code]), kind.examples]));
  for (const { topic: name, errors } of [...summary.topics, ...summary.line_errors]) {
    const topic = name === '' ? undefined : name;
    for (const { code, count, example: message, file, line, hint } of errors) {
      const examples = examplesOf.get(JSON.stringify([topic ?? null, code])) ?? [{ message, file, line }];
      const members = groups.get(code) ?? [];
      groups.set(code, members);
      members.push({ topic, count, hint, examples });
    }
  }
  return [...groups]
    .map(([code, members]) => ({
      code,
      count: members.reduce((sum, { count }) => sum + count, 0),
      members: members.sort((a, b) => b.count - a.count),
    }))
    .sort((a, b) => b.count - a.count);
}
