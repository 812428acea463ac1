import type { RecordError, SourceLine } from '../record.js';
import type { ErrorSummary } from './summary.js';

/** Counts errors by code. The example of each is that of its first line in the order of the input, whatever was told first. */
export class ErrorTally {
  readonly #errors = new Map<string, ErrorSummary & { ordinal: number }>();

  add({ code, message }: RecordError, { position, ordinal }: Omit<SourceLine, 'text'>): void {
    const known = this.#errors.get(code);
    const count = (known?.count ?? 0) + 1;
    if (known !== undefined && known.ordinal < ordinal) known.count = count;
    else this.#errors.set(code, { code, count, example: message, ...position, ordinal });
  }

  /** Most frequent first. */
  list(): ErrorSummary[] {
    const errors = [...this.#errors.values()].sort((a, b) => b.count - a.count || a.ordinal - b.ordinal);
    return errors.map(({ code, count, example, file, line }) => ({ code, count, example, line, file }));
  }
}
