import type { RecordError, SourceLine } from '../core/record.js';
import { cut, LONGEST_EXAMPLE } from '../core/text.js';
import type { ErrorSummary } from './summary.js';

/** Counts errors by code. The example of each is that of its first line in the order of the input, whatever was told first. */
export class ErrorTally {
  readonly #errors = new Map<string, ErrorSummary & { ordinal: number }>();

  add(
    { code, message, hint }: RecordError & Pick<ErrorSummary, 'hint'>,
    { position, ordinal }: Omit<SourceLine, 'text'>,
  ): void {
    const known = this.#errors.get(code);
    const count = (known?.count ?? 0) + 1;
    if (known !== undefined && known.ordinal < ordinal) known.count = count;
    else {
      const example = cut(message, LONGEST_EXAMPLE);
      this.#errors.set(code, { code, count, example, ...position, hint, ordinal });
    }
  }

  /** Most frequent first. */
  list(): ErrorSummary[] {
    const errors = [...this.#errors.values()].sort((a, b) => b.count - a.count || a.ordinal - b.ordinal);
    return errors.map(({ code, count, example, file, line, hint }) => {
      return { code, count, example, file, line, ...(hint === undefined ? {} : { hint }) };
    });
  }
}
