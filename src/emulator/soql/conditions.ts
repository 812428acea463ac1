import { normalizeId } from '../ids.js';
import type { StoredValue } from '../records/row.js';
import { readLiteral } from '../records/values.js';
import type { DescribeField } from '../schema/describe.js';
import { queryError, type Comparison, type Condition, type Literal, type Operand, type Query } from './query.js';

/** A value in the form in which two values of a field are compared. */
export type Comparable = string | number | boolean | null;

/** A value of a record, or of a group of records. */
export interface Column<T> {
  readonly field: DescribeField;
  readonly read: (of: T) => StoredValue;
}

/** How conditions find what they speak of. */
interface ConditionContext<T> {
  readonly query: Query;
  readonly column: (operand: Operand) => Column<T>;
  /** The values that a nested query gives. */
  readonly values: (query: Query) => ReadonlySet<Comparable>;
}

type Test = (value: StoredValue) => boolean;

/** Where a value may lie that matches: before the literal, in it, after it. */
const ORDERS: Partial<Record<Comparison['operator'], readonly number[]>> = {
  '=': [0],
  '<': [-1],
  '<=': [-1, 0],
  '>': [1],
  '>=': [0, 1],
};

/** Of fields whose literals stand without quotes, by the name of which errors speak. */
const UNQUOTED = /^xsd:(?!string|base64)(\w+)$/;

/** `TODAY`, `LAST_WEEK`, `N_MONTHS_AGO`, …: the date literals, without their `:n`. */
export const PERIOD =
  /^(?:TODAY|YESTERDAY|TOMORROW|(?:LAST|NEXT)_90_DAYS|(?:THIS|LAST|NEXT)_(?:WEEK|MONTH|QUARTER|YEAR)|(?:LAST|NEXT)_N_(?:DAY|WEEK|MONTH|QUARTER|YEAR)S|N_(?:DAY|WEEK|MONTH|QUARTER|YEAR)S_AGO)$/;

/** Begins with `startMs`, ends before `endMs`; days are those of UTC. */
interface Period {
  readonly startMs: number;
  readonly endMs: number;
}

/** Makes a function of a condition. Throws what is wrong with it before any record is looked at. */
export function compileCondition<T>(condition: Condition, context: ConditionContext<T>): (of: T) => boolean {
  if (condition.kind !== 'comparison') {
    const tests = condition.conditions.map((one) => compileCondition(one, context));
    if (condition.kind === 'and') return (of) => tests.every((test) => test(of));
    return (of) => tests.some((test) => test(of)) === (condition.kind === 'or');
  }
  const { field, read } = context.column(condition.operand);
  if (!field.filterable) {
    const message = `field '${field.name}' can not be filtered in a query call`;
    throw queryError('INVALID_FIELD', message, context.query, condition.operand.path?.at ?? 0);
  }
  const test = compileComparison(condition, field, context);
  return (of) => test(read(of)) !== condition.isNegated;
}

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
 * @throws ApiError 400 INVALID_FIELD for a literal of another type, INVALID_QUERY_FILTER_OPERATOR for what is no Id
 */
export function literalValue(field: DescribeField, literal: Literal, query: Query): StoredValue {
  const { type, soapType } = field;
  const isUnquoted = UNQUOTED.test(soapType);
  if (literal.kind === 'null') return null;
  if (literal.kind === 'text' && !isUnquoted) return idOrText(field, literal.text, query, literal.at);
  if (literal.kind === 'boolean' && type === 'boolean') return literal.value;
  const isMoment = type === 'date' || type === 'datetime' || type === 'time';
  if (literal.kind === (isMoment ? 'moment' : 'number') && type !== 'boolean' && isUnquoted) {
    const value = readLiteral(type === 'int' ? 'double' : type, literal.text);
    if (value !== undefined) return value;
  }
  throw wrongLiteral(field, query, literal.at);
}

function compileComparison(
  { operator, literals, query: nested }: Comparison,
  field: DescribeField,
  { query, values }: ConditionContext<never>,
): Test {
  const valueOf = (literal: Literal): Comparable => comparable(field, literalValue(field, literal, query));
  if (operator === 'IN') {
    const wanted = nested ? values(nested) : new Set(literals.map(valueOf));
    return (value) => wanted.has(comparable(field, value));
  }
  if (operator === 'INCLUDES') {
    // `INCLUDES('a;b', 'c')`: holds both a and b, or c.
    const sets = literals.map((literal) => String(valueOf(literal) ?? '').split(';'));
    return (value) => {
      const chosen = new Set(value === null ? [] : String(comparable(field, value)).split(';'));
      return sets.some((set) => set.every((one) => chosen.has(one)));
    };
  }
  const [literal] = literals as [Literal];
  if (operator === 'LIKE') {
    const pattern = likePattern(literal, field, query);
    return (value) => pattern.test(String(value ?? ''));
  }
  const { start, end } = bounds(field, literal, query);
  return (stored) => {
    const value = comparable(field, stored);
    if (value === null || start === null) return operator === '=' && value === start;
    const order = value < start ? -1 : value === start || (end !== undefined && value < end) ? 0 : 1;
    return ORDERS[operator]?.includes(order) === true;
  };
}

/** A date literal is a stretch of time and has an end; every other literal is one value. */
function bounds(field: DescribeField, literal: Literal, query: Query): { start: Comparable; end?: string } {
  if (literal.kind !== 'period') return { start: comparable(field, literalValue(field, literal, query)) };
  if (field.type !== 'date' && field.type !== 'datetime') throw wrongLiteral(field, query, literal.at);
  const period = periodOf(literal.name, literal.count, Date.now());
  if (!period) throw queryError('MALFORMED_QUERY', `unexpected token: '${literal.name}'`, query, literal.at);
  const shown = (ms: number): string => {
    const text = new Date(ms).toISOString();
    return field.type === 'date' ? text.slice(0, 10) : text.replace('Z', '+0000').toLowerCase();
  };
  return { start: shown(period.startMs), end: shown(period.endMs) };
}

function likePattern(literal: Literal, field: DescribeField, query: Query): RegExp {
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
  if (id === undefined) throw queryError('INVALID_QUERY_FILTER_OPERATOR', `invalid ID field: ${text}`, query, at);
  return id;
}

function wrongLiteral(field: DescribeField, query: Query, at: number): Error {
  const unquoted = UNQUOTED.exec(field.soapType)?.[1];
  const wanted = unquoted === undefined ? 'string and should be' : `${unquoted} and should not be`;
  const message = `value of filter criterion for field '${field.name}' must be of type ${wanted} enclosed in quotes`;
  return queryError('INVALID_FIELD', message, query, at);
}

/** Undefined for a literal that needs the count of `:n` and has none, or has one that it does not take. */
export function periodOf(name: string, count: number | undefined, nowMs: number): Period | undefined {
  if (name.startsWith('N_') || name.includes('_N_') ? count === undefined : count !== undefined) return undefined;
  const unit = /DAY|WEEK|MONTH|QUARTER|YEAR/.exec(name)?.[0] ?? 'DAY';
  const [from, to] = spanOf(name, count ?? 90);
  return { startMs: startOf(unit, nowMs, from), endMs: startOf(unit, nowMs, to) };
}

/** The first of the units that a date literal holds, and the first one after it, counted from the one of now. */
function spanOf(name: string, count: number): [from: number, to: number] {
  if (name.endsWith('_AGO')) return [-count, 1 - count];
  // The last n days hold today, the last n weeks do not hold this week.
  if (/^LAST_(?:N|90)_/.test(name)) return [-count, name.endsWith('DAYS') ? 1 : 0];
  if (/^NEXT_(?:N|90)_/.test(name)) return [1, 1 + count];
  if (/^LAST_|^YESTERDAY/.test(name)) return [-1, 0];
  return /^NEXT_|^TOMORROW/.test(name) ? [1, 2] : [0, 1];
}

/** When the unit began that is `shift` away from the one of now. Weeks begin on Sunday. */
function startOf(unit: string, nowMs: number, shift: number): number {
  const now = new Date(nowMs);
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  if (unit === 'DAY') return Date.UTC(year, month, day + shift);
  if (unit === 'WEEK') return Date.UTC(year, month, day - now.getUTCDay() + 7 * shift);
  if (unit === 'MONTH') return Date.UTC(year, month + shift);
  return unit === 'YEAR' ? Date.UTC(year + shift, 0) : Date.UTC(year, month - (month % 3) + 3 * shift);
}
