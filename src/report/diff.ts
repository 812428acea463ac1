import type { DiffReport, FieldDiff, ShownValue, TopicDiff } from '../accounting/diff-report.js';
import type { Fact, ResultDocument } from './document.js';
import { byCount, countsText, fieldFacts, groupErrors, sumOf, type ErrorGroup } from './errors.js';
import { formatCount, formatDuration, formatNoun } from './format.js';
import { apiText, inputFact } from './summary.js';
import { nameColumn, sumColumn, topicTable, type Table } from './table.js';
import { cutEnd, unbroken } from './text-width.js';

const LONGEST_VALUE = 100;

/** What a comparison found. `reportFile` is the page about it. */
export function diffDocument(report: DiffReport, reportFile?: string): ResultDocument {
  return {
    command: 'sfreplay diff',
    isGood: report.run.exit_code === 0,
    verdict: verdict(report),
    sections: [
      { title: 'Topics', table: topicsTable(report) },
      { title: 'Fields that differ', groups: differences(report), of: 'field' },
      { title: 'Errors', groups: groupErrors([...report.topics, ...report.line_errors]), of: 'error' },
      { title: 'Comparison', facts: facts(report, reportFile) },
    ],
    steps: [],
  };
}

/** `3 of 10 keys differ: 1 to create, 2 to update` */
function verdict({ run, totals, input, topics }: DiffReport): string {
  const differing = totals.create + totals.update + totals.delete;
  const errors = sumOf(topics, (topic) => sumOf(topic.errors, ({ count }) => count));
  const rest = countsText([
    [totals.create, 'to create'],
    [totals.update, 'to update'],
    [totals.delete, 'to delete'],
    [totals.not_comparable, 'not comparable'],
    [errors, 'error', 'errors'],
    [input.malformed, 'malformed line', 'malformed lines'],
  ]);
  const elapsed = unbroken(formatDuration(run.duration_ms));
  if (totals.keys === 0) return `No keys to compare (${formatNoun(input.lines, 'line')} read in ${elapsed})${rest}`;
  const verb = totals.keys === 1 || differing === 1 ? 'differs' : 'differ';
  const keys = formatNoun(totals.keys, 'key');
  return `${differing === 0 ? `None of ${keys} differs` : `${formatCount(differing)} of ${keys} ${verb}`} from the org${rest}`;
}

function topicsTable({ topics }: DiffReport): Table {
  const columns = [
    nameColumn<TopicDiff>(['topic'], ({ topic }) => topic, { ofTotal: 'total', minWidth: 14 }),
    nameColumn<TopicDiff>(['sObject'], ({ sobject }) => sobject, { minWidth: 14 }),
    sumColumn<TopicDiff>(['keys'], ({ keys }) => keys),
    sumColumn<TopicDiff>(['create'], ({ create }) => create),
    sumColumn<TopicDiff>(['update'], ({ update }) => update),
    sumColumn<TopicDiff>(['unchanged', 'same'], ({ unchanged }) => unchanged),
    sumColumn<TopicDiff>(['delete'], (topic) => topic.delete),
    sumColumn<TopicDiff>(['not comparable', 'unknown'], (topic) => topic.not_comparable),
  ];
  return topicTable(columns, topics);
}

/** The fields of each topic that differ most often, each with an example. */
function differences({ topics }: DiffReport): ErrorGroup[] {
  const groups = topics.flatMap(({ topic, fields }) =>
    fields.map(({ field, count, example }) => {
      const found = { code: field, count, example: exampleText(example), file: example.file, line: example.line };
      return { ...found, members: [{ ...found, topic }] };
    }),
  );
  return groups.sort(byCount);
}

/** `A-1: input "Lisboa", org "Porto"` */
function exampleText({ key, input, org }: FieldDiff['example']): string {
  return `${cutEnd(key, LONGEST_VALUE)}: input ${shownValue(input)}, org ${shownValue(org)}`;
}

/** `"Lisboa"`, `12.5`, `nothing` */
function shownValue(value: ShownValue): string {
  return value === null ? 'nothing' : cutEnd(JSON.stringify(value), LONGEST_VALUE);
}

/** The org, the input, the calls and the files. */
function facts({ org, input, topics, api, run, out }: DiffReport, reportFile: string | undefined): Fact[] {
  const notCompared = fieldFacts(topics, (topic) => topic.not_compared).map(({ label, text }) => `${label}: ${text}`);
  const unmapped = `${formatNoun(input.unmapped, 'line')} of topics without a mapping`;
  return [
    { label: 'Org', text: `${org.url ?? ''}${org.user === null ? '' : ` as ${org.user}`}` },
    inputFact(input),
    ...(input.unmapped === 0 ? [] : [{ label: 'Unmapped', text: unmapped }]),
    ...(notCompared.length === 0 ? [] : [{ label: 'Not compared', text: notCompared.join('; ') }]),
    { label: 'API calls', text: apiText(api) },
    { label: 'Time', text: formatDuration(run.duration_ms) },
    ...(out === null ? [] : [{ label: 'Differing lines', text: out, isVerbatim: true }]),
    ...(reportFile === undefined ? [] : [{ label: 'Report', text: reportFile, isVerbatim: true }]),
  ];
}
