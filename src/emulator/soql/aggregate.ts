import { exactNumber } from '../decimal.js';
import { groupBy } from '../group-by.js';
import { rendered } from '../records/read.js';
import type { StoredValue } from '../records/row.js';
import type { StoredRow } from '../records/store.js';
import { completeField } from '../schema/describe.js';
import { comparable, compareValues, compileCondition, type Comparable } from './conditions.js';
import { queryError, type Aggregate, type Name, type Operand, type Query, type SelectItem } from './query.js';
import { columnOf, type Column, type Scope } from './resolve.js';
import type { QueryRecord } from './result.js';
import { nestedValues, ordering } from './rows.js';

/** The records that have the same values in the fields of GROUP BY. */
type Group = readonly StoredRow[];

const COUNT_FIELD = completeField({ name: 'count', type: 'int' });
const NUMBERS = ['int', 'long', 'double', 'currency', 'percent'];

export function isAggregate({ items, groupBy }: Query): boolean {
  return groupBy.length > 0 || items.some((item) => item.kind === 'aggregate');
}

/** The groups of a statement with GROUP BY or aggregates, as records, HAVING and ORDER BY applied. */
export function aggregateRecords(scope: Scope, rows: readonly StoredRow[]): QueryRecord[] {
  const { query } = scope;
  const keys = query.groupBy.map(({ path }) => columnOf(scope, path, 'groupable'));
  const column = (operand: Operand): Column<Group> => groupColumn(scope, operand);
  const names = aggregateNames(query);
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
    const record: QueryRecord = { attributes: { type: 'AggregateResult' } };
    for (const { name, field, read } of selected) record[name ?? field.name] = rendered(field, read(group));
    return record;
  });
}

/** By item: its alias, `expr0` and so on for other aggregates, undefined for what is called as its field is. */
export function aggregateNames({ items }: Query): (string | undefined)[] {
  let unnamed = 0;
  return items.map((item: SelectItem) => {
    if (item.kind === 'aggregate') return item.alias ?? `expr${unnamed++}`;
    return item.kind === 'field' ? item.alias : undefined;
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
  switch (name) {
    case 'COUNT':
      return { field: COUNT_FIELD, read: (group) => valuesOf(group).length };
    case 'COUNT_DISTINCT':
      return {
        field: COUNT_FIELD,
        read: (group) => new Set(valuesOf(group).map((value) => comparable(field, value))).size,
      };
    case 'SUM':
    case 'AVG':
      if (!NUMBERS.includes(field.type)) {
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
    case 'MIN':
    case 'MAX': {
      const compare = (a: StoredValue, b: StoredValue): number =>
        compareValues(comparable(field, a), comparable(field, b), name === 'MAX', false);
      return { field, read: (group) => valuesOf(group).sort(compare)[0] ?? null };
    }
  }
}

function isGrouped({ groupBy }: Query, { text }: Name): boolean {
  return groupBy.some(({ path }) => isSame(path.text, text));
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
