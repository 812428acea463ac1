import ora, { spinners } from 'ora';
import type { ProgressSnapshot, TopicProgress } from '../../accounting/progress.js';
import { formatCount, formatNoun, formatRate, formatSeconds } from '../format.js';
import { paintFor, type Paint } from '../paint.js';
import {
  layOut,
  nameColumn,
  sumColumn,
  tableOf,
  topicRows,
  type ColumnOf,
  type Tone,
  type TopicRow,
} from '../table.js';
import { cutEnd, widthOf } from '../text-width.js';
import { ProgressMeter, textsOf, type ProgressView } from './meter.js';

const FRAME_MS = 100;
const ORDER = ['in flight', 'done', 'without records'];
const KINDS = { running: 'in flight', failed: 'done', done: 'done', idle: 'without records' };

/** Draws on a terminal of at least one column until the returned function is called. What others write stands above. */
export function startSpinner(look: () => ProgressSnapshot, terminal: NodeJS.WriteStream, color: boolean): () => void {
  const meter = new ProgressMeter();
  const spinner = ora({
    stream: terminal,
    isEnabled: true,
    // Standard input may be the records, and Ctrl-C is ours.
    discardStdin: false,
    color: color ? 'cyan' : false,
    interval: FRAME_MS,
  });
  const { frames } = typeof spinner.spinner === 'string' ? spinners.dots : spinner.spinner;
  let ticks = 0;
  let width = terminal.columns;
  const renew = (): void => {
    const frame = frames[ticks++ % frames.length] ?? '-';
    width = terminal.columns;
    const window = { columns: width, rows: terminal.rows || 24, frame, paint: paintFor(color) };
    spinner.text = drawing(meter.view(look()), window).join('\n');
  };
  /** ora erases as many rows as the drawing had; in a narrower window it has more. Without columns ora erases for ever. */
  const refit = (): void => {
    const { columns } = terminal;
    const remains = columns > 0 && columns < width ? rowsOf(spinner.text, columns) - rowsOf(spinner.text, width) : 0;
    spinner.clear();
    spinner.isSilent = columns === 0;
    if (remains > 0) terminal.write(`\u001B[${remains}A\u001B[J`);
  };
  renew();
  // Before ora's own timer, so that what is drawn is never a frame old.
  const timer = setInterval(renew, FRAME_MS);
  terminal.on('resize', refit);
  spinner.start();
  return () => {
    clearInterval(timer);
    terminal.off('resize', refit);
    spinner.isSilent = false;
    spinner.stop();
  };
}

function rowsOf(text: string, columns: number): number {
  return `- ${text}`.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);
}

export interface ProgressWindow {
  readonly columns: number;
  readonly rows: number;
  /** The present frame of the spinner, for the topics in flight. */
  readonly frame: string;
  readonly paint: Paint;
}

/**
 * What the spinner draws, each line narrower than the window and all of them together lower. The first line goes beside ora's
 * own spinner and is two columns narrower.
 */
export function drawing(view: ProgressView, window: ProgressWindow): string[] {
  const { paint, rows } = window;
  // The last column stays free: some terminals wrap as soon as it is written.
  const width = Math.max(1, window.columns - 1);
  const { topics } = view.snapshot;
  const { notice } = textsOf(view);
  const lines = [headline(view, Math.max(1, width - 2))];
  if (notice !== undefined && rows > 2) lines.push(paint.yellow(cutEnd(`! ${notice}`, width)));
  // One row stays free for the cursor, so that nothing scrolls.
  const free = Math.max(0, rows - 1 - lines.length);
  const hasTitles = free > topics.length + 1 || free > 4;
  const { shown, hidden } = choose(view, hasTitles ? free - 1 : free, window.frame);
  const table = layOut(tableOf(COLUMNS, shown), width, paint);
  if (table === undefined || shown.length === 0) return lines;
  const [titles = '', ...drawn] = table.map((line, at) => painted(line, shown[at - 1], paint));
  if (hasTitles) lines.push(titles);
  const more = hidden.length === 0 ? [] : [paint.dim(cutEnd(`  … and ${describeHidden(hidden)}`, width))];
  const beforeTotal = shown.filter(({ isTotal }) => !isTotal).length;
  return [...lines, ...drawn.slice(0, beforeTotal), ...more, ...drawn.slice(beforeTotal)];
}

/** As many of the figures, in order of interest, as the window has room for. */
function headline(view: ProgressView, width: number): string {
  const { share, left, read, calls, others } = textsOf(view);
  const elapsed = `${formatSeconds(view.snapshot.elapsedMs)} elapsed`;
  const parts = [share, left, elapsed, ...read, calls, ...others].filter((part) => part !== undefined);
  while (parts.length > 1 && widthOf(parts.join(' · ')) > width) parts.pop();
  return cutEnd(parts.join(' · '), width);
}

interface Row extends TopicRow<TopicProgress> {
  readonly rate: number | undefined;
  /** Of the spinner. */
  readonly frame: string;
}

/** All topics and their total where there is room; else those in flight, those done, and those without records, in this order. */
function choose({ snapshot: { topics }, rates, totalRate }: ProgressView, room: number, frame: string) {
  const all = topicRows(topics).map((row, index): Row => {
    return { ...row, rate: row.isTotal ? totalRate : rates[index], frame };
  });
  if (all.length <= room) return { shown: all, hidden: [] };
  const total = all.splice(topics.length);
  const byInterest = all.sort((a, b) => ORDER.indexOf(KINDS[kindOf(a)]) - ORDER.indexOf(KINDS[kindOf(b)]));
  // Two rows: the line that tells of the hidden topics, and the total.
  const count = Math.max(0, room - 1 - total.length);
  const shown = [...byInterest.slice(0, count), ...(room > 1 ? total : [])].slice(0, room);
  return { shown, hidden: byInterest.slice(count) };
}

function kindOf({ topics: [topic] }: Row): keyof typeof KINDS {
  if (topic === undefined || topic.read === 0) return 'idle';
  if (!topic.done) return 'running';
  return topic.failed + topic.inDoubt > 0 ? 'failed' : 'done';
}

function describeHidden(hidden: readonly Row[]): string {
  const kinds = ORDER.map((kind) => {
    return [hidden.filter((row) => KINDS[kindOf(row)] === kind).length, kind] as const;
  });
  const told = kinds.filter(([count]) => count > 0);
  const topics = formatNoun(hidden.length, 'more topic');
  if (told.length === 1) return `${topics} ${told[0]?.[1] ?? ''}`;
  return `${topics}: ${told.map(([count, kind]) => `${formatCount(count)} ${kind}`).join(', ')}`;
}

const NAMES = nameColumn<TopicProgress>(['topic'], ({ topic }) => topic, { ofTotal: 'total' });

const COLUMNS: readonly ColumnOf<Row>[] = [
  { titles: ['  topic'], cell: (row) => `${symbolOf(row)} ${NAMES.cell(row)}`, tone: toneOf, minWidth: 16 },
  nameColumn<TopicProgress>(['sObject'], ({ sobject }) => `→ ${sobject}`, { minWidth: 14, leaveOut: 4 }),
  nameColumn<TopicProgress>(['operation', 'op'], ({ operation }) => operation, { leaveOut: 3 }),
  nameColumn<TopicProgress>(['mode'], ({ mode }) => mode, { leaveOut: 2 }),
  counted(['sent'], ({ sent }) => sent, { leaveOut: 5 }),
  counted(['ok'], ({ succeeded }) => succeeded, { leaveOut: 8 }),
  counted(['failed'], ({ failed, inDoubt }) => failed + inDoubt, { leaveOut: 7, alarm: 'red' }),
  // First to go: it is what is sent and neither ok nor failed.
  counted(['in flight', 'flight'], ({ inFlight }) => inFlight, { leaveOut: 1 }),
  {
    titles: ['rate'],
    cell: (row) => (row.isTotal || kindOf(row) === 'running' ? formatRate(row.rate) : ''),
    ...{ align: 'right', roomFor: 7, leaveOut: 6 },
  },
];

function counted(...[titles, of, rest]: Parameters<typeof sumColumn<TopicProgress>>): ColumnOf<Row> {
  return sumColumn(titles, of, { roomFor: 6, ...rest });
}

function symbolOf(row: Row): string {
  return row.isTotal ? ' ' : { running: row.frame, failed: '✖', done: '✔', idle: '·' }[kindOf(row)];
}

function toneOf(row: Row): Tone | undefined {
  if (row.isTotal) return 'bold';
  return kindOf(row) === 'idle' ? 'dim' : undefined;
}

/** A line of the table with its symbol in colour. */
function painted(line: string, row: Row | undefined, paint: Paint): string {
  if (row === undefined || row.isTotal) return line;
  const color = { running: paint.cyan, failed: paint.red, done: paint.green, idle: undefined }[kindOf(row)];
  return color === undefined ? line : color(line.slice(0, 1)) + line.slice(1);
}
