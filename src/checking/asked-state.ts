import type { Column, LinePosition, RecordFields, Scalar, SourceRecord } from '../core/record.js';
import type { FieldPlan } from '../records/field-plan.js';
import { askedFields } from '../writers/comparison.js';
import type { KeyValue } from '../writers/present-values.js';

/** A line of a key. */
export interface Version {
  readonly place: number;
  readonly position: LinePosition;
}

/** What the versions of one key ask for, all together. */
export interface AskedState extends Pick<RecordFields, 'columns' | 'values'> {
  /** As it stands in its last version. */
  readonly key: KeyValue;
  readonly isGone: boolean;
  /** Where each value comes from; undefined where all come from the last version. */
  readonly sources: readonly Version[] | undefined;
  /** The first version since the record was last gone. */
  readonly first: Version;
  readonly last: Version;
}

/** The state after one more version: later fields win, and a delete or tombstone means gone. */
export function foldVersion(
  earlier: AskedState | undefined,
  record: SourceRecord,
  key: KeyValue,
  version: Version,
): AskedState {
  const isGone = record.mapping.operation === 'delete';
  const { columns, values } = isGone ? { columns: [], values: [] } : askedFields(record);
  const alone = { key, isGone, columns, values, sources: undefined, first: version, last: version };
  if (earlier === undefined || earlier.isGone || isGone) return alone;
  const { first } = earlier;
  if (earlier.columns === columns) return { ...alone, first };
  const byField = new Map<string, { column: Column; value: Scalar; source: Version }>();
  const add = (state: AskedState): void => {
    for (const [i, column] of state.columns.entries()) {
      const source = state.sources?.[i] ?? state.last;
      byField.set(column.field.toLowerCase(), { column, value: state.values[i] as Scalar, source });
    }
  };
  add(earlier);
  add(alone);
  const members = [...byField.values()];
  return {
    ...alone,
    first,
    columns: members.map(({ column }) => column),
    values: members.map(({ value }) => value),
    sources: members.map(({ source }) => source),
  };
}

/** The lines that the state needs to be written: those that hold something of it, and for a new record the first. */
export function neededLines({ first, last, sources }: AskedState, isNew: boolean, plan: FieldPlan): Version[] {
  if (sources === undefined && !isNew) return [last];
  const needed = new Map<number, Version>([[last.place, last]]);
  // What a record needs to be created may stand in its first line alone; from then on every line is an update.
  if (isNew && !plan.looksUpIds) needed.set(first.place, first);
  for (const source of sources ?? []) needed.set(source.place, source);
  return [...needed.values()];
}
