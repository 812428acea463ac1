import type { Org } from '../org.js';
import type { StoredRow } from '../records/store.js';
import type { DescribeField } from '../schema/describe.js';
import type { SObjectType } from '../schema/schema.js';
import { aggregateRecords, isAggregate } from './aggregate.js';
import { aggregateColumns, shapeColumns, type ColumnMetadata } from './columns.js';
import { queryError, unknownRelationship } from './errors.js';
import type { Query } from './query.js';
import { resolveType, type Scope } from './resolve.js';
import { endOf, matchingRows, nestedValues } from './rows.js';
import { project, shapeOf, type ChildResult, type QueryRecord, type Shape } from './shape.js';

/** Longer fields make a page hold fewer records. */
const LONG_TEXT_CHARS = 4000;

/** What a statement found. Records are made as pages are asked for. */
export interface QueryResult {
  readonly totalSize: number;
  /** Of all records that pages hold: none for `COUNT()`. */
  readonly length: number;
  /** Whether the records hold so much text that an org answers with smaller pages. */
  readonly isWide: boolean;
  readonly page: (start: number, end: number) => QueryRecord[];
  /** What the statement selects, for `columns=true`. */
  readonly columns: () => ColumnMetadata[];
}

/**
 * Runs a query.
 * @param version such as `v62.0`, for the records' URLs
 * @param withDeleted also looks at deleted records
 * @throws ApiError 400 INVALID_TYPE, INVALID_FIELD, MALFORMED_QUERY, INVALID_QUERY_FILTER_OPERATOR
 */
export function runQuery(org: Org, query: Query, version: string, withDeleted = false): QueryResult {
  const scope: Scope = { org, query, type: resolveType(org, query), version, withDeleted };
  if (isAggregate(query)) return runAggregate(scope);
  const shape = shapeOf(scope, (nested) => childEntry(scope, nested));
  const rows = matchingRows(scope);
  return {
    totalSize: rows.length,
    length: rows.length,
    isWide: shape.entries.filter((entry) => entry.kind === 'field' && isLongText(entry.field)).length > 1,
    page: (start, end) => rows.slice(start, end).map((row) => project(scope, row, shape)),
    columns: () => shapeColumns(shape),
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
  const all = aggregateRecords(scope, rows, (nested) => nestedValues(scope, nested));
  const records = all.slice(query.offset, endOf(query));
  return {
    totalSize: records.length,
    length: records.length,
    isWide: false,
    page: (start, end) => records.slice(start, end),
    columns: () => aggregateColumns(query),
  };
}

function childEntry(scope: Scope, query: Query): Extract<Shape['entries'][number], { kind: 'children' }> {
  const { org, type } = scope;
  const child = org.schema.childRelationship(type, query.from.text);
  if (!child) {
    const message = unknownRelationship(query.from.text, 'FROM part of query call');
    throw queryError('INVALID_TYPE', message, query.text, query.from.at);
  }
  const childScope: Scope = { ...scope, query, type: child.type };
  const shape = shapeOf(childScope, (nested) => childEntry(childScope, nested));
  let byParent: Map<string, StoredRow[]> | undefined;
  const of = (row: StoredRow): ChildResult | null => {
    byParent ??= childrenByParent(org, child.type, child.field);
    const rows = matchingRows(childScope, byParent.get(row.id) ?? []);
    if (rows.length === 0) return null;
    return { totalSize: rows.length, done: true, records: rows.map((one) => project(childScope, one, shape)) };
  };
  // What is wrong with the nested query is said even when there are no records.
  matchingRows(childScope, []);
  return { kind: 'children', name: child.relationshipName, shape, of };
}

function childrenByParent(org: Org, type: SObjectType, { name }: DescribeField): Map<string, StoredRow[]> {
  const all = new Map<string, StoredRow[]>();
  for (const row of org.store.table(type).rows.values()) {
    const id = row.values[name];
    if (typeof id !== 'string') continue;
    const rows = all.get(id);
    if (rows) rows.push(row);
    else all.set(id, [row]);
  }
  return all;
}

function isLongText({ type, length }: DescribeField): boolean {
  return type === 'textarea' && length > LONG_TEXT_CHARS;
}
