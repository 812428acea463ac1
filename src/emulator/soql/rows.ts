import type { StoredRow, Table } from '../records/store.js';
import {
  type Column,
  comparable,
  type Comparable,
  compareValues,
  compileCondition,
  literalValue,
} from './conditions.js';
import { type Condition, type Literal, type Operand, type Query, queryError } from './query.js';
import { readPath, resolvePath, resolveType, type Scope } from './resolve.js';

/**
 * The records of a statement: filtered, in order, and no more than were asked for.
 * @param among the only ones looked at
 */
export function matchingRows(scope: Scope, among?: readonly StoredRow[]): StoredRow[] {
  const { org, query, type, withDeleted } = scope;
  const table = org.store.table(type);
  const column = (operand: Operand): Column<StoredRow> => rowColumn(scope, operand);
  const values = (nested: Query): ReadonlySet<Comparable> => nestedValues(scope, nested);
  const test = query.where ? compileCondition(query.where, { query, column, values }) : () => true;
  const order = query.orderBy.map((by) => ({ ...by, ...sortable(scope, by.operand) }));
  const from = among ?? (query.where && candidates(scope, table, query.where)) ?? table.rows.values();
  const rows: StoredRow[] = [];
  for (const row of from) if ((withDeleted || !row.isDeleted) && test(row)) rows.push(row);
  if (order.length > 0) {
    rows.sort((a, b) => {
      for (const { field, read, isDescending, nullsLast } of order) {
        const found = compareValues(comparable(field, read(a)), comparable(field, read(b)), isDescending, nullsLast);
        if (found !== 0) return found;
      }
      return 0;
    });
  }
  return query.offset === 0 && query.limit === undefined ? rows : rows.slice(query.offset, endOf(query));
}

function rowColumn(scope: Scope, operand: Operand): Column<StoredRow> {
  if (operand.kind === 'aggregate') {
    throw queryError(
      'MALFORMED_QUERY',
      `unexpected token: '${operand.function}'`,
      scope.query.text,
      operand.path?.at ?? 0,
    );
  }
  const path = resolvePath(scope, operand.path);
  return { field: path.field, read: (row) => readPath(scope.org, row, path) };
}

function sortable(scope: Scope, operand: Operand): Column<StoredRow> {
  const column = rowColumn(scope, operand);
  if (column.field.sortable) return column;
  const message = `field '${column.field.name}' can not be sorted in a query call`;
  throw queryError('INVALID_FIELD', message, scope.query.text, operand.path?.at ?? 0);
}

/** The values of the one field that a semi-join selects. */
export function nestedValues({ org, version, withDeleted }: Scope, query: Query): ReadonlySet<Comparable> {
  const [item, ...others] = query.items;
  if (item?.kind !== 'field' || others.length > 0) {
    throw queryError('MALFORMED_QUERY', 'A semi-join selects exactly one field', query.text, query.from.at);
  }
  const scope: Scope = { org, query, type: resolveType(org, query), version, withDeleted };
  const path = resolvePath(scope, item.path);
  return new Set(matchingRows(scope).map((row) => comparable(path.field, readPath(org, row, path))));
}

/** Where LIMIT ends the records. */
export function endOf({ offset, limit }: Query): number | undefined {
  return limit === undefined ? undefined : offset + limit;
}

/**
 * The records that can match a condition, found by an index instead of looking at all. Undefined where no index helps;
 * each of them has still to be tested.
 */
export function candidates(scope: Scope, table: Table, condition: Condition): readonly StoredRow[] | undefined {
  switch (condition.kind) {
    case 'and':
      for (const one of condition.conditions) {
        const found = candidates(scope, table, one);
        if (found) return found;
      }
      return undefined;
    case 'compare':
      return condition.operator === '=' ? byValues(scope, table, condition, [condition.literal]) : undefined;
    case 'in':
      return condition.isNegated ? undefined : byValues(scope, table, condition, condition.literals);
    default:
      return undefined;
  }
}

function byValues(
  scope: Scope,
  table: Table,
  { operand }: Extract<Condition, { kind: 'compare' | 'in' }>,
  literals: readonly Literal[],
): readonly StoredRow[] | undefined {
  // Indexes know live records alone.
  if (operand.kind !== 'field' || scope.withDeleted) return undefined;
  const { lookups, field } = resolvePath(scope, operand.path);
  if (lookups.length > 0 || !table.isIndexed(field) || literals.some((one) => one.kind === 'null')) return undefined;
  const rows = new Set<StoredRow>();
  for (const literal of literals) {
    for (const row of table.similar(field, literalValue(field, literal, scope.query))) rows.add(row);
  }
  return [...rows];
}
