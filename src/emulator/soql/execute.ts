import { ApiError } from '../api-error.js';
import { normalizeId } from '../ids.js';
import type { Org } from '../org.js';
import { readField } from '../records/read.js';
import { readLiteral } from '../records/literals.js';
import type { StoredValue } from '../records/row.js';
import type { StoredRow } from '../records/store.js';
import type { DescribeField } from '../schema/describe.js';
import type { SObjectType } from '../schema/schema.js';
import type { Condition, Literal, Query } from './parse.js';

/** A row of query results, parents nested. */
export interface QueryRecord {
  readonly attributes: { readonly type: string; readonly url: string };
  [field: string]: unknown;
}

/** A field reached over zero or more lookups. */
interface FieldPath {
  readonly lookups: readonly DescribeField[];
  readonly field: DescribeField;
}

/**
 * Runs a query over the live records.
 * @param version such as `v62.0`, for the records' URLs
 * @throws ApiError 400 INVALID_TYPE, INVALID_FIELD
 */
export function runQuery(org: Org, query: Query, version: string): { totalSize: number; records: QueryRecord[] } {
  const type = org.schema.type(query.sobject);
  if (!type?.document.queryable) {
    throw new ApiError(400, 'INVALID_TYPE', `sObject type '${query.sobject}' is not supported.`);
  }
  const paths = query.fields.map((name) => resolvePath(org, type, name));
  const test = query.where ? compile(org, type, query.where) : () => true;
  let rows = [...org.store.table(type).rows.values()].filter((row) => !row.isDeleted && test(row));
  const order = query.orderBy.map((by) => ({ ...by, path: resolvePath(org, type, by.field) }));
  if (order.length > 0) rows.sort((a, b) => compareRows(org, order, a, b));
  rows = rows.slice(query.offset, query.limit === undefined ? undefined : query.offset + query.limit);
  if (query.fields.length === 0) return { totalSize: rows.length, records: [] };
  return { totalSize: rows.length, records: rows.map((row) => project(org, row, paths, version)) };
}

export function recordAttributes(row: StoredRow, version: string): QueryRecord['attributes'] {
  return { type: row.type.name, url: `/services/data/${version}/sobjects/${row.type.name}/${row.id}` };
}

function resolvePath(org: Org, type: SObjectType, path: string): FieldPath {
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  let at: SObjectType = type;
  const lookups: DescribeField[] = [];
  for (const step of steps) {
    const lookup = at.relationship(step);
    const parent = lookup && org.schema.type(lookup.referenceTo[0] ?? '');
    if (!lookup || !parent) {
      throw new ApiError(400, 'INVALID_FIELD', `Didn't understand relationship '${step}' in field path.`);
    }
    lookups.push(lookup);
    at = parent;
  }
  const field = at.field(last);
  if (!field) throw new ApiError(400, 'INVALID_FIELD', `No such column '${last}' on entity '${at.name}'.`);
  return { lookups, field };
}

function follow(org: Org, row: StoredRow, lookups: readonly DescribeField[]): StoredRow | undefined {
  let at: StoredRow | undefined = row;
  for (const lookup of lookups) {
    if (!at) return undefined;
    const id = readField(org, at, lookup);
    at = typeof id === 'string' ? findAnywhere(org, lookup, id) : undefined;
  }
  return at;
}

function findAnywhere(org: Org, lookup: DescribeField, id: string): StoredRow | undefined {
  const types = lookup.referenceTo.map((name) => org.schema.type(name));
  return types.map((type) => type && org.store.table(type).rows.get(id)).find((row) => row !== undefined);
}

function readPath(org: Org, row: StoredRow, path: FieldPath): StoredValue {
  const holder = follow(org, row, path.lookups);
  return holder ? readField(org, holder, path.field) : null;
}

function project(org: Org, row: StoredRow, paths: readonly FieldPath[], version: string): QueryRecord {
  const record: QueryRecord = { attributes: recordAttributes(row, version) };
  for (const { lookups, field } of paths) {
    const target = nested(org, row, record, lookups, version);
    const holder = follow(org, row, lookups);
    if (target && holder) target[field.name] = readField(org, holder, field);
  }
  return record;
}

/** The parent's place in the result, made where it is missing; null where there is no parent. */
function nested(
  org: Org,
  row: StoredRow,
  record: QueryRecord,
  lookups: readonly DescribeField[],
  version: string,
): QueryRecord | null {
  let target: QueryRecord = record;
  for (let depth = 0; depth < lookups.length; depth++) {
    const name = lookups[depth]?.relationshipName ?? '';
    const parent = follow(org, row, lookups.slice(0, depth + 1));
    if (!parent) {
      target[name] = null;
      return null;
    }
    target[name] ??= { attributes: recordAttributes(parent, version) };
    target = target[name] as QueryRecord;
  }
  return target;
}

type RowTest = (row: StoredRow) => boolean;

function compile(org: Org, type: SObjectType, condition: Condition): RowTest {
  switch (condition.kind) {
    case 'and': {
      const tests = condition.conditions.map((one) => compile(org, type, one));
      return (row) => tests.every((test) => test(row));
    }
    case 'or': {
      const tests = condition.conditions.map((one) => compile(org, type, one));
      return (row) => tests.some((test) => test(row));
    }
    case 'not': {
      const test = compile(org, type, condition.condition);
      return (row) => !test(row);
    }
    case 'in': {
      const path = resolvePath(org, type, condition.field);
      const wanted = condition.literals.map((literal) => comparable(path.field, literalValue(path.field, literal)));
      return (row) => wanted.includes(comparable(path.field, readPath(org, row, path))) !== condition.isNegated;
    }
    case 'compare':
      return compileComparison(org, type, condition);
  }
}

function compileComparison(
  org: Org,
  type: SObjectType,
  { field, operator, literal }: Extract<Condition, { kind: 'compare' }>,
): RowTest {
  const path = resolvePath(org, type, field);
  if (operator === 'LIKE') {
    const pattern = likePattern(literal);
    return (row) => pattern.test(String(readPath(org, row, path) ?? ''));
  }
  const wanted = comparable(path.field, literalValue(path.field, literal));
  return (row) => {
    const value = comparable(path.field, readPath(org, row, path));
    if (operator === '=') return value === wanted;
    if (operator === '!=') return value !== wanted;
    if (value === null || wanted === null) return false;
    if (operator === '<') return value < wanted;
    if (operator === '>') return value > wanted;
    return operator === '<=' ? value <= wanted : value >= wanted;
  };
}

function likePattern(literal: Literal): RegExp {
  if (literal.kind !== 'text') throw new ApiError(400, 'INVALID_FIELD', 'LIKE needs a text');
  const source = literal.text
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%', '[^]*')
    .replaceAll('_', '[^]');
  return new RegExp(`^${source}$`, 'iu');
}

function literalValue(field: DescribeField, literal: Literal): StoredValue {
  const isTextField = !['int', 'long', 'double', 'currency', 'percent', 'boolean', 'date', 'datetime', 'time'].includes(
    field.type,
  );
  if (literal.kind === 'null') return null;
  if (literal.kind === 'boolean') {
    if (field.type !== 'boolean') throw wrongLiteral(field);
    return literal.value;
  }
  if (isTextField !== (literal.kind === 'text')) throw wrongLiteral(field);
  const value = isTextField ? literal.text : readLiteral(field.type, literal.text);
  if (value === undefined) throw wrongLiteral(field);
  return value;
}

function wrongLiteral(field: DescribeField): ApiError {
  return new ApiError(
    400,
    'INVALID_FIELD',
    `value of filter criterion for field '${field.name}' must be of type ${field.type}`,
  );
}

/** SOQL compares text without regard to case, and Ids of both lengths. */
function comparable(field: DescribeField, value: StoredValue): string | number | boolean | null {
  if (value === null || typeof value === 'boolean') return value;
  if (field.type === 'id' || field.type === 'reference') return normalizeId(String(value)) ?? String(value);
  return typeof value === 'string' ? value.toLowerCase() : Number(value);
}

function compareRows(
  org: Org,
  order: readonly { path: FieldPath; isDescending: boolean; nullsLast: boolean }[],
  left: StoredRow,
  right: StoredRow,
): number {
  for (const { path, isDescending, nullsLast } of order) {
    const a = comparable(path.field, readPath(org, left, path));
    const b = comparable(path.field, readPath(org, right, path));
    if (a === b) continue;
    if (a === null || b === null) return (a === null) === nullsLast ? 1 : -1;
    return a < b === isDescending ? 1 : -1;
  }
  return 0;
}
