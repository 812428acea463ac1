import type { StoredRow, Table } from '../records/store.js';
import { comparable, compareValues, compileCondition, literalValue, type Comparable } from './conditions.js';
import { queryError, type Condition, type Operand, type Order, type Query } from './query.js';
import { columnOf, resolvePath, scopeOf, type Column, type Scope } from './resolve.js';

/**
 * The records of a statement: filtered, in order, and no more than were asked for.
 * @param among the only ones looked at
 */
export function matchingRows(scope: Scope, among?: Iterable<StoredRow>): StoredRow[] {
  const { org, query, type, withDeleted } = scope;
  const table = org.store.table(type);
  const column = (operand: Operand): Column<StoredRow> => columnOf(scope, pathOf(scope, operand));
  const values = (nested: Query): ReadonlySet<Comparable> => nestedValues(scope, nested);
  const test = query.where ? compileCondition(query.where, { query, column, values }) : () => true;
  const compare = ordering(query.orderBy, (operand) => columnOf(scope, pathOf(scope, operand), 'sortable'));
  const from = among ?? (query.where && candidates(scope, table, query.where)) ?? table.rows.values();
  const rows: StoredRow[] = [];
  for (const row of from) if ((withDeleted || !row.isDeleted) && test(row)) rows.push(row);
  if (query.orderBy.length > 0) rows.sort(compare);
  return cut(rows, query);
}

/** The values of the one field that a semi-join selects. */
export function nestedValues({ org, base, withDeleted }: Scope, query: Query): ReadonlySet<Comparable> {
  const [item, ...others] = query.items;
  if (item?.kind !== 'field' || others.length > 0) {
    throw queryError('MALFORMED_QUERY', 'A semi-join selects exactly one field', query, query.from.at);
  }
  const scope = scopeOf(org, query, base, withDeleted);
  const { field, read } = columnOf(scope, item.path);
  return new Set(matchingRows(scope).map((row) => comparable(field, read(row))));
}

/** How ORDER BY compares two records, or two groups of records. */
export function ordering<T>(orderBy: readonly Order[], column: (operand: Operand) => Column<T>) {
  const order = orderBy.map((by) => ({ ...by, ...column(by.operand) }));
  return (a: T, b: T): number => {
    for (const { field, read, isDescending, nullsLast } of order) {
      const found = compareValues(comparable(field, read(a)), comparable(field, read(b)), isDescending, nullsLast);
      if (found !== 0) return found;
    }
    return 0;
  };
}

/** What OFFSET and LIMIT leave. */
export function cut<T>(all: T[], { offset, limit }: Query): T[] {
  if (offset === 0 && limit === undefined) return all;
  return all.slice(offset, limit === undefined ? undefined : offset + limit);
}

/** Only HAVING knows aggregates. */
function pathOf({ query }: Scope, operand: Operand) {
  if (operand.kind === 'field') return operand.path;
  throw queryError('MALFORMED_QUERY', `unexpected token: '${operand.function}'`, query, operand.path?.at ?? 0);
}

/**
 * The records that can match a condition, found by an index instead of looking at all. Undefined where no index helps;
 * each of them has still to be tested.
 */
function candidates(scope: Scope, table: Table, condition: Condition): Iterable<StoredRow> | undefined {
  if (condition.kind === 'and') {
    for (const one of condition.conditions) {
      const found = candidates(scope, table, one);
      if (found) return found;
    }
  }
  const isEqual = condition.kind === 'compare' && condition.operator === '=';
  if (!isEqual && !(condition.kind === 'in' && !condition.isNegated)) return undefined;
  const { operand } = condition;
  // Indexes know live records alone.
  if (operand.kind !== 'field' || scope.withDeleted) return undefined;
  const { lookups, field } = resolvePath(scope, operand.path);
  const literals = condition.kind === 'in' ? condition.literals : [condition.literal];
  if (lookups.length > 0 || !table.isIndexed(field) || literals.some((one) => one.kind === 'null')) return undefined;
  return new Set(literals.flatMap((literal) => table.similar(field, literalValue(field, literal, scope.query))));
}
