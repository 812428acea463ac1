import { recordError } from '../api-error.js';
import { javaDouble } from '../decimal.js';
import { isTyped, readLiteral } from '../records/literals.js';
import { newRow, trimmed, type StoredValue, type WriteRow } from '../records/row.js';
import type { DescribeField } from '../schema/describe.js';
import type { SObjectType } from '../schema/schema.js';
import type { Column } from './columns.js';

const NULL_MARK = '#N/A';

/** Reads one row of an upload: another number of cells than the header's fails it, empty cells are ignored, `#N/A` is null, a bad literal fails the row alone. */
export function readCells(
  type: SObjectType,
  columns: readonly Column[],
  cells: readonly string[],
  mayHoldId: boolean,
): WriteRow {
  const row = newRow(type);
  if (cells.length !== columns.length) {
    const message = `Row has ${cells.length} values where the header has ${columns.length}`;
    row.errors.push(recordError('INVALIDBATCH', message));
    return row;
  }
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index];
    const text = cells[index] ?? '';
    if (!column || text === '') continue;
    if (column.kind === 'id') {
      row.id = text === NULL_MARK ? null : text.trim();
      if (!mayHoldId) row.errors.push(recordError('INVALID_FIELD', 'Id is not allowed beside another key', ['Id']));
      continue;
    }
    const field = column.kind === 'field' ? column.field : column.parentField;
    const value = text === NULL_MARK ? null : readCell(field, text);
    if (value === undefined) {
      row.errors.push(cannotDeserialize(field, text, index, column.name));
    } else if (column.kind === 'field') {
      if (typeof value === 'string' && trimmed(value) === '') continue;
      row.fields.push(field);
      row.values.push(value);
    } else if (value === null) {
      const message = `Relationship column ${column.name} cannot be cleared; use ${column.field.name}`;
      row.errors.push(recordError('INVALID_FIELD', message));
    } else {
      row.references.push({ field: column.field, parentType: column.parentType, parentField: field, value });
    }
  }
  return row;
}

/** A cell as result files show it: what the org understood, in the org's own writing. */
export function renderCell(column: Column, text: string): string {
  if (text === '' || text === NULL_MARK) return '';
  if (column.kind === 'id') return text;
  const field = column.kind === 'field' ? column.field : column.parentField;
  if (!isTyped(field.type)) return trimmed(text);
  const value = readLiteral(field.type, text);
  if (value === undefined || value === null) return text;
  switch (field.type) {
    case 'double':
    case 'currency':
    case 'percent':
      return javaDouble(String(value));
    case 'datetime':
      return String(value).replace('+0000', 'Z');
    default:
      return String(value);
  }
}

function readCell(field: DescribeField, text: string): StoredValue | undefined {
  return isTyped(field.type) ? readLiteral(field.type, text) : text;
}

function cannotDeserialize(field: DescribeField, text: string, index: number, columnName: string) {
  const message =
    `Failed to deserialize field at col ${index}. Due to, '${text}' is not a valid value for the type ` +
    field.soapType;
  return recordError('INVALID_FIELD', message, [columnName]);
}
