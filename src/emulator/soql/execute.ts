import { exactNumber } from '../decimal.js';
import { groupBy } from '../group-by.js';
import type { Org } from '../org.js';
import { rendered } from '../records/read.js';
import type { StoredValue } from '../records/row.js';
import type { StoredRow } from '../records/store.js';
import { csvText, isNumber } from '../records/values.js';
import { completeField, type DescribeField } from '../schema/describe.js';
import type { SObjectType } from '../schema/schema.js';
import { comparable, compareValues, compileCondition, type Column, type Comparable } from './conditions.js';
import { queryError, type Aggregate, type Name, type Operand, type Query } from './query.js';
import { columnOf, cut, matchingRows, nestedValues, ordering, scopeOf, type Scope } from './rows.js';
import * as select from './select.js';

/** What a statement found. Records are made as pages are asked for. */
export interface QueryResult {
  readonly totalSize: number;
  /** Of all records that pages hold: none for `COUNT()`. */
  readonly length: number;
  /** Whether the records hold so much text that an org answers with smaller pages. */
  readonly isWide: boolean;
  readonly page: (start: number, end: number) => select.QueryRecord[];
  /** What the statement selects, for `columns=true`. */
  readonly columns: () => readonly select.ColumnMetadata[];
}

/** A result with pages still to come. */
export interface QueryCursor {
  readonly result: QueryResult;
  readonly pageRecords: number;
}

/** A result as rows of text, for CSV. */
export interface TextTable {
  readonly type: SObjectType;
  readonly names: readonly string[];
  readonly length: number;
  readonly rows: (start: number, end: number) => string[][];
}

/** The records that have the same values in the fields of GROUP BY. */
type Group = readonly StoredRow[];

/** Longer fields make a page hold fewer records. */
const LONG_TEXT_CHARS = 4000;
const COUNT_FIELD = completeField({ name: 'count', type: 'int' });

/**
 * Runs a query.
 * @param base such as `/services/data/v62.0`, for the records' URLs
 * @param withDeleted also looks at deleted records
 * @throws ApiError 400 INVALID_TYPE, INVALID_FIELD, MALFORMED_QUERY, INVALID_QUERY_FILTER_OPERATOR
 */
export function runQuery(org: Org, query: Query, base: string, withDeleted = false): QueryResult {
  const scope = scopeOf(org, query, base, withDeleted);
  if (query.groupBy.length > 0 || query.items.some((item) => item.kind === 'aggregate')) return runAggregate(scope);
  const shape = select.shapeOf(scope);
  const rows = matchingRows(scope);
  return {
    totalSize: rows.length,
    length: rows.length,
    isWide: shape.entries.filter(({ field }) => field && isLongText(field)).length > 1,
    page: (start, end) => rows.slice(start, end).map((row) => select.project(scope, row, shape)),
    columns: () => select.columnsOf(shape),
  };
}

/** Runs a query of a bulk job, which is flat: fields, and fields of parents. Throws as `runQuery` does. */
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
    columns: () => select.aggregateColumns(query),
  };
}

/** The groups of a statement with GROUP BY or aggregates, as records, HAVING and ORDER BY applied. */
function aggregateRecords(scope: Scope, rows: readonly StoredRow[]): select.QueryRecord[] {
  const { query } = scope;
  const keys = query.groupBy.map(({ path }) => columnOf(scope, path, 'groupable'));
  const column = (operand: Operand): Column<Group> => groupColumn(scope, operand);
  const names = select.aggregateNames(query);
  const selected = query.items.map((item, index) => {
    const place: Name = item.kind === 'field' ? item.path : { text: 'this', at: 0 };
    if (item.kind !== 'aggregate' && !(item.kind === 'field' && isGrouped(query, place))) {
      throw queryError('MALFORMED_QUERY', `Field must be grouped or aggregated: ${place.text}`, query, place.at);
    }
    return { name: names[index], ...column(item) };
  });
  const values = (nested: Query): ReadonlySet<Comparable> => nestedValues(scope, nested);
  const test = query.having ? compileCondition(query.having, { query, column, values }) : () => true;
  const groups = grouped(rows, keys).filter(test).sort(ordering(query.orderBy, column));
  return groups.map((group) => {
    const record: select.QueryRecord = { attributes: { type: 'AggregateResult' } };
    for (const { name, field, read } of selected) record[name ?? field.name] = rendered(field, read(group));
    return record;
  });
}

function grouped(rows: readonly StoredRow[], keys: readonly Column<StoredRow>[]): Group[] {
  if (keys.length === 0) return [rows];
  const keyOf = (row: StoredRow): string => JSON.stringify(keys.map(({ field, read }) => comparable(field, read(row))));
  return [...groupBy(rows, keyOf).values()];
}

function groupColumn(scope: Scope, operand: Operand): Column<Group> {
  if (operand.kind === 'aggregate') return aggregateColumn(scope, operand);
  const { path } = operand;
  const aliased = scope.query.items.find((item) => item.kind === 'aggregate' && isSame(item.alias ?? '', path.text));
  if (aliased?.kind === 'aggregate') return aggregateColumn(scope, aliased);
  const { field, read } = columnOf(scope, path);
  return { field, read: ([first]) => (first ? read(first) : null) };
}

function aggregateColumn(scope: Scope, { function: name, path }: Aggregate): Column<Group> {
  if (!path) return { field: COUNT_FIELD, read: (group) => group.length };
  const { field, read } = columnOf(scope, path);
  const valuesOf = (group: Group): StoredValue[] => group.map(read).filter((value) => value !== null);
  if (name === 'COUNT' || name === 'COUNT_DISTINCT') {
    const counted = (values: StoredValue[]): number =>
      name === 'COUNT' ? values.length : new Set(values.map((value) => comparable(field, value))).size;
    return { field: COUNT_FIELD, read: (group) => counted(valuesOf(group)) };
  }
  if (name === 'MIN' || name === 'MAX') {
    const compare = (a: StoredValue, b: StoredValue): number =>
      compareValues(comparable(field, a), comparable(field, b), name === 'MAX', false);
    return { field, read: (group) => valuesOf(group).sort(compare)[0] ?? null };
  }
  if (!isNumber(field.type)) {
    const message = `field ${field.name} does not support aggregate operator ${name}`;
    throw queryError('MALFORMED_QUERY', message, scope.query, path.at);
  }
  return {
    field: completeField({ name, type: name === 'SUM' ? field.type : 'double' }),
    read: (group) => {
      const numbers = valuesOf(group).map(Number);
      if (numbers.length === 0) return null;
      const sum = numbers.reduce((total, one) => total + one, 0);
      return exactNumber(String(name === 'SUM' ? sum : sum / numbers.length));
    },
  };
}

function isGrouped({ groupBy }: Query, { text }: Name): boolean {
  return groupBy.some(({ path }) => isSame(path.text, text));
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
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
