import { stringify } from 'csv-stringify/sync';
import type { Column, Scalar, SourceRecord } from '../core/record.js';
import { isSent } from './refused-fields.js';
import { scalarText } from '../records/values.js';

/** Rows that are written at once: small enough to cut a job by. */
const ROWS_AT_ONCE = 1_000;

/** A CSV file for one job, in pieces, and the records that are its rows. */
export interface CsvFile<R> {
  readonly records: readonly R[];
  readonly columns: readonly Column[];
  /** Emptied once the org has them. */
  readonly pieces: Buffer[];
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
  const writer = new RowWriter(columns);
  const header = Buffer.from(stringify([columns.map((column) => column.header)]));
  let file = { records: [] as R[], columns, pieces: [header], bytes: header.length };
  const queue: (readonly R[])[] = [];
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) queue.push(rows.slice(at, at + ROWS_AT_ONCE));
  for (let part = queue.shift(); part !== undefined; part = queue.shift()) {
    const table = part.map((row) => {
      const record = recordOf(row);
      const cells = writer.cells(record);
      record.fields.forget?.();
      return cells;
    });
    const piece = Buffer.from(stringify(table));
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

/** The cells of one file's rows. */
class RowWriter {
  readonly #places: ReadonlyMap<Column, number>;
  /** Where the values of the last record went: most records of a file have one shape. */
  #last: { readonly columns: readonly Column[]; readonly places: readonly (number | undefined)[] } | undefined;

  constructor(private readonly columns: readonly Column[]) {
    this.#places = new Map(columns.map((column, place) => [column, place]));
  }

  cells(record: SourceRecord): string[] {
    const { columns, values } = record.fields;
    const cells = new Array<string>(this.columns.length).fill('');
    const places = this.#placesOf(columns);
    for (let i = 0; i < columns.length; i++) {
      const place = places[i];
      if (place === undefined || !isSent(record, columns[i] as Column)) continue;
      cells[place] = cellText(values[i] as Scalar);
    }
    return cells;
  }

  #placesOf(columns: readonly Column[]): readonly (number | undefined)[] {
    if (this.#last?.columns !== columns) {
      this.#last = { columns, places: columns.map((column) => this.#places.get(column)) };
    }
    return this.#last.places;
  }
}
