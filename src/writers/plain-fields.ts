import type { Column, RecordFields, Scalar } from '../record.js';

/** Reads the record that begins there: a value for each column of a shape, undefined where it has none. */
export interface PlainReader {
  read(text: string, start: number): readonly (Scalar | undefined)[];
}

/** What the records of a topic look like whose values are sent as they are written. */
export class PlainShape {
  /** By which of the columns a record has: records of one shape share one array. */
  readonly #kinds = new Map<string, readonly Column[]>();

  constructor(
    /** At least those of each record. */
    readonly columns: readonly Column[],
    private readonly reader: PlainReader,
  ) {}

  /** None of its columns was refused. */
  get isWhole(): boolean {
    return !this.columns.some(({ isBlocked }) => isBlocked);
  }

  read(text: string, start: number): { columns: readonly Column[]; values: readonly Scalar[] } {
    const all = this.reader.read(text, start);
    const values = all.filter((value) => value !== undefined);
    if (values.length === all.length) return { columns: this.columns, values };
    const kind = all.map((value) => (value === undefined ? '-' : '+')).join('');
    let columns = this.#kinds.get(kind);
    if (columns === undefined) {
      columns = this.columns.filter((_, at) => all[at] !== undefined);
      this.#kinds.set(kind, columns);
    }
    return { columns, values };
  }
}

/** The fields of a line that was not parsed, since each of its values is sent as it is written. */
export class PlainFields implements RecordFields {
  #columns: readonly Column[] | undefined;
  #values: readonly Scalar[] | undefined;

  constructor(
    private readonly shape: PlainShape,
    private readonly text: string,
    private readonly start: number,
    private readonly end: number,
  ) {}

  get columns(): readonly Column[] {
    return this.#columns ?? this.#read().columns;
  }

  get values(): readonly Scalar[] {
    return this.#values ?? this.#read().values;
  }

  get json(): string | undefined {
    return this.shape.isWhole ? this.text.slice(this.start, this.end) : undefined;
  }

  forget(): void {
    this.#values = undefined;
  }

  #read(): { columns: readonly Column[]; values: readonly Scalar[] } {
    const { columns, values } = this.shape.read(this.text, this.start);
    this.#columns = columns;
    this.#values = values;
    return { columns, values };
  }
}
