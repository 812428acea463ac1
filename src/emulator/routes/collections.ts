import { ApiError, recordError, type RecordError } from '../api-error.js';
import { attributeOf, entryOf, type JsonNode, type JsonObject } from '../json.js';
import type { Org } from '../org.js';
import { ATTRIBUTES_FIRST, readJsonRecord, type JsonContext } from '../records/read-json.js';
import { newRow, type WriteRow } from '../records/row.js';
import { deleteRows, saveRows } from '../records/save.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import { SObjectType } from '../schema/schema.js';
import {
  element,
  listIn,
  MAX_RECORDS,
  readJsonBody,
  saveOptions,
  tooManyRecords,
  typeOf,
  type JsonBody,
} from './body.js';

/** Runs of records of one type. */
const MAX_CHUNKS = 10;

/** Setup objects cannot be written together with others. */
const SETUP_TYPES: ReadonlySet<string> = new Set(['User', 'Group', 'GroupMember', 'UserRole', 'PermissionSet']);

/** Where a value stands that fails its record alone: the org does not say. */
const NOWHERE = '[Source: N/A; line: -1, column: -1][line:-1, column:-1]';

export function writeCollection(org: Org, request: ApiRequest): ApiResponse {
  const { field: fieldName } = request.parameters;
  const only = fieldName === undefined ? undefined : typeOf(org, request);
  const keyField = only?.keyField(fieldName ?? '');
  if (only && !keyField) {
    const message = `Provided external ID field does not exist or is not accessible: ${fieldName ?? ''}`;
    throw new ApiError(request.version >= 60 ? 404 : 400, 'NOT_FOUND', message);
  }
  const operation = only ? 'upsert' : request.method === 'POST' ? 'insert' : 'update';
  const body = readJsonBody(request);
  const { records, allOrNone } = readEnvelope(body);
  checkCount(records.length);
  const unreadable = (message: string, place?: JsonNode): RecordError | ApiError => {
    if (org.faults.forBadValue(request)) return body.refusal(message, place);
    return recordError('JSON_PARSER_ERROR', place ? `${message} at ${NOWHERE}` : message);
  };
  const context = { schema: org.schema, operation, keyField, unreadable } as const;
  const rows = records.map((record) => readRecord(record, context, only));
  checkChunks(rows.map(({ type }) => type.name));
  refuseMixedSetup(rows.filter(({ errors }) => errors.length === 0));
  const updateOnly = request.version >= 61 && request.query.get('updateOnly') === 'true';
  const outcomes = saveRows(org, rows, { operation, keyField, updateOnly, allOrNone, ...saveOptions(org, request) });
  const showsCreated = operation === 'upsert' && request.version >= 46;
  return { status: 200, json: outcomes.map((outcome) => element(outcome, showsCreated)) };
}

export function deleteCollection(org: Org, request: ApiRequest): ApiResponse {
  const ids = listIn(request, 'ids');
  checkCount(ids.length);
  const allOrNone = request.query.get('allOrNone') ?? 'false';
  if (allOrNone !== 'true' && allOrNone !== 'false') {
    throw new ApiError(400, 'INVALID_QUERY_PARAMETER', `Invalid value for allOrNone: ${allOrNone}`);
  }
  checkChunks(ids.map((id) => id.slice(0, 3)));
  const outcomes = deleteRows(org, ids, { allOrNone: allOrNone === 'true', by: request.id });
  return { status: 200, json: outcomes.map((outcome) => element(outcome)) };
}

function readEnvelope({ node, refusal }: JsonBody): { records: readonly JsonObject[]; allOrNone: boolean } {
  const stray = node.entries.find(({ key }) => key !== 'records' && key !== 'allOrNone');
  if (stray) throw refusal(`Unrecognized field "${stray.key}"`, stray.value);
  const allOrNone = entryOf(node, 'allOrNone');
  if (allOrNone && allOrNone.kind !== 'boolean') {
    throw refusal('Cannot deserialize instance of boolean for "allOrNone"', allOrNone);
  }
  const given = entryOf(node, 'records');
  if (given === undefined || given.kind === 'null') return { records: [], allOrNone: false };
  if (given.kind !== 'array') throw refusal('"records" must be an array', given);
  const records = given.items.map((item) => {
    if (item.kind === 'object') return item;
    throw refusal('Cannot deserialize instance of SObject', item);
  });
  return { records, allOrNone: allOrNone?.value ?? false };
}

/** A record whose type is missing or unknown fails alone. */
function readRecord(record: JsonObject, context: JsonContext, only: SObjectType | undefined): WriteRow {
  if (only && !entryOf(record, 'attributes')) return refused(only, context.unreadable(ATTRIBUTES_FIRST));
  const name = attributeOf(record, 'type') ?? 'null';
  const type = context.schema.type(name);
  if (!type) {
    return refused(SObjectType.unknown(name), recordError('INVALID_TYPE', `sObject type '${name}' is not supported.`));
  }
  if (!only || type === only) return readJsonRecord(type, record, context);
  const message = `Record type ${type.name} differs from the type in the URL, ${only.name}`;
  return refused(only, recordError('INVALID_TYPE', message));
}

function refused(type: SObjectType, error: RecordError | ApiError): WriteRow {
  if (error instanceof ApiError) throw error;
  return { ...newRow(type), errors: [error] };
}

function checkCount(count: number): void {
  if (count === 0) throw new ApiError(400, 'REQUIRED_FIELD_MISSING', 'At least 1 record is required');
  if (count > MAX_RECORDS) throw tooManyRecords(MAX_RECORDS);
}

function checkChunks(typeNames: readonly string[]): void {
  const chunks = typeNames.filter((name, index) => index === 0 || typeNames[index - 1] !== name).length;
  if (chunks > MAX_CHUNKS) {
    throw new ApiError(400, 'LIMIT_EXCEEDED', `Cannot have more than ${MAX_CHUNKS} chunks in a single operation`);
  }
}

function refuseMixedSetup(rows: readonly WriteRow[]): void {
  const isSetup = (row: WriteRow): boolean => SETUP_TYPES.has(row.type.name);
  const [first] = rows;
  if (!first) return;
  for (const row of rows.filter((one) => isSetup(one) !== isSetup(first))) {
    const message = `DML operation on setup object is not permitted after you have updated a non-setup object (or vice versa): ${row.type.name}, original object: ${first.type.name}`;
    row.errors.push(recordError('MIXED_DML_OPERATION', message));
  }
}
