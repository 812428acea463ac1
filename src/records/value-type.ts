import type { FieldDescribe } from '../core/describe.js';
import type { Mode, RecordError, Scalar, SourceRecord } from '../core/record.js';
import type { FieldPlan } from './field-plan.js';
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

const LITERALS: ReadonlyMap<string, { is: (text: string) => boolean; what: string }> = new Map(
  Object.entries({
    int: { is: isInt, what: 'a whole number of at most 32 bits' },
    long: { is: isLong, what: 'a whole number' },
    double: { is: isNumber, what: 'a number' },
    currency: { is: isNumber, what: 'a number' },
    percent: { is: isNumber, what: 'a number' },
    date: { is: isDate, what: 'a date such as 2025-12-31' },
    datetime: { is: isDatetime, what: MOMENT },
    time: { is: isTime, what: 'a time such as 23:59:59.000Z' },
  }),
);

// Whether a text is a literal of a typed field, as both APIs read it: without blanks around it, and without guessing.

/** `-12.50`, `.5`, `1e3`. */
export function isNumber(text: string): boolean {
  return NUMBER.test(text);
}

/** A 32-bit integer without point or exponent. */
export function isInt(text: string): boolean {
  return /^[+-]?\d{1,10}$/.test(text) && Math.abs(Number(text)) < 2 ** 31;
}

export function isLong(text: string): boolean {
  return /^[+-]?\d{1,19}$/.test(text);
}

/** `2025-12-31`, a day that the calendar has. */
export function isDate(text: string): boolean {
  const [year = 0, month = 0, day = 0] = partsOf(DATE, text);
  if (year === 0 || month < 1 || month > 12 || day < 1) return false;
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  return day <= days;
}

/** `2025-12-31T23:59:59Z`, perhaps with a fraction, or with an offset such as `+02:00` or `+0200` for the `Z`. */
export function isDatetime(text: string): boolean {
  const zone = ZONE.exec(text);
  const clock = text.slice(0, zone?.index);
  if (zone === null || text[10] !== 'T' || !isDate(text.slice(0, 10))) return false;
  const [hours = 0, minutes = 0] = partsOf(/^(\d{2}):?(\d{2})$/, zone[2] ?? '0000');
  return hours <= 14 && minutes <= 59 && isClock(clock.slice(11), 9);
}

/** `23:59:59.000Z`. */
export function isTime(text: string): boolean {
  return text.endsWith('Z') && isClock(text.slice(0, -1), 3);
}

/** Digits before the point; an org keeps those after it, however many. `text` must be a number. */
export function integerDigits(text: string): number {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().replace(/^[+-]/, '').split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const significant = (whole + fraction).replace(/^0+/, '');
  if (significant === '') return 0;
  return Math.max(0, significant.length - fraction.length + Number(exponent));
}

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const ZONE = /(?:Z|([+-])(\d{2}:?\d{2}))$/;
const CLOCK = /^(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?$/;

/** `09:30:00`, with up to so many digits of a second's fraction. */
function isClock(text: string, fractionDigits: number): boolean {
  const [hours = 99, minutes = 99, seconds = 99] = partsOf(CLOCK, text);
  const fraction = CLOCK.exec(text)?.[4] ?? '';
  return hours <= 23 && minutes <= 59 && seconds <= 59 && fraction.length <= fractionDigits;
}

function partsOf(form: RegExp, text: string): number[] {
  return (form.exec(text) ?? []).slice(1).map(Number);
}
