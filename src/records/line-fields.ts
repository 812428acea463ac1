import type { Column, RecordFields, Scalar } from '../core/record.js';

/** The fields of a line. Its values, many times its text in memory, can be forgotten while the org is at work on them. */
export class LineFields implements RecordFields {
  readonly columns: readonly Column[];
  #values: readonly Scalar[] | undefined;

  /** `read` reads the line's text anew. */
  constructor(
    { columns, values }: RecordFields,
    private readonly text: string,
    private readonly read: (text: string) => RecordFields,
    readonly json?: string,
  ) {
    this.columns = columns;
    this.#values = values;
  }

  get values(): readonly Scalar[] {
    return this.#values ?? this.read(this.text).values;
  }

  forget(): void {
    this.#values = undefined;
  }
}
