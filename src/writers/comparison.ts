import Big from 'big.js';
import { isLosslessNumber } from 'lossless-json';
import type { FieldDescribe } from '../core/describe.js';
import type { Column, RecordFields, Scalar, SourceRecord } from '../core/record.js';
import { comparableKey, exactKey, isNumber, trimBlanks } from '../records/key.js';
import { NUMBER_TYPES, type FieldPlan } from '../records/field-plan.js';
import { scalarText } from '../records/values.js';
import { REFERENCE_HIDDEN, type PresentValue } from './present-values.js';

/** `unknown`: they cannot be compared, and nobody guesses. */
export type Verdict = 'equal' | 'different' | 'unknown';

/**
 * How alike two texts must be. `strict`: the same value, however it is rendered. `loose`: the same value after what an
 * org may do to it on the way (rounding to the field's scale, folding case and blanks, a checkbox that was left alone).
 * `stored`: the same value once the org has stored it and given it back as JSON.
 */
export type Likeness = 'strict' | 'loose' | 'stored';

const DATE = /^(\d{4}-\d{2}-\d{2})(?:T00:00(?::00(?:\.0+)?)?(?:Z|[+-]00:?00)?)?$/;
const DATE_AND_REST = /^(\d{4}-\d{2}-\d{2})T/;
const DATETIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?$/;
const SURE_DIGITS = 15;

/** Can values of the column be compared, whatever they are? */
export function isComparable(column: Column): boolean {
  // What is encrypted comes back masked, and a file as a link.
  return column.type !== 'encryptedstring' && column.type !== 'base64';
}

/** Is what a record asks for in a column what the org holds? */
export function compareValue(asked: Scalar, held: PresentValue, column: Column, plan: FieldPlan): Verdict {
  if (held === REFERENCE_HIDDEN || !isComparable(column)) return 'unknown';
  if (column.reference !== undefined) return compareReference(asked, held, parentFieldOf(column, plan));
  const field = plan.describeOf(column.field);
  const verdict = areAlike(asked, held, column) ? 'equal' : 'different';
  if (verdict === 'equal' || field === undefined) return verdict;
  // HTML is written anew by the platform, and an upsert leaves such a field of a record that is there as it is.
  return field.htmlFormatted || !field.updateable ? 'unknown' : verdict;
}

/** In bulk a cell of blanks is passed over: it asks for nothing. */
export function askedFields({ fields, mapping }: SourceRecord): Pick<RecordFields, 'columns' | 'values'> {
  const { columns, values } = fields;
  const isAsked = (value: Scalar): boolean => typeof value !== 'string' || value.trim() !== '';
  if (mapping.mode !== 'bulk' || values.every(isAsked)) return { columns, values };
  return { columns: columns.filter((_, i) => isAsked(values[i] as Scalar)), values: values.filter(isAsked) };
}

function areAlike(asked: Scalar, held: PresentValue, column: Column): boolean {
  const typed = column.type === 'unknown' ? { ...column, type: typeOf(held) } : column;
  const [a, b] = [comparableCell(textOf(asked), typed, 'stored'), comparableCell(textOf(held), typed, 'stored')];
  if (a === b) return true;
  const isId = typed.type === 'unknown' && a.length === 15 && b.length === 18;
  if (isId && b.startsWith(a)) return true;
  // Many orgs keep whole seconds.
  return typed.type === 'datetime' && Number(b) % 1000 === 0 && Math.floor(Number(a) / 1000) === Number(b) / 1000;
}

/** Where the org was not asked for the type, what it gives back tells it. */
function typeOf(held: PresentValue): string {
  return typeof held === 'number' ? 'double' : typeof held === 'boolean' ? 'boolean' : 'unknown';
}

/** By the parent's key. Keys that differ in case alone are one only where the field is known to mind no case. */
function compareReference(asked: Scalar, held: PresentValue, field: FieldDescribe | undefined): Verdict {
  if (asked === null || held === null) return asked === held ? 'equal' : 'different';
  const kind = field === undefined ? (typeof held === 'number' ? 'number' : 'unknown') : kindOf(field);
  const keys = (ignoresCase: boolean): boolean =>
    exactKey(scalarText(asked), kind, ignoresCase) === exactKey(String(held), kind, ignoresCase);
  if (keys(field !== undefined && field.unique && !field.caseSensitive)) return 'equal';
  return field === undefined && keys(true) ? 'unknown' : 'different';
}

/** Describe's word on the field of the parent that a reference names, where the parent was described. */
function parentFieldOf({ field, reference }: Column, plan: FieldPlan): FieldDescribe | undefined {
  const type = reference?.type ?? plan.describeOf(field)?.referenceTo[0] ?? '';
  const name = reference?.field.toLowerCase();
  return plan.describes.get(type.toLowerCase())?.fields.find((one) => one.name.toLowerCase() === name);
}

function kindOf({ type }: FieldDescribe): 'id' | 'number' | 'text' {
  return type === 'id' ? 'id' : NUMBER_TYPES.has(type) ? 'number' : 'text';
}

function textOf(value: Scalar | PresentValue): string {
  if (value === null) return '';
  return isLosslessNumber(value) ? value.value : String(value);
}

/**
 * A value in a form that is equal for what was sent and what came back. Salesforce re-renders values: numbers in scientific
 * notation, dates and booleans normalised, and in the files of bulk jobs `#N/A` as nothing.
 */
export function comparableCell(text: string, column: Column, likeness: Likeness): string {
  const trimmed = likeness === 'stored' ? trimBlanks(text) : text.trim();
  if (trimmed === '' || (trimmed === '#N/A' && likeness !== 'stored')) {
    return column.type === 'boolean' && likeness !== 'strict' ? 'false' : '';
  }
  const type = column.reference === undefined ? column.type : 'unknown';
  if (NUMBER_TYPES.has(type)) return comparableNumber(trimmed, column.scale, likeness);
  switch (type) {
    case 'boolean':
      return trimmed === '1' ? 'true' : trimmed === '0' ? 'false' : trimmed.toLowerCase();
    case 'date':
      return (likeness === 'strict' ? DATE : DATE_AND_REST).exec(trimmed)?.[1] ?? trimmed;
    case 'datetime':
      return comparableDatetime(trimmed, likeness);
    case 'time':
      return trimmed.replace(/(?:\.0+)?Z?$/, '');
    case 'reference':
    case 'id':
      return comparableKey(trimmed, 'id') ?? trimmed;
    case 'multipicklist':
      return comparableText([...new Set(trimmed.split(';').map((part) => part.trim()))].sort().join(';'), likeness);
    case 'unknown':
      return comparableByShape(trimmed, likeness);
    default:
      return comparableText(trimmed, likeness);
  }
}

function comparableNumber(text: string, scale: number | undefined, likeness: Likeness): string {
  if (!isNumber(text)) return text;
  const value = Number(text);
  if (likeness === 'stored' && Number.isFinite(value)) {
    // The API gives doubles back, of which so many digits are sure.
    const sure = new Big(value).prec(SURE_DIGITS);
    return (scale === undefined ? sure : sure.round(scale)).toFixed();
  }
  const isRounded = likeness === 'loose' && scale !== undefined;
  return String(isRounded ? Number(value.toFixed(Math.min(scale, 20))) : value);
}

function comparableDatetime(text: string, likeness: Likeness): string {
  if (!DATETIME.test(text)) return DATE.test(text) ? String(Date.parse(text.slice(0, 10))) : text;
  const withColon = text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2');
  const withZone = /(?:Z|[+-]\d{2}:\d{2})$/.test(withColon) ? withColon : `${withColon}Z`;
  const ms = Date.parse(withZone);
  // The org keeps seconds.
  return Number.isNaN(ms) ? text : String(likeness === 'loose' ? Math.floor(ms / 1000) * 1000 : ms);
}

/** Without describe, the text itself must tell what it is. */
function comparableByShape(text: string, likeness: Likeness): string {
  if (DATETIME.test(text) || (likeness !== 'stored' && DATE.test(text))) return comparableDatetime(text, likeness);
  if (likeness === 'stored') return comparableText(text, likeness);
  // It may be the text of a long number, of which every digit counts.
  if (isNumber(text)) return likeness === 'strict' ? String(comparableKey(text, 'unknown')) : String(Number(text));
  const lower = text.toLowerCase();
  return lower === 'true' || lower === 'false' ? lower : comparableText(text, likeness);
}

function comparableText(text: string, likeness: Likeness): string {
  const unix = text.replace(/\r\n?/g, '\n');
  return likeness === 'loose' ? unix.replace(/\s+/g, ' ').toLowerCase() : unix;
}
