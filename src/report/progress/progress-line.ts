import type { TopicProgress } from '../../accounting/progress.js';
import { formatCount, formatNoun, formatPercent, formatRate, formatSeconds, safeText } from '../format.js';
import type { Paint } from '../paint.js';
import { comparisonTexts, type ProgressView } from './progress-meter.js';
import { layOut, type TableColumn } from '../table.js';
import { cutEnd, widthOf } from '../text-width.js';

export interface ProgressWindow {
  readonly columns: number;
  readonly rows: number;
  /** The present frame of the spinner, for the topics that are under way. */
  readonly frame: string;
  readonly paint: Paint;
}

/**
 * What the spinner draws, each line narrower than the window and all of them together lower. The first line goes beside the drawer's own
 * spinner and is two columns narrower.
 */
export function progressLines(view: ProgressView, window: ProgressWindow): string[] {
  // The last column stays free: some terminals wrap as soon as it is written.
  const width = Math.max(1, window.columns - 1);
  const { notice, topics } = view.snapshot;
  const lines = [headline(view, Math.max(1, width - 2))];
  if (notice !== undefined && window.rows > 2) lines.push(window.paint.yellow(cutEnd(`! ${safeText(notice)}`, width)));
  // One row stays free for the cursor, so that nothing scrolls.
  const free = Math.max(0, window.rows - 1 - lines.length);
  const room = free > topics.length + 1 || free > 4 ? free - 1 : free;
  const { shown, hidden } = choose(view, room);
  const table = layOut(columnsFor(window), shown, width);
  if (table === undefined || shown.length === 0) return lines;
  if (room < free) lines.push(window.paint.dim(table.header));
  const more = hidden.length === 0 ? [] : [window.paint.dim(cutEnd(`  … and ${describeHidden(hidden)}`, width))];
  const beforeTotal = shown.filter((row) => row.kind === 'topic').length;
  return [...lines, ...table.lines.slice(0, beforeTotal), ...more, ...table.lines.slice(beforeTotal)];
}

/** As many of the figures, in order of interest, as the window has room for. */
function headline(view: ProgressView, width: number): string {
  const { input, elapsedMs, malformed, unmapped, callsAtOnce, comparison } = view.snapshot;
  const parts = [
    view.share === undefined ? undefined : formatPercent(view.share),
    view.leftMs === undefined ? undefined : `about ${formatSeconds(view.leftMs)} left`,
    `${formatSeconds(elapsedMs)} passed`,
    `${formatNoun(input.lines, 'line')} read`,
    ...(comparison === undefined ? [] : comparisonTexts(comparison)),
    callsAtOnce === undefined ? undefined : `${formatNoun(callsAtOnce, 'call')} at once`,
    malformed > 0 ? `${formatCount(malformed)} malformed` : undefined,
    unmapped > 0 ? `${formatCount(unmapped)} unmapped` : undefined,
  ].filter((part) => part !== undefined);
  while (parts.length > 1 && widthOf(parts.join(' · ')) > width) parts.pop();
  return cutEnd(parts.join(' · '), width);
}

type Row =
  | { readonly kind: 'topic'; readonly topic: TopicProgress; readonly rate: number | undefined }
  | { readonly kind: 'total'; readonly topics: readonly TopicProgress[]; readonly rate: number | undefined };

/** All topics and their total where there is room; else those under way, those done, and those without records, in this order. */
function choose(view: ProgressView, room: number): { shown: Row[]; hidden: readonly TopicProgress[] } {
  const { topics } = view.snapshot;
  const rows = topics.map((topic, index): Row => ({ kind: 'topic', topic, rate: view.rates[index] }));
  const total: Row[] = topics.length > 1 ? [{ kind: 'total', topics, rate: view.totalRate }] : [];
  if (rows.length + total.length <= room) return { shown: [...rows, ...total], hidden: [] };
  const byInterest = rows
    .map((row, index) => ({ row, topic: topics[index] }))
    .sort((a, b) => interestOf(a.topic) - interestOf(b.topic));
  // Two rows: the line that tells of the hidden topics, and the total.
  const count = Math.max(0, room - 1 - total.length);
  return {
    shown: [...byInterest.slice(0, count).map(({ row }) => row), ...(room > 1 ? total : [])].slice(0, room),
    hidden: byInterest.slice(count).flatMap(({ topic }) => topic ?? []),
  };
}

function interestOf(topic: TopicProgress | undefined): number {
  if (topic === undefined || topic.read === 0) return 2;
  return topic.done ? 1 : 0;
}

function describeHidden(hidden: readonly TopicProgress[]): string {
  const kinds = [
    [hidden.filter((topic) => interestOf(topic) === 0).length, 'under way'],
    [hidden.filter((topic) => interestOf(topic) === 1).length, 'done'],
    [hidden.filter((topic) => interestOf(topic) === 2).length, 'without records'],
  ] as const;
  const told = kinds.filter(([count]) => count > 0);
  const [first] = told;
  if (told.length === 1 && first !== undefined) return `${formatNoun(hidden.length, 'more topic')} ${first[1]}`;
  const parts = told.map(([count, kind]) => `${formatCount(count)} ${kind}`);
  return `${formatNoun(hidden.length, 'more topic')}: ${parts.join(', ')}`;
}

function columnsFor({ frame, paint }: ProgressWindow): TableColumn<Row>[] {
  const count = (
    titles: readonly [string, ...string[]],
    of: (topic: TopicProgress) => number,
    rest: Partial<TableColumn<Row>> = {},
  ): TableColumn<Row> => ({
    titles,
    cell: (row) => formatCount(sumOf(row, of)),
    align: 'right',
    roomFor: 6,
    ...rest,
  });
  const failed = (topic: TopicProgress): number => topic.failed + topic.inDoubt;
  return [
    {
      titles: ['  topic'],
      cell: (row) => `${symbolOf(row, frame)} ${row.kind === 'total' ? 'total' : safeText(row.topic.topic)}`,
      paint: (cell, row) => paintName(cell, row, paint),
      minWidth: 16,
    },
    {
      titles: ['sObject'],
      cell: (row) => (row.kind === 'total' ? '' : `→ ${safeText(row.topic.sobject)}`),
      minWidth: 14,
      leaveOut: 4,
    },
    { titles: ['operation', 'op'], cell: (row) => (row.kind === 'total' ? '' : row.topic.operation), leaveOut: 3 },
    { titles: ['mode'], cell: (row) => (row.kind === 'total' ? '' : row.topic.mode), leaveOut: 2 },
    count(['sent'], (topic) => topic.sent, { leaveOut: 5 }),
    count(['ok'], (topic) => topic.succeeded, { leaveOut: 8 }),
    count(['failed'], failed, {
      leaveOut: 7,
      paint: (cell, row) => (sumOf(row, failed) > 0 ? paint.red(cell) : cell),
    }),
    // First to go: it is what is sent and neither ok nor failed.
    count(['in flight', 'flight'], (topic) => topic.inFlight, { leaveOut: 1 }),
    {
      titles: ['rate'],
      cell: (row) => (row.kind === 'topic' && (row.topic.done || row.topic.read === 0) ? '' : formatRate(row.rate)),
      align: 'right',
      roomFor: 7,
      leaveOut: 6,
    },
  ];
}

function sumOf(row: Row, of: (topic: TopicProgress) => number): number {
  return row.kind === 'topic' ? of(row.topic) : row.topics.reduce((sum, topic) => sum + of(topic), 0);
}

function symbolOf(row: Row, frame: string): string {
  if (row.kind === 'total') return ' ';
  const { done, read, failed, inDoubt } = row.topic;
  if (read === 0) return '·';
  if (!done) return frame;
  return failed + inDoubt > 0 ? '✖' : '✔';
}

function paintName(cell: string, row: Row, paint: Paint): string {
  if (row.kind === 'total') return paint.bold(cell);
  const { done, read, failed, inDoubt } = row.topic;
  if (read === 0) return paint.dim(cell);
  const symbol = !done ? paint.cyan : failed + inDoubt > 0 ? paint.red : paint.green;
  return symbol(cell.slice(0, 1)) + cell.slice(1);
}
