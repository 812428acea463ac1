import type { ApiError } from '../api-error.js';
import { normalizeId } from '../ids.js';
import { readLiteral } from '../records/literals.js';
import type { StoredValue } from '../records/row.js';
import type { DescribeField, FieldType } from '../schema/describe.js';
import { queryError } from './errors.js';
import { periodOf } from './periods.js';
import type { Literal, Query } from './query.js';

/** A value in the form in which two values of a field are compared. */
export type Comparable = string | number | boolean | null;

const UNQUOTED: Partial<Record<FieldType, string>> = {
  int: 'int',
  long: 'long',
  double: 'double',
  currency: 'double',
  percent: 'double',
  boolean: 'boolean',
  date: 'date',
  datetime: 'dateTime',
  time: 'time',
};

const MOMENTS: readonly FieldType[] = ['date', 'datetime', 'time'];

/** Case does not count, but for fields that are unique with regard to it. Ids are alike in both lengths. */
export function comparable(field: DescribeField, value: StoredValue): Comparable {
  if (value === null || typeof value === 'boolean') return value;
  if (field.type === 'id' || field.type === 'reference') return normalizeId(String(value)) ?? String(value);
  if (typeof value !== 'string') return Number(value);
  return field.caseSensitive ? value : value.toLowerCase();
}

/** Nulls come first, unless the order says otherwise. */
export function compareValues(a: Comparable, b: Comparable, isDescending: boolean, nullsLast: boolean): number {
  if (a === b) return 0;
  if (a === null || b === null) return (a === null) === nullsLast ? 1 : -1;
  return a < b === isDescending ? 1 : -1;
}

/**
 * The value that a literal is, for a field of this type.
 * @throws ApiError 400 INVALID_FIELD for a literal of another type, INVALID_QUERY_FILTER_OPERATOR for what is no Id
 */
export function literalValue(field: DescribeField, literal: Literal, query: Query): StoredValue {
  if (literal.kind === 'null') return null;
  const isUnquoted = UNQUOTED[field.type] !== undefined;
  if (!isUnquoted && literal.kind === 'text') return idOrText(field, literal.text, query, literal.at);
  if (field.type === 'boolean' && literal.kind === 'boolean') return literal.value;
  if (literal.kind === (MOMENTS.includes(field.type) ? 'moment' : 'number') && field.type !== 'boolean' && isUnquoted) {
    const value = readLiteral(field.type === 'int' ? 'double' : field.type, literal.text);
    if (value !== undefined) return value;
  }
  throw wrongLiteral(field, query, literal.at);
}

/**
 * Begin and end of a date literal, in the form of the field's values.
 * @throws ApiError 400 INVALID_FIELD, MALFORMED_QUERY
 */
export function periodBounds(
  field: DescribeField,
  { name, count, at }: Extract<Literal, { kind: 'period' }>,
  query: Query,
): { start: string; end: string } {
  if (field.type !== 'date' && field.type !== 'datetime') throw wrongLiteral(field, query, at);
  const period = periodOf(name, count, Date.now());
  if (!period) throw queryError('MALFORMED_QUERY', `unexpected token: '${name}'`, query.text, at);
  const shown = (ms: number): string => {
    const text = new Date(ms).toISOString();
    return field.type === 'date' ? text.slice(0, 10) : text.replace('Z', '+0000').toLowerCase();
  };
  return { start: shown(period.startMs), end: shown(period.endMs) };
}

/** @throws ApiError 400 INVALID_FIELD */
export function likePattern(literal: Literal, field: DescribeField, query: Query): RegExp {
  if (literal.kind !== 'text') throw wrongLiteral(field, query, literal.at);
  const source = literal.raw.replace(/\\(.)|([%_])|([.*+?^${}()|[\]/])/gs, (whole, escaped, wildcard) => {
    if (wildcard !== undefined) return wildcard === '%' ? '[^]*' : '[^]';
    return escaped === undefined ? `\\${whole}` : String(escaped).replace(/[.*+?^${}()|[\]\\/]/, '\\$&');
  });
  return new RegExp(`^${source}$`, field.caseSensitive ? 'u' : 'iu');
}

function idOrText(field: DescribeField, text: string, query: Query, at: number): string {
  if (field.type !== 'id' && field.type !== 'reference') return text;
  const id = text === '' ? '' : normalizeId(text);
  if (id === undefined) {
    throw queryError('INVALID_QUERY_FILTER_OPERATOR', `invalid ID field: ${text}`, query.text, at);
  }
  return id;
}

function wrongLiteral(field: DescribeField, query: Query, at: number): ApiError {
  const unquoted = UNQUOTED[field.type];
  const wanted = unquoted === undefined ? 'string and should be' : `${unquoted} and should not be`;
  const message = `value of filter criterion for field '${field.name}' must be of type ${wanted} enclosed in quotes`;
  return queryError('INVALID_FIELD', message, query.text, at);
}
