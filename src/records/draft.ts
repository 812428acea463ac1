import type { Column, DroppedField, RecordError, RecordFields, Scalar } from '../core/record.js';

export const NOTHING_DROPPED: readonly DroppedField[] = [];

/** Columns and values in the making. Costs no new array as long as the columns follow those of the record before. */
export class Draft {
  #values: Scalar[];
  #count = 0;
  #columns: Column[] | undefined;
  #dropped: Map<string, DroppedField> | undefined;

  constructor(private readonly likeLast: readonly Column[]) {
    this.#values = new Array<Scalar>(likeLast.length);
  }

  get count(): number {
    return this.#count;
  }

  /** So far. */
  get columns(): readonly Column[] {
    return (this.#columns ?? this.likeLast).slice(0, this.#count);
  }

  /** What is left out of the record: several spellings of one field are dropped once. */
  get dropped(): readonly DroppedField[] {
    return this.#dropped === undefined ? NOTHING_DROPPED : [...this.#dropped.values()];
  }

  drop(field: DroppedField): void {
    this.#dropped ??= new Map<string, DroppedField>();
    if (!this.#dropped.has(field.name)) this.#dropped.set(field.name, field);
  }

  add(column: Column, value: Scalar): void {
    if (this.#columns === undefined && this.likeLast[this.#count] !== column) {
      this.#columns = this.likeLast.slice(0, this.#count);
    }
    this.#columns?.push(column);
    this.#values[this.#count++] = value;
  }

  /** One field given twice: the last spelling wins; of a lookup and its reference, the one that holds something. */
  settleAliases(): RecordError | undefined {
    const byField = new Map<string, { column: Column; value: Scalar }>();
    for (const [index, column] of this.columns.entries()) {
      const value = this.#values[index] as Scalar;
      const before = byField.get(column.field.toLowerCase());
      if (before !== undefined && before.column !== column && before.value !== null) {
        if (value === null) continue;
        const ways = `${before.column.header} and as ${column.header}`;
        const message = `${column.field} holds a second value, as ${ways}`;
        return { code: 'UNSUPPORTED_VALUE', message, fields: [column.field] };
      }
      byField.set(column.field.toLowerCase(), { column, value });
    }
    if (byField.size === this.#count) return undefined;
    this.#columns = [...byField.values()].map(({ column }) => column);
    this.#values = [...byField.values()].map(({ value }) => value);
    this.#count = byField.size;
    return undefined;
  }

  finish(): RecordFields {
    if (this.#values.length > this.#count) this.#values.length = this.#count;
    const isLikeLast = this.#columns === undefined && this.likeLast.length === this.#count;
    return { columns: isLikeLast ? this.likeLast : (this.#columns ?? this.columns), values: this.#values };
  }
}
