import { recordError, type RecordError } from '../api-error.js';
import { exactNumber, isNumeral } from '../decimal.js';
import { entryOf, tokenOf, type JsonNode, type JsonObject } from '../json.js';
import type { DescribeField } from '../schema/describe.js';
import type { Schema, SObjectType } from '../schema/schema.js';
import { newRow, type StoredValue, type WriteOperation, type WriteRow } from './row.js';
import { isTyped, readLiteral } from './values.js';

export interface JsonContext {
  readonly schema: Schema;
  readonly operation: WriteOperation;
  readonly keyField?: DescribeField | undefined;
  /** What the org's JSON reader cannot bind (a bad date, an object for a text): the record's error, or a throw. */
  readonly unreadable: (message: string, node?: JsonNode) => RecordError;
}

export const ATTRIBUTES_FIRST =
  'Nested object for polymorphic foreign key must have an attributes field before any other fields.';

/** Reads a record of a request; whatever is wrong with it is its own error, but for what `unreadable` throws. */
export function readJsonRecord(type: SObjectType, node: JsonObject, context: JsonContext): WriteRow {
  const row = newRow(type);
  for (const { key, value } of node.entries) {
    if (key === 'attributes') continue;
    const field = type.field(key);
    if (field?.type === 'id') readId(row, value, context);
    else if (field) readFieldValue(row, field, value, context);
    else if (type.relationship(key)) readRelationship(row, key, value, context);
    else row.errors.push(recordError('INVALID_FIELD', `No such column '${key}' on sobject of type ${type.name}`));
  }
  return row;
}

function readId(row: WriteRow, node: JsonNode, context: JsonContext): void {
  const { operation, keyField } = context;
  if (node.kind !== 'null' && node.kind !== 'string') {
    row.errors.push(cannotDeserialize('string', node, context));
  } else if (operation === 'insert') {
    row.errors.push(recordError('INVALID_FIELD_FOR_INSERT_UPDATE', 'cannot specify Id in an insert call', ['Id']));
  } else if (operation === 'upsert' && keyField?.type !== 'id') {
    row.errors.push(recordError('INVALID_FIELD', 'The Id field should not be specified in the sobject data.', ['Id']));
  } else {
    row.id = node.kind === 'null' ? null : node.value;
  }
}

function readFieldValue(row: WriteRow, field: DescribeField, node: JsonNode, context: JsonContext): void {
  if (row.values.has(field)) {
    row.errors.push(recordError('INVALID_FIELD', `Field ${field.name} is specified more than once`, [field.name]));
    return;
  }
  const value = bind(field, node);
  if (value === undefined) {
    row.errors.push(cannotDeserialize(jsonTypeName(field), node, context));
    return;
  }
  row.values.set(field, value);
}

function readRelationship(row: WriteRow, key: string, node: JsonNode, context: JsonContext): void {
  const field = row.type.relationship(key);
  if (!field) return;
  if (node.kind === 'null') {
    row.errors.push(
      recordError('INVALID_FIELD', `Relationship ${key} cannot be null; use ${field.name}`, [field.name]),
    );
    return;
  }
  if (node.kind !== 'object') {
    row.errors.push(cannotDeserialize(field.relationshipName ?? 'SObject', node, context));
    return;
  }
  if (isPolymorphic(field) && node.entries[0]?.key !== 'attributes') {
    row.errors.push(context.unreadable(ATTRIBUTES_FIRST));
    return;
  }
  const parentType = parentTypeOf(field, node, context);
  const keys = node.entries.filter((entry) => entry.key !== 'attributes');
  const [only] = keys;
  const parentField = only && keys.length === 1 ? parentType?.keyField(only.key) : undefined;
  if (!parentType || !parentField || !only) {
    const parentName = parentType?.name ?? field.referenceTo.join(' or ');
    const message =
      only && keys.length === 1
        ? `${only.key} is not an External ID or indexed field for ${parentName}`
        : `The relationship ${key} must name exactly one external id field of ${parentName}`;
    row.errors.push(recordError('INVALID_FIELD', message));
    return;
  }
  const value = bind(parentField, only.value);
  if (value === undefined) row.errors.push(cannotDeserialize(jsonTypeName(parentField), only.value, context));
  else row.references.push({ field, parentType, parentField, value });
}

function parentTypeOf(field: DescribeField, node: JsonObject, { schema }: JsonContext): SObjectType | undefined {
  const attributes = entryOf(node, 'attributes');
  const given = attributes?.kind === 'object' ? entryOf(attributes, 'type') : undefined;
  if (given === undefined) return isPolymorphic(field) ? undefined : schema.type(field.referenceTo[0] ?? '');
  if (given.kind !== 'string') return undefined;
  const name = field.referenceTo.find((one) => one.toLowerCase() === given.value.toLowerCase());
  return name === undefined ? undefined : schema.type(name);
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

function isPolymorphic(field: DescribeField): boolean {
  return field.polymorphicForeignKey || field.referenceTo.length > 1;
}

function jsonTypeName({ type }: DescribeField): string {
  if (type === 'currency' || type === 'percent') return 'double';
  return isTyped(type) ? type : 'string';
}

function cannotDeserialize(typeName: string, node: JsonNode, { unreadable }: JsonContext): RecordError {
  const token = tokenOf(node);
  return unreadable(
    `Cannot deserialize instance of ${typeName} from ${token.name} value ${token.text} or request may be missing a required field`,
    node,
  );
}
