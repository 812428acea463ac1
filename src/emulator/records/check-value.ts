import { recordError, type RecordError } from '../api-error.js';
import { countIntegerDigits } from '../decimal.js';
import type { DescribeField } from '../schema/describe.js';
import { trimmed, type StoredValue } from './row.js';

const EMAIL = /^[^\s@,;<>()[\]"]+@[^\s@.,;<>()[\]"]+(?:\.[^\s@.,;<>()[\]"]+)+$/;
const UNSUPPORTED_CHARACTER = /[\p{Surrogate}\p{Cc}]/u;
const ALLOWED_CONTROLS = /[\t\n\r\u007f-\u009f]/g;
const MAX_MULTIPICKLIST_VALUES = 100;
const FIRST_YEAR = 1700;
const LAST_YEAR = 4000;

/** The value as it is stored: text trimmed and blank text made null. Decimals beyond the field's are kept. */
export function storedForm(value: StoredValue): StoredValue {
  return typeof value === 'string' ? trimmed(value) || null : value;
}

/** Whether the value fits the field; what it refers to is not looked at. The value is in its stored form. */
export function checkValue(field: DescribeField, value: StoredValue, maxChars: number): RecordError | undefined {
  if (value === null) return checkNull(field);
  if (typeof value === 'string') return checkText(field, value, maxChars);
  if (typeof value !== 'boolean' && isDecimal(field)) {
    const room = field.precision - field.scale;
    if (field.precision > 0 && countIntegerDigits(String(value)) > room) {
      return problem(
        field,
        'NUMBER_OUTSIDE_VALID_RANGE',
        `value outside of valid range on numeric field: ${String(value)}`,
      );
    }
  }
  if (field.type === 'int' && field.digits > 0 && countIntegerDigits(String(value)) > field.digits) {
    return problem(
      field,
      'NUMBER_OUTSIDE_VALID_RANGE',
      `value outside of valid range on numeric field: ${String(value)}`,
    );
  }
  return undefined;
}

function checkNull(field: DescribeField): RecordError | undefined {
  if (field.type === 'boolean') {
    return problem(field, 'INVALID_TYPE_ON_FIELD_IN_RECORD', 'value not of required type: null');
  }
  if (field.nillable) return undefined;
  return recordError('REQUIRED_FIELD_MISSING', `Required fields are missing: [${field.name}]`, [field.name]);
}

function checkText(field: DescribeField, value: string, maxChars: number): RecordError | undefined {
  if (UNSUPPORTED_CHARACTER.test(value) && UNSUPPORTED_CHARACTER.test(value.replace(ALLOWED_CONTROLS, ''))) {
    return problem(field, 'TEXT_DATA_OUTSIDE_SUPPORTED_CHARSET', 'text holds characters that are not supported');
  }
  const maxLength = field.length > 0 ? Math.min(field.length, maxChars) : maxChars;
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

function isDecimal(field: DescribeField): boolean {
  return field.type === 'double' || field.type === 'currency' || field.type === 'percent';
}

function problem(field: DescribeField, statusCode: string, message: string): RecordError {
  return recordError(statusCode, `${field.label}: ${message}`, [field.name]);
}
