import { ApiError, resourceNotFound } from '../api-error.js';
import { normalizeId } from '../ids.js';
import { type JsonNode, jsonParserError } from '../json.js';
import { readLiteral } from '../records/values.js';
import type { Org } from '../org.js';
import { readAssignment } from '../records/assignment.js';
import { deleteRows, saveRows } from '../records/save.js';
import { readJsonRecord } from '../records/read-json.js';
import type { Outcome, WriteOperation } from '../records/row.js';
import type { StoredRow } from '../records/store.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import type { DescribeField } from '../schema/describe.js';
import type { SObjectType } from '../schema/schema.js';
import { fieldsOf, listIn, showRow } from './retrieve.js';
import { recordAttributes } from '../soql/execute.js';
import { duplicateRuleOf, readJsonBody } from './body.js';
import { typeOf } from './describe.js';

/** POST /sobjects/{Type} */
export function postRow(org: Org, request: ApiRequest): ApiResponse {
  const outcome = save(org, request, 'insert', { id: null });
  return { status: 201, json: written(outcome), headers: location(org, request, outcome) };
}

/** GET /sobjects/{Type}/{Id}?fields= */
export function getRow(org: Org, request: ApiRequest): ApiResponse {
  return { status: 200, json: shown(org, request, rowById(org, request)) };
}

/** PATCH /sobjects/{Type}/{Id} */
export function patchRow(org: Org, request: ApiRequest): ApiResponse {
  const id = request.parameters.id ?? '';
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
  const { field, value } = keyOf(org, request);
  const outcome = save(org, request, 'upsert', { id: field.type === 'id' ? value : null, field, value });
  const { created = false } = outcome;
  const showsCreated = request.version >= 46;
  if (!created && !showsCreated) return { status: 204 };
  const json = { ...written(outcome), ...(showsCreated ? { created } : {}) };
  return { status: created ? 201 : 200, json, headers: location(org, request, outcome) };
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

interface RowTarget {
  readonly id: string | null;
  readonly field?: DescribeField;
  readonly value?: string;
}

function save(org: Org, request: ApiRequest, operation: WriteOperation, target: RowTarget): Outcome {
  const type = typeOf(org, request);
  const { node, text } = readJsonBody(request);
  const unreadable = (message: string, place?: JsonNode): never => {
    throw jsonParserError(message, text, place?.offset ?? 0);
  };
  const row = readJsonRecord(type, node, { schema: org.schema, operation, keyField: target.field, unreadable });
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
  const [outcome] = saveRows(org, [row], {
    operation,
    keyField: target.field,
    updateOnly,
    assignment: readAssignment(org, request),
    duplicateRule: { ...duplicateRuleOf(request), showsRecords: true },
    by: request.id,
  });
  if (!outcome) throw resourceNotFound();
  throwFailure(outcome);
  return outcome;
}

/** A failed single-record call answers with the record's errors as the request's. */
function throwFailure({ success, errors }: Outcome): void {
  const [first] = errors;
  if (success || !first) return;
  const { statusCode, message, ...rest } = first;
  const isMissing = statusCode === 'ENTITY_IS_DELETED' || statusCode === 'INVALID_CROSS_REFERENCE_KEY';
  const hasNoFields = statusCode === 'INVALID_FIELD' || statusCode === 'DUPLICATES_DETECTED';
  const { fields, ...others } = rest;
  const shown = hasNoFields && fields.length === 0 ? others : rest;
  throw new ApiError(isMissing && fields.length === 0 ? 404 : 400, statusCode, message, shown);
}

function written({ id, errors }: Outcome): Record<string, unknown> {
  return { id, success: true, errors };
}

function location(org: Org, request: ApiRequest, { id = '' }: Outcome): Record<string, string> {
  const { name } = typeOf(org, request);
  return { location: `/services/data/v${request.version.toFixed(1)}/sobjects/${name}/${id}` };
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
  return showRow(org, request, row, fieldsOf(row.type, listIn(request, 'fields')));
}
