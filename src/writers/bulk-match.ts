import { comparableKey } from '../batching/key.js';
import type { Column, Scalar } from '../record.js';
import { cellText } from './csv.js';
import type { Slot } from './fates.js';
import type { FieldPlan } from './fields.js';
import { isSent } from './refused-fields.js';
import { comparableCell, type Likeness } from './rendering.js';

/** A row of a result file, without the columns that were sent. */
export interface ResultRow {
  /** `sf__Id`; empty for failed inserts. */
  readonly id: string;
  /** `sf__Error`; empty in the other files. */
  readonly error: string;
  /** `sf__Created`; undefined in the other files. */
  readonly created: boolean | undefined;
}

/** A row that names no key we sent: it can only be known by its values. */
interface LooseRow {
  readonly row: ResultRow;
  readonly columns: readonly (Column | undefined)[];
  readonly cells: readonly string[];
}

/** One result file as it comes in. Made anew when its download starts anew. */
export class ResultFile {
  readonly bySlot = new Map<Slot, ResultRow>();
  readonly loose: LooseRow[] = [];
  rows = 0;

  readonly #columns: readonly (Column | undefined)[];
  readonly #keyAt: number;
  readonly #idAt: number;
  readonly #errorAt: number;
  readonly #createdAt: number;

  constructor(
    header: readonly string[],
    private readonly sent: SentRows,
  ) {
    const lower = header.map((name) => name.toLowerCase());
    this.#columns = lower.map((name) => sent.columnsByHeader.get(name));
    this.#idAt = lower.indexOf('sf__id');
    this.#errorAt = lower.indexOf('sf__error');
    this.#createdAt = lower.indexOf('sf__created');
    this.#keyAt = sent.plan.keyField === undefined ? -1 : lower.indexOf(sent.plan.keyField.toLowerCase());
  }

  take(cells: readonly string[]): void {
    this.rows++;
    const row: ResultRow = {
      id: cells[this.#idAt] ?? '',
      error: cells[this.#errorAt] ?? '',
      created: this.#createdAt < 0 ? undefined : cells[this.#createdAt]?.toLowerCase() === 'true',
    };
    const slot = this.sent.byKey(cells[this.#keyAt]) ?? this.sent.byId(row.id);
    if (slot !== undefined && !this.bySlot.has(slot)) this.bySlot.set(slot, row);
    else this.loose.push({ row, columns: this.#columns, cells });
  }
}

/** The rows of one job, to be found again by key. */
export class SentRows {
  readonly columnsByHeader: ReadonlyMap<string, Column>;
  readonly #byKey = new Map<string, Slot>();

  constructor(
    readonly slots: readonly Slot[],
    columns: readonly Column[],
    readonly plan: FieldPlan,
  ) {
    this.columnsByHeader = new Map(columns.map((column) => [column.header.toLowerCase(), column]));
    for (const slot of slots) if (slot.record.key !== undefined) this.#byKey.set(slot.record.key, slot);
  }

  byKey(cell: string | undefined): Slot | undefined {
    const key = cell === undefined ? undefined : comparableKey(cell, this.plan.keyKind);
    return key === undefined ? undefined : this.#byKey.get(key);
  }

  byId(id: string): Slot | undefined {
    return this.plan.keyKind === 'id' ? this.byKey(id) : undefined;
  }
}

/**
 * Finds the records that loose rows speak of, by their values: first strictly, then loosely; rows that are alike are
 * interchangeable. What is left over at the end matches only if it is as many rows as records.
 * Each match is told to `onMatch`; returns the records that no row speaks of.
 */
export function matchByValues(
  open: readonly Slot[],
  files: readonly ResultFile[],
  isComplete: boolean,
  onMatch: (slot: Slot, row: ResultRow, file: ResultFile) => void,
): Slot[] {
  let left = [...open];
  let rows = files.flatMap((file) => file.loose.map((loose) => ({ loose, file })));
  for (const likeness of ['strict', 'loose'] as const) {
    if (rows.length === 0) return left;
    const matched = new Set<Slot>();
    const unmatched: typeof rows = [];
    const index = new Map<string, Map<string, Slot[]>>();
    for (const entry of rows) {
      const slot = findAlike(left, entry.loose, likeness, index);
      if (slot === undefined || matched.has(slot)) {
        unmatched.push(entry);
      } else {
        matched.add(slot);
        onMatch(slot, entry.loose.row, entry.file);
      }
    }
    left = left.filter((slot) => !matched.has(slot));
    rows = unmatched;
  }
  if (isComplete && rows.length === left.length) {
    for (const [i, slot] of left.entries()) {
      const entry = rows[i] as (typeof rows)[number];
      onMatch(slot, entry.loose.row, entry.file);
    }
    return [];
  }
  return left;
}

/** Takes one record out of those with the row's values, in input order. `index` holds a list per header and values. */
function findAlike(
  open: readonly Slot[],
  loose: LooseRow,
  likeness: Likeness,
  index: Map<string, Map<string, Slot[]>>,
): Slot | undefined {
  const columns = sortedColumns(loose);
  const header = columns.map((column) => column.header).join('\n');
  let bySignature = index.get(header);
  if (bySignature === undefined) {
    index.set(header, (bySignature = new Map<string, Slot[]>()));
    for (const slot of open) {
      const signature = signatureOf(textsOfSlot(slot), columns, likeness);
      const alike = bySignature.get(signature);
      if (alike === undefined) bySignature.set(signature, [slot]);
      else alike.push(slot);
    }
  }
  return bySignature.get(signatureOf(textsOfRow(loose), columns, likeness))?.shift();
}

/** Result files may order their columns differently. */
function sortedColumns({ columns }: LooseRow): Column[] {
  return columns
    .filter((column) => column !== undefined)
    .sort((a, b) => (a.header < b.header ? -1 : a.header > b.header ? 1 : 0));
}

function textsOfSlot({ record }: Slot): Map<Column, string> {
  const texts = new Map<Column, string>();
  for (const [i, column] of record.fields.columns.entries()) {
    if (isSent(record, column)) texts.set(column, cellText(record.fields.values[i] as Scalar));
  }
  return texts;
}

function textsOfRow({ columns, cells }: LooseRow): Map<Column, string> {
  const texts = new Map<Column, string>();
  for (const [i, column] of columns.entries()) if (column !== undefined) texts.set(column, cells[i] ?? '');
  return texts;
}

function signatureOf(texts: ReadonlyMap<Column, string>, columns: readonly Column[], likeness: Likeness): string {
  return JSON.stringify(columns.map((column) => comparableCell(texts.get(column) ?? '', column, likeness)));
}
