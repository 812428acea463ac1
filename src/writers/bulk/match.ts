import type { Column, Scalar } from '../../core/record.js';
import type { FieldPlan } from '../../records/field-plan.js';
import { comparableKey } from '../../records/key.js';
import type { ResultKind } from '../../salesforce/job-results.js';
import type { PendingRecord } from '../batch-outcomes.js';
import { isSent } from '../refused-fields.js';
import { comparableCell, type Likeness } from '../comparison.js';
import { cellText, type FilePlan } from './csv-files.js';

/** A row of a result file, without the columns that were sent. */
export interface ResultRow {
  readonly kind: ResultKind;
  /** `sf__Id`; empty for failed inserts. */
  readonly id: string;
  /** `sf__Error`; empty in the other files. */
  readonly error: string;
  /** `sf__Created`; undefined in the other files. */
  readonly created: boolean | undefined;
}

/** A row that names no key we sent: it can only be known by its values. */
interface UnmatchedRow {
  readonly row: ResultRow;
  readonly columns: readonly (Column | undefined)[];
  readonly cells: readonly string[];
}

type CellTexts = ReadonlyMap<Column, string>;

/** The rows of one job, to be found again by header and key. */
export class SentRows {
  readonly columns: ReadonlyMap<string, Column>;
  readonly #byKey = new Map<string, PendingRecord>();

  constructor(
    { pending, columns }: FilePlan,
    readonly plan: FieldPlan,
  ) {
    this.columns = new Map(columns.map((column) => [column.header.toLowerCase(), column]));
    for (const one of pending) {
      const { key, foundId } = one.record;
      const sent = foundId === undefined ? key : comparableKey(foundId, 'id');
      if (sent !== undefined) this.#byKey.set(sent, one);
    }
  }

  find(key: string | undefined, id: string): PendingRecord | undefined {
    const { keyKind } = this.plan;
    const find = (cell: string): PendingRecord | undefined => this.#byKey.get(comparableKey(cell, keyKind) ?? '');
    return find(key ?? '') ?? (keyKind === 'id' ? find(id) : undefined);
  }
}

/** One result file as it comes in. Made anew when its download starts anew. */
export class ResultFile {
  readonly matched = new Map<PendingRecord, ResultRow>();
  readonly unmatched: UnmatchedRow[] = [];
  rows = 0;
  readonly #header: readonly string[];
  readonly #columns: readonly (Column | undefined)[];

  constructor(
    private readonly kind: ResultKind,
    header: readonly string[],
    private readonly sent: SentRows,
  ) {
    this.#header = header.map((name) => name.toLowerCase());
    this.#columns = this.#header.map((name) => sent.columns.get(name));
  }

  take(cells: readonly string[]): void {
    this.rows++;
    const cell = (name: string): string | undefined => cells[this.#header.indexOf(name)];
    const created = cell('sf__created');
    const row: ResultRow = {
      kind: this.kind,
      id: cell('sf__id') ?? '',
      error: cell('sf__error') ?? '',
      created: created === undefined ? undefined : created.toLowerCase() === 'true',
    };
    const pending = this.sent.find(cell(this.sent.plan.keyField?.toLowerCase() ?? ''), row.id);
    if (pending !== undefined && !this.matched.has(pending)) this.matched.set(pending, row);
    else this.unmatched.push({ row, columns: this.#columns, cells });
  }
}

/**
 * Finds the records that rows without a key speak of, by their values: first strictly, then loosely, then, once all rows
 * are there, by the columns alone that came back as they were sent. Records with the same values are interchangeable.
 * Others that the rows cannot tell apart are matched only if all rows stand in one file; a guess could take a failure for a
 * success. `columns` are those of the job.
 */
export function matchByValues(
  open: readonly PendingRecord[],
  files: readonly ResultFile[],
  columns: readonly Column[],
  isComplete: boolean,
): Map<PendingRecord, ResultRow> {
  const matched = new Map<PendingRecord, ResultRow>();
  let rows = files.flatMap(({ unmatched }) => unmatched);
  if (rows.length === 0) return matched;
  const left = new Map(open.map((pending) => [pending, textsOfRecord(pending, columns)]));
  const take = (pairs: ReadonlyMap<UnmatchedRow, PendingRecord>): void => {
    for (const [{ row }, pending] of pairs) {
      matched.set(pending, row);
      left.delete(pending);
    }
    rows = rows.filter((row) => !pairs.has(row));
  };
  take(pairAlike(left, rows, columns, columns, 'strict'));
  take(pairAlike(left, rows, columns, columns, 'loose'));
  if (isComplete && rows.length === left.size) {
    take(pairAlike(left, rows, columns, faithfulColumns(left, rows, columns), 'loose'));
    const pending = [...left.keys()];
    if (areInOneFile(rows)) take(new Map(rows.map((row, i) => [row, pending[i] as PendingRecord])));
  }
  return matched;
}

/** Pairs rows with records that look like them in these columns. Result files may hold different columns, in another order. */
function pairAlike(
  open: ReadonlyMap<PendingRecord, CellTexts>,
  rows: readonly UnmatchedRow[],
  columns: readonly Column[],
  compared: readonly Column[],
  likeness: Likeness,
): Map<UnmatchedRow, PendingRecord> {
  const pairs = new Map<UnmatchedRow, PendingRecord>();
  const taken = new Set<PendingRecord>();
  const columnsOf = (row: UnmatchedRow): Column[] => compared.filter((column) => row.columns.includes(column));
  const byColumns = group(rows, (row) => JSON.stringify(columnsOf(row).map(({ header }) => header)));
  for (const shaped of byColumns.values()) {
    const shared = columnsOf(shaped[0] as UnmatchedRow);
    if (shared.length === 0) continue;
    const free = [...open].filter(([pending]) => !taken.has(pending));
    const recordsByValues = group(free, ([, texts]) => valuesOf(texts, shared, likeness));
    for (const [values, same] of group(shaped, (row) => valuesOf(textsOfRow(row), shared, likeness))) {
      const alike = recordsByValues.get(values) ?? [];
      const isClear = same.length === alike.length && areInOneFile(same);
      if (!isClear && new Set(alike.map(([, texts]) => valuesOf(texts, columns, 'strict'))).size > 1) continue;
      for (const [i, [pending]] of alike.slice(0, same.length).entries()) {
        pairs.set(same[i] as UnmatchedRow, pending);
        taken.add(pending);
      }
    }
  }
  return pairs;
}

/** The columns whose values came back as they were sent, in whatever order of rows. */
function faithfulColumns(
  open: ReadonlyMap<PendingRecord, CellTexts>,
  rows: readonly UnmatchedRow[],
  columns: readonly Column[],
): Column[] {
  const returned = rows.map(textsOfRow);
  const sorted = (texts: Iterable<CellTexts>, column: Column): string =>
    JSON.stringify(Array.from(texts, (cells) => valuesOf(cells, [column], 'loose')).sort());
  return columns.filter((column) => sorted(open.values(), column) === sorted(returned, column));
}

/** Does it matter little which of the rows speaks of which record? */
function areInOneFile(rows: readonly UnmatchedRow[]): boolean {
  return rows.every(({ row }) => row.kind === rows[0]?.row.kind);
}

/** What was written into the record's row. */
function textsOfRecord({ record }: PendingRecord, columns: readonly Column[]): CellTexts {
  const { columns: own, values } = record.fields;
  const cells = own.map((column, i) => [column, cellText(values[i] as Scalar)] as const);
  return new Map(cells.filter(([column]) => columns.includes(column) && isSent(record, column)));
}

function textsOfRow({ columns, cells }: UnmatchedRow): CellTexts {
  return new Map(columns.flatMap((column, i) => (column === undefined ? [] : [[column, cells[i] ?? '']])));
}

function valuesOf(texts: CellTexts, columns: readonly Column[], likeness: Likeness): string {
  return JSON.stringify(columns.map((column) => comparableCell(texts.get(column) ?? '', column, likeness)));
}

function group<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [item]);
    else known.push(item);
  }
  return groups;
}
