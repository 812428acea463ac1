import { exactNumber } from '../decimal.js';
import { rendered } from '../records/read.js';
import type { StoredValue } from '../records/row.js';
import type { StoredRow } from '../records/store.js';
import { completeField } from '../schema/describe.js';
import { type Column, comparable, compareValues, compileCondition, type ConditionContext } from './conditions.js';
import { type Aggregate, type FieldItem, type Operand, type Query, queryError } from './query.js';
import { readPath, resolvePath, type Scope } from './resolve.js';
import type { QueryRecord } from './execute.js';

/** The records that have the same values in the fields of GROUP BY. */
type Group = readonly StoredRow[];

const COUNT_FIELD = completeField({ name: 'count', type: 'int' });

export function isAggregate({ items, groupBy }: Query): boolean {
  return groupBy.length > 0 || items.some((item) => item.kind === 'aggregate');
}

/** The groups of a statement with GROUP BY or aggregates, as records, HAVING and ORDER BY applied. */
export function aggregateRecords(
  scope: Scope,
  rows: readonly StoredRow[],
  values: ConditionContext<Group>['values'],
): QueryRecord[] {
  const { query } = scope;
  const keys = query.groupBy.map((item) => groupable(scope, item));
  const column = (operand: Operand): Column<Group> => groupColumn(scope, operand);
  const selected = query.items.map((item) => {
    if (item.kind !== 'field' && item.kind !== 'aggregate') throw notGrouped(query, 'this', 0);
    const isKey = item.kind === 'aggregate' || isGrouped(scope, item);
    if (!isKey) throw notGrouped(query, item.path.text, item.path.at);
    return { item, column: column(item) };
  });
  const test = query.having ? compileCondition(query.having, { query, column, values }) : () => true;
  const order = query.orderBy.map((by) => ({ ...by, ...column(by.operand) }));
  const groups = grouped(rows, keys).filter(test);
  groups.sort((a, b) => {
    for (const { field, read, isDescending, nullsLast } of order) {
      const found = compareValues(comparable(field, read(a)), comparable(field, read(b)), isDescending, nullsLast);
      if (found !== 0) return found;
    }
    return 0;
  });
  return groups.map((group) => {
    const record: QueryRecord = { attributes: { type: 'AggregateResult' } };
    let unnamed = 0;
    for (const {
      item,
      column: { field, read },
    } of selected) {
      const name = item.alias ?? (item.kind === 'aggregate' ? `expr${unnamed++}` : field.name);
      record[name] = rendered(field, read(group));
    }
    return record;
  });
}

function grouped(rows: readonly StoredRow[], keys: readonly Column<StoredRow>[]): Group[] {
  if (keys.length === 0) return [rows];
  const groups = new Map<string, StoredRow[]>();
  for (const row of rows) {
    const key = JSON.stringify(keys.map(({ field, read }) => comparable(field, read(row))));
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups.values()];
}

function groupColumn(scope: Scope, operand: Operand): Column<Group> {
  if (operand.kind === 'aggregate') return aggregateColumn(scope, operand);
  const aliased = scope.query.items.find(
    (item) => item.kind === 'aggregate' && item.alias?.toLowerCase() === operand.path.text.toLowerCase(),
  );
  if (aliased?.kind === 'aggregate') return aggregateColumn(scope, aliased);
  const path = resolvePath(scope, operand.path);
  return { field: path.field, read: ([first]) => (first ? readPath(scope.org, first, path) : null) };
}

function aggregateColumn(scope: Scope, { function: name, path: given }: Aggregate): Column<Group> {
  if (!given) return { field: COUNT_FIELD, read: (group) => group.length };
  const path = resolvePath(scope, given);
  const { field } = path;
  const valuesOf = (group: Group): StoredValue[] =>
    group.map((row) => readPath(scope.org, row, path)).filter((value) => value !== null);
  const numbers = (group: Group): number[] => valuesOf(group).map((value) => Number(value));
  switch (name) {
    case 'COUNT':
      return { field: COUNT_FIELD, read: (group) => valuesOf(group).length };
    case 'COUNT_DISTINCT':
      return {
        field: COUNT_FIELD,
        read: (group) => new Set(valuesOf(group).map((value) => comparable(field, value))).size,
      };
    case 'SUM':
    case 'AVG': {
      if (!['int', 'long', 'double', 'currency', 'percent'].includes(field.type)) {
        const message = `field ${field.name} does not support aggregate operator ${name}`;
        throw queryError('MALFORMED_QUERY', message, scope.query.text, given.at);
      }
      const result = completeField({ name, type: name === 'SUM' ? field.type : 'double' });
      return {
        field: result,
        read: (group) => {
          const all = numbers(group);
          if (all.length === 0) return null;
          const sum = all.reduce((total, one) => total + one, 0);
          return exactNumber(String(name === 'SUM' ? sum : sum / all.length));
        },
      };
    }
    case 'MIN':
    case 'MAX':
      return {
        field,
        read: (group) => {
          const sorted = valuesOf(group).sort((a, b) =>
            compareValues(comparable(field, a), comparable(field, b), name === 'MAX', false),
          );
          return sorted[0] ?? null;
        },
      };
  }
}

function groupable(scope: Scope, { path }: FieldItem): Column<StoredRow> {
  const resolved = resolvePath(scope, path);
  if (!resolved.field.groupable) {
    const message = `field '${resolved.field.name}' can not be grouped in a query call`;
    throw queryError('INVALID_FIELD', message, scope.query.text, path.at);
  }
  return { field: resolved.field, read: (row) => readPath(scope.org, row, resolved) };
}

function isGrouped(scope: Scope, { path }: FieldItem): boolean {
  const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
  return scope.query.groupBy.some((item) => same(item.path.text, path.text));
}

function notGrouped({ text }: Query, name: string, at: number): Error {
  return queryError('MALFORMED_QUERY', `Field must be grouped or aggregated: ${name}`, text, at);
}
