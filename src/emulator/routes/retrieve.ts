import { ApiError } from '../api-error.js';
import { normalizeId } from '../ids.js';
import { entryOf } from '../json.js';
import type { Org } from '../org.js';
import { shownValue } from '../records/read.js';
import type { StoredRow } from '../records/store.js';
import { readLiteral, timestamp } from '../records/values.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import type { DescribeField } from '../schema/describe.js';
import type { SObjectType } from '../schema/schema.js';
import { recordAttributes } from '../soql/select.js';
import { dataPath, listIn, readJsonBody, typeOf } from './body.js';

const MAX_IDS = 2000;

/** GET or POST /composite/sobjects/{Type}: records by Id, in the order of the Ids, null for those that are not there. */
export function getRows(org: Org, request: ApiRequest): ApiResponse {
  const type = typeOf(org, request);
  const list = request.method === 'POST' ? listInBody : listIn;
  const ids = list(request, 'ids');
  if (ids.length > MAX_IDS) {
    const message = `record limit reached. cannot submit more than ${MAX_IDS} records into this call`;
    throw new ApiError(400, 'EXCEEDED_ID_LIMIT', message);
  }
  const fields = fieldsOf(type, list(request, 'fields'));
  const json = ids.map((given) => {
    const row = org.store.table(type).rows.get(normalizeId(given) ?? '');
    return row && !row.isDeleted ? showRow(org, request, row, fields) : null;
  });
  return { status: 200, json };
}

export function showRow(
  org: Org,
  request: ApiRequest,
  row: StoredRow,
  fields: readonly DescribeField[],
): Record<string, unknown> {
  const record: Record<string, unknown> = { attributes: recordAttributes(row, dataPath(request)) };
  for (const field of fields) record[field.name] = shownValue(org, row, field);
  return record;
}

/**
 * The fields with these names; all where none is named.
 * @throws ApiError 400 INVALID_FIELD
 */
export function fieldsOf(type: SObjectType, names: readonly string[]): readonly DescribeField[] {
  if (names.length === 0) return type.document.fields;
  return names.map((name) => {
    const field = type.field(name);
    if (field) return field;
    throw new ApiError(400, 'INVALID_FIELD', `No such column '${name}' on sobject of type ${type.name}`);
  });
}

function listInBody(request: ApiRequest, name: string): string[] {
  const value = entryOf(readJsonBody(request).node, name);
  if (value?.kind !== 'array') throw new ApiError(400, 'JSON_PARSER_ERROR', `"${name}" must be an array`);
  return value.items.map((item) => (item.kind === 'string' ? item.value : ''));
}

/** GET /sobjects/{Type}/updated?start=&end= */
export function getUpdated(org: Org, request: ApiRequest): ApiResponse {
  const { rows, latestDateCovered } = changed(org, request);
  const ids = rows.filter((row) => !row.isDeleted).map((row) => row.id);
  return { status: 200, json: { ids, latestDateCovered } };
}

/** GET /sobjects/{Type}/deleted?start=&end= */
export function getDeleted(org: Org, request: ApiRequest): ApiResponse {
  const { rows, latestDateCovered } = changed(org, request);
  const deletedRecords = rows
    .filter((row) => row.isDeleted)
    .map((row) => ({ deletedDate: timestamp(row.modifiedMs), id: row.id }));
  return { status: 200, json: { deletedRecords, earliestDateAvailable: timestamp(org.startedMs), latestDateCovered } };
}

/** GET /limits/recordCount?sObjects= */
export function getRecordCount(org: Org, request: ApiRequest): ApiResponse {
  const asked = request.query
    .get('sObjects')
    ?.split(',')
    .map((name) => name.trim().toLowerCase());
  const types = org.schema.types.filter(({ name }) => asked?.includes(name.toLowerCase()) ?? true);
  const sObjects = types.map((type) => {
    const rows = [...org.store.table(type).rows.values()];
    return { count: rows.filter((row) => !row.isDeleted).length, name: type.name };
  });
  return { status: 200, json: { sObjects } };
}

function changed(org: Org, request: ApiRequest): { rows: StoredRow[]; latestDateCovered: string } {
  const start = momentOf(request, 'start');
  const end = momentOf(request, 'end');
  if (start >= end) {
    throw new ApiError(400, 'INVALID_REPLICATION_DATE', 'startDate before endDate is required');
  }
  const rows = [...org.store.table(typeOf(org, request)).rows.values()];
  return {
    rows: rows.filter(({ modifiedMs }) => modifiedMs >= start && modifiedMs < end),
    latestDateCovered: timestamp(Math.min(end, Date.now())),
  };
}

function momentOf(request: ApiRequest, name: string): number {
  // A plus sign that was not encoded has become a blank.
  const text = (request.query.get(name) ?? '').replace(' ', '+');
  const value = readLiteral('datetime', text);
  if (typeof value === 'string') return Date.parse(value.replace('+0000', 'Z'));
  throw new ApiError(400, 'INVALID_FIELD', `${name} is not a date and time: '${text}'`);
}
