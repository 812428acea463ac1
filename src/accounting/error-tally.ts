import type { RecordError, SourceLine, DroppedField } from '../core/record.js';
import { cut, LONGEST_EXAMPLE, LONGEST_NAME } from '../core/text.js';
import type { ErrorSummary } from './summary.js';

/**
 * Counts errors by code, and by field where they are told with one. The example of each is that of its first line in the
 * order of the input, whatever was told first.
 */
export class ErrorTally {
  readonly #errors = new Map<string, { readonly error: ErrorSummary; readonly ordinal: number }>();

  add(
    { code, message, hint, field }: RecordError & Pick<ErrorSummary, 'hint' | 'field'>,
    { position: { file, line }, ordinal }: Omit<SourceLine, 'text'>,
  ): void {
    const kind = `${code} ${field ?? ''}`;
    const known = this.#errors.get(kind);
    const count = (known?.error.count ?? 0) + 1;
    if (known !== undefined && known.ordinal < ordinal) {
      known.error.count = count;
      return;
    }
    const more = { ...(field !== undefined && { field }), ...(hint !== undefined && { hint }) };
    const error = { code, count, example: cut(message, LONGEST_EXAMPLE), file, line, ...more };
    this.#errors.set(kind, { error, ordinal });
  }

  /** Most frequent first. */
  list(): ErrorSummary[] {
    const tallied = [...this.#errors.values()];
    tallied.sort((a, b) => b.error.count - a.error.count || a.ordinal - b.ordinal);
    return tallied.map(({ error }) => ({ ...error }));
  }
}

/** Nearest names are looked for so many unknown ones of a topic: more are not shown. */
const MOST_NEAREST = 20;

/** By name, of how many records a field was left out. */
export class DroppedTally {
  readonly #counts = { unwritable: new Map<string, number>(), unknown: new Map<string, number>() };
  readonly #unknown = new Map<string, DroppedField>();

  add(field: DroppedField): void {
    const { kind } = field;
    const name = cut(field.name, LONGEST_NAME);
    const counts = this.#counts[kind];
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if (kind === 'unknown' && !this.#unknown.has(name)) this.#unknown.set(name, field);
  }

  /** Most frequent first. */
  countsOf(kind: DroppedField['kind']): Record<string, number> {
    return Object.fromEntries([...this.#counts[kind]].sort(([, a], [, b]) => b - a));
  }

  /** What was probably meant by the most frequent unknown names. */
  nearest(): Record<string, string> {
    const names = Object.keys(this.countsOf('unknown')).slice(0, MOST_NEAREST);
    const pairs = names.map((name) => [name, this.#unknown.get(name)?.nearest] as const);
    return Object.fromEntries(pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined));
  }
}
