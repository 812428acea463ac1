import { ApiError, recordError, type RecordError } from '../api-error.js';
import { entryOf, type JsonNode, type JsonObject, jsonParserError } from '../json.js';
import type { Org } from '../org.js';
import { readAssignment } from '../records/assignment.js';
import { deleteRows, saveRows } from '../records/save.js';
import { ATTRIBUTES_FIRST, type JsonContext, readJsonRecord } from '../records/read-json.js';
import { newRow, type Outcome, type WriteOperation, type WriteRow } from '../records/row.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import type { DescribeField } from '../schema/describe.js';
import { SObjectType } from '../schema/schema.js';
import { duplicateRuleOf, readJsonBody } from './body.js';

/** Setup objects cannot be written together with others. */
const SETUP_TYPES: ReadonlySet<string> = new Set(['User', 'Group', 'GroupMember', 'UserRole', 'PermissionSet']);

/** Where a value stands that fails its record alone: the org does not say. */
const NOWHERE = '[Source: N/A; line: -1, column: -1][line:-1, column:-1]';

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
  const unreadable = (message: string, place?: JsonNode): RecordError => {
    if (org.faults.forBadValue(request)) throw jsonParserError(message, text, place?.offset ?? 0);
    return recordError('JSON_PARSER_ERROR', place ? `${message} at ${NOWHERE}` : message);
  };
  const context = { schema: org.schema, operation, keyField: target?.keyField, unreadable };
  const rows = records.map((record) => readRecord(record, context, target?.type));
  checkChunks(
    org,
    rows.map(({ type }) => type.name),
  );
  const updateOnly = request.version >= 61 && request.query.get('updateOnly') === 'true';
  refuseMixedSetup(rows.filter(({ errors }) => errors.length === 0));
  const outcomes = saveRows(org, rows, {
    operation,
    keyField: target?.keyField,
    updateOnly,
    allOrNone,
    assignment: readAssignment(org, request),
    duplicateRule: duplicateRuleOf(request),
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

/** A record whose type is missing or unknown fails alone. */
function readRecord(record: JsonObject, context: JsonContext, only: SObjectType | undefined): WriteRow {
  const attributes = entryOf(record, 'attributes');
  if (!attributes && only) return refused(only, context.unreadable(ATTRIBUTES_FIRST));
  const given = attributes?.kind === 'object' ? entryOf(attributes, 'type') : undefined;
  const name = given?.kind === 'string' ? given.value : 'null';
  const type = context.schema.type(name);
  if (!type) {
    return refused(SObjectType.unknown(name), recordError('INVALID_TYPE', `sObject type '${name}' is not supported.`));
  }
  if (only && type !== only) {
    const message = `Record type ${type.name} differs from the type in the URL, ${only.name}`;
    return refused(only, recordError('INVALID_TYPE', message));
  }
  return readJsonRecord(type, record, context);
}

function refused(type: SObjectType, error: RecordError): WriteRow {
  return { ...newRow(type), errors: [error] };
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
    ...(showsCreated ? { created: created ?? false } : {}),
  };
}
