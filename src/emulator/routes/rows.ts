import { ApiError, resourceNotFound } from '../api-error.js';
import { normalizeId } from '../ids.js';
import { entryOf } from '../json.js';
import type { Org } from '../org.js';
import { readJsonRecord } from '../records/read-json.js';
import { shownValue } from '../records/read.js';
import type { Outcome, WriteOperation } from '../records/row.js';
import { deleteRows, saveRows } from '../records/save.js';
import type { StoredRow } from '../records/store.js';
import { readLiteral, timestamp } from '../records/values.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import type { DescribeField } from '../schema/describe.js';
import { recordAttributes } from '../soql/select.js';
import { dataPath, element, listIn, readJsonBody, saveOptions, tooManyRecords, typeOf } from './body.js';

const MAX_IDS = 2000;

/** The record that the URL means. */
interface RowTarget {
  readonly id?: string;
  readonly field?: DescribeField;
  /** Of `field`, unless that is the Id. */
  readonly value?: string;
}

export function postRow(org: Org, request: ApiRequest): ApiResponse {
  const outcome = save(org, request, 'insert', {});
  return { status: 201, json: element(outcome), headers: location(org, request, outcome) };
}

export function getRow(org: Org, request: ApiRequest): ApiResponse {
  const [record] = shown(org, request, listIn(request, 'fields'), [request.parameters.id ?? '']);
  if (!record) throw resourceNotFound();
  return { status: 200, json: record };
}

export function patchRow(org: Org, request: ApiRequest): ApiResponse {
  save(org, request, 'update', { id: request.parameters.id ?? '' });
  return { status: 204 };
}

export function deleteRow(org: Org, request: ApiRequest): ApiResponse {
  const [outcome] = deleteRows(org, [request.parameters.id ?? ''], { type: typeOf(org, request), by: request.id });
  succeeded(outcome);
  return { status: 204 };
}

export function handleRowByKey(org: Org, request: ApiRequest): ApiResponse {
  const { rows } = rowsByKey(org, request);
  const [row] = rows;
  if (!row) throw resourceNotFound();
  if (rows.length > 1) return ambiguous(request, rows);
  const byId = { ...request, parameters: { ...request.parameters, id: row.id } };
  return request.method === 'GET' ? getRow(org, byId) : deleteRow(org, byId);
}

/** PATCH /sobjects/{Type}/{ExternalIdField}/{value}: upsert */
export function patchRowByKey(org: Org, request: ApiRequest): ApiResponse {
  const { field, value, rows } = rowsByKey(org, request);
  if (rows.length > 1) return ambiguous(request, rows);
  const outcome = save(org, request, 'upsert', { field, ...(field.type === 'id' ? { id: value } : { value }) });
  const showsCreated = request.version >= 46;
  if (!outcome.created && !showsCreated) return { status: 204 };
  const headers = location(org, request, outcome);
  return { status: outcome.created ? 201 : 200, json: element(outcome, showsCreated), headers };
}

/** GET or POST /composite/sobjects/{Type}: records by Id, in the order of the Ids, null for those that are not there. */
export function getRows(org: Org, request: ApiRequest): ApiResponse {
  const list = request.method === 'POST' ? listInBody : listIn;
  const ids = list(request, 'ids');
  if (ids.length > MAX_IDS) throw tooManyRecords(MAX_IDS);
  return { status: 200, json: shown(org, request, list(request, 'fields'), ids) };
}

/** Which records of a span of time were changed, or deleted. */
export function getChanges(org: Org, request: ApiRequest): ApiResponse {
  const start = momentOf(request, 'start');
  const end = momentOf(request, 'end');
  if (start >= end) throw new ApiError(400, 'INVALID_REPLICATION_DATE', 'startDate before endDate is required');
  const asksDeleted = /\/deleted\/?$/.test(request.path);
  const rows = [...org.store.table(typeOf(org, request)).rows.values()].filter(
    ({ modifiedMs, isDeleted }) => modifiedMs >= start && modifiedMs < end && isDeleted === asksDeleted,
  );
  const latestDateCovered = timestamp(Math.min(end, Date.now()));
  if (!asksDeleted) return { status: 200, json: { ids: rows.map((row) => row.id), latestDateCovered } };
  const deletedRecords = rows.map((row) => ({ deletedDate: timestamp(row.modifiedMs), id: row.id }));
  return { status: 200, json: { deletedRecords, earliestDateAvailable: timestamp(org.startedMs), latestDateCovered } };
}

export function getRecordCount(org: Org, request: ApiRequest): ApiResponse {
  const asked = listIn(request, 'sObjects').map((name) => name.trim().toLowerCase());
  const types = org.schema.types.filter(({ name }) => asked.length === 0 || asked.includes(name.toLowerCase()));
  const sObjects = types.map((type) => {
    const rows = [...org.store.table(type).rows.values()];
    return { count: rows.filter((row) => !row.isDeleted).length, name: type.name };
  });
  return { status: 200, json: { sObjects } };
}

function save(org: Org, request: ApiRequest, operation: WriteOperation, { id, field, value }: RowTarget): Outcome {
  const { node, refusal } = readJsonBody(request);
  const context = { schema: org.schema, operation, keyField: field, unreadable: refusal };
  const row = readJsonRecord(typeOf(org, request), node, context);
  if (row.id !== null) throw inUrlAlone('Id');
  row.id = id ?? null;
  if (field && value !== undefined) {
    if (row.values.has(field)) throw inUrlAlone(field.name);
    row.values.set(field, readLiteral(field.type, value) ?? value);
  }
  const updateOnly = request.query.get('updateOnly') === 'true';
  // A call for one record shows what a duplicate rule found in any case.
  const [outcome] = saveRows(org, [row], {
    operation,
    keyField: field,
    updateOnly,
    ...saveOptions(org, request, true),
  });
  return succeeded(outcome);
}

/** A failed single-record call answers with the record's errors as the request's. */
function succeeded(outcome: Outcome | undefined): Outcome {
  if (outcome?.success) return outcome;
  const [first] = outcome?.errors ?? [];
  if (!first) throw resourceNotFound();
  const { statusCode, message, ...rest } = first;
  const isMissing = statusCode === 'ENTITY_IS_DELETED' || statusCode === 'INVALID_CROSS_REFERENCE_KEY';
  const hasNoFields = statusCode === 'INVALID_FIELD' || statusCode === 'DUPLICATES_DETECTED';
  const { fields, ...others } = rest;
  const told = hasNoFields && fields.length === 0 ? others : rest;
  throw new ApiError(isMissing && fields.length === 0 ? 404 : 400, statusCode, message, told);
}

function inUrlAlone(name: string): ApiError {
  const message = `The ${name} field should not be specified in the sobject data.`;
  return new ApiError(400, 'INVALID_FIELD', message, { fields: [name] });
}

function location(org: Org, request: ApiRequest, { id = '' }: Outcome): Record<string, string> {
  return { location: `${dataPath(request)}/sobjects/${typeOf(org, request).name}/${id}` };
}

function rowsByKey(org: Org, request: ApiRequest): { field: DescribeField; value: string; rows: StoredRow[] } {
  const type = typeOf(org, request);
  const { field: name = '', value = '' } = request.parameters;
  const field = type.keyField(name);
  if (!field) {
    throw new ApiError(404, 'NOT_FOUND', `Provided external ID field does not exist or is not accessible: ${name}`);
  }
  return { field, value, rows: org.store.table(type).find(field, readLiteral(field.type, value) ?? value) };
}

function ambiguous(request: ApiRequest, rows: readonly StoredRow[]): ApiResponse {
  return { status: 300, json: rows.map((row) => recordAttributes(row, dataPath(request)).url) };
}

/**
 * The live records with these Ids, null for those that are not there.
 * @param names all fields where none is named
 * @throws ApiError 400 INVALID_FIELD
 */
function shown(org: Org, request: ApiRequest, names: readonly string[], ids: readonly string[]): (object | null)[] {
  const type = typeOf(org, request);
  const fields = names.map((name) => {
    const field = type.field(name);
    if (field) return field;
    throw new ApiError(400, 'INVALID_FIELD', `No such column '${name}' on sobject of type ${type.name}`);
  });
  return ids.map((id) => {
    const row = org.store.table(type).rows.get(normalizeId(id) ?? '');
    if (!row || row.isDeleted) return null;
    const record: Record<string, unknown> = { attributes: recordAttributes(row, dataPath(request)) };
    for (const field of names.length === 0 ? type.document.fields : fields) {
      record[field.name] = shownValue(org, row, field);
    }
    return record;
  });
}

function listInBody(request: ApiRequest, name: string): string[] {
  const value = entryOf(readJsonBody(request).node, name);
  if (value?.kind !== 'array') throw new ApiError(400, 'JSON_PARSER_ERROR', `"${name}" must be an array`);
  return value.items.map((item) => (item.kind === 'string' ? item.value : ''));
}

function momentOf(request: ApiRequest, name: string): number {
  // A plus sign that was not encoded has become a blank.
  const text = (request.query.get(name) ?? '').replace(' ', '+');
  const value = readLiteral('datetime', text);
  if (typeof value === 'string') return Date.parse(value.replace('+0000', 'Z'));
  throw new ApiError(400, 'INVALID_FIELD', `${name} is not a date and time: '${text}'`);
}
