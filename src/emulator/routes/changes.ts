import { ApiError } from '../api-error.js';
import type { Org } from '../org.js';
import { timestamp } from '../records/read.js';
import { readLiteral } from '../records/literals.js';
import type { StoredRow } from '../records/store.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import { typeOf } from './describe.js';

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
