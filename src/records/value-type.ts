import type { FieldDescribe } from '../core/describe.js';
import type { Mode, RecordError, Scalar, SourceRecord } from '../core/record.js';
import type { FieldPlan } from './field-plan.js';
import { isNumber } from './key.js';
import { scalarText } from './values.js';

/** What the field takes, in words, where the API cannot even read this value as one of its type; else undefined. */
export function misreadAs(field: FieldDescribe, value: Scalar, mode: Mode): string | undefined {
  if (value === null) return undefined;
  const text = scalarText(value);
  if (field.type === 'boolean') {
    if (mode === 'bulk') return /^(?:true|false|1|0)$/i.test(text) ? undefined : 'true or false';
    return typeof value === 'boolean' ? undefined : 'true or false without quotes';
  }
  if (field.type === 'datetime' && isDate(text)) {
    return mode === 'bulk' ? `${MOMENT}; only REST takes a date alone` : undefined;
  }
  const literal = LITERALS.get(field.type);
  return literal === undefined || literal.is(text) ? undefined : literal.what;
}

/** What is wrong with the first value of a record that the API cannot read, as far as describe tells. */
export function unreadableValue(
  { fields: { columns, values }, refusedColumns }: SourceRecord,
  plan: FieldPlan,
): Omit<RecordError, 'code'> | undefined {
  for (const [i, column] of columns.entries()) {
    const field = column.reference === undefined ? plan.describeOf(column.field) : undefined;
    if (field === undefined || refusedColumns?.has(column) === true) continue;
    const value = values[i] as Scalar;
    const what = misreadAs(field, value, plan.mapping.mode);
    if (what !== undefined) return { message: unreadableText(field, value, what), fields: [field.name] };
  }
  return undefined;
}

/** `what`: the field takes this. */
export function unreadableText({ name }: FieldDescribe, value: Scalar, what: string): string {
  return `${name}: ${shownValue(scalarText(value ?? ''))} is not ${what}`;
}

/** A value as messages show it: of a long one the beginning. */
export function shownValue(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

const LONGEST_SHOWN = 60;
const MOMENT = 'a date and time with seconds and zone, such as 2025-12-31T23:59:59Z';

const DATETIME = /^(.{10})T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-4]):?[0-5]\d)$/;
const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,3})?Z$/;

/** What is a literal of each type, as both APIs read it: without blanks around it, and without guessing. */
const LITERALS = new Map<string, { is: (text: string) => boolean; what: string }>(
  Object.entries({
    int: {
      is: (text) => /^[+-]?\d{1,10}$/.test(text) && Math.abs(Number(text)) < 2 ** 31,
      what: 'a whole number of at most 32 bits',
    },
    long: { is: (text) => /^[+-]?\d{1,19}$/.test(text), what: 'a whole number' },
    double: { is: isNumber, what: 'a number' },
    currency: { is: isNumber, what: 'a number' },
    percent: { is: isNumber, what: 'a number' },
    date: { is: isDate, what: 'a date such as 2025-12-31' },
    datetime: { is: (text) => isDate(DATETIME.exec(text)?.[1] ?? ''), what: MOMENT },
    time: { is: (text) => TIME.test(text), what: 'a time such as 23:59:59.000Z' },
  }),
);

/** `2025-12-31`, a day that the calendar has. */
function isDate(text: string): boolean {
  if (!/^(?!0000)\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
