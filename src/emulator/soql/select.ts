import { groupBy } from '../group-by.js';
import { shownValue } from '../records/read.js';
import type { StoredRow } from '../records/store.js';
import { isNumber } from '../records/values.js';
import { USUAL, type DescribeField } from '../schema/describe.js';
import { isPolymorphic, type SObjectType } from '../schema/schema.js';
import { queryError, UNKNOWN, type Name, type Query, type SelectItem } from './query.js';
import { matchingRows, parentOf, readName, resolvePath, type Scope } from './rows.js';

/** A record as queries show it, parents and children nested. */
export interface QueryRecord {
  readonly attributes: { readonly type: string; readonly url?: string };
  [field: string]: unknown;
}

/** A column of a result, as `columns=true` asks for it. */
export type ColumnMetadata = (typeof USUAL)['column'];

/** What a record of a result holds, in the order of the statement. */
interface Shape {
  readonly entries: Entry[];
  /** Whether only the object Name is known of the record, behind a polymorphic lookup. */
  readonly isName: boolean;
}

/** A member of a record: a field, or records nested in it. */
interface Entry {
  readonly name: string;
  readonly read: (row: StoredRow) => unknown;
  readonly column: () => ColumnMetadata;
  readonly field?: DescribeField;
  /** Of a parent. */
  readonly shape?: Shape;
}

const FIELDS_GROUPS = ['ALL', 'STANDARD', 'CUSTOM'];
const MAX_FIELDS_LIMIT = 200;

/** Resolves what a statement without aggregates selects. */
export function shapeOf(scope: Scope): Shape {
  const shape: Shape = { entries: [], isName: false };
  for (const item of scope.query.items) {
    if (item.kind === 'field') {
      const message = 'only aggregate expressions use field aliasing';
      if (item.alias !== undefined) throw queryError('MALFORMED_QUERY', message, scope.query, item.path.at);
      addPath(scope, shape, item.path);
    } else if (item.kind === 'fields') {
      for (const field of fieldsGroup(scope, item.group)) shape.entries.push(fieldEntry(scope, field));
    } else if (item.kind !== 'aggregate') {
      shape.entries.push(item.kind === 'children' ? childEntry(scope, item.query) : typeOf(scope, item));
    }
  }
  return shape;
}

/** The record in the shape that was asked for. */
export function project(scope: Scope, row: StoredRow, shape: Shape, typeName?: string): QueryRecord {
  const record: QueryRecord = { attributes: recordAttributes(row, scope.base, typeName) };
  for (const { name, read } of shape.entries) record[name] = read(row);
  return record;
}

export function recordAttributes(row: StoredRow, base: string, typeName = row.type.name): QueryRecord['attributes'] {
  return { type: typeName, url: `${base}/sobjects/${row.type.name}/${row.id}` };
}

export function columnsOf({ entries }: Shape): ColumnMetadata[] {
  return entries.map(({ column }) => column());
}

export function aggregateColumns(query: Query): ColumnMetadata[] {
  const names = aggregateNames(query);
  return query.items.map((item, index) => {
    const name = names[index] ?? (item.kind === 'field' ? item.path.text.split('.').at(-1) : '') ?? '';
    if (item.kind !== 'aggregate') return named(name);
    const displayName = `${item.function.toLowerCase()}(${item.path?.text ?? ''})`;
    return { ...named(name), aggregate: true, displayName, numberType: true };
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

function fieldEntry({ org }: Scope, field: DescribeField, isName = false): Entry {
  const read = (row: StoredRow): unknown => (isName ? readName(org, row, field) : shownValue(org, row, field));
  return { name: field.name, read, field, column: () => fieldColumn(field) };
}

function parentEntry(scope: Scope, lookup: DescribeField): Entry & { readonly shape: Shape } {
  const shape: Shape = { entries: [], isName: isPolymorphic(lookup) };
  const name = lookup.relationshipName ?? lookup.name;
  const read = (row: StoredRow): QueryRecord | null => {
    const parent = parentOf(scope.org, row, lookup);
    return parent ? project(scope, parent, shape, shape.isName ? 'Name' : parent.type.name) : null;
  };
  return { name, read, shape, column: () => ({ ...named(name), joinColumns: columnsOf(shape) }) };
}

/** Child records of one record, as a nested result. */
function childEntry(scope: Scope, query: Query): Entry {
  const { org, type } = scope;
  const child = org.schema.childRelationship(type, query.from.text);
  if (!child) {
    const message = UNKNOWN.relationship(query.from.text, 'FROM part of query call');
    throw queryError('INVALID_TYPE', message, query, query.from.at);
  }
  const childScope: Scope = { ...scope, query, type: child.type };
  const shape = shapeOf(childScope);
  let byParent: Map<unknown, StoredRow[]> | undefined;
  const read = (row: StoredRow): unknown => {
    byParent ??= groupBy(org.store.table(child.type).rows.values(), (one) => one.values[child.field.name]);
    const rows = matchingRows(childScope, byParent.get(row.id) ?? []);
    if (rows.length === 0) return null;
    return { totalSize: rows.length, done: true, records: rows.map((one) => project(childScope, one, shape)) };
  };
  // What is wrong with the nested query is said even when there are no records.
  matchingRows(childScope, []);
  const name = child.relationshipName;
  return { name, read, column: () => ({ ...named(name), aggregate: true, joinColumns: columnsOf(shape) }) };
}

function typeOf(scope: Scope, { path, cases, otherwise }: Extract<SelectItem, { kind: 'typeof' }>): Entry {
  const { org, query } = scope;
  const lookup = scope.type.relationship(path.text);
  if (!lookup || !isPolymorphic(lookup)) {
    throw queryError('INVALID_FIELD', `TYPEOF needs a polymorphic relationship: '${path.text}'`, query, path.at);
  }
  const shapes = new Map<SObjectType, Shape>();
  for (const { type: name, paths } of cases) {
    const type = org.schema.parentType(lookup, name);
    if (!type) {
      const message = `'${name}' is no type of the relationship '${path.text}'`;
      throw queryError('INVALID_FIELD', message, query, path.at);
    }
    const shape: Shape = { entries: [], isName: false };
    for (const one of paths) addPath({ ...scope, type }, shape, one);
    shapes.set(type, shape);
  }
  // What stands behind ELSE can be of any type: fields of the object Name.
  const others = otherwise?.map(({ text, at }) => resolvePath(scope, { text: `${path.text}.${text}`, at }).field);
  const other = others && { entries: others.map((field) => fieldEntry(scope, field, true)), isName: true };
  const read = (row: StoredRow): QueryRecord | null => {
    const parent = parentOf(org, row, lookup);
    const chosen = parent && (shapes.get(parent.type) ?? other);
    return parent && chosen ? project(scope, parent, chosen) : null;
  };
  return { name: lookup.relationshipName ?? lookup.name, read, column: () => named(lookup.relationshipName ?? '') };
}

/** Puts a field into the shape, within the parents that its path leads over. */
function addPath(scope: Scope, shape: Shape, name: Name): void {
  const { lookups, field } = resolvePath(scope, name);
  let holder = shape;
  for (const lookup of lookups) {
    const relationship = lookup.relationshipName ?? lookup.name;
    const known = holder.entries.find((entry) => entry.name === relationship)?.shape;
    const parent = known ? undefined : parentEntry(scope, lookup);
    if (parent) holder.entries.push(parent);
    holder = known ?? parent?.shape ?? holder;
  }
  if (holder.entries.some((entry) => entry.field === field)) {
    throw queryError('INVALID_FIELD', `duplicate field selected: ${field.name}`, scope.query, name.at);
  }
  holder.entries.push(fieldEntry(scope, field, holder.isName));
}

function fieldsGroup({ query, type }: Scope, { text, at }: Name): DescribeField[] {
  const group = text.toUpperCase();
  if (!FIELDS_GROUPS.includes(group)) throw queryError('MALFORMED_QUERY', `unexpected token: '${text}'`, query, at);
  if (group !== 'STANDARD' && !((query.limit ?? Number.POSITIVE_INFINITY) <= MAX_FIELDS_LIMIT)) {
    const message = `The SOQL FIELDS function must have a LIMIT of at most ${MAX_FIELDS_LIMIT}`;
    throw queryError('MALFORMED_QUERY', message, query, at);
  }
  return type.document.fields.filter((field) => group === 'ALL' || field.custom === (group === 'CUSTOM'));
}

function fieldColumn(field: DescribeField): ColumnMetadata {
  return {
    ...named(field.name),
    apexType: USUAL.apexTypes[field.soapType] ?? 'String',
    booleanType: field.type === 'boolean',
    custom: field.custom,
    insertable: field.createable,
    numberType: isNumber(field.type),
    textType: field.soapType === 'xsd:string',
    updatable: field.updateable,
  };
}

function named(name: string): ColumnMetadata {
  return { ...USUAL.column, columnName: name, displayName: name };
}
