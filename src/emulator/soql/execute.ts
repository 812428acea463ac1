import type { Org } from '../org.js';
import { csvText } from '../records/values.js';
import type { DescribeField } from '../schema/describe.js';
import { aggregateRecords, isAggregate } from './aggregate.js';
import { queryError, type Query } from './query.js';
import { columnOf, scopeOf, type Scope } from './resolve.js';
import type { QueryResult, TextTable } from './result.js';
import { cut, matchingRows } from './rows.js';
import { aggregateColumns, columnsOf, project, shapeOf } from './select.js';

/** Longer fields make a page hold fewer records. */
const LONG_TEXT_CHARS = 4000;

/**
 * Runs a query.
 * @param base such as `/services/data/v62.0`, for the records' URLs
 * @param withDeleted also looks at deleted records
 * @throws ApiError 400 INVALID_TYPE, INVALID_FIELD, MALFORMED_QUERY, INVALID_QUERY_FILTER_OPERATOR
 */
export function runQuery(org: Org, query: Query, base: string, withDeleted = false): QueryResult {
  const scope = scopeOf(org, query, base, withDeleted);
  if (isAggregate(query)) return runAggregate(scope);
  const shape = shapeOf(scope);
  const rows = matchingRows(scope);
  return {
    totalSize: rows.length,
    length: rows.length,
    isWide: shape.entries.filter(({ field }) => field && isLongText(field)).length > 1,
    page: (start, end) => rows.slice(start, end).map((row) => project(scope, row, shape)),
    columns: () => columnsOf(shape),
  };
}

/**
 * Runs a query of a bulk job, which is flat: fields, and fields of parents.
 * @throws ApiError 400 INVALID_TYPE, INVALID_FIELD, MALFORMED_QUERY for what bulk jobs do not know
 */
export function runTable(org: Org, query: Query, base: string, withDeleted: boolean): TextTable {
  const scope = scopeOf(org, query, base, withDeleted);
  if (query.groupBy.length > 0 || query.offset > 0) throw notInBulk(query, 'GROUP BY and OFFSET');
  const columns = query.items.flatMap((item) => {
    if (item.kind === 'fields') {
      const fields = scope.type.document.fields.filter((field) => !isCompound(field));
      return fields.map((field) => ({ name: field.name, ...columnOf(scope, { text: field.name, at: 0 }) }));
    }
    if (item.kind !== 'field') throw notInBulk(query, 'Aggregates, TYPEOF and nested queries');
    const column = columnOf(scope, item.path);
    if (isCompound(column.field)) throw notInBulk(query, 'Compound address and location fields');
    return [{ name: item.path.text, ...column }];
  });
  const rows = matchingRows(scope);
  return {
    type: scope.type,
    names: columns.map(({ name }) => name),
    length: rows.length,
    rows: (start, end) =>
      rows.slice(start, end).map((row) => columns.map(({ field, read }) => csvText(field, read(row)))),
  };
}

function runAggregate(scope: Scope): QueryResult {
  const { query } = scope;
  const [only] = query.items;
  const rows = matchingRows({ ...scope, query: { ...query, orderBy: [], limit: undefined, offset: 0 } });
  if (query.items.length === 1 && only?.kind === 'aggregate' && !only.path && query.groupBy.length === 0) {
    const totalSize = Math.min(rows.length, query.limit ?? rows.length);
    return { totalSize, length: 0, isWide: false, page: () => [], columns: () => [] };
  }
  const records = cut(aggregateRecords(scope, rows), query);
  return {
    totalSize: records.length,
    length: records.length,
    isWide: false,
    page: (start, end) => records.slice(start, end),
    columns: () => aggregateColumns(query),
  };
}

function isLongText({ type, length }: DescribeField): boolean {
  return type === 'textarea' && length > LONG_TEXT_CHARS;
}

function isCompound({ type }: DescribeField): boolean {
  return type === 'address' || type === 'location';
}

function notInBulk(query: Query, what: string): Error {
  return queryError('MALFORMED_QUERY', `${what} are not supported in bulk queries`, query, query.from.at);
}
