import { javaDouble } from '../decimal.js';
import type { Org } from '../org.js';
import { rendered } from '../records/read.js';
import { queryError } from './errors.js';
import type { Query } from './query.js';
import { readPath, resolvePath, resolveType, type FieldPath, type Scope } from './resolve.js';
import { matchingRows } from './rows.js';

/** A result as rows of text, for CSV. */
export interface TextTable {
  readonly names: readonly string[];
  readonly length: number;
  readonly rows: (start: number, end: number) => string[][];
}

/**
 * Runs a query of a bulk job, which is flat: fields, and fields of parents.
 * @throws ApiError 400 INVALID_TYPE, INVALID_FIELD, MALFORMED_QUERY for what bulk jobs do not know
 */
export function runTable(org: Org, query: Query, version: string, withDeleted: boolean): TextTable {
  const scope: Scope = { org, query, type: resolveType(org, query), version, withDeleted };
  if (query.groupBy.length > 0 || query.offset > 0) throw notInBulk(query, 'GROUP BY and OFFSET');
  const columns = query.items.flatMap((item) => {
    if (item.kind === 'fields') {
      return scope.type.document.fields
        .filter((field) => !isCompound({ lookups: [], field }))
        .map((field) => ({ name: field.name, path: { lookups: [], field } }));
    }
    if (item.kind !== 'field') throw notInBulk(query, 'Aggregates, TYPEOF and nested queries');
    const path = resolvePath(scope, item.path);
    if (isCompound(path)) throw notInBulk(query, 'Compound address and location fields');
    return [{ name: item.path.text, path }];
  });
  const found = matchingRows(scope);
  return {
    names: columns.map(({ name }) => name),
    length: found.length,
    rows: (start, end) =>
      found.slice(start, end).map((row) => columns.map(({ path }) => cell(path, readPath(org, row, path)))),
  };
}

function cell({ field }: FieldPath, value: Parameters<typeof rendered>[1]): string {
  if (value === null) return '';
  if (field.type === 'datetime') return String(value).replace('+0000', 'Z');
  const isDouble = field.type === 'double' || field.type === 'currency' || field.type === 'percent';
  return isDouble ? javaDouble(String(value)) : String(rendered(field, value));
}

function isCompound({ field }: FieldPath): boolean {
  return field.type === 'address' || field.type === 'location';
}

function notInBulk({ text, from }: Query, what: string): Error {
  return queryError('MALFORMED_QUERY', `${what} are not supported in bulk queries`, text, from.at);
}
