import { linesOf, type Column, type RecordFields, type Scalar, type SourceRecord } from '../core/record.js';

/** Two versions of one key as one record: the later line with the fields of both, of which the later ones win. */
export function fold(earlier: SourceRecord, later: SourceRecord): SourceRecord {
  return {
    ...later,
    bytes: earlier.bytes + later.bytes,
    fields: foldFields(earlier.fields, later.fields),
    folded: [...linesOf(earlier), ...(later.folded ?? [])],
    earlier: later.earlier ?? earlier.earlier,
  };
}

function foldFields(earlier: RecordFields, later: RecordFields): RecordFields {
  // Versions of one shape share their columns.
  if (earlier.columns === later.columns) return later;
  const byField = new Map<string, { column: Column; value: Scalar }>();
  for (const { columns, values } of [earlier, later]) {
    for (const [i, column] of columns.entries()) {
      byField.set(column.field.toLowerCase(), { column, value: values[i] as Scalar });
    }
  }
  const members = [...byField.values()];
  return { columns: members.map(({ column }) => column), values: members.map(({ value }) => value) };
}
