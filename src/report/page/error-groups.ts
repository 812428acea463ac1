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
  /** There are more, further on in the failures file. */
  readonly isAtLeast: boolean;
  /** Where it happened first. `text` is undefined where the failures file was not read so far. */
  readonly examples: readonly (Omit<FailureExample, 'text' | 'attempts'> & Partial<FailureExample>)[];
}

/** By code, most frequent first: what the summary counts, with the failures file's examples where it has some. */
export function errorGroups(summary: Summary, kinds: readonly FailureKind[]): ErrorGroup[] {
  const groups = new Map<string, ErrorMember[]>();
  const add = (code: string, member: ErrorMember): void => {
    const known = groups.get(code);
    if (known === undefined) groups.set(code, [member]);
    else known.push(member);
  };
  const examplesOf = new Map(kinds.map((kind) => [JSON.stringify([kind.topic, kind.code]), kind.examples]));
  for (const { topic, errors } of summary.topics) {
    for (const { code, count, example: message, file, line } of errors) {
      const examples = examplesOf.get(JSON.stringify([topic, code])) ?? [{ message, file, line }];
      add(code, { topic, count, isAtLeast: false, examples });
    }
  }
  for (const { kinds: loose, known } of [malformedKinds(summary, kinds), unmappedKinds(summary, kinds)]) {
    const isAtLeast = loose.reduce((sum, { count }) => sum + count, 0) < known;
    for (const { topic, code, count, examples } of known > 0 ? loose : []) {
      add(code, { topic: topic ?? undefined, count, isAtLeast, examples });
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

/** Failures that no topic's account has, and how many of them the run counted. */
interface LooseKinds {
  readonly kinds: readonly FailureKind[];
  readonly known: number;
}

function malformedKinds({ totals }: Summary, kinds: readonly FailureKind[]): LooseKinds {
  return { kinds: kinds.filter(({ topic }) => topic === null), known: totals.malformed };
}

function unmappedKinds({ topics, totals }: Summary, kinds: readonly FailureKind[]): LooseKinds {
  const isMapped = new Set<string | null>(topics.map(({ topic }) => topic));
  return {
    kinds: kinds.filter(({ topic, code }) => topic !== null && code === 'UNMAPPED_TOPIC' && !isMapped.has(topic)),
    known: totals.failed - topics.reduce((sum, { failed }) => sum + failed, 0),
  };
}
