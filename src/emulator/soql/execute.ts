import type { Org } from '../org.js';
import type { StoredRow } from '../records/store.js';
import type { DescribeField } from '../schema/describe.js';
import type { SObjectType } from '../schema/schema.js';
import { aggregateRecords, isAggregate } from './aggregate.js';
import { aggregateColumns, type ColumnMetadata, shapeColumns } from './columns.js';
import { type Name, type Query, queryError, unknownRelationship } from './query.js';
import {
  type FieldPath,
  invalidField,
  isPolymorphic,
  parentOf,
  readName,
  resolvePath,
  resolveType,
  type Scope,
} from './resolve.js';
import { endOf, matchingRows, nestedValues } from './rows.js';
import { shownValue } from '../records/read.js';

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

/** A record as queries show it, parents and children nested. */
export interface QueryRecord {
  readonly attributes: { readonly type: string; readonly url?: string };
  [field: string]: unknown;
}

/** Child records of one record, as a nested result. */
export interface ChildResult {
  readonly totalSize: number;
  readonly done: true;
  readonly records: readonly QueryRecord[];
}

type Entry =
  | { readonly kind: 'field'; readonly field: DescribeField }
  | { readonly kind: 'parent'; readonly lookup: DescribeField; readonly shape: Shape }
  | {
      readonly kind: 'children';
      readonly name: string;
      readonly shape: Shape;
      readonly of: (row: StoredRow) => ChildResult | null;
    }
  | {
      readonly kind: 'typeof';
      readonly lookup: DescribeField;
      readonly shapes: ReadonlyMap<string, Shape>;
      readonly otherwise: Shape | undefined;
    };

/** What a record of a result holds, in the order of the statement. */
export interface Shape {
  readonly entries: Entry[];
  /** The object Name, behind a polymorphic lookup. */
  readonly isName: boolean;
}

const FIELDS_GROUPS = ['ALL', 'STANDARD', 'CUSTOM'];
const MAX_FIELDS_LIMIT = 200;

/** Resolves what a statement selects. @param children runs a nested query for a record */
export function shapeOf(scope: Scope, children: (query: Query) => Extract<Entry, { kind: 'children' }>): Shape {
  const shape: Shape = { entries: [], isName: false };
  for (const item of scope.query.items) {
    switch (item.kind) {
      case 'field':
        if (item.alias !== undefined) throw onlyAggregates(scope.query, item.path);
        addPath(shape, resolvePath(scope, item.path), item.path, scope);
        break;
      case 'fields':
        for (const field of fieldsGroup(scope, item.group)) shape.entries.push({ kind: 'field', field });
        break;
      case 'children':
        shape.entries.push(children(item.query));
        break;
      case 'typeof':
        shape.entries.push(typeOf(scope, item));
        break;
      case 'aggregate':
    }
  }
  return shape;
}

/** The record in the shape that was asked for. */
export function project(scope: Scope, row: StoredRow, shape: Shape, typeName = row.type.name): QueryRecord {
  const record: QueryRecord = { attributes: recordAttributes(row, scope.version, typeName) };
  for (const entry of shape.entries) {
    switch (entry.kind) {
      case 'field':
        record[entry.field.name] = shape.isName
          ? readName(scope.org, row, entry.field)
          : shownValue(scope.org, row, entry.field);
        break;
      case 'parent': {
        const parent = parentOf(scope.org, row, entry.lookup);
        const name = entry.shape.isName ? 'Name' : parent?.type.name;
        record[relationshipOf(entry.lookup)] = parent ? project(scope, parent, entry.shape, name) : null;
        break;
      }
      case 'children':
        record[entry.name] = entry.of(row);
        break;
      case 'typeof': {
        const parent = parentOf(scope.org, row, entry.lookup);
        const chosen = parent && (entry.shapes.get(parent.type.name) ?? entry.otherwise);
        record[relationshipOf(entry.lookup)] = parent && chosen ? project(scope, parent, chosen) : null;
      }
    }
  }
  return record;
}

export function recordAttributes(row: StoredRow, version: string, typeName = row.type.name): QueryRecord['attributes'] {
  return { type: typeName, url: `/services/data/${version}/sobjects/${row.type.name}/${row.id}` };
}

function addPath(shape: Shape, { lookups, field }: FieldPath, name: Name, { query }: Scope): void {
  let holder = shape;
  for (const lookup of lookups) {
    const known = holder.entries.find((entry) => entry.kind === 'parent' && entry.lookup === lookup);
    if (known?.kind === 'parent') {
      holder = known.shape;
    } else {
      const parent: Shape = { entries: [], isName: isPolymorphic(lookup) };
      holder.entries.push({ kind: 'parent', lookup, shape: parent });
      holder = parent;
    }
  }
  if (holder.entries.some((entry) => entry.kind === 'field' && entry.field === field)) {
    throw queryError('INVALID_FIELD', `duplicate field selected: ${field.name}`, query.text, name.at);
  }
  holder.entries.push({ kind: 'field', field });
}

function fieldsGroup({ query, type }: Scope, { text, at }: Name): DescribeField[] {
  const group = text.toUpperCase();
  if (!FIELDS_GROUPS.includes(group)) {
    throw queryError('MALFORMED_QUERY', `unexpected token: '${text}'`, query.text, at);
  }
  if (group !== 'STANDARD' && !((query.limit ?? Number.POSITIVE_INFINITY) <= MAX_FIELDS_LIMIT)) {
    const message = `The SOQL FIELDS function must have a LIMIT of at most ${MAX_FIELDS_LIMIT}`;
    throw queryError('MALFORMED_QUERY', message, query.text, at);
  }
  return type.document.fields.filter((field) => group === 'ALL' || field.custom === (group === 'CUSTOM'));
}

function typeOf(scope: Scope, { path, cases, otherwise }: Extract<Query['items'][number], { kind: 'typeof' }>): Entry {
  const { org, query } = scope;
  const lookup = scope.type.relationship(path.text);
  if (!lookup || !isPolymorphic(lookup)) {
    throw invalidField(`TYPEOF needs a polymorphic relationship: '${path.text}'`, query, path.at);
  }
  const shapes = new Map<string, Shape>();
  for (const { type: name, paths } of cases) {
    const type = lookup.referenceTo.includes(name) ? org.schema.type(name) : undefined;
    if (!type) throw invalidField(`'${name}' is no type of the relationship '${path.text}'`, query, path.at);
    shapes.set(type.name, plainShape(scope, type, paths));
  }
  const others = otherwise && nameShape(scope, lookup, path, otherwise);
  return { kind: 'typeof', lookup, shapes, otherwise: others };
}

function plainShape(scope: Scope, type: SObjectType, paths: readonly Name[]): Shape {
  const shape: Shape = { entries: [], isName: false };
  for (const path of paths) addPath(shape, resolvePath({ ...scope, type }, path), path, scope);
  return shape;
}

/** What stands behind ELSE can be of any type: fields of the object Name. */
function nameShape(scope: Scope, lookup: DescribeField, { text }: Name, paths: readonly Name[]): Shape {
  const shape: Shape = { entries: [], isName: true };
  for (const path of paths) {
    const { field } = resolvePath(scope, { text: `${text}.${path.text}`, at: path.at });
    shape.entries.push({ kind: 'field', field });
  }
  return shape;
}

function relationshipOf(lookup: DescribeField): string {
  return lookup.relationshipName ?? lookup.name;
}

function onlyAggregates({ text }: Query, { at }: Name): Error {
  return queryError('MALFORMED_QUERY', 'only aggregate expressions use field aliasing', text, at);
}
