import { ApiError } from '../api-error.js';
import { normalizeId } from '../ids.js';
import { entryOf } from '../json.js';
import type { Org } from '../org.js';
import { shownValue } from '../records/read.js';
import type { StoredRow } from '../records/store.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import type { DescribeField } from '../schema/describe.js';
import type { SObjectType } from '../schema/schema.js';
import { recordAttributes } from '../soql/shape.js';
import { readJsonBody } from './body.js';
import { typeOf } from './describe.js';

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
  const record: Record<string, unknown> = { attributes: recordAttributes(row, `v${request.version.toFixed(1)}`) };
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

/** A list with commas in the query part of the URL. */
export function listIn({ query }: ApiRequest, name: string): string[] {
  return (query.get(name) ?? '').split(',').filter((one) => one !== '');
}

function listInBody(request: ApiRequest, name: string): string[] {
  const value = entryOf(readJsonBody(request).node, name);
  if (value?.kind !== 'array') throw new ApiError(400, 'JSON_PARSER_ERROR', `"${name}" must be an array`);
  return value.items.map((item) => (item.kind === 'string' ? item.value : ''));
}
