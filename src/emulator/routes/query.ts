import { ApiError } from '../api-error.js';
import type { Org } from '../org.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import { runQuery, type QueryCursor, type QueryResult } from '../soql/execute.js';
import { parseSoql } from '../soql/parse.js';
import { dataPath } from './body.js';

const MAX_CURSORS = 10;
/** Records of the smallest page, and of one that holds much text. */
const SMALL_PAGE = 200;

/** `queryAll` finds deleted records, too. */
export function getQuery(org: Org, request: ApiRequest): ApiResponse {
  const text = request.query.get('q');
  if (text === null) throw new ApiError(400, 'MALFORMED_QUERY', 'A query string has to be specified');
  const query = parseSoql(text);
  const result = runQuery(org, query, dataPath(request), request.path.includes('/queryAll'));
  if (request.query.get('columns') === 'true') {
    const type = org.schema.type(query.from.text);
    const columnMetadata = result.columns();
    const idSelected = columnMetadata.some((column) => column.columnName === 'Id');
    const head = { entityName: type?.name, groupBy: query.groupBy.length > 0, idSelected, keyPrefix: type?.keyPrefix };
    return { status: 200, json: { columnMetadata, ...head } };
  }
  const cursor = { result, pageRecords: pageRecords(org, request, result) };
  if (result.length <= cursor.pageRecords) return page(request, '', cursor, 0);
  const open = org.queryCursors;
  const locator = org.ids.next('0r8');
  open.set(locator, cursor);
  const [oldest] = open.keys();
  if (open.size > MAX_CURSORS && oldest !== undefined) open.delete(oldest);
  return page(request, locator, cursor, 0);
}

export function getQueryMore(org: Org, request: ApiRequest): ApiResponse {
  const [locator = '', offset = ''] = (request.parameters.locator ?? '').split('-');
  const cursor = org.queryCursors.get(locator);
  if (!cursor || !/^\d+$/.test(offset)) throw new ApiError(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
  return page(request, locator, cursor, Number(offset));
}

/** A client may ask for smaller pages: `Sforce-Query-Options: batchSize=500`. */
function pageRecords(org: Org, request: ApiRequest, { isWide }: QueryResult): number {
  const asked = /\bbatchSize=(\d+)/i.exec(request.headers['sforce-query-options'] ?? '')?.[1];
  const { queryRecords } = org.settings.limits;
  const wanted = isWide ? SMALL_PAGE : Math.max(SMALL_PAGE, Number(asked ?? queryRecords));
  return Math.min(queryRecords, wanted);
}

function page(request: ApiRequest, locator: string, { result, pageRecords }: QueryCursor, offset: number): ApiResponse {
  const end = Math.min(offset + pageRecords, result.length);
  const isLast = end >= result.length;
  const next = isLast ? {} : { nextRecordsUrl: `${dataPath(request)}/query/${locator}-${end}` };
  const { totalSize } = result;
  return { status: 200, json: { totalSize, done: isLast, ...next, records: result.page(offset, end) } };
}
