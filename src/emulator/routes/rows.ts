import { ApiError, resourceNotFound } from '../api-error.js';
import { normalizeId } from '../ids.js';
import { readLiteral } from '../records/literals.js';
import type { Org } from '../org.js';
import { deleteRows } from '../records/delete.js';
import { readField } from '../records/read.js';
import { readJsonRecord } from '../records/read-json.js';
import type { Outcome, WriteOperation } from '../records/row.js';
import { saveRows } from '../records/save.js';
import type { StoredRow } from '../records/store.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import type { DescribeField } from '../schema/describe.js';
import type { SObjectType } from '../schema/schema.js';
import { recordAttributes } from '../soql/execute.js';
import { readJsonBody } from './body.js';
import { typeOf } from './describe.js';

/** POST /sobjects/{Type} */
export function postRow(org: Org, request: ApiRequest): ApiResponse {
  const outcome = save(org, request, 'insert', { id: null });
  return { status: 201, json: written(outcome) };
}

/** GET /sobjects/{Type}/{Id}?fields= */
export function getRow(org: Org, request: ApiRequest): ApiResponse {
  return { status: 200, json: shown(org, request, rowById(org, request)) };
}

/** PATCH /sobjects/{Type}/{Id} */
export function patchRow(org: Org, request: ApiRequest): ApiResponse {
  const id = request.parameters.id ?? '';
  if (normalizeId(id) === undefined) throw resourceNotFound();
  save(org, request, 'update', { id });
  return { status: 204 };
}

/** DELETE /sobjects/{Type}/{Id} */
export function deleteRow(org: Org, request: ApiRequest): ApiResponse {
  const type = typeOf(org, request);
  const [outcome] = deleteRows(org, [request.parameters.id ?? ''], { type, by: request.id });
  if (outcome) throwFailure(outcome);
  return { status: 204 };
}

/** GET /sobjects/{Type}/{ExternalIdField}/{value} */
export function getRowByKey(org: Org, request: ApiRequest): ApiResponse {
  const found = rowsByKey(org, request);
  const [row] = found;
  if (!row) throw resourceNotFound();
  return found.length > 1 ? ambiguous(request, found) : { status: 200, json: shown(org, request, row) };
}

/** PATCH /sobjects/{Type}/{ExternalIdField}/{value}: upsert */
export function patchRowByKey(org: Org, request: ApiRequest): ApiResponse {
  const found = rowsByKey(org, request);
  if (found.length > 1) return ambiguous(request, found);
  const { type, field, value } = keyOf(org, request);
  const outcome = save(org, request, 'upsert', { id: field.type === 'id' ? value : null, field, value });
  return { status: outcome.created ? 201 : 200, json: written(outcome, type) };
}

/** DELETE /sobjects/{Type}/{ExternalIdField}/{value} */
export function deleteRowByKey(org: Org, request: ApiRequest): ApiResponse {
  const found = rowsByKey(org, request);
  const [row] = found;
  if (!row) throw resourceNotFound();
  if (found.length > 1) return ambiguous(request, found);
  const [outcome] = deleteRows(org, [row.id], { type: row.type, by: request.id });
  if (outcome) throwFailure(outcome);
  return { status: 204 };
}

/** GET or POST /composite/sobjects/{Type}: several records by Id, null for those that are not there. */
export function getRows(org: Org, request: ApiRequest): ApiResponse {
  const type = typeOf(org, request);
  const { ids, fields } = request.method === 'POST' ? wantedByBody(request) : wantedByQuery(request);
  const json = ids.map((given) => {
    const row = org.store.table(type).rows.get(normalizeId(given) ?? '');
    return row && !row.isDeleted ? show(org, request, row, fields) : null;
  });
  return { status: 200, json };
}

interface RowTarget {
  readonly id: string | null;
  readonly field?: DescribeField;
  readonly value?: string;
}

function save(org: Org, request: ApiRequest, operation: WriteOperation, target: RowTarget): Outcome {
  const type = typeOf(org, request);
  const { node, text } = readJsonBody(request);
  const row = readJsonRecord(type, node, { schema: org.schema, text, operation, keyField: target.field });
  if (row.id !== null) {
    throw new ApiError(400, 'INVALID_FIELD', 'The Id field should not be specified in the sobject data.', {
      fields: ['Id'],
    });
  }
  row.id = target.id;
  if (target.field && target.value !== undefined && target.field.type !== 'id') {
    if (row.fields.includes(target.field)) {
      const message = `The ${target.field.name} field should not be specified in the sobject data.`;
      throw new ApiError(400, 'INVALID_FIELD', message, { fields: [target.field.name] });
    }
    row.fields.push(target.field);
    row.values.push(readLiteral(target.field.type, target.value) ?? target.value);
  }
  const updateOnly = request.query.get('updateOnly') === 'true';
  const [outcome] = saveRows(org, [row], { operation, keyField: target.field, updateOnly, by: request.id });
  if (!outcome) throw resourceNotFound();
  throwFailure(outcome);
  return outcome;
}

/** A failed single-record call answers with the record's errors as the request's. */
function throwFailure({ success, errors }: Outcome): void {
  const [first] = errors;
  if (success || !first) return;
  const isMissing = first.statusCode === 'ENTITY_IS_DELETED' || first.statusCode === 'INVALID_CROSS_REFERENCE_KEY';
  const errorCode = isMissing && first.fields.length === 0 ? 404 : 400;
  throw new ApiError(errorCode, first.statusCode, first.message, { fields: first.fields });
}

function written({ id, created, errors }: Outcome, type?: SObjectType): Record<string, unknown> {
  return { id, success: true, errors, ...(type ? { created: created ?? false } : {}) };
}

function rowById(org: Org, request: ApiRequest): StoredRow {
  const row = org.store.table(typeOf(org, request)).rows.get(normalizeId(request.parameters.id ?? '') ?? '');
  if (!row || row.isDeleted) throw resourceNotFound();
  return row;
}

function keyOf(org: Org, request: ApiRequest): { type: SObjectType; field: DescribeField; value: string } {
  const type = typeOf(org, request);
  const { field: name = '', value = '' } = request.parameters;
  const field = type.keyField(name);
  if (!field) {
    throw new ApiError(404, 'NOT_FOUND', `Provided external ID field does not exist or is not accessible: ${name}`);
  }
  return { type, field, value };
}

function rowsByKey(org: Org, request: ApiRequest): StoredRow[] {
  const { type, field, value } = keyOf(org, request);
  return org.store.table(type).find(field, readLiteral(field.type, value) ?? value);
}

function ambiguous(request: ApiRequest, rows: readonly StoredRow[]): ApiResponse {
  return { status: 300, json: rows.map((row) => recordAttributes(row, `v${request.version.toFixed(1)}`).url) };
}

function shown(org: Org, request: ApiRequest, row: StoredRow): Record<string, unknown> {
  return show(org, request, row, wantedByQuery(request).fields);
}

function show(org: Org, request: ApiRequest, row: StoredRow, names: readonly string[]): Record<string, unknown> {
  const record: Record<string, unknown> = { attributes: recordAttributes(row, `v${request.version.toFixed(1)}`) };
  const fields = names.length === 0 ? row.type.document.fields : names.map((name) => fieldOf(row.type, name));
  for (const field of fields) record[field.name] = readField(org, row, field);
  return record;
}

function fieldOf(type: SObjectType, name: string): DescribeField {
  const field = type.field(name);
  if (!field) throw new ApiError(400, 'INVALID_FIELD', `No such column '${name}' on sobject of type ${type.name}`);
  return field;
}

function wantedByQuery(request: ApiRequest): { ids: string[]; fields: string[] } {
  const list = (name: string): string[] => (request.query.get(name) ?? '').split(',').filter((one) => one !== '');
  return { ids: list('ids'), fields: list('fields') };
}

function wantedByBody(request: ApiRequest): { ids: string[]; fields: string[] } {
  const { node } = readJsonBody(request);
  const list = (name: string): string[] => {
    const value = node.entries.find((entry) => entry.key === name)?.value;
    if (value?.kind !== 'array') throw new ApiError(400, 'JSON_PARSER_ERROR', `"${name}" must be an array`);
    return value.items.map((item) => (item.kind === 'string' ? item.value : ''));
  };
  return { ids: list('ids'), fields: list('fields') };
}
