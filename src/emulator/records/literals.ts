import { exactNumber, isNumeral } from '../decimal.js';
import type { FieldType } from '../schema/describe.js';
import type { StoredValue } from './row.js';

/** Reads the text of a typed value; undefined when it is no literal of the type. Texts are taken as they are. */
export function readLiteral(type: FieldType, text: string): StoredValue | undefined {
  switch (type) {
    case 'boolean':
      return BOOLEANS.get(text.toLowerCase());
    case 'int':
      return /^[+-]?\d{1,10}$/.test(text) && Math.abs(Number(text)) <= 0x7fff_ffff ? exactNumber(text) : undefined;
    case 'long':
      return /^[+-]?\d{1,19}$/.test(text) ? exactNumber(text) : undefined;
    case 'double':
    case 'currency':
    case 'percent':
      return isNumeral(text) ? exactNumber(text) : undefined;
    case 'date':
      return isCalendarDate(text) ? text : undefined;
    case 'datetime':
      return readDatetime(text);
    case 'time':
      return readTime(text);
    default:
      return text;
  }
}

/** Whether values of the type are read by `readLiteral`, so that a bad one cannot even be deserialised. */
export function isTyped(type: FieldType): boolean {
  return TYPED.has(type);
}

const TYPED: ReadonlySet<FieldType> = new Set([
  'boolean',
  'int',
  'long',
  'double',
  'currency',
  'percent',
  'date',
  'datetime',
  'time',
]);

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATETIME = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:Z|([+-])(\d{2}):?(\d{2}))$/;
const TIME = /^(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,3}))?Z$/;

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
  return new Date(localMs + shiftMs).toISOString().replace('Z', '+0000');
}

function readTime(text: string): string | undefined {
  const [, hour, minute, second, fraction = ''] = TIME.exec(text) ?? [];
  if (hour === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  return `${hour}:${minute}:${second}.${fraction.padEnd(3, '0')}Z`;
}
