import { shownValue } from '../records/read.js';
import type { StoredRow } from '../records/store.js';
import type { DescribeField } from '../schema/describe.js';
import type { SObjectType } from '../schema/schema.js';
import { queryError } from './errors.js';
import { invalidField, isPolymorphic, parentOf, readName, resolvePath, type FieldPath, type Scope } from './resolve.js';
import type { Name, Query } from './query.js';

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
