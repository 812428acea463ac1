import { ApiError, recordError, type RecordError } from '../api-error.js';
import { exactNumber, isNumeral } from '../decimal.js';
import { attributeOf, tokenOf, type JsonNode, type JsonObject } from '../json.js';
import type { DescribeField } from '../schema/describe.js';
import { isPolymorphic, type Schema, type SObjectType } from '../schema/schema.js';
import { newRow, type StoredValue, type WriteOperation, type WriteRow } from './row.js';
import { isTyped, readLiteral } from './values.js';

export interface JsonContext {
  readonly schema: Schema;
  readonly operation: WriteOperation;
  readonly keyField?: DescribeField | undefined;
  /** What comes of a value that the org's JSON reader cannot bind: the record's error, or the refusal of the request. */
  readonly unreadable: (message: string, node?: JsonNode) => RecordError | ApiError;
}

export const ATTRIBUTES_FIRST =
  'Nested object for polymorphic foreign key must have an attributes field before any other fields.';

/**
 * Reads a record of a request; whatever is wrong with it is its own error.
 * @throws ApiError that `unreadable` gave
 */
export function readJsonRecord(type: SObjectType, node: JsonObject, context: JsonContext): WriteRow {
  const row = newRow(type);
  for (const { key, value } of node.entries) {
    if (key === 'attributes') continue;
    const field = type.field(key);
    const lookup = type.relationship(key);
    let error: RecordError | ApiError | undefined;
    if (field?.type === 'id') error = readId(row, value, context);
    else if (field) error = readFieldValue(row, field, value, context);
    else if (lookup) error = readRelationship(row, lookup, value, context);
    else error = recordError('INVALID_FIELD', `No such column '${key}' on sobject of type ${type.name}`);
    if (error instanceof ApiError) throw error;
    if (error) row.errors.push(error);
  }
  return row;
}

function readId(row: WriteRow, node: JsonNode, context: JsonContext) {
  const { operation, keyField } = context;
  if (node.kind !== 'null' && node.kind !== 'string') return cannotDeserialize('string', node, context);
  if (operation === 'insert') {
    return recordError('INVALID_FIELD_FOR_INSERT_UPDATE', 'cannot specify Id in an insert call', ['Id']);
  }
  if (operation === 'upsert' && keyField?.type !== 'id') {
    return recordError('INVALID_FIELD', 'The Id field should not be specified in the sobject data.', ['Id']);
  }
  row.id = node.kind === 'null' ? null : node.value;
  return undefined;
}

function readFieldValue(row: WriteRow, field: DescribeField, node: JsonNode, context: JsonContext) {
  if (row.values.has(field)) {
    return recordError('INVALID_FIELD', `Field ${field.name} is specified more than once`, [field.name]);
  }
  const value = bind(field, node);
  if (value === undefined) return cannotDeserialize(jsonTypeName(field), node, context);
  row.values.set(field, value);
  return undefined;
}

function readRelationship(row: WriteRow, field: DescribeField, node: JsonNode, context: JsonContext) {
  const name = field.relationshipName ?? 'SObject';
  if (node.kind === 'null') {
    return recordError('INVALID_FIELD', `Relationship ${name} cannot be null; use ${field.name}`, [field.name]);
  }
  if (node.kind !== 'object') return cannotDeserialize(name, node, context);
  if (isPolymorphic(field) && node.entries[0]?.key !== 'attributes') return context.unreadable(ATTRIBUTES_FIRST);
  const typeName = attributeOf(node, 'type');
  const isUntold = isPolymorphic(field) && typeName === undefined;
  const parentType = isUntold ? undefined : context.schema.parentType(field, typeName);
  const parentName = parentType?.name ?? field.referenceTo.join(' or ');
  const [only, ...others] = node.entries.filter((entry) => entry.key !== 'attributes');
  if (!only || others.length > 0) {
    const message = `The relationship ${name} must name exactly one external id field of ${parentName}`;
    return recordError('INVALID_FIELD', message);
  }
  const parentField = parentType?.keyField(only.key);
  if (!parentType || !parentField) {
    return recordError('INVALID_FIELD', `${only.key} is not an External ID or indexed field for ${parentName}`);
  }
  const value = bind(parentField, only.value);
  if (value === undefined) return cannotDeserialize(jsonTypeName(parentField), only.value, context);
  row.references.push({ field, parentType, parentField, value });
  return undefined;
}

/** Undefined for what cannot be read as the field's type. */
function bind({ type }: DescribeField, node: JsonNode): StoredValue | undefined {
  if (node.kind === 'null') return null;
  if (type === 'boolean') return node.kind === 'boolean' ? node.value : undefined;
  if (!isTyped(type)) return node.kind === 'string' ? node.value : undefined;
  const text = node.kind === 'string' ? node.value : node.kind === 'number' ? node.text : undefined;
  if (text === undefined) return undefined;
  if (type !== 'date' && type !== 'datetime' && type !== 'time') {
    return isNumeral(text) && readLiteral(type, text) !== undefined ? exactNumber(text) : undefined;
  }
  if (node.kind !== 'string') return undefined;
  // A date alone is midnight in UTC, in REST calls alone.
  return readLiteral(type, text) ?? (type === 'datetime' ? readLiteral(type, `${text}T00:00:00Z`) : undefined);
}

function jsonTypeName({ type }: DescribeField): string {
  if (type === 'currency' || type === 'percent') return 'double';
  return isTyped(type) ? type : 'string';
}

function cannotDeserialize(typeName: string, node: JsonNode, { unreadable }: JsonContext): RecordError | ApiError {
  const { name, text } = tokenOf(node);
  const message = `Cannot deserialize instance of ${typeName} from ${name} value ${text} or request may be missing a required field`;
  return unreadable(message, node);
}
