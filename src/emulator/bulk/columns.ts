import { recordError } from '../api-error.js';
import { newRow, trimmed, type WriteRow } from '../records/row.js';
import { csvText, isTyped, readLiteral } from '../records/values.js';
import type { DescribeField } from '../schema/describe.js';
import { isPolymorphic, type Schema, type SObjectType } from '../schema/schema.js';

/** What one column of an upload writes to: a field, with that of a parent by which the parent is found. */
export interface Column {
  readonly name: string;
  readonly field: DescribeField;
  readonly parent?: { readonly type: SObjectType; readonly field: DescribeField };
}

interface HeaderContext {
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
    return operation === 'insert' ? notFound(name) : { name, field };
  }
  if (operation === 'delete') return notFound(name);
  if (field) return field.type === 'base64' ? notFound(name) : { name, field };
  const [, typeName, relationshipName = '', keyName = ''] = REFERENCE.exec(name) ?? [];
  const reference = type.relationship(relationshipName);
  if (!reference) return notFound(name);
  if (!isPolymorphic(reference) && typeName !== undefined) {
    return `InvalidBatch : type is not needed for non polymorphic foreign key references: ${relationshipName}`;
  }
  const isUntold = isPolymorphic(reference) && typeName === undefined;
  const parentType = isUntold ? undefined : schema.parentType(reference, typeName);
  const parentField = parentType?.keyField(keyName);
  if (!parentType || !parentField) return notFound(name);
  return { name, field: reference, parent: { type: parentType, field: parentField } };
}

function repeatedColumn(columns: readonly Column[]): string | undefined {
  const again = columns.find(({ field }, index) => columns.findIndex((one) => one.field === field) < index);
  return again && `InvalidBatch : Field name provided more than once : ${again.name}`;
}

function missingColumn(columns: readonly Column[], { operation, keyField }: HeaderContext): string | undefined {
  // An upsert by Id may do without the column: all rows are inserted.
  const needsId = operation === 'update' || operation === 'delete';
  if (needsId && !columns.some(({ field }) => field.type === 'id')) return notFound('Id');
  if (!keyField || keyField.type === 'id') return undefined;
  return columns.some(({ field }) => field === keyField) ? undefined : notFound(keyField.name);
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
  for (const [index, { name, field, parent }] of columns.entries()) {
    const text = cells[index] ?? '';
    if (text === '') continue;
    if (field.type === 'id') {
      row.id = text === NULL_MARK ? null : text.trim();
      if (!mayHoldId) row.errors.push(recordError('INVALID_FIELD', 'Id is not allowed beside another key', ['Id']));
      continue;
    }
    const read = parent?.field ?? field;
    const value = text === NULL_MARK ? null : readLiteral(read.type, text);
    if (value === undefined) {
      const message = `Failed to deserialize field at col ${index}. Due to, '${text}' is not a valid value for the type ${read.soapType}`;
      row.errors.push(recordError('INVALID_FIELD', message, [name]));
    } else if (!parent) {
      if (typeof value !== 'string' || trimmed(value) !== '') row.values.set(field, value);
    } else if (value === null) {
      const message = `Relationship column ${name} cannot be cleared; use ${field.name}`;
      row.errors.push(recordError('INVALID_FIELD', message));
    } else {
      row.references.push({ field, parentType: parent.type, parentField: parent.field, value });
    }
  }
  return row;
}

/** A cell as result files show it: what the org understood, in the org's own writing. */
export function renderCell({ field: own, parent }: Column, text: string): string {
  if (text === '' || text === NULL_MARK) return '';
  const field = parent?.field ?? own;
  if (!isTyped(field.type)) return own.type === 'id' ? text : trimmed(text);
  const value = readLiteral(field.type, text);
  return value === undefined || value === null ? text : csvText(field, value);
}
