import type { Column, RecordError, RecordFields, Scalar } from '../core/record.js';

/** Columns and values in the making. Costs no new array as long as the columns follow those of the record before. */
export class Draft {
  #values: Scalar[];
  #count = 0;
  #columns: Column[] | undefined;

  constructor(private readonly likeLast: readonly Column[]) {
    this.#values = new Array<Scalar>(likeLast.length);
  }

  get count(): number {
    return this.#count;
  }

  /** Is there something beside this field? */
  holdsMoreThan(keyField: string | undefined): boolean {
    const columns = this.#columns ?? this.likeLast;
    for (let i = 0; i < this.#count; i++) if (columns[i]?.field !== keyField) return true;
    return false;
  }

  has(column: Column): boolean {
    return (this.#columns ?? this.likeLast).slice(0, this.#count).includes(column);
  }

  /** Is the field given, in whatever way? */
  hasField(name: string): boolean {
    const columns = this.#columns ?? this.likeLast;
    const lower = name.toLowerCase();
    for (let i = 0; i < this.#count; i++) if (columns[i]?.field.toLowerCase() === lower) return true;
    return false;
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
    const columns = this.#columns ?? this.likeLast;
    for (const [index, value] of this.#values.slice(0, this.#count).entries()) {
      const column = columns[index] as Column;
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
    const { likeLast } = this;
    if (this.#values.length > this.#count) this.#values.length = this.#count;
    if (this.#columns === undefined && likeLast.length === this.#count)
      return { columns: likeLast, values: this.#values };
    return { columns: this.#columns ?? likeLast.slice(0, this.#count), values: this.#values };
  }
}
