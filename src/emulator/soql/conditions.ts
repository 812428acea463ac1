import type { StoredValue } from '../records/row.js';
import type { DescribeField, FieldType } from '../schema/describe.js';
import { type Comparison, type Condition, type Literal, type Operand, type Query, queryError } from './query.js';
import type { ApiError } from '../api-error.js';
import { normalizeId } from '../ids.js';
import { readLiteral } from '../records/values.js';

/** A value to test: a field of a record, or of a group of records. */
export interface Column<T> {
  readonly field: DescribeField;
  readonly read: (of: T) => StoredValue;
}

/** How conditions find what they speak of. */
export interface ConditionContext<T> {
  readonly query: Query;
  readonly column: (operand: Operand) => Column<T>;
  /** The values that a nested query gives. */
  readonly values: (query: Query) => ReadonlySet<Comparable>;
}

export type Test<T> = (of: T) => boolean;

/** Where a value may lie that matches: before the literal, in it, after it. */
const ORDERS: Readonly<Record<Exclude<Comparison, 'LIKE'>, readonly number[]>> = {
  '=': [0],
  '!=': [-1, 1],
  '<': [-1],
  '<=': [-1, 0],
  '>': [1],
  '>=': [0, 1],
};

/** Makes a function of a condition. Throws what is wrong with it before any record is looked at. */
export function compileCondition<T>(condition: Condition, context: ConditionContext<T>): Test<T> {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const tests = condition.conditions.map((one) => compileCondition(one, context));
      return condition.kind === 'and'
        ? (of) => tests.every((test) => test(of))
        : (of) => tests.some((test) => test(of));
    }
    case 'not': {
      const test = compileCondition(condition.condition, context);
      return (of) => !test(of);
    }
    case 'in': {
      const { field, read } = filterable(condition.operand, context);
      const wanted = new Set(
        condition.literals.map((one) => comparable(field, literalValue(field, one, context.query))),
      );
      return (of) => wanted.has(comparable(field, read(of))) !== condition.isNegated;
    }
    case 'in query': {
      const { field, read } = filterable(condition.operand, context);
      const wanted = context.values(condition.query);
      return (of) => wanted.has(comparable(field, read(of))) !== condition.isNegated;
    }
    case 'includes':
      return compileIncludes(condition, context);
    case 'compare':
      return compileComparison(condition, context);
  }
}

/** `INCLUDES('a;b', 'c')`: holds both a and b, or c. */
function compileIncludes<T>(
  { operand, literals, isNegated }: Extract<Condition, { kind: 'includes' }>,
  context: ConditionContext<T>,
): Test<T> {
  const { field, read } = filterable(operand, context);
  const parts = (value: StoredValue): string[] => String(comparable(field, value) ?? '').split(';');
  const sets = literals.map((literal) => parts(literalValue(field, literal, context.query)));
  return (of) => {
    const value = read(of);
    const chosen = new Set(value === null ? [] : parts(value));
    return sets.some((set) => set.every((one) => chosen.has(one))) !== isNegated;
  };
}

function compileComparison<T>(
  { operand, operator, literal }: Extract<Condition, { kind: 'compare' }>,
  context: ConditionContext<T>,
): Test<T> {
  const { field, read } = filterable(operand, context);
  if (operator === 'LIKE') {
    const pattern = likePattern(literal, field, context.query);
    return (of) => pattern.test(String(read(of) ?? ''));
  }
  const { start, end } = bounds(field, literal, context.query);
  return (of) => {
    const value = comparable(field, read(of));
    if (value === null || start === null)
      return (operator === '=' || operator === '!=') && (value === start) === (operator === '=');
    const order = value < start ? -1 : value === start || (end !== undefined && value < end) ? 0 : 1;
    return ORDERS[operator].includes(order);
  };
}

/** A date literal is a stretch of time and has an end; every other literal is one value. */
function bounds(field: DescribeField, literal: Literal, query: Query): { start: Comparable; end?: string } {
  if (literal.kind === 'period') return periodBounds(field, literal, query);
  return { start: comparable(field, literalValue(field, literal, query)) };
}

function filterable<T>(operand: Operand, context: ConditionContext<T>): Column<T> {
  const column = context.column(operand);
  if (column.field.filterable) return column;
  const message = `field '${column.field.name}' can not be filtered in a query call`;
  throw queryError('INVALID_FIELD', message, context.query.text, operand.path?.at ?? 0);
}

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

/** `TODAY`, `LAST_WEEK`, `N_MONTHS_AGO`, …: the date literals, without their `:n`. */
export const PERIOD =
  /^(?:TODAY|YESTERDAY|TOMORROW|(?:LAST|NEXT)_90_DAYS|(?:THIS|LAST|NEXT)_(?:WEEK|MONTH|QUARTER|YEAR)|(?:LAST|NEXT)_N_(?:DAY|WEEK|MONTH|QUARTER|YEAR)S|N_(?:DAY|WEEK|MONTH|QUARTER|YEAR)S_AGO)$/;

type Unit = 'DAY' | 'WEEK' | 'MONTH' | 'QUARTER' | 'YEAR';

/** Begins with `startMs`, ends before `endMs`; days are those of UTC. */
export interface Period {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * The time that a date literal stands for.
 * @param count of a literal that ends in `:n`
 * @returns undefined for a literal that needs a count and has none, or has one that it does not take
 */
export function periodOf(name: string, count: number | undefined, nowMs: number): Period | undefined {
  if (name.startsWith('N_') || name.includes('_N_') ? count === undefined : count !== undefined) return undefined;
  const unit = (/DAY|WEEK|MONTH|QUARTER|YEAR/.exec(name)?.[0] ?? 'DAY') as Unit;
  const between = (from: number, to: number): Period => ({
    startMs: startOf(unit, nowMs, from),
    endMs: startOf(unit, nowMs, to),
  });
  const many = count ?? 90;
  switch (true) {
    case name === 'YESTERDAY':
      return between(-1, 0);
    case name === 'TOMORROW':
      return between(1, 2);
    case name.endsWith('_AGO'):
      return between(-many, 1 - many);
    // The last n days hold today, the last n weeks do not hold this week.
    case /^LAST_(?:N|90)_/.test(name):
      return between(-many, unit === 'DAY' ? 1 : 0);
    case /^NEXT_(?:N|90)_/.test(name):
      return between(1, 1 + many);
    case name.startsWith('LAST_'):
      return between(-1, 0);
    case name.startsWith('NEXT_'):
      return between(1, 2);
    default:
      return between(0, 1);
  }
}

/** When the unit began that is `shift` away from the one of now. Weeks begin on Sunday. */
function startOf(unit: Unit, nowMs: number, shift: number): number {
  const now = new Date(nowMs);
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  switch (unit) {
    case 'DAY':
      return Date.UTC(year, month, day + shift);
    case 'WEEK':
      return Date.UTC(year, month, day - now.getUTCDay() + 7 * shift);
    case 'MONTH':
      return Date.UTC(year, month + shift);
    case 'QUARTER':
      return Date.UTC(year, month - (month % 3) + 3 * shift);
    case 'YEAR':
      return Date.UTC(year + shift, 0);
  }
}
