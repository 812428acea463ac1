import type { Summary, TopicSummary } from '../accounting/summary.js';
import { formatCount, formatRate, safeText } from './format.js';
import { markdownTable, moreTopics, mostTopics } from './markdown.js';
import { paintFor, type Paint } from './paint.js';
import { layOut, type TableColumn } from './table.js';
import { unbroken, wrap } from './text-width.js';

/** A row per topic and their total; in a window that is too narrow for a table, a paragraph per topic. */
export function summaryTable(summary: Summary, width: number, paint: Paint): string[] {
  const { topics } = summary;
  if (topics.length === 0) return [];
  const rows = rowsOf(topics);
  const table = layOut(columnsFor(summary, rows, paint), rows, width);
  if (table === undefined) return rows.flatMap((row) => paragraph(row, summary, width, paint));
  return [paint.dim(table.header), ...table.lines];
}

/** The same as Markdown; where topics are many, of the last only the total tells. */
export function summaryMarkdownTable(summary: Summary): string[] {
  const { topics } = summary;
  if (topics.length === 0) return [];
  const rows = rowsOf(topics);
  const shown = rows.filter(({ isTotal }, index) => isTotal || index < mostTopics);
  return [...markdownTable(columnsFor(summary, rows, paintFor(false)), shown), ...moreTopics(topics.length)];
}

interface Row {
  readonly isTotal: boolean;
  readonly topic: string;
  readonly sobject: string;
  readonly operation: string;
  readonly mode: string;
  readonly read: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly inDoubt: number;
}

function rowsOf(topics: readonly TopicSummary[]): Row[] {
  return topics.length > 1 ? [...topics.map(rowOf), totalOf(topics)] : topics.map(rowOf);
}

function rowOf(topic: TopicSummary): Row {
  const { operation, mode, read, succeeded, failed, in_doubt: inDoubt } = topic;
  const names = { topic: safeText(topic.topic), sobject: safeText(topic.sobject) };
  return { isTotal: false, ...names, operation, mode, read, succeeded, failed, inDoubt };
}

function totalOf(topics: readonly TopicSummary[]): Row {
  const sum = (of: (topic: TopicSummary) => number): number => topics.reduce((total, topic) => total + of(topic), 0);
  return {
    isTotal: true,
    topic: 'total',
    sobject: '',
    operation: '',
    mode: '',
    read: sum((topic) => topic.read),
    succeeded: sum((topic) => topic.succeeded),
    failed: sum((topic) => topic.failed),
    inDoubt: sum((topic) => topic.in_doubt),
  };
}

function columnsFor(summary: Summary, rows: readonly Row[], paint: Paint): TableColumn<Row>[] {
  const strong = (cell: string, row: Row): string => (row.isTotal ? paint.bold(cell) : cell);
  const alarming = (of: (row: Row) => number) => (cell: string, row: Row) =>
    of(row) > 0 ? paint.red(cell) : strong(cell, row);
  const count = (titles: readonly [string, ...string[]], of: (row: Row) => number): TableColumn<Row> => ({
    titles,
    cell: (row) => formatCount(of(row)),
    paint: strong,
    align: 'right',
  });
  const isSure = rows.every((row) => row.inDoubt === 0);
  return [
    { titles: ['topic'], cell: (row) => row.topic, paint: strong, minWidth: 12 },
    { titles: ['sObject'], cell: (row) => row.sobject, minWidth: 12 },
    { titles: ['operation', 'op'], cell: (row) => row.operation },
    { titles: ['mode'], cell: (row) => row.mode },
    count(['read'], (row) => row.read),
    count(['succeeded', 'ok'], (row) => row.succeeded),
    { ...count(['failed'], (row) => row.failed), paint: alarming((row) => row.failed) },
    {
      ...count(['in doubt', 'doubt'], (row) => row.inDoubt),
      paint: alarming((row) => row.inDoubt),
      // A column of noughts says nothing that its absence does not say.
      leaveOut: isSure ? 1 : undefined,
    },
    { titles: ['rate'], cell: (row) => rateOf(row, summary), paint: strong, align: 'right', leaveOut: 2 },
  ];
}

function paragraph(row: Row, summary: Summary, width: number, paint: Paint): string[] {
  const names = [row.topic, row.sobject].filter((name) => name !== '').join(' → ');
  const texts = [
    `${row.operation} ${row.mode}`.trim(),
    [
      `${formatCount(row.read)} read`,
      `${formatCount(row.succeeded)} succeeded`,
      `${formatCount(row.failed)} failed`,
      ...(row.inDoubt > 0 ? [`${formatCount(row.inDoubt)} in doubt`] : []),
      rateOf(row, summary),
    ]
      .map(unbroken)
      .join(', '),
  ];
  return [
    ...wrap(names, width).map((line) => paint.bold(line)),
    ...texts
      .filter((text) => text !== '')
      .flatMap((text) => wrap(text, Math.max(10, width - 2)))
      .map((line) => `  ${line}`),
  ];
}

function rateOf(row: Row, { run }: Summary): string {
  return formatRate(run.duration_ms > 0 ? (row.succeeded / run.duration_ms) * 1000 : undefined);
}
