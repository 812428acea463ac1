import type { Org } from '../org.js';
import { readField } from '../records/read.js';
import type { StoredValue } from '../records/row.js';
import type { StoredRow } from '../records/store.js';
import { completeField, type DescribeField } from '../schema/describe.js';
import { isPolymorphic, type SObjectType } from '../schema/schema.js';
import { queryError, UNKNOWN, type Name, type Query } from './query.js';

/** A field reached over zero or more lookups. */
export interface FieldPath {
  readonly lookups: readonly DescribeField[];
  readonly field: DescribeField;
}

/** A value of a record, or of a group of records. */
export interface Column<T> {
  readonly field: DescribeField;
  readonly read: (of: T) => StoredValue;
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

/** Fields of the object Name, which a polymorphic lookup leads to whatever stands there. */
const NAME_FIELDS: ReadonlyMap<string, DescribeField> = new Map(
  [
    completeField({ name: 'Id', type: 'id' }),
    completeField({ name: 'IsActive', type: 'boolean' }),
    ...['Name', 'FirstName', 'LastName', 'Username', 'Email', 'Phone', 'Title', 'Alias', 'Type'].map((name) =>
      completeField({ name, type: 'string' }),
    ),
    ...['ProfileId', 'UserRoleId'].map((name) => completeField({ name, type: 'reference' })),
  ].map((field) => [field.name.toLowerCase(), field]),
);

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
    holder = isPolymorphic(lookup) ? undefined : org.schema.type(lookup.referenceTo[0] ?? '');
  }
  const field = holder ? holder.field(last) : NAME_FIELDS.get(last.toLowerCase());
  if (!field) throw queryError('INVALID_FIELD', UNKNOWN.column(last, holder?.name ?? 'Name'), query, at);
  return { lookups, field };
}

/**
 * The field with this name, which must have the ability.
 * @throws ApiError 400 INVALID_FIELD
 */
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

export function readPath(org: Org, row: StoredRow, { lookups, field }: FieldPath): StoredValue {
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
