import { formatCount, safeText } from './format.js';
import type { Paint } from './paint.js';
import { cutMiddle, padEnd, padStart, widthOf } from './text-width.js';

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** The last row is the sum of the others. */
  readonly hasTotal: boolean;
}

/** What a column gives up where the window is narrow. */
export interface Column {
  /** From the longest to the shortest; the shortest is used where the longest do not fit. */
  readonly titles: readonly [string, ...string[]];
  readonly align?: 'left' | 'right';
  /** The width down to which cells may be cut. Without it they are never cut. */
  readonly minWidth?: number;
  /** Kept free even where the cells are shorter, so that a table that is redrawn does not jump. */
  readonly roomFor?: number;
  /** The column with the smallest number is left out first. Without it the column always stays. */
  readonly leaveOut?: number | undefined;
}

/** One line of text. */
interface Cell {
  readonly text: string;
  readonly tone?: Tone | undefined;
  /** What a page tells of it below. */
  readonly note?: string;
}

export type Tone = 'red' | 'yellow' | 'bold' | 'dim';

export interface ColumnOf<Row> extends Column {
  readonly cell: (row: Row) => string;
  readonly tone?: (row: Row) => Tone | undefined;
  readonly note?: (row: Row) => string;
}

export function tableOf<Row>(columns: readonly ColumnOf<Row>[], rows: readonly Row[], hasTotal = false): Table {
  const cells = rows.map((row) =>
    columns.map(({ cell, tone, note }) => ({ text: cell(row), tone: tone?.(row), note: note?.(row) ?? '' })),
  );
  return { columns, rows: cells, hasTotal };
}

/** A column of counts, those above nought in `tone`. */
export function countColumn<Row>(
  titles: Column['titles'],
  of: (row: Row) => number | null,
  rest: Partial<Column> & { readonly alarm?: Tone | undefined } = {},
): ColumnOf<Row> {
  const { alarm, ...column } = rest;
  return {
    titles,
    cell: (row) => countText(of(row)),
    tone: (row) => ((of(row) ?? 0) > 0 ? alarm : undefined),
    align: 'right',
    ...column,
  };
}

/** A topic, or all of them together. */
export interface TopicRow<Topic> {
  readonly topics: readonly Topic[];
  readonly isTotal: boolean;
}

/** A row per topic, and their total where there are several. */
export function topicRows<Topic>(topics: readonly Topic[]): TopicRow<Topic>[] {
  const rows = topics.map((topic) => ({ topics: [topic], isTotal: false }));
  return topics.length > 1 ? [...rows, { topics, isTotal: true }] : rows;
}

export function topicTable<Topic>(columns: readonly ColumnOf<TopicRow<Topic>>[], topics: readonly Topic[]): Table {
  return tableOf(columns, topicRows(topics), topics.length > 1);
}

/** What a topic is called, or has; of all together that is `ofTotal`. */
export function nameColumn<Topic>(
  titles: Column['titles'],
  of: (topic: Topic) => string,
  { ofTotal = '', ...column }: Partial<Column> & { readonly ofTotal?: string } = {},
): ColumnOf<TopicRow<Topic>> {
  const cell = ({ topics: [topic], isTotal }: TopicRow<Topic>): string =>
    isTotal || topic === undefined ? ofTotal : of(topic);
  return { titles, cell, ...column };
}

/** A count of a topic, or the sum of all; null where it is not known of one. */
export function sumColumn<Topic>(
  titles: Column['titles'],
  of: (topic: Topic) => number | null,
  rest?: Parameters<typeof countColumn>[2],
): ColumnOf<TopicRow<Topic>> {
  const sum = ({ topics }: TopicRow<Topic>): number | null =>
    topics.map(of).reduce((total, count) => (total === null || count === null ? null : total + count), 0);
  return countColumn(titles, sum, rest);
}

/** A dash where it is not known. */
function countText(count: number | null): string {
  return count === null ? '–' : formatCount(count);
}

/**
 * Lines of aligned columns, the titles first, at most `width` wide: with short titles where long ones do not fit, then
 * with names cut, then with columns left out. Undefined where nothing of that helps.
 */
export function layOut({ columns, rows, hasTotal }: Table, width: number, paint: Paint): string[] | undefined {
  const texts = rows.map((row) => row.map(({ text }) => safeText(text)));
  const places = fit(columns, texts, width);
  if (places === undefined) return undefined;
  const line = (cellOf: (place: Place) => Omit<Cell, 'note'>): string =>
    places
      .map((place, at) => {
        const { text, tone } = cellOf(place);
        const shown = cutMiddle(text, place.width);
        const isLast = at === places.length - 1;
        const pad = place.column.align === 'right' ? padStart : isLast ? (last: string) => last : padEnd;
        const padded = pad(shown, place.width);
        return tone === undefined ? padded : paint[tone](padded);
      })
      .join(GAP)
      .trimEnd();
  return [
    paint.dim(line(({ title }) => ({ text: title }))),
    ...rows.map((row, at) => {
      const tone = hasTotal && at === rows.length - 1 ? 'bold' : undefined;
      return line(({ index }) => ({ text: texts[at]?.[index] ?? '', tone: row[index]?.tone ?? tone }));
    }),
  ];
}

const GAP = '  ';

interface Place {
  readonly index: number;
  readonly column: Column;
  readonly title: string;
  width: number;
}

function fit(columns: readonly Column[], texts: readonly (readonly string[])[], width: number): Place[] | undefined {
  const all = columns.map((column, index) => {
    return { index, column, cells: texts.reduce((widest, row) => Math.max(widest, widthOf(row[index] ?? '')), 0) };
  });
  const placesOf = (some: typeof all, titleAt: 0 | -1): Place[] =>
    some.map(({ index, column, cells }) => {
      const title = column.titles.at(titleAt) ?? '';
      return { index, column, title, width: Math.max(cells, widthOf(title), column.roomFor ?? 0) };
    });
  const long = placesOf(all, 0);
  if (overOf(long, width) <= 0) return long;
  const orders = columns.flatMap(({ leaveOut }) => leaveOut ?? []).sort((a, b) => a - b);
  for (const order of [-1, ...orders]) {
    const some = all.filter(({ column: { leaveOut = Infinity } }) => leaveOut > order);
    const places = placesOf(some, -1);
    if (shrink(places, overOf(places, width))) return places;
  }
  return undefined;
}

function overOf(places: readonly Place[], width: number): number {
  return places.reduce((sum, place) => sum + place.width + GAP.length, -GAP.length) - width;
}

/** Takes `over` columns away where cells may be cut, always from the widest. False where they cannot give so much. */
function shrink(places: readonly Place[], over: number): boolean {
  for (let taken = 0; taken < over; taken++) {
    const [widest] = places
      .filter(({ column: { minWidth = Infinity }, title, width }) => width > Math.max(minWidth, widthOf(title)))
      .sort((a, b) => b.width - a.width);
    if (widest === undefined) return false;
    widest.width -= 1;
  }
  return true;
}
