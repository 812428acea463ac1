import { stringify } from 'csv-stringify/sync';
import type { Column, Scalar } from '../../core/record.js';
import type { FieldPlan } from '../../records/field-plan.js';
import { scalarText } from '../../records/values.js';
import type { PendingRecord } from '../batch-outcomes.js';
import { isSent } from '../refused-fields.js';

/** Rows that are written at once: small enough to cut a job by, and to be soon forgotten. */
const ROWS_AT_ONCE = 250;
/** Named, it is the only line end that cells are searched for; `cellText` leaves no other in them. */
const ROWS = { record_delimiter: '\n' };

/** Records that can share one file, and the columns they need. */
export interface FilePlan {
  readonly pending: readonly PendingRecord[];
  readonly columns: readonly Column[];
}

/** The file of one job, in pieces, with the records that are its rows. */
export interface CsvFile extends FilePlan {
  /** Emptied once the org has them. */
  readonly pieces: Buffer[];
  readonly bytes: number;
}

/**
 * Parts records into files by the rules for headers: one way to a field in a file (`AccountId`, or
 * `Account.External_Id__c`, or `Lead:Who.Email`), and a header of at most `maxHeaderChars`.
 */
export function planFiles(pending: readonly PendingRecord[], plan: FieldPlan, maxHeaderChars: number): FilePlan[] {
  const files: PlannedFile[] = [];
  const byShape = new Map<readonly Column[], PlannedFile>();
  for (const one of pending) {
    const { record } = one;
    // Records of one shape share one array of columns.
    const shape = record.refusedColumns === undefined ? record.fields.columns : undefined;
    let file = shape === undefined ? undefined : byShape.get(shape);
    if (file === undefined) {
      // A delete file holds the Id alone.
      const columns = record.fields.columns.filter(
        (column) => isSent(record, column) && (plan.mapping.operation !== 'delete' || column.field === plan.keyField),
      );
      file = files.find((each) => each.fits(columns, maxHeaderChars));
      if (file === undefined) files.push((file = new PlannedFile(plan)));
      file.add(columns);
      if (shape !== undefined) byShape.set(shape, file);
    }
    file.pending.push(one);
  }
  return files.map(({ pending, columns }) => ({ pending, columns: [...columns] }));
}

class PlannedFile {
  readonly pending: PendingRecord[] = [];
  readonly columns = new Set<Column>();
  /** The way to each field. */
  readonly #headers = new Map<string, string>();
  /** Length of the header, delimiters included. */
  #chars = 0;

  /** The key's column is always there: an upsert by Id may have no row that fills it. */
  constructor(plan: FieldPlan) {
    const key = plan.keyField === undefined ? undefined : plan.target(plan.keyField);
    if (key?.kind === 'column') this.add([key.column]);
  }

  fits(columns: readonly Column[], maxChars: number): boolean {
    const added = columns.filter((column) => !this.columns.has(column));
    const chars = added.reduce((sum, { header }) => sum + header.length + 1, this.#chars);
    return chars <= maxChars && added.every(({ field }) => !this.#headers.has(field));
  }

  add(columns: readonly Column[]): void {
    for (const column of columns) {
      if (this.columns.has(column)) continue;
      this.columns.add(column);
      this.#headers.set(column.field, column.header);
      this.#chars += column.header.length + 1;
    }
  }
}

/**
 * Writes records as CSV: LF line ends, an empty cell for an absent field and `#N/A` for a cleared one. Begins a new file
 * where `maxBytes` would be passed.
 */
export function* writeCsv(
  pending: readonly PendingRecord[],
  columns: readonly Column[],
  maxBytes: number,
): Generator<CsvFile> {
  const places = new Map(columns.map((column, place) => [column, place]));
  const rowOf = ({ record }: PendingRecord): string[] => {
    const { columns: own, values } = record.fields;
    const cells = columns.map(() => '');
    for (const [i, column] of own.entries()) {
      const place = places.get(column);
      if (place !== undefined && isSent(record, column)) cells[place] = cellText(values[i] as Scalar);
    }
    record.fields.forget?.();
    return cells;
  };
  const header = Buffer.from(stringify([columns.map((column) => column.header)]));
  const begin = () => ({ pending: [] as PendingRecord[], columns, pieces: [header], bytes: header.length });
  let file = begin();
  const parts = Array.from({ length: Math.ceil(pending.length / ROWS_AT_ONCE) }, (_, i) =>
    pending.slice(i * ROWS_AT_ONCE, (i + 1) * ROWS_AT_ONCE),
  );
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const piece = Buffer.from(stringify(part.map(rowOf), ROWS));
    if (header.length + piece.length > maxBytes && part.length > 1) {
      const middle = Math.ceil(part.length / 2);
      parts.unshift(part.slice(0, middle), part.slice(middle));
      continue;
    }
    if (file.bytes + piece.length > maxBytes && file.pending.length > 0) {
      yield file;
      file = begin();
    }
    file.pending.push(...part);
    file.pieces.push(piece);
    file.bytes += piece.length;
  }
  if (file.pending.length > 0) yield file;
}

/** A value as a CSV cell. A line break inside is made equal to the job's line end, or the org refuses the file. */
export function cellText(value: Scalar): string {
  if (value === null) return '#N/A';
  const text = scalarText(value);
  return typeof value === 'string' && text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}
