import { recordError } from '../api-error.js';
import { newRow, trimmed, type StoredValue, type WriteRow } from '../records/row.js';
import { csvText, isTyped, readLiteral } from '../records/values.js';
import type { DescribeField } from '../schema/describe.js';
import type { Schema, SObjectType } from '../schema/schema.js';

/** What one column of an upload writes to. */
export type Column =
  | { readonly kind: 'id'; readonly name: string }
  | { readonly kind: 'field'; readonly name: string; readonly field: DescribeField }
  | {
      readonly kind: 'reference';
      readonly name: string;
      readonly field: DescribeField;
      readonly parentType: SObjectType;
      readonly parentField: DescribeField;
    };

export interface HeaderContext {
  readonly schema: Schema;
  readonly type: SObjectType;
  readonly operation: string;
  readonly keyField: DescribeField | undefined;
}

/** A cell that clears its field. */
const NULL_MARK = '#N/A';
/** `Account.External_Id__c`, or `Contact:Who.External_Id__c` where the lookup is polymorphic. */
const REFERENCE = /^(?:([^:.]+):)?([^:.]+)\.([^:.]+)$/;

/** The columns of a header row, or the error message that fails the whole job. */
export function readHeader(names: readonly string[], context: HeaderContext): readonly Column[] | string {
  const columns: Column[] = [];
  for (const name of names) {
    const column = readColumn(name, context);
    if (typeof column === 'string') return column;
    columns.push(column);
  }
  return repeatedColumn(columns) ?? missingColumn(columns, context) ?? columns;
}

function readColumn(name: string, { schema, type, operation }: HeaderContext): Column | string {
  const field = type.field(name);
  if (field?.type === 'id') {
    // A widely used client sends an empty Id column with an upsert by another key; a value in it is the row's own error.
    return operation === 'insert' ? notFound(name) : { kind: 'id', name };
  }
  if (operation === 'delete') return notFound(name);
  if (field) return field.type === 'base64' ? notFound(name) : { kind: 'field', name, field };
  const [, typeName, relationshipName = '', keyName = ''] = REFERENCE.exec(name) ?? [];
  const reference = type.relationship(relationshipName);
  if (!reference) return notFound(name);
  const isPolymorphic = reference.polymorphicForeignKey || reference.referenceTo.length > 1;
  if (!isPolymorphic && typeName !== undefined) {
    return `InvalidBatch : type is not needed for non polymorphic foreign key references: ${relationshipName}`;
  }
  if (isPolymorphic && typeName === undefined) return notFound(name);
  const parentName = reference.referenceTo.find(
    (one) => typeName === undefined || one.toLowerCase() === typeName.toLowerCase(),
  );
  const parentType = parentName === undefined ? undefined : schema.type(parentName);
  const parentField = parentType?.keyField(keyName);
  if (!parentType || !parentField) return notFound(name);
  return { kind: 'reference', name, field: reference, parentType, parentField };
}

function repeatedColumn(columns: readonly Column[]): string | undefined {
  const seen = new Set<string>();
  for (const column of columns) {
    const target = column.kind === 'id' ? 'Id' : column.field.name;
    if (seen.has(target)) return `InvalidBatch : Field name provided more than once : ${column.name}`;
    seen.add(target);
  }
  return undefined;
}

function missingColumn(columns: readonly Column[], { operation, keyField }: HeaderContext): string | undefined {
  // An upsert by Id may do without the column: all rows are inserted.
  const needsId = operation === 'update' || operation === 'delete';
  if (needsId && !columns.some((column) => column.kind === 'id')) return notFound('Id');
  if (!keyField || keyField.type === 'id') return undefined;
  const hasKey = columns.some((column) => column.kind === 'field' && column.field === keyField);
  return hasKey ? undefined : notFound(keyField.name);
}

function notFound(name: string): string {
  return `InvalidBatch : Field name not found : ${name}`;
}

/** Reads one row of an upload. Another number of cells than the header's, or a bad literal, fails this row alone; empty cells are ignored. */
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
      row.values.set(field, value);
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
  return value === undefined || value === null ? text : csvText(field, value);
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
