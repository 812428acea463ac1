import type { RecordError, SourceLine } from '../core/record.js';
import { cut, LONGEST_EXAMPLE } from '../core/text.js';
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
