import type { Column, RecordFields, Scalar } from '../core/record.js';

/** Reads the fields of a line, anew at each call. */
export type FieldsReader = (text: string) => RecordFields;

/** The fields of a line that was parsed. Its values, many times its text in memory, can be forgotten while the org is at work on them. */
export class ParsedFields implements RecordFields {
  readonly columns: readonly Column[];
  #values: readonly Scalar[] | undefined;

  constructor(
    { columns, values }: RecordFields,
    private readonly text: string,
    private readonly read: FieldsReader,
  ) {
    this.columns = columns;
    this.#values = values;
  }

  /** Read anew once they are forgotten. */
  get values(): readonly Scalar[] {
    return this.#values ?? this.read(this.text).values;
  }

  forget(): void {
    this.#values = undefined;
  }
}

/** The fields of a line that was not parsed, since each of its values is sent as it is written. */
export class PlainFields implements RecordFields {
  #columns: readonly Column[] | undefined;

  constructor(
    private readonly line: {
      readonly text: string;
      readonly members: string;
    },
    private readonly read: FieldsReader,
  ) {}

  get columns(): readonly Column[] {
    return (this.#columns ??= this.read(this.line.text).columns);
  }

  get values(): readonly Scalar[] {
    return this.read(this.line.text).values;
  }

  get json(): string | undefined {
    return this.line.members;
  }
}
