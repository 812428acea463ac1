import { isLosslessNumber } from 'lossless-json';
import type { Column, Scalar, SourceRecord } from '../record.js';
import { isSent } from './refused-fields.js';

/** A record as sObject Collections takes it: JSON text, `attributes.type` first, numbers with their digits. */
export function recordJson(record: SourceRecord, sobject: string): string {
  const { columns, values } = record.fields;
  let json = `{"attributes":{"type":${JSON.stringify(sobject)}}`;
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i] as Column;
    if (isSent(record, column)) json += member(column, values[i] as Scalar);
  }
  return `${json}}`;
}

function member({ header, reference }: Column, value: Scalar): string {
  if (reference === undefined) return `,${JSON.stringify(header)}:${valueJson(value)}`;
  const attributes = reference.type === undefined ? '' : `"attributes":{"type":${JSON.stringify(reference.type)}},`;
  const nested = `{${attributes}${JSON.stringify(reference.field)}:${valueJson(value)}}`;
  return `,${JSON.stringify(reference.relationship)}:${nested}`;
}

function valueJson(value: Scalar): string {
  return isLosslessNumber(value) ? value.value : JSON.stringify(value);
}
