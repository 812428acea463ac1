import { isLosslessNumber } from 'lossless-json';
import type { Column, Scalar, SourceRecord } from '../core/record.js';
import { isSent } from './refused-fields.js';

/** What stands before and after a column's value. */
interface Frame {
  readonly before: string;
  readonly after: string;
}

/** What JSON escapes in a string that is well-formed. */
// eslint-disable-next-line no-control-regex -- control characters are what it is about
const ESCAPED = /[\x00-\x1f"\\]/;
/** By the columns of records of one shape, which share one array. */
const framesByColumns = new WeakMap<readonly Column[], readonly Frame[]>();

/** The members of a record as sObject Collections takes it, but for `attributes`: JSON text, numbers with their digits. */
export function recordMembers(record: SourceRecord): string {
  const asWritten = record.refusedColumns === undefined ? record.fields.json : undefined;
  if (asWritten !== undefined) return asWritten;
  const { columns, values } = record.fields;
  const frames = framesOf(columns);
  let json = '';
  for (let i = 0; i < columns.length; i++) {
    if (!isSent(record, columns[i] as Column)) continue;
    const { before, after } = frames[i] as Frame;
    json += (json === '' ? before : `,${before}`) + valueJson(values[i] as Scalar) + after;
  }
  return json;
}

function framesOf(columns: readonly Column[]): readonly Frame[] {
  let frames = framesByColumns.get(columns);
  if (frames === undefined) {
    frames = columns.map(frameOf);
    framesByColumns.set(columns, frames);
  }
  return frames;
}

function frameOf({ header, reference }: Column): Frame {
  if (reference === undefined) return { before: `${JSON.stringify(header)}:`, after: '' };
  const attributes = reference.type === undefined ? '' : `"attributes":{"type":${JSON.stringify(reference.type)}},`;
  const before = `${JSON.stringify(reference.relationship)}:{${attributes}${JSON.stringify(reference.field)}:`;
  return { before, after: '}' };
}

function valueJson(value: Scalar): string {
  // The same as JSON.stringify for most values, at half the cost.
  if (typeof value === 'string' && !ESCAPED.test(value)) return `"${value}"`;
  return isLosslessNumber(value) ? value.value : JSON.stringify(value);
}
