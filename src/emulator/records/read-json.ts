import { type ApiError, recordError } from '../api-error.js';
import { entryOf, jsonParserError, tokenOf, type JsonNode, type JsonObject } from '../json.js';
import type { Schema, SObjectType } from '../schema/schema.js';
import type { DescribeField } from '../schema/describe.js';
import { exactNumber, isNumeral } from '../decimal.js';
import { isTyped, readLiteral } from './literals.js';
import { newRow, type StoredValue, type WriteOperation, type WriteRow } from './row.js';

export interface JsonContext {
  readonly schema: Schema;
  /** The whole body, for positions in messages. */
  readonly text: string;
  readonly operation: WriteOperation;
  readonly keyField?: DescribeField | undefined;
}

/**
 * Reads a record of a request. What the org's JSON reader cannot bind (a bad date, an object for a text) refuses the
 * whole request; everything else is the record's own error.
 * @throws ApiError 400 JSON_PARSER_ERROR
 */
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
  if (node.kind !== 'null' && node.kind !== 'string') throw cannotDeserialize('string', node, context);
  if (operation === 'insert') {
    row.errors.push(recordError('INVALID_FIELD_FOR_INSERT_UPDATE', 'cannot specify Id in an insert call', ['Id']));
  } else if (operation === 'upsert' && keyField?.type !== 'id') {
    row.errors.push(recordError('INVALID_FIELD', 'The Id field should not be specified in the sobject data.', ['Id']));
  } else {
    row.id = node.kind === 'null' ? null : node.value;
  }
}

function readFieldValue(row: WriteRow, field: DescribeField, node: JsonNode, context: JsonContext): void {
  if (row.fields.includes(field)) {
    row.errors.push(recordError('INVALID_FIELD', `Field ${field.name} is specified more than once`, [field.name]));
    return;
  }
  row.fields.push(field);
  row.values.push(bind(field, node, context));
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
  if (node.kind !== 'object') throw cannotDeserialize(field.relationshipName ?? 'SObject', node, context);
  const parentType = parentTypeOf(field, node, context);
  const keys = node.entries.filter((entry) => entry.key !== 'attributes');
  const [only] = keys;
  const parentField = only && keys.length === 1 ? parentType?.keyField(only.key) : undefined;
  if (!parentType || !parentField || !only) {
    const message = `The relationship ${key} must name exactly one external id field of ${field.referenceTo.join(' or ')}`;
    row.errors.push(recordError('INVALID_FIELD', message, [field.name]));
    return;
  }
  row.references.push({ field, parentType, parentField, value: bind(parentField, only.value, context) });
}

function parentTypeOf(field: DescribeField, node: JsonObject, { schema }: JsonContext): SObjectType | undefined {
  const attributes = entryOf(node, 'attributes');
  const given = attributes?.kind === 'object' ? entryOf(attributes, 'type') : undefined;
  const isPolymorphic = field.polymorphicForeignKey || field.referenceTo.length > 1;
  if (given === undefined) return isPolymorphic ? undefined : schema.type(field.referenceTo[0] ?? '');
  if (given.kind !== 'string') return undefined;
  const name = field.referenceTo.find((one) => one.toLowerCase() === given.value.toLowerCase());
  return name === undefined ? undefined : schema.type(name);
}

function bind(field: DescribeField, node: JsonNode, context: JsonContext): StoredValue {
  const { type } = field;
  if (node.kind === 'null') return null;
  if (node.kind === 'array' || node.kind === 'object') throw cannotDeserialize(jsonTypeName(field), node, context);
  if (type === 'boolean') {
    if (node.kind === 'boolean') return node.value;
  } else if (isTyped(type)) {
    const text = node.kind === 'string' ? node.value : node.kind === 'number' ? node.text : undefined;
    const isMoment = type === 'date' || type === 'datetime' || type === 'time';
    const mayBe = text !== undefined && (isMoment ? node.kind === 'string' : isNumeral(text));
    const value = mayBe ? readLiteral(type, text) : undefined;
    if (value !== undefined) return isMoment ? value : exactNumber(text ?? '');
  } else if (node.kind === 'string') {
    return node.value;
  }
  throw cannotDeserialize(jsonTypeName(field), node, context);
}

function jsonTypeName({ type }: DescribeField): string {
  if (type === 'currency' || type === 'percent') return 'double';
  return isTyped(type) ? type : 'string';
}

function cannotDeserialize(typeName: string, node: JsonNode, { text }: JsonContext): ApiError {
  const token = tokenOf(node);
  const message = `Cannot deserialize instance of ${typeName} from ${token.name} value ${token.text} or request may be missing a required field`;
  return jsonParserError(message, text, node.offset);
}
