import { stringify } from 'csv-stringify/sync';
import type { Column, Scalar, SourceRecord } from '../record.js';
import { isSent } from './refused-fields.js';
import { scalarText } from './values.js';

/** Rows that csv-stringify is given at once: measured as fast as larger pieces, and small enough to cut a job by. */
const ROWS_AT_ONCE = 1_000;

/** A CSV file for one job, in pieces, and the records that are its rows. */
export interface CsvFile<R> {
  readonly records: readonly R[];
  readonly columns: readonly Column[];
  readonly pieces: readonly Buffer[];
  readonly bytes: number;
}

/**
 * Writes records as CSV with the union of their columns, LF line ends, an empty cell for an absent field and `#N/A` for
 * a cleared one. Begins a new file where `maxBytes` would be passed.
 */
export function* writeCsv<R>(
  rows: readonly R[],
  recordOf: (row: R) => SourceRecord,
  columns: readonly Column[],
  maxBytes: number,
): Generator<CsvFile<R>> {
  const places = new Map(columns.map((column, place) => [column, place]));
  const header = encode([columns.map((column) => column.header)]);
  let file = { records: [] as R[], columns, pieces: [header], bytes: header.length };
  const queue: (readonly R[])[] = [];
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) queue.push(rows.slice(at, at + ROWS_AT_ONCE));
  for (let part = queue.shift(); part !== undefined; part = queue.shift()) {
    const piece = encode(part.map((row) => cells(recordOf(row), places)));
    if (file.bytes + piece.length > maxBytes) {
      if (header.length + piece.length > maxBytes && part.length > 1) {
        const middle = Math.ceil(part.length / 2);
        queue.unshift(part.slice(0, middle), part.slice(middle));
        continue;
      }
      if (file.records.length > 0) yield file;
      file = { records: [], columns, pieces: [header], bytes: header.length };
    }
    file.records.push(...part);
    file.pieces.push(piece);
    file.bytes += piece.length;
  }
  if (file.records.length > 0) yield file;
}

/** A value as a CSV cell. A line break inside is made equal to the job's line end, or the org refuses the file. */
export function cellText(value: Scalar): string {
  if (value === null) return '#N/A';
  const text = scalarText(value);
  return typeof value === 'string' && text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

function cells(record: SourceRecord, places: ReadonlyMap<Column, number>): string[] {
  const row = new Array<string>(places.size).fill('');
  const { columns, values } = record.fields;
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i] as Column;
    const place = places.get(column);
    if (place !== undefined && isSent(record, column)) row[place] = cellText(values[i] as Scalar);
  }
  return row;
}

function encode(rows: readonly string[][]): Buffer {
  // A lone empty cell would be a blank line, which no reader takes for a row.
  const isSingle = rows[0]?.length === 1;
  return Buffer.from(stringify(rows as string[][], { record_delimiter: '\n', quoted_empty: isSingle }));
}
