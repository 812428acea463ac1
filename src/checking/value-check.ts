import type { Mode, Scalar } from '../core/record.js';
import type { FieldDescribe } from '../core/describe.js';
import { scalarText, TEXT_TYPES } from '../records/values.js';
import { integerDigits } from '../records/key.js';
import { misreadAs, shownValue, unreadableText } from '../records/value-type.js';

/** Why the org would refuse a value, as far as describe tells. */
export interface ValueProblem {
  /** Salesforce's code for it. */
  readonly code: string;
  readonly message: string;
  /** `may_fail`: something in the org, such as a trigger, can still make it good. */
  readonly certainty: 'would_fail' | 'may_fail';
}

/**
 * What is wrong with a value that is sent to a field, or undefined. Claims nothing that depends on more than the field:
 * references to records that are not there, duplicates, validation rules and triggers are the org's to find.
 */
export function checkValue(field: FieldDescribe, value: Scalar, mode: Mode): ValueProblem | undefined {
  const stored = storedValue(field, value);
  if (stored === null) return checkCleared(field, isText(field) && value !== null && mode === 'bulk');
  switch (field.type) {
    case 'boolean':
    case 'int':
    case 'long':
    case 'double':
    case 'currency':
    case 'percent':
    case 'date':
    case 'datetime':
    case 'time':
      return checkReadable(field, stored, mode) ?? checkRange(field, scalarText(stored));
    case 'id':
    case 'reference':
      return checkId(field, scalarText(stored));
    default:
      return isText(field) ? checkText(field, asSent(scalarText(stored), mode)) : undefined;
  }
}

/** A value that is nothing: null, or blank text, which the org trims away. */
export function isBlank(field: FieldDescribe | undefined, value: Scalar): boolean {
  return value === null || (field !== undefined && storedValue(field, value) === null);
}

const MAX_MULTIPICKLIST_VALUES = 100;
/** Ids are sent as text, but are checked as Ids. */
function isText({ type }: FieldDescribe): boolean {
  return TEXT_TYPES.has(type) && type !== 'reference' && type !== 'id';
}

function storedValue(field: FieldDescribe, value: Scalar): Scalar {
  if (typeof value !== 'string' || !isText(field)) return value;
  const trimmed = value.trim();
  return trimmed === '' ? null : trimmed;
}

/** `isAbsent`: a blank cell of a bulk file is no value at all. */
function checkCleared(field: FieldDescribe, isAbsent: boolean): ValueProblem | undefined {
  if (isAbsent || field.nillable) return undefined;
  const message = `Required fields are missing: [${field.name}]`;
  return { code: 'REQUIRED_FIELD_MISSING', message, certainty: 'may_fail' };
}

function checkReadable(field: FieldDescribe, value: Scalar, mode: Mode): ValueProblem | undefined {
  const what = misreadAs(field, value, mode);
  if (what === undefined) return undefined;
  return problem(mode === 'bulk' ? 'INVALID_FIELD' : 'JSON_PARSER_ERROR', unreadableText(field, value, what));
}

function checkRange(field: FieldDescribe, text: string): ValueProblem | undefined {
  if (isOutOfRange(field, text)) {
    return problem('FIELD_INTEGRITY_EXCEPTION', `${field.name}: ${text} is not within the years 1700 to 4000`);
  }
  const { precision, scale, digits } = field;
  const isDecimal = field.type === 'double' || field.type === 'currency' || field.type === 'percent';
  const room = isDecimal && precision > 0 ? precision - scale : field.type === 'int' && digits > 0 ? digits : undefined;
  if (room === undefined || integerDigits(text) <= room) return undefined;
  const message = `${field.name}: ${shownValue(text)} has more than ${room} digits before the point`;
  return problem('NUMBER_OUTSIDE_VALID_RANGE', message);
}

/** The org stores no other years. */
function isOutOfRange({ type }: FieldDescribe, text: string): boolean {
  const year = Number(text.slice(0, 4));
  return (type === 'date' || type === 'datetime') && (year < 1700 || year > 4000);
}

function checkId(field: FieldDescribe, text: string): ValueProblem | undefined {
  return isRecordId(text) ? undefined : problem('MALFORMED_ID', `${field.name}: malformed id ${shownValue(text)}`);
}

/** 15 characters, or 18 whose last three repeat the cases of the others. */
export function isRecordId(text: string): boolean {
  if (!/^[a-zA-Z0-9]{15}(?:[A-Z0-5]{3})?$/.test(text)) return false;
  return text.length === 15 || text.slice(15) === suffixOf(text);
}

function suffixOf(id: string): string {
  const suffix = [0, 5, 10].map((from) => {
    const letters = Array.from(id.slice(from, from + 5));
    const bits = letters.reduce((sum, letter, place) => sum + (/[A-Z]/.test(letter) ? 2 ** place : 0), 0);
    return 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'.charAt(bits);
  });
  return suffix.join('');
}

function checkText(field: FieldDescribe, text: string): ValueProblem | undefined {
  const { name, type, length, restrictedPicklist } = field;
  if (CONTROL.test(text) && CONTROL.test(text.replace(HARMLESS_CONTROLS, ''))) {
    const message = `${name}: holds control characters, which Salesforce may refuse`;
    return { ...problem('TEXT_DATA_OUTSIDE_SUPPORTED_CHARSET', message), certainty: 'may_fail' };
  }
  if (type === 'multipicklist') return checkMultipicklist(field, text.split(';'));
  if (type === 'email' && !isEmail(text)) {
    return problem('INVALID_EMAIL_ADDRESS', `${name}: invalid email address: ${shownValue(text)}`);
  }
  if (type === 'picklist' && restrictedPicklist && !isOffered(field, text)) return notOffered(field, text);
  if (length === 0 || text.length <= length) return undefined;
  const message = `${name}: data value too large: ${text.length} characters, at most ${length} fit`;
  return problem('STRING_TOO_LONG', message);
}

function checkMultipicklist(field: FieldDescribe, chosen: readonly string[]): ValueProblem | undefined {
  if (chosen.length > MAX_MULTIPICKLIST_VALUES) {
    const message = `${field.name}: ${chosen.length} values chosen, at most ${MAX_MULTIPICKLIST_VALUES} are possible`;
    return problem('TOO_MANY_ENUM_VALUE', message);
  }
  const unknown = field.restrictedPicklist ? chosen.find((one) => !isOffered(field, one.trim())) : undefined;
  return unknown === undefined ? undefined : notOffered(field, unknown);
}

function isOffered({ picklistValues }: FieldDescribe, text: string): boolean {
  return picklistValues.some(({ active, value }) => active && value === text);
}

function notOffered({ name }: FieldDescribe, text: string): ValueProblem {
  const message = `${name}: bad value for restricted picklist field: ${shownValue(text)}`;
  return problem('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', message);
}

const CONTROL = /\p{Cc}/u;
const HARMLESS_CONTROLS = /[\t\n\r\u007f-\u009f]/g;
const NOT_IN_EMAIL = /[\s,;<>()[\]"]/;

function isEmail(text: string): boolean {
  const [local = '', domain = '', ...rest] = text.split('@');
  const labels = domain.split('.');
  return local !== '' && rest.length === 0 && labels.length > 1 && !labels.includes('') && !NOT_IN_EMAIL.test(text);
}

/** Line ends are made those of the bulk file. */
function asSent(text: string, mode: Mode): string {
  return mode === 'bulk' && text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

function problem(code: string, message: string): ValueProblem {
  return { code, message, certainty: 'would_fail' };
}
