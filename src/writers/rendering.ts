import Big from 'big.js';
import { comparableKey, trimBlanks } from '../records/key.js';
import type { Column } from '../core/record.js';

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
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * A value in a form that is equal for what was sent and what came back. Salesforce re-renders values: numbers in scientific
 * notation, dates and booleans normalised, and in the files of bulk jobs `#N/A` as nothing.
 */
export function comparableCell(text: string, column: Column, likeness: Likeness): string {
  const trimmed = likeness === 'stored' ? trimBlanks(text) : text.trim();
  if (trimmed === '' || (trimmed === '#N/A' && likeness !== 'stored')) {
    return column.type === 'boolean' && likeness !== 'strict' ? 'false' : '';
  }
  switch (column.reference === undefined ? column.type : 'unknown') {
    case 'boolean':
      return comparableBoolean(trimmed);
    case 'int':
    case 'long':
    case 'double':
    case 'currency':
    case 'percent':
      return comparableNumber(trimmed, column.scale, likeness);
    case 'date':
      return (likeness === 'strict' ? DATE : DATE_AND_REST).exec(trimmed)?.[1] ?? trimmed;
    case 'datetime':
      return comparableDatetime(trimmed, likeness);
    case 'time':
      return trimmed.replace(/(?:\.0+)?Z?$/, '');
    case 'reference':
    case 'id':
      return /^[a-zA-Z0-9]{18}$/.test(trimmed) ? trimmed.slice(0, 15) : trimmed;
    case 'multipicklist':
      return comparableText([...new Set(trimmed.split(';').map((part) => part.trim()))].sort().join(';'), likeness);
    case 'unknown':
      return comparableByShape(trimmed, likeness);
    default:
      return comparableText(trimmed, likeness);
  }
}

function comparableBoolean(text: string): string {
  const lower = text.toLowerCase();
  return lower === '1' ? 'true' : lower === '0' ? 'false' : lower;
}

function comparableNumber(text: string, scale: number | undefined, likeness: Likeness): string {
  if (!NUMBER.test(text)) return text;
  const value = Number(text);
  if (likeness === 'stored' && Number.isFinite(value)) {
    // The API gives doubles back, of which so many digits are sure.
    const sure = new Big(value).prec(SURE_DIGITS);
    return (scale === undefined ? sure : sure.round(scale)).toFixed();
  }
  return likeness === 'loose' && scale !== undefined
    ? String(Number(value.toFixed(Math.min(scale, 20))))
    : String(value);
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
  if (likeness === 'stored')
    return DATETIME.test(text) ? comparableDatetime(text, likeness) : comparableText(text, likeness);
  // It may be the text of a long number, of which every digit counts.
  if (NUMBER.test(text)) return likeness === 'strict' ? String(comparableKey(text, 'unknown')) : String(Number(text));
  if (DATE.test(text) || DATETIME.test(text)) return comparableDatetime(text, likeness);
  const lower = text.toLowerCase();
  return lower === 'true' || lower === 'false' ? lower : comparableText(text, likeness);
}

function comparableText(text: string, likeness: Likeness): string {
  const unix = text.replace(/\r\n?/g, '\n');
  return likeness === 'loose' ? unix.replace(/\s+/g, ' ').toLowerCase() : unix;
}
