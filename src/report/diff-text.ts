import type { DiffCounts, DiffReport, FieldDiff, ShownValue, TopicDiff } from '../accounting/diff-report.js';
import { factLines, type Fact } from './facts.js';
import { formatCount, formatDuration, formatNoun, safeText } from './format.js';
import { paintFor, type Paint } from './paint.js';
import { maskSecrets } from '../core/secrets.js';
import { apiText, inputFact } from './summary-facts.js';
import { layOut, type TableColumn } from './table.js';
import { cutEnd, padStart, unbroken, widthOf, wrap } from './text-width.js';
import { errorLines } from './topic-details.js';

/** What a comparison found, for people. Ends with a newline. */
export function formatDiff(
  report: DiffReport,
  { color, width, reportFile }: { color: boolean; width: number; reportFile?: string | undefined },
): string {
  const paint = paintFor(color);
  const sections = [
    headline(report, width, paint),
    diffTable(report, width, paint),
    fieldLines(report.topics, width, paint),
    errorLines([...report.topics, ...report.line_errors], width, paint),
    factLines(diffFacts(report, reportFile), width, paint),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** `3 of 10 keys differ: 1 to create, 2 to update` */
export function diffVerdict({ run, totals, input, topics }: DiffReport): string {
  const differing = totals.create + totals.update + totals.delete;
  const errors = topics.reduce((sum, topic) => sum + topic.errors.reduce((count, error) => count + error.count, 0), 0);
  const told = [
    [totals.create, 'to create'],
    [totals.update, 'to update'],
    [totals.delete, 'to delete'],
    [totals.not_comparable, 'not comparable'],
    [errors, errors === 1 ? 'error' : 'errors'],
    [input.malformed, input.malformed === 1 ? 'malformed line' : 'malformed lines'],
  ] as const;
  const parts = told.flatMap(([count, what]) => (count > 0 ? [unbroken(`${formatCount(count)} ${what}`)] : []));
  const rest = parts.length === 0 ? '' : `: ${parts.join(', ')}`;
  const elapsed = unbroken(formatDuration(run.duration_ms));
  if (totals.keys === 0) return `No keys to compare (${formatNoun(input.lines, 'line')} read in ${elapsed})${rest}`;
  const verb = totals.keys === 1 || differing === 1 ? 'differs' : 'differ';
  const count = differing === 0 ? `None of ${formatNoun(totals.keys, 'key')} differs` : undefined;
  return `${count ?? `${formatCount(differing)} of ${formatNoun(totals.keys, 'key')} ${verb}`} from the org${rest}`;
}

/** The org, the input, the calls and the files. */
export function diffFacts(report: DiffReport, reportFile?: string): Fact[] {
  const { org, topics, out, run } = report;
  const user = org.user === null ? '' : ` as ${safeText(maskSecrets(org.user))}`;
  const notCompared = topics.flatMap(({ topic, not_compared: fields }) => {
    const names = Object.entries(fields).map(([name, count]) => unbroken(`${safeText(name)} (${formatCount(count)})`));
    return names.length === 0 ? [] : [`${safeText(topic)}: ${names.join(', ')}`];
  });
  return [
    { label: 'Org', text: `${safeText(maskSecrets(org.url ?? ''))}${user}` },
    inputFact(report.input),
    ...unmapped(report),
    ...(notCompared.length === 0 ? [] : [{ label: 'Not compared', text: notCompared.join('; ') }]),
    { label: 'API calls', text: apiText(report) },
    { label: 'Time', text: formatDuration(run.duration_ms) },
    ...(out === null ? [] : [{ label: 'Differing lines', text: safeText(out), isVerbatim: true }]),
    ...(reportFile === undefined ? [] : [{ label: 'Report', text: safeText(reportFile), isVerbatim: true }]),
  ];
}

export type DiffRow = DiffCounts & Pick<TopicDiff, 'topic' | 'sobject'>;

/** A row per topic, and their total where there are several. */
export function diffRows({ topics, totals }: Pick<DiffReport, 'topics' | 'totals'>): DiffRow[] {
  return topics.length > 1 ? [...topics, { topic: 'total', sobject: '', ...totals }] : [...topics];
}

export const DIFF_COUNTS: readonly {
  readonly titles: readonly [string, ...string[]];
  readonly key: keyof DiffCounts;
}[] = [
  { titles: ['keys'], key: 'keys' },
  { titles: ['create'], key: 'create' },
  { titles: ['update'], key: 'update' },
  { titles: ['unchanged', 'same'], key: 'unchanged' },
  { titles: ['delete'], key: 'delete' },
  { titles: ['not comparable', 'unknown'], key: 'not_comparable' },
];

/** `"Lisboa"`, `12.5`, `nothing` */
export function shownValue(value: ShownValue): string {
  return value === null ? 'nothing' : cutEnd(safeText(maskSecrets(JSON.stringify(value))), LONGEST_VALUE);
}

const LONGEST_VALUE = 100;
const MOST_FIELDS = 20;

function headline(report: DiffReport, width: number, paint: Paint): string[] {
  const symbol = report.run.exit_code === 0 ? paint.green('✔') : paint.red('✖');
  return wrap(diffVerdict(report), Math.max(10, width - 2)).map((line, index) =>
    index === 0 ? `${symbol} ${paint.bold(line)}` : `  ${line}`,
  );
}

function diffTable(report: DiffReport, width: number, paint: Paint): string[] {
  const rows = diffRows(report);
  const columns: TableColumn<DiffRow>[] = [
    { titles: ['topic'], cell: ({ topic }) => safeText(topic), minWidth: 14 },
    { titles: ['sObject'], cell: ({ sobject }) => safeText(sobject), minWidth: 14 },
    ...DIFF_COUNTS.map(({ titles, key }): TableColumn<DiffRow> => ({
      titles,
      cell: (row) => formatCount(row[key]),
      align: 'right',
    })),
  ];
  const table = layOut(columns, rows, width);
  if (table !== undefined) return [paint.dim(table.header), ...table.lines];
  return rows.flatMap((row) => [
    ...wrap(safeText(row.topic), width).map((line) => paint.bold(line)),
    ...factLines(
      DIFF_COUNTS.map(({ titles: [title], key }) => ({ label: `  ${title}`, text: formatCount(row[key]) })),
      width,
      paint,
    ),
  ]);
}

/** The fields that differ most often, each with an example. */
function fieldLines(topics: readonly TopicDiff[], width: number, paint: Paint): string[] {
  const all = topics
    .flatMap(({ topic, fields }) => fields.map((field) => ({ topic, ...field })))
    .sort((a, b) => b.count - a.count);
  if (all.length === 0) return [];
  const shown = all.slice(0, MOST_FIELDS);
  const countWidth = shown.reduce((widest, { count }) => Math.max(widest, widthOf(formatCount(count))), 0);
  const indent = ' '.repeat(countWidth + 5);
  const inner = Math.max(10, width - indent.length);
  const lines = shown.flatMap((field) => [
    `  ${padStart(formatCount(field.count), countWidth)} × ${paint.yellow(safeText(field.field))}  ${whereText(field)}`,
    ...wrap(exampleText(field), inner).map((text) => indent + paint.dim(text)),
  ]);
  const more = all.length - shown.length;
  return [paint.bold('Fields that differ'), ...lines, ...(more > 0 ? [`  and ${formatNoun(more, 'more field')}`] : [])];
}

/** `accounts, first at line 3` */
function whereText({ topic, count, example }: FieldDiff & { topic: string }): string {
  return `${safeText(topic)}, ${count > 1 ? 'first at line' : 'line'} ${formatCount(example.line)}`;
}

/** `A-1: input "Lisboa", org "Porto"` */
export function exampleText({ example: { key, input, org } }: FieldDiff): string {
  return `${cutEnd(safeText(maskSecrets(key)), LONGEST_VALUE)}: input ${shownValue(input)}, org ${shownValue(org)}`;
}

function unmapped({ input }: DiffReport): Fact[] {
  if (input.unmapped === 0) return [];
  return [{ label: 'Unmapped', text: `${formatNoun(input.unmapped, 'line')} of topics without a mapping` }];
}
