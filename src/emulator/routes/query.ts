import { ApiError } from '../api-error.js';
import type { Org } from '../org.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import { runQuery, type QueryRecord } from '../soql/execute.js';
import { parseSoql } from '../soql/parse.js';

const MAX_CURSORS = 10;

/** GET /query?q= */
export function getQuery(org: Org, request: ApiRequest): ApiResponse {
  const text = request.query.get('q');
  if (text === null) throw new ApiError(400, 'MALFORMED_QUERY', 'A query string has to be specified');
  const { totalSize, records } = runQuery(org, parseSoql(text), `v${request.version.toFixed(1)}`);
  if (records.length <= org.settings.limits.queryRecords) {
    return { status: 200, json: { totalSize, done: true, records } };
  }
  const open = org.queryCursors;
  const locator = org.ids.next('01g');
  open.set(locator, records);
  const [oldest] = open.keys();
  if (open.size > MAX_CURSORS && oldest !== undefined) open.delete(oldest);
  return page(org, request, locator, records, 0);
}

/** GET /query/{locator}-{offset} */
export function getQueryMore(org: Org, request: ApiRequest): ApiResponse {
  const [locator = '', offset = ''] = (request.parameters.locator ?? '').split('-');
  const records = org.queryCursors.get(locator);
  if (!records || !/^\d+$/.test(offset)) throw new ApiError(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
  return page(org, request, locator, records, Number(offset));
}

function page(
  org: Org,
  request: ApiRequest,
  locator: string,
  all: readonly QueryRecord[],
  offset: number,
): ApiResponse {
  const end = offset + org.settings.limits.queryRecords;
  const json: Record<string, unknown> = { totalSize: all.length, done: end >= all.length };
  if (end < all.length) json.nextRecordsUrl = `/services/data/v${request.version.toFixed(1)}/query/${locator}-${end}`;
  json.records = all.slice(offset, end);
  return { status: 200, json };
}
