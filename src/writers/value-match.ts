import type { Column, Scalar } from '../core/record.js';
import type { LooseRow, ResultFile, ResultRow } from './bulk-match.js';
import { cellText } from './csv.js';
import type { Slot } from './fates.js';
import { comparableCell, type Likeness } from './rendering.js';

interface Entry {
  readonly loose: LooseRow;
  readonly file: ResultFile;
}

/** How values are compared: the columns that count, and how alike they must be. */
interface Comparison {
  readonly likeness: Likeness;
  readonly counts: (column: Column) => boolean;
}

type CellTexts = ReadonlyMap<Column, string>;

/**
 * Finds the records that loose rows speak of, by their values: first strictly, then loosely, then, once all rows are
 * there, by the columns alone that came back as they were sent. Records with the same values are interchangeable. Others
 * that the rows cannot tell apart are matched only if all of them had one fate; a guess could take a failure for a success.
 * `columns` are those of the job. Each match is told to `onMatch`; returns the records that no row speaks of.
 */
export function matchByValues(
  open: readonly Slot[],
  files: readonly ResultFile[],
  columns: readonly Column[],
  isComplete: boolean,
  onMatch: (slot: Slot, row: ResultRow, file: ResultFile) => void,
): Slot[] {
  let entries: Entry[] = files.flatMap((file) => file.loose.map((loose) => ({ loose, file })));
  if (entries.length === 0) return [...open];
  const sent = new Set(columns);
  let left = new Map(open.map((slot) => [slot, textsOfSlot(slot, sent)]));
  const take = (pairs: ReadonlyMap<Entry, Slot>): void => {
    for (const [{ loose, file }, slot] of pairs) onMatch(slot, loose.row, file);
    const taken = new Set(pairs.values());
    left = new Map([...left].filter(([slot]) => !taken.has(slot)));
    entries = entries.filter((entry) => !pairs.has(entry));
  };
  const everyColumn = (): boolean => true;
  take(pairAlike(left, entries, columns, { likeness: 'strict', counts: everyColumn }));
  take(pairAlike(left, entries, columns, { likeness: 'loose', counts: everyColumn }));
  if (isComplete && entries.length === left.size) {
    const faithful = faithfulColumns(left, entries, columns);
    take(pairAlike(left, entries, columns, { likeness: 'loose', counts: (column) => faithful.has(column) }));
    const slots = [...left.keys()];
    if (haveOneFate(entries)) take(new Map(entries.map((entry, i) => [entry, slots[i] as Slot])));
  }
  return [...left.keys()];
}

/** Pairs rows with records that look like them. Result files may hold different columns, in another order. */
function pairAlike(
  open: ReadonlyMap<Slot, CellTexts>,
  entries: readonly Entry[],
  columns: readonly Column[],
  comparison: Comparison,
): Map<Entry, Slot> {
  const pairs = new Map<Entry, Slot>();
  const taken = new Set<Slot>();
  const byColumns = group(entries, ({ loose }) =>
    comparedColumns(loose, comparison)
      .map(({ header }) => header)
      .join('\n'),
  );
  for (const shaped of byColumns.values()) {
    const compared = comparedColumns((shaped[0] as Entry).loose, comparison);
    if (compared.length === 0) continue;
    const free = [...open].filter(([slot]) => !taken.has(slot));
    const slotsBySignature = group(free, ([, texts]) => signatureOf(texts, compared, comparison.likeness));
    const entriesBySignature = group(shaped, ({ loose }) =>
      signatureOf(textsOfRow(loose), compared, comparison.likeness),
    );
    for (const [signature, rows] of entriesBySignature) {
      const alike = slotsBySignature.get(signature) ?? [];
      const isClear = (rows.length === alike.length && haveOneFate(rows)) || areEqual(alike, columns);
      if (!isClear) continue;
      for (const [i, [slot]] of alike.slice(0, rows.length).entries()) {
        pairs.set(rows[i] as Entry, slot);
        taken.add(slot);
      }
    }
  }
  return pairs;
}

/** The columns whose values came back as they were sent, in whatever order of rows. */
function faithfulColumns(
  open: ReadonlyMap<Slot, CellTexts>,
  entries: readonly Entry[],
  columns: readonly Column[],
): Set<Column> {
  const sent = [...open.values()];
  const returned = entries.map(({ loose }) => textsOfRow(loose));
  const valuesOf = (texts: readonly CellTexts[], column: Column): string =>
    JSON.stringify(texts.map((cells) => comparableCell(cells.get(column) ?? '', column, 'loose')).sort());
  return new Set(columns.filter((column) => valuesOf(sent, column) === valuesOf(returned, column)));
}

/** Do the rows stand in one file, so that it matters little which speaks of which record? */
function haveOneFate(entries: readonly Entry[]): boolean {
  return entries.every(({ file }) => file === entries[0]?.file);
}

function areEqual(alike: readonly (readonly [Slot, CellTexts])[], columns: readonly Column[]): boolean {
  if (alike.length < 2) return true;
  return new Set(alike.map(([, texts]) => signatureOf(texts, columns, 'strict'))).size === 1;
}

function comparedColumns({ columns }: LooseRow, { counts }: Comparison): Column[] {
  return columns
    .filter((column) => column !== undefined)
    .filter(counts)
    .sort((a, b) => (a.header < b.header ? -1 : a.header > b.header ? 1 : 0));
}

/** What was written into the record's row. A column that was blocked since then was written all the same. */
function textsOfSlot({ record }: Slot, sent: ReadonlySet<Column>): CellTexts {
  const texts = new Map<Column, string>();
  const { columns, values } = record.fields;
  for (const [i, column] of columns.entries()) {
    if (sent.has(column) && record.leftOut?.has(column) !== true) texts.set(column, cellText(values[i] as Scalar));
  }
  return texts;
}

function textsOfRow({ columns, cells }: LooseRow): CellTexts {
  const texts = new Map<Column, string>();
  for (const [i, column] of columns.entries()) if (column !== undefined) texts.set(column, cells[i] ?? '');
  return texts;
}

function signatureOf(texts: CellTexts, columns: readonly Column[], likeness: Likeness): string {
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
