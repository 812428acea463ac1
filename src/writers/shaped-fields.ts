import type { Column, RecordFields, Scalar } from '../record.js';

/** Reads the values of a line anew, in the order of its columns. */
export type ValueReader = (text: string) => readonly Scalar[];

/** The fields of one line. Its values, many times its text in memory, can be forgotten while the org is at work on them. */
export class ShapedFields implements RecordFields {
  #values: readonly Scalar[] | undefined;

  constructor(
    readonly columns: readonly Column[],
    values: readonly Scalar[],
    private readonly text: string,
    private readonly read: ValueReader,
  ) {
    this.#values = values;
  }

  /** Read anew at each call once they are forgotten. */
  get values(): readonly Scalar[] {
    return this.#values ?? this.read(this.text);
  }

  forget(): void {
    this.#values = undefined;
  }
}
