import { recordError, type RecordError } from '../api-error.js';
import { countIntegerDigits, exactNumber, isNumeral, javaDouble } from '../decimal.js';
import type { DescribeField, FieldType } from '../schema/describe.js';
import { trimmed, type StoredValue } from './row.js';

const MAX_INT = 0x7fff_ffff;
const DECIMALS = /^(?:double|currency|percent)$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATETIME = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:Z|([+-])(\d{2}):?(\d{2}))$/;
const TIME = /^(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,3}))?Z$/;
const EMAIL = /^[^\s@,;<>()[\]"]+@[^\s@.,;<>()[\]"]+(?:\.[^\s@.,;<>()[\]"]+)+$/;
const UNSUPPORTED_CHARACTER = /[\p{Surrogate}\p{Cc}]/u;
const ALLOWED_CONTROLS = /[\t\n\r\u007f-\u009f]/g;
const MAX_MULTIPICKLIST_VALUES = 100;
/** Of the longest text that a field can hold. */
const MAX_CHARS = 131_072;
const FIRST_YEAR = 1700;
const LAST_YEAR = 4000;

/** How the text of a typed value is read; undefined where it is no literal of the type. */
const READERS = new Map<FieldType, (text: string) => StoredValue | undefined>([
  ['boolean', (text) => /^(?:true|1)$/i.test(text) || (/^(?:false|0)$/i.test(text) ? false : undefined)],
  [
    'int',
    (text) => (/^[+-]?\d{1,10}$/.test(text) && Math.abs(Number(text)) <= MAX_INT ? exactNumber(text) : undefined),
  ],
  ['long', (text) => (/^[+-]?\d{1,19}$/.test(text) ? exactNumber(text) : undefined)],
  ['double', readDecimal],
  ['currency', readDecimal],
  ['percent', readDecimal],
  ['date', (text) => (isCalendarDate(text) ? text : undefined)],
  ['datetime', readDatetime],
  ['time', readTime],
]);

/** Undefined when the text is no literal of the type. Texts are taken as they are. */
export function readLiteral(type: FieldType, text: string): StoredValue | undefined {
  const read = READERS.get(type);
  return read ? read(text) : text;
}

/** A moment as the API writes it. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+0000');
}

/** Whether values of the type are read by `readLiteral`, so that a bad one cannot even be deserialised. */
export function isTyped(type: FieldType): boolean {
  return READERS.has(type);
}

export function isDecimal(type: FieldType): boolean {
  return DECIMALS.test(type);
}

export function isNumber(type: FieldType): boolean {
  return isDecimal(type) || type === 'int' || type === 'long';
}

/** A value as the CSV of bulk jobs has it. */
export function csvText(field: DescribeField, value: StoredValue): string {
  if (value === null) return '';
  if (isDecimal(field.type)) return javaDouble(String(value));
  if (field.type === 'multipicklist') return inPicklistOrder(field, String(value));
  return field.type === 'datetime' ? String(value).replace('+0000', 'Z') : String(value);
}

/** Several picklist values in the order of the picklist, each once. */
export function inPicklistOrder({ picklistValues }: DescribeField, value: string): string {
  const order = picklistValues.map((one) => one.value);
  const place = (chosen: string): number => (order.includes(chosen) ? order.indexOf(chosen) : order.length);
  return [...new Set(value.split(';'))].sort((a, b) => place(a) - place(b)).join(';');
}

function readDecimal(text: string): StoredValue | undefined {
  return isNumeral(text) ? exactNumber(text) : undefined;
}

function isCalendarDate(text: string): boolean {
  const [, year, month, day] = DATE.exec(text) ?? [];
  if (year === undefined || Number(year) < 1) return false;
  const date = new Date(Date.UTC(2000, Number(month) - 1, Number(day)));
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day) && Number(month) >= 1;
}

function readDatetime(text: string): string | undefined {
  const found = DATETIME.exec(text);
  if (!found) return undefined;
  const [, date = '', hour, minute, second, fraction = '', sign, offsetHours = '0', offsetMinutes = '0'] = found;
  if (!isCalendarDate(date) || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  if (Number(offsetHours) > 14 || Number(offsetMinutes) > 59) return undefined;
  const shiftMs = (sign === '-' ? 1 : -1) * (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000;
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0');
  const localMs = Date.parse(`${date}T${hour}:${minute}:${second}.${milliseconds}Z`);
  return timestamp(localMs + shiftMs);
}

function readTime(text: string): string | undefined {
  const [, hour, minute, second, fraction = ''] = TIME.exec(text) ?? [];
  if (hour === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  return `${hour}:${minute}:${second}.${fraction.padEnd(3, '0')}Z`;
}

/** The value as it is stored: text trimmed and blank text made null. Decimals beyond the field's are kept. */
export function storedForm(value: StoredValue): StoredValue {
  return typeof value === 'string' ? trimmed(value) || null : value;
}

/** Why the value, in its stored form, does not fit the field. Neither what it refers to is looked at, nor whether it may be null. */
export function checkValue(field: DescribeField, value: StoredValue): RecordError | undefined {
  if (value === null) {
    const isRight = field.type !== 'boolean';
    return isRight ? undefined : problem(field, 'INVALID_TYPE_ON_FIELD_IN_RECORD', 'value not of required type: null');
  }
  if (typeof value === 'string') return checkText(field, value);
  const maxDigits = isDecimal(field.type) && field.precision > 0 ? field.precision - field.scale : field.digits;
  const hasLimit = isDecimal(field.type) ? field.precision > 0 : field.type === 'int' && field.digits > 0;
  if (typeof value === 'boolean' || !hasLimit || countIntegerDigits(String(value)) <= maxDigits) return undefined;
  const message = `value outside of valid range on numeric field: ${String(value)}`;
  return problem(field, 'NUMBER_OUTSIDE_VALID_RANGE', message);
}

function checkText(field: DescribeField, value: string): RecordError | undefined {
  if (UNSUPPORTED_CHARACTER.test(value) && UNSUPPORTED_CHARACTER.test(value.replace(ALLOWED_CONTROLS, ''))) {
    return problem(field, 'TEXT_DATA_OUTSIDE_SUPPORTED_CHARSET', 'text holds characters that are not supported');
  }
  const maxLength = field.length > 0 ? Math.min(field.length, MAX_CHARS) : MAX_CHARS;
  switch (field.type) {
    case 'email':
      if (!EMAIL.test(value)) return problem(field, 'INVALID_EMAIL_ADDRESS', `invalid email address: ${value}`);
      break;
    case 'picklist':
      if (field.restrictedPicklist && !isActive(field, value)) return badPicklist(field, value);
      break;
    case 'multipicklist':
      return checkMultipicklist(field, value);
    case 'date':
    case 'datetime':
      return checkYear(field, value);
    case 'time':
    case 'reference':
    case 'id':
      return undefined;
    default:
  }
  if (value.length <= maxLength) return undefined;
  return problem(field, 'STRING_TOO_LONG', `data value too large: ${value} (max length=${maxLength})`);
}

function checkYear(field: DescribeField, value: string): RecordError | undefined {
  const year = Number(value.slice(0, 4));
  if (year >= FIRST_YEAR && year <= LAST_YEAR && !value.startsWith('+')) return undefined;
  return problem(field, 'FIELD_INTEGRITY_EXCEPTION', `invalid date: ${value}`);
}

function checkMultipicklist(field: DescribeField, value: string): RecordError | undefined {
  const chosen = value.split(';');
  if (chosen.length > MAX_MULTIPICKLIST_VALUES) {
    return problem(field, 'TOO_MANY_ENUM_VALUE', `too many values for multi-select picklist`);
  }
  const unknown = field.restrictedPicklist ? chosen.find((one) => !isActive(field, one.trim())) : undefined;
  return unknown === undefined ? undefined : badPicklist(field, unknown);
}

function isActive(field: DescribeField, value: string): boolean {
  return field.picklistValues.some((one) => one.active && one.value === value);
}

function badPicklist(field: DescribeField, value: string): RecordError {
  return problem(field, 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', `bad value for restricted picklist field: ${value}`);
}

function problem(field: DescribeField, statusCode: string, message: string): RecordError {
  return recordError(statusCode, `${field.label}: ${message}`, [field.name]);
}
