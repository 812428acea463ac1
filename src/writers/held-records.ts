import type { Column, Scalar, SourceRecord } from '../core/record.js';
import type { FieldPlan } from '../records/field-plan.js';
import { trimBlanks } from '../records/key.js';
import { scalarText } from '../records/values.js';
import { askedFields, compareValue, isComparable } from './comparison.js';
import {
  isIdOf,
  keyValueOf,
  PresentValues,
  type KeyValue,
  type PresentRow,
  type PresentValuesOptions,
} from './present-values.js';

/** Finds out which records of one mapping the org holds as they are. */
export class HeldRecords {
  readonly #present: PresentValues;

  constructor(
    private readonly plan: FieldPlan,
    options: PresentValuesOptions,
  ) {
    this.#present = new PresentValues(plan, options);
  }

  /** Those of the records, all of which have a key, whose sending would change nothing. Throws a `RequestError`. */
  async find(records: readonly SourceRecord[]): Promise<ReadonlySet<SourceRecord>> {
    const { plan } = this;
    const held = new Set<SourceRecord>();
    const keyOf = (record: SourceRecord): KeyValue => keyValueOf(record, plan);
    await this.#present.read(records, keyOf, this.#columnsOf(records), (record, rows) => {
      if (this.#isHeld(record, rows)) held.add(record);
    });
    return held;
  }

  #columnsOf(records: readonly SourceRecord[]): Column[] {
    if (this.plan.mapping.operation === 'delete') return [];
    const shapes = new Set(records.map(({ fields }) => fields.columns));
    return [...new Set([...shapes].flat())].filter((column) => isComparable(column));
  }

  /** What cannot be compared is never taken as equal. */
  #isHeld(record: SourceRecord, [row, ...others]: readonly PresentRow[]): boolean {
    const { plan } = this;
    if (plan.mapping.operation === 'delete') return row === undefined && this.#mayBeGone(record);
    if (row === undefined || others.length > 0) return false;
    const { columns, values } = askedFields(record);
    return columns.every((column, i) => {
      if (column.field === plan.keyField) return true;
      if (this.#present.unreadable.has(column)) return false;
      return compareValue(values[i] as Scalar, row.valueOf(column), column, plan) === 'equal';
    });
  }

  /** Unless it is a key that no record ever had. */
  #mayBeGone(record: SourceRecord): boolean {
    return this.plan.keyField !== 'Id' || isIdOf(trimBlanks(scalarText(keyValueOf(record, this.plan))), this.plan);
  }
}
