import { ApiError, recordError } from '../api-error.js';
import { entryOf, jsonParserError, type JsonNode, type JsonObject } from '../json.js';
import type { Org } from '../org.js';
import { deleteRows } from '../records/delete.js';
import { readJsonRecord } from '../records/read-json.js';
import type { Outcome, WriteOperation, WriteRow } from '../records/row.js';
import { saveRows } from '../records/save.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import type { DescribeField } from '../schema/describe.js';
import type { SObjectType } from '../schema/schema.js';
import { readJsonBody } from './body.js';

/** Setup objects cannot be written together with others. */
const SETUP_TYPES: ReadonlySet<string> = new Set(['User', 'Group', 'GroupMember', 'UserRole', 'PermissionSet']);

/** POST /composite/sobjects */
export function postCollection(org: Org, request: ApiRequest): ApiResponse {
  return save(org, request, 'insert');
}

/** PATCH /composite/sobjects */
export function patchCollection(org: Org, request: ApiRequest): ApiResponse {
  return save(org, request, 'update');
}

/** PATCH /composite/sobjects/{Type}/{ExternalIdField} */
export function patchCollectionByKey(org: Org, request: ApiRequest): ApiResponse {
  const { type: typeName = '', field: fieldName = '' } = request.parameters;
  const type = org.schema.type(typeName);
  if (!type) throw new ApiError(404, 'NOT_FOUND', 'The requested resource does not exist');
  const keyField = type.keyField(fieldName);
  if (!keyField) {
    const message = `Provided external ID field does not exist or is not accessible: ${fieldName}`;
    throw new ApiError(request.version >= 60 ? 404 : 400, 'NOT_FOUND', message);
  }
  return save(org, request, 'upsert', { type, keyField });
}

/** DELETE /composite/sobjects?ids=…&allOrNone=… */
export function deleteCollection(org: Org, request: ApiRequest): ApiResponse {
  const ids = (request.query.get('ids') ?? '').split(',').filter((id) => id !== '');
  checkCount(org, ids.length);
  const allOrNone = request.query.get('allOrNone') ?? 'false';
  if (allOrNone !== 'true' && allOrNone !== 'false') {
    throw new ApiError(400, 'INVALID_QUERY_PARAMETER', `Invalid value for allOrNone: ${allOrNone}`);
  }
  const prefixes = ids.map((id) => id.slice(0, 3));
  checkChunks(org, prefixes);
  const outcomes = deleteRows(org, ids, { allOrNone: allOrNone === 'true', by: request.id });
  return { status: 200, json: outcomes.map((outcome) => element(outcome)) };
}

interface UpsertTarget {
  readonly type: SObjectType;
  readonly keyField: DescribeField;
}

function save(org: Org, request: ApiRequest, operation: WriteOperation, target?: UpsertTarget): ApiResponse {
  const { node, text } = readJsonBody(request);
  const { records, allOrNone } = readEnvelope(node, text);
  checkCount(org, records.length);
  const types = records.map((record) => recordType(org, record, text, target?.type));
  checkChunks(
    org,
    types.map((type) => type.name),
  );
  const context = { schema: org.schema, text, operation, keyField: target?.keyField };
  const rows = records.map((record, index) => readJsonRecord(types[index] as SObjectType, record, context));
  const updateOnly = request.version >= 61 && request.query.get('updateOnly') === 'true';
  refuseMixedSetup(rows);
  const outcomes = saveRows(org, rows, {
    operation,
    keyField: target?.keyField,
    updateOnly,
    allOrNone,
    by: request.id,
  });
  const showsCreated = operation === 'upsert' && request.version >= 46;
  return { status: 200, json: outcomes.map((outcome) => element(outcome, showsCreated)) };
}

function readEnvelope(node: JsonObject, text: string): { records: readonly JsonObject[]; allOrNone: boolean } {
  for (const { key, value } of node.entries) {
    if (key !== 'records' && key !== 'allOrNone')
      throw jsonParserError(`Unrecognized field "${key}"`, text, value.offset);
  }
  const allOrNone = entryOf(node, 'allOrNone');
  if (allOrNone && allOrNone.kind !== 'boolean') {
    throw jsonParserError('Cannot deserialize instance of boolean for "allOrNone"', text, allOrNone.offset);
  }
  const records = entryOf(node, 'records');
  if (records === undefined || records.kind === 'null') return { records: [], allOrNone: false };
  if (records.kind !== 'array') throw jsonParserError('"records" must be an array', text, records.offset);
  return { records: records.items.map((item) => asObject(item, text)), allOrNone: allOrNone?.value ?? false };
}

function asObject(node: JsonNode, text: string): JsonObject {
  if (node.kind !== 'object') throw jsonParserError('Cannot deserialize instance of SObject', text, node.offset);
  return node;
}

function recordType(org: Org, record: JsonObject, text: string, only: SObjectType | undefined): SObjectType {
  const attributes = entryOf(record, 'attributes');
  const name = attributes?.kind === 'object' ? entryOf(attributes, 'type') : undefined;
  if (name?.kind !== 'string') {
    throw jsonParserError('"attributes" with a "type" is required on every record', text, record.offset);
  }
  const type = org.schema.type(name.value);
  if (!type) {
    const message =
      `sObject type '${name.value}' is not supported. If you are attempting to use a custom object, be sure to append ` +
      "the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.";
    throw new ApiError(400, 'INVALID_TYPE', message);
  }
  if (only && type !== only) {
    throw new ApiError(400, 'INVALID_TYPE', `Record type ${type.name} differs from the type in the URL, ${only.name}`);
  }
  return type;
}

function checkCount(org: Org, count: number): void {
  const { collectionRecords } = org.settings.limits;
  if (count === 0) throw new ApiError(400, 'REQUIRED_FIELD_MISSING', 'At least 1 record is required');
  if (count > collectionRecords) {
    const message = `record limit reached. cannot submit more than ${collectionRecords} records into this call`;
    throw new ApiError(400, 'EXCEEDED_ID_LIMIT', message);
  }
}

function checkChunks(org: Org, typeNames: readonly string[]): void {
  const { collectionChunks } = org.settings.limits;
  const chunks = typeNames.filter((name, index) => index === 0 || typeNames[index - 1] !== name).length;
  if (chunks > collectionChunks) {
    throw new ApiError(400, 'LIMIT_EXCEEDED', `Cannot have more than ${collectionChunks} chunks in a single operation`);
  }
}

function refuseMixedSetup(rows: readonly WriteRow[]): void {
  const isSetup = (row: WriteRow): boolean => SETUP_TYPES.has(row.type.name);
  const [first] = rows;
  if (!first || rows.every((row) => isSetup(row) === isSetup(first))) return;
  for (const row of rows) {
    if (isSetup(row) === isSetup(first)) continue;
    const message = `DML operation on setup object is not permitted after you have updated a non-setup object (or vice versa): ${row.type.name}, original object: ${first.type.name}`;
    row.errors.push(recordError('MIXED_DML_OPERATION', message));
  }
}

function element({ id, success, created, errors }: Outcome, showsCreated = false): Record<string, unknown> {
  return {
    ...(id === undefined ? {} : { id }),
    success,
    errors,
    ...(showsCreated && created !== undefined ? { created } : {}),
  };
}
