import type { ApiError } from '../api-error.js';
import type { Org } from '../org.js';
import { readField } from '../records/read.js';
import type { StoredValue } from '../records/row.js';
import type { StoredRow } from '../records/store.js';
import { completeField, type DescribeField } from '../schema/describe.js';
import type { SObjectType } from '../schema/schema.js';
import { type Name, type Query, queryError, unknownColumn, unknownRelationship, unknownType } from './query.js';

/** A field reached over zero or more lookups. */
export interface FieldPath {
  readonly lookups: readonly DescribeField[];
  readonly field: DescribeField;
}

/** A statement on its way through an org. */
export interface Scope {
  readonly org: Org;
  readonly query: Query;
  readonly type: SObjectType;
  /** Such as `v62.0`, for the records' URLs. */
  readonly version: string;
  /** `queryAll`: deleted records, too. */
  readonly withDeleted: boolean;
}

/** Fields of the object that a polymorphic lookup leads to, whatever stands there. */
const NAME_FIELDS: ReadonlyMap<string, DescribeField> = new Map(
  [
    completeField({ name: 'Id', type: 'id' }),
    completeField({ name: 'IsActive', type: 'boolean' }),
    ...['Name', 'FirstName', 'LastName', 'Username', 'Email', 'Phone', 'Title', 'Alias', 'Type'].map((name) =>
      completeField({ name, type: 'string' }),
    ),
    completeField({ name: 'ProfileId', type: 'reference' }),
    completeField({ name: 'UserRoleId', type: 'reference' }),
  ].map((field) => [field.name.toLowerCase(), field]),
);

/** @throws ApiError 400 INVALID_TYPE */
export function resolveType(org: Org, { from, text }: Query): SObjectType {
  const type = org.schema.type(from.text);
  if (!type?.document.queryable) throw queryError('INVALID_TYPE', unknownType(from.text), text, from.at);
  return type;
}

/** @throws ApiError 400 INVALID_FIELD */
export function resolvePath({ org, type, query }: Scope, { text: path, at }: Name): FieldPath {
  const steps = withoutAlias(path, query, type).split('.');
  const last = steps.pop() ?? '';
  const lookups: DescribeField[] = [];
  let holder: SObjectType | undefined = type;
  for (const step of steps) {
    const lookup: DescribeField | undefined = holder?.relationship(step);
    if (!lookup) throw invalidField(unknownRelationship(step, 'field path'), query, at);
    lookups.push(lookup);
    holder = isPolymorphic(lookup) ? undefined : org.schema.type(lookup.referenceTo[0] ?? '');
  }
  const isName = holder === undefined;
  const field = isName ? NAME_FIELDS.get(last.toLowerCase()) : holder?.field(last);
  if (!field) throw invalidField(unknownColumn(last, holder?.name ?? 'Name'), query, at);
  return { lookups, field };
}

export function isPolymorphic(lookup: DescribeField): boolean {
  return lookup.referenceTo.length > 1;
}

export function invalidField(message: string, { text }: Query, at: number): ApiError {
  return queryError('INVALID_FIELD', message, text, at);
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
