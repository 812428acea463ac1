import type { StoredValue } from '../records/row.js';
import type { DescribeField } from '../schema/describe.js';
import { comparable, likePattern, literalValue, periodBounds, type Comparable } from './compare.js';
import { queryError } from './errors.js';
import type { Comparison, Condition, Literal, Operand, Query } from './query.js';

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
