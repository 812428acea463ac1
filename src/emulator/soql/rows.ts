import type { Org } from '../org.js';
import { readField } from '../records/read.js';
import type { StoredValue } from '../records/row.js';
import type { StoredRow, Table } from '../records/store.js';
import type { DescribeField } from '../schema/describe.js';
import { isPolymorphic, type SObjectType } from '../schema/schema.js';
import {
  comparable,
  compareValues,
  compileCondition,
  literalValue,
  type Column,
  type Comparable,
} from './conditions.js';
import { queryError, UNKNOWN, type Condition, type Name, type Operand, type Order, type Query } from './query.js';

/** A field reached over zero or more lookups. */
interface FieldPath {
  readonly lookups: readonly DescribeField[];
  readonly field: DescribeField;
}

/** A statement on its way through an org. */
export interface Scope {
  readonly org: Org;
  readonly query: Query;
  readonly type: SObjectType;
  /** Such as `/services/data/v62.0`, for the records' URLs. */
  readonly base: string;
  /** `queryAll`: deleted records, too. */
  readonly withDeleted: boolean;
}

/** @throws ApiError 400 INVALID_TYPE */
export function scopeOf(org: Org, query: Query, base: string, withDeleted: boolean): Scope {
  const type = org.schema.type(query.from.text);
  if (!type?.document.queryable) {
    throw queryError('INVALID_TYPE', UNKNOWN.type(query.from.text), query, query.from.at);
  }
  return { org, query, type, base, withDeleted };
}

/** @throws ApiError 400 INVALID_FIELD */
export function resolvePath({ org, type, query }: Scope, { text: path, at }: Name): FieldPath {
  const steps = withoutAlias(path, query, type).split('.');
  const last = steps.pop() ?? '';
  const lookups: DescribeField[] = [];
  let holder: SObjectType | undefined = type;
  for (const step of steps) {
    const lookup: DescribeField | undefined = holder?.relationship(step);
    if (!lookup) throw queryError('INVALID_FIELD', UNKNOWN.relationship(step, 'field path'), query, at);
    lookups.push(lookup);
    // Whatever stands behind a polymorphic lookup is seen as the object Name.
    holder = (isPolymorphic(lookup) ? undefined : org.schema.parentType(lookup)) ?? org.schema.type('Name');
  }
  const field = holder?.field(last);
  if (!field) throw queryError('INVALID_FIELD', UNKNOWN.column(last, holder?.name ?? 'Name'), query, at);
  return { lookups, field };
}

/** @throws ApiError 400 INVALID_FIELD for no such field, and for one without the ability */
export function columnOf(scope: Scope, name: Name, ability?: 'sortable' | 'groupable'): Column<StoredRow> {
  const path = resolvePath(scope, name);
  if (ability && !path.field[ability]) {
    const message = `field '${path.field.name}' can not be ${ability === 'sortable' ? 'sorted' : 'grouped'} in a query call`;
    throw queryError('INVALID_FIELD', message, scope.query, name.at);
  }
  return { field: path.field, read: (row) => readPath(scope.org, row, path) };
}

/** The record that a lookup points at. */
export function parentOf(org: Org, row: StoredRow, lookup: DescribeField): StoredRow | undefined {
  const id = readField(org, row, lookup);
  if (typeof id !== 'string') return undefined;
  for (const name of lookup.referenceTo) {
    const type = org.schema.type(name);
    const parent = type && org.store.table(type).rows.get(id);
    if (parent) return parent;
  }
  return undefined;
}

function readPath(org: Org, row: StoredRow, { lookups, field }: FieldPath): StoredValue {
  let holder: StoredRow | undefined = row;
  for (const lookup of lookups) {
    holder = parentOf(org, holder, lookup);
    if (!holder) return null;
  }
  const last = lookups.at(-1);
  return last && isPolymorphic(last) ? readName(org, holder, field) : readField(org, holder, field);
}

/** A field of the object Name, as the record behind it has it. */
export function readName(org: Org, row: StoredRow, { name }: DescribeField): StoredValue {
  if (name === 'Type') return row.type.name;
  const field = name === 'Name' ? row.type.nameField : row.type.field(name);
  return field ? readField(org, row, field) : null;
}

/** `a.Name` of `FROM Account a`, and `Account.Name` of `FROM Account`, are `Name`. */
function withoutAlias(path: string, { aliases, from }: Query, type: SObjectType): string {
  const [first = '', ...rest] = path.split('.');
  if (rest.length === 0) return path;
  const alias = aliases.get(first.toLowerCase());
  if (alias !== undefined) return [...(alias === '' ? [] : [alias]), ...rest].join('.');
  return first.toLowerCase() === from.text.toLowerCase() && !type.relationship(first) ? rest.join('.') : path;
}

/** @param among the only records looked at */
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
  if (condition.kind !== 'comparison' || condition.isNegated || condition.query) return undefined;
  const { operand, operator, literals } = condition;
  // Indexes know live records alone.
  if ((operator !== '=' && operator !== 'IN') || operand.kind !== 'field' || scope.withDeleted) return undefined;
  const { lookups, field } = resolvePath(scope, operand.path);
  const isPlain = literals.every(({ kind }) => kind !== 'null' && kind !== 'period');
  if (lookups.length > 0 || !table.isIndexed(field) || !isPlain) return undefined;
  return new Set(literals.flatMap((literal) => table.similar(field, literalValue(field, literal, scope.query))));
}
