import { ApiError, resourceNotFound } from '../api-error.js';
import { normalizeId } from '../ids.js';
import type { Org } from '../org.js';
import { readJsonRecord } from '../records/read-json.js';
import type { Outcome, WriteOperation } from '../records/row.js';
import { deleteRows, saveRows } from '../records/save.js';
import type { StoredRow } from '../records/store.js';
import { readLiteral } from '../records/values.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import type { DescribeField } from '../schema/describe.js';
import { recordAttributes } from '../soql/select.js';
import { dataPath, element, listIn, readJsonBody, saveOptions, typeOf } from './body.js';
import { fieldsOf, showRow } from './retrieve.js';

/** POST /sobjects/{Type} */
export function postRow(org: Org, request: ApiRequest): ApiResponse {
  const outcome = save(org, request, 'insert', {});
  return { status: 201, json: element(outcome), headers: location(org, request, outcome) };
}

/** GET /sobjects/{Type}/{Id}?fields= */
export function getRow(org: Org, request: ApiRequest): ApiResponse {
  const row = org.store.table(typeOf(org, request)).rows.get(normalizeId(request.parameters.id ?? '') ?? '');
  if (!row || row.isDeleted) throw resourceNotFound();
  return shown(org, request, row);
}

/** PATCH /sobjects/{Type}/{Id} */
export function patchRow(org: Org, request: ApiRequest): ApiResponse {
  save(org, request, 'update', { id: request.parameters.id ?? '' });
  return { status: 204 };
}

/** DELETE /sobjects/{Type}/{Id} */
export function deleteRow(org: Org, request: ApiRequest): ApiResponse {
  return remove(org, request, request.parameters.id ?? '');
}

/** GET /sobjects/{Type}/{ExternalIdField}/{value} */
export function getRowByKey(org: Org, request: ApiRequest): ApiResponse {
  return withRow(org, request, (row) => shown(org, request, row));
}

/** PATCH /sobjects/{Type}/{ExternalIdField}/{value}: upsert */
export function patchRowByKey(org: Org, request: ApiRequest): ApiResponse {
  const { field, value, rows } = rowsByKey(org, request);
  if (rows.length > 1) return ambiguous(request, rows);
  const outcome = save(org, request, 'upsert', { field, ...(field.type === 'id' ? { id: value } : { value }) });
  const showsCreated = request.version >= 46;
  if (!outcome.created && !showsCreated) return { status: 204 };
  return {
    status: outcome.created ? 201 : 200,
    json: element(outcome, showsCreated),
    headers: location(org, request, outcome),
  };
}

/** DELETE /sobjects/{Type}/{ExternalIdField}/{value} */
export function deleteRowByKey(org: Org, request: ApiRequest): ApiResponse {
  return withRow(org, request, ({ id }) => remove(org, request, id));
}

/** The record that the URL means. */
interface RowTarget {
  readonly id?: string;
  readonly field?: DescribeField;
  /** Of `field`, unless that is the Id. */
  readonly value?: string;
}

function save(org: Org, request: ApiRequest, operation: WriteOperation, { id, field, value }: RowTarget): Outcome {
  const type = typeOf(org, request);
  const { node, refusal } = readJsonBody(request);
  const unreadable: (...given: Parameters<typeof refusal>) => never = (...given) => {
    throw refusal(...given);
  };
  const row = readJsonRecord(type, node, { schema: org.schema, operation, keyField: field, unreadable });
  if (row.id !== null) throw inUrlAlone('Id');
  row.id = id ?? null;
  if (field && value !== undefined) {
    if (row.values.has(field)) throw inUrlAlone(field.name);
    row.values.set(field, readLiteral(field.type, value) ?? value);
  }
  const updateOnly = request.query.get('updateOnly') === 'true';
  const { duplicateRule, ...options } = saveOptions(org, request);
  const [outcome] = saveRows(org, [row], {
    ...{ operation, keyField: field, updateOnly, ...options },
    // A call for one record shows what was found in any case.
    ...(duplicateRule && { duplicateRule: { ...duplicateRule, showsRecords: true } }),
  });
  return succeeded(outcome);
}

function remove(org: Org, request: ApiRequest, id: string): ApiResponse {
  const [outcome] = deleteRows(org, [id], { type: typeOf(org, request), by: request.id });
  succeeded(outcome);
  return { status: 204 };
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
  const shown = hasNoFields && fields.length === 0 ? others : rest;
  throw new ApiError(isMissing && fields.length === 0 ? 404 : 400, statusCode, message, shown);
}

function inUrlAlone(name: string): ApiError {
  const message = `The ${name} field should not be specified in the sobject data.`;
  return new ApiError(400, 'INVALID_FIELD', message, { fields: [name] });
}

function location(org: Org, request: ApiRequest, { id = '' }: Outcome): Record<string, string> {
  return { location: `${dataPath(request)}/sobjects/${typeOf(org, request).name}/${id}` };
}

/** Does something with the one record that has the key of the URL. */
function withRow(org: Org, request: ApiRequest, work: (row: StoredRow) => ApiResponse): ApiResponse {
  const { rows } = rowsByKey(org, request);
  const [row] = rows;
  if (!row) throw resourceNotFound();
  return rows.length > 1 ? ambiguous(request, rows) : work(row);
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

function shown(org: Org, request: ApiRequest, row: StoredRow): ApiResponse {
  return { status: 200, json: showRow(org, request, row, fieldsOf(row.type, listIn(request, 'fields'))) };
}
