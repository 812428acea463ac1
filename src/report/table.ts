import { cutMiddle, padEnd, padStart, widthOf } from './text-width.js';

/** One column of a table: how a row fills it, and what it gives up where the window is narrow. */
export interface TableColumn<Row> {
  /** From the longest to the shortest; the shortest is used where the longest do not fit. */
  readonly titles: readonly [string, ...string[]];
  /** Plain text of one line that is safe to show. */
  readonly cell: (row: Row) => string;
  /** Colours a cell; gets it padded, must not change its width. */
  readonly paint?: (cell: string, row: Row) => string;
  readonly align?: 'left' | 'right';
  /** The width down to which cells may be cut. Without it they are never cut. */
  readonly minWidth?: number;
  /** Kept free even where the cells are shorter, so that a table that is redrawn does not jump. */
  readonly roomFor?: number;
  /** The column with the smallest number is left out first. Without it the column always stays. */
  readonly leaveOut?: number | undefined;
}

export interface Table {
  readonly header: string;
  /** One per row. */
  readonly lines: readonly string[];
}

/**
 * Lays rows out in aligned columns, at most `width` wide: with short titles where long ones do not fit, then with names cut,
 * then with columns left out. Undefined where nothing of that helps.
 */
export function layOut<Row>(
  columns: readonly TableColumn<Row>[],
  rows: readonly Row[],
  width: number,
): Table | undefined {
  const measured = columns.map((column) => measure(column, rows));
  const fitted = fit(measured, width, 'long') ?? fitShort(measured, width);
  if (fitted === undefined) return undefined;
  return {
    header: joinCells(fitted.map((place) => ({ ...place, text: place.title, paint: undefined }))),
    lines: rows.map((row, index) =>
      joinCells(
        fitted.map((place) => {
          const { paint } = place.measured.column;
          return {
            ...place,
            text: cutMiddle(place.measured.cells[index] ?? '', place.width),
            paint: paint && ((text) => paint(text, row)),
          };
        }),
      ),
    ),
  };
}

const gap = 2;

interface Measured<Row> {
  readonly column: TableColumn<Row>;
  readonly cells: readonly string[];
  /** Of the widest cell. */
  readonly cellWidth: number;
}

interface Place<Row> {
  readonly measured: Measured<Row>;
  readonly title: string;
  readonly width: number;
}

function measure<Row>(column: TableColumn<Row>, rows: readonly Row[]): Measured<Row> {
  const cells = rows.map((row) => column.cell(row));
  return { column, cells, cellWidth: cells.reduce((widest, cell) => Math.max(widest, widthOf(cell)), 0) };
}

function fitShort<Row>(measured: readonly Measured<Row>[], width: number): Place<Row>[] | undefined {
  const expendable = measured
    .filter(({ column }) => column.leaveOut !== undefined)
    .sort((a, b) => (a.column.leaveOut ?? 0) - (b.column.leaveOut ?? 0));
  for (let leftOut = 0; leftOut <= expendable.length; leftOut++) {
    const without = new Set(expendable.slice(0, leftOut));
    const rest = measured.filter((column) => !without.has(column));
    const fitted = fit(rest, width, 'short');
    if (fitted !== undefined) return fitted;
  }
  return undefined;
}

function fit<Row>(
  measured: readonly Measured<Row>[],
  width: number,
  titles: 'long' | 'short',
): Place<Row>[] | undefined {
  const wanted = measured.map((one) => {
    const title = (titles === 'long' ? one.column.titles[0] : one.column.titles.at(-1)) ?? '';
    return { measured: one, title, width: Math.max(one.cellWidth, widthOf(title), one.column.roomFor ?? 0) };
  });
  const over = wanted.reduce((sum, place) => sum + place.width, gap * (wanted.length - 1)) - width;
  if (over <= 0) return wanted;
  return titles === 'long' ? undefined : shrink(wanted, over);
}

/** Takes `over` columns away where cells may be cut, always from the widest. */
function shrink<Row>(wanted: readonly Place<Row>[], over: number): Place<Row>[] | undefined {
  const widths = wanted.map((place) => place.width);
  for (let taken = 0; taken < over; taken++) {
    let widest = -1;
    wanted.forEach(({ measured, title }, index) => {
      const least = Math.max(measured.column.minWidth ?? Infinity, widthOf(title));
      if ((widths[index] ?? 0) > least && (widths[index] ?? 0) > (widths[widest] ?? 0)) widest = index;
    });
    if (widest < 0) return undefined;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return wanted.map((place, index) => ({ ...place, width: widths[index] ?? 0 }));
}

interface Cell {
  readonly measured: { readonly column: { readonly align?: 'left' | 'right' } };
  readonly text: string;
  readonly width: number;
  readonly paint: ((text: string) => string) | undefined;
}

function joinCells(cells: readonly Cell[]): string {
  return cells
    .map(({ measured, text, width, paint }, index) => {
      const isLast = index === cells.length - 1;
      const padded = measured.column.align === 'right' ? padStart(text, width) : isLast ? text : padEnd(text, width);
      return paint === undefined ? padded : paint(padded);
    })
    .join(' '.repeat(gap))
    .trimEnd();
}
