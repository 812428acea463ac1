import type { NextCommands, Summary, Totals, TopicSummary } from '../../accounting/summary.js';
import type { TopicMapping } from '../../core/record.js';
import type { Settings } from '../../core/settings.js';
import { formatCount, formatNoun } from '../format.js';
import { rateColumn, summaryDocument } from '../summary.js';
import { nameColumn, sumColumn, topicTable, type TopicRow } from '../table.js';
import { aboutRun, apiUse, runFacts } from './facts.js';
import { foreign, formatHtml, markup, pageSections, stepSections, type Markup, type PageSection } from './html.js';
import { bulkJobs } from './jobs.js';
import { overTime } from './over-time.js';
import type { RunHistory } from './recorder.js';
import { groupErrors, sumOf, type ErrorGroup, type ErrorMember } from '../errors.js';

/** All that a page is made of. */
export interface RunPage extends NextCommands {
  readonly summary: Summary;
  readonly settings: Settings;
  readonly history: RunHistory;
  readonly failures: readonly FailureKind[];
}

/** What the failures file holds of one code and one topic. */
export interface FailureKind {
  /** Null for malformed lines. */
  readonly topic: string | null;
  readonly code: string;
  /** Those that were looked at. */
  readonly count: number;
  /** One of each message. */
  readonly examples: readonly FailureExample[];
}

export interface FailureExample {
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly attempts: number;
  /** The source line, or its beginning. */
  readonly text: string;
}

/** The page about a run: one HTML document that needs nothing else, no network, and scripts for its plots alone. */
export function formatPage(page: RunPage): string {
  const { summary, settings, history, retryCommand, continueCommand } = page;
  const { verdict, stopped, sections, steps } = summaryDocument(summary, { retryCommand, continueCommand });
  return formatHtml({
    runId: summary.run.id,
    title: stopped ?? verdict,
    heading: markup`${stopped === undefined ? undefined : markup`<span class="bad">${stopped}</span><br> `}${verdict}`,
    about: markup`<p class="run">${aboutRun(summary)}</p>\n`,
    lead: outcomes(summary),
    sections: [
      ...stepSections(steps),
      ...topicsTable(summary, settings.mappings),
      ...errorSection(page),
      ...overTime(history),
      ...bulkJobs(page),
      ...pageSections(sections.filter((section) => 'topicFacts' in section)),
      apiUse(page),
      runFacts(page),
    ],
    note: 'It may contain values of failed records: share it only as you would share the records.',
    hasPlots: true,
  });
}

const OUTCOMES: readonly { readonly key: Exclude<keyof Totals, 'read'>; readonly label: string }[] = [
  { key: 'succeeded', label: 'Written' },
  { key: 'unchanged', label: 'Unchanged' },
  { key: 'failed', label: 'Failed' },
  { key: 'in_doubt', label: 'In doubt' },
  { key: 'malformed', label: 'Malformed' },
  { key: 'unsent', label: 'Not sent' },
  { key: 'superseded', label: 'Superseded' },
  { key: 'resumed', label: 'Settled by an earlier run' },
  { key: 'unmapped', label: 'Without a mapping' },
];

/** How the lines ended: a bar, and what it is made of. Undefined where no line was read. */
function outcomes({ totals }: Summary): Markup | undefined {
  if (totals.read === 0) return undefined;
  const shown = OUTCOMES.filter(({ key }) => totals[key] > 0);
  let from = 0;
  const bars = shown.map(({ key }) => {
    const width = (totals[key] / totals.read) * 100;
    from += width;
    return markup`<rect fill="var(--${key})" x="${(from - width).toFixed(3)}%" width="${width.toFixed(3)}%" height="100%"/>`;
  });
  return markup`<section id="outcomes" aria-label="Totals">
<svg class="outcomes" role="img" aria-label="How the lines ended, as in the list that follows">${bars}</svg>
<dl class="totals">
<div><dt>Lines read</dt><dd>${formatCount(totals.read)}</dd></div>
${shown.map(
  ({ key, label }) => markup`<div><dt>${swatch(key)}${label}</dt><dd>${formatCount(totals[key])}
<small>${shareText(totals[key] / totals.read)}</small></dd></div>
`,
)}</dl>
</section>`;
}

/** A patch of the colour that the bar has for it. */
function swatch(key: string): Markup {
  return markup`<svg width="10" height="10" aria-hidden="true"><rect fill="var(--${key})" width="100%" height="100%"/></svg> `;
}

function shareText(share: number): string {
  const percent = Math.round(share * 100);
  // Neither nothing nor everything looks like a little less.
  if (percent === 0) return '< 1%';
  return percent === 100 && share < 1 ? '> 99%' : `${percent}%`;
}

interface Shown {
  /** A column of noughts says nothing that its absence does not say, but for these. */
  readonly always?: true;
  readonly alarm?: 'red';
}

/** Of a topic: null where it is not known. */
const FIGURES: readonly (readonly [title: string, of: (topic: TopicSummary) => number | null, shown: Shown])[] = [
  ['read', ({ read }) => read, { always: true }],
  ['written', ({ succeeded }) => succeeded, { always: true }],
  ['created', createdOf, {}],
  ['failed', ({ failed }) => failed, { always: true, alarm: 'red' }],
  ['in doubt', (topic) => topic.in_doubt, { alarm: 'red' }],
  ['not sent', ({ unsent }) => unsent, { alarm: 'red' }],
  ['unchanged', ({ unchanged }) => unchanged, {}],
  ['superseded', ({ superseded }) => superseded, {}],
  ['resumed', ({ resumed }) => resumed, {}],
  ['batches', ({ batches }) => batches, { always: true }],
];

/** Mappings and topics have one order. */
function topicsTable({ topics, run }: Summary, mappings: readonly TopicMapping[]): PageSection[] {
  const figures = FIGURES.filter(([, of, { always }]) => always ?? topics.some((topic) => of(topic) !== 0));
  const note = ({ topics: [topic], isTotal }: TopicRow<TopicSummary>): string =>
    topic === undefined || isTotal ? '' : aboutTopic(topic, mappings[topics.indexOf(topic)]);
  const ofTotal = formatNoun(topics.length, 'topic');
  const columns = [
    { ...nameColumn<TopicSummary>(['topic'], ({ topic }) => topic, { ofTotal }), note },
    ...figures.map(([title, of, { alarm }]) => sumColumn([title], of, { alarm })),
    rateColumn(run),
  ];
  return pageSections([{ title: 'Topics', table: topicTable(columns, topics) }]);
}

/** Only upserts may create or not; what an insert has written it has created. */
function createdOf({ operation, succeeded, created }: TopicSummary): number | null {
  if (operation === 'upsert') return succeeded === 0 ? 0 : created;
  return operation === 'insert' ? succeeded : 0;
}

/** `Account, upsert by External_Id__c, realtime` */
function aboutTopic({ sobject, operation, mode }: TopicSummary, mapping: TopicMapping | undefined): string {
  const key = mapping === undefined || mapping.externalIdField === '' ? '' : ` by ${mapping.externalIdField}`;
  const more = [
    ...(mapping?.allOrNone === true ? ['all or none'] : []),
    ...(mapping?.compact === true ? ['compact'] : []),
    ...(mapping?.insertKey === undefined ? [] : [`insert key ${mapping.insertKey}`]),
    ...(mapping?.fields === undefined ? [] : [`${formatNoun(Object.keys(mapping.fields).length, 'field')} renamed`]),
    ...(mapping?.set === undefined ? [] : [`sets ${Object.keys(mapping.set).join(', ')}`]),
    ...(mapping === undefined || mapping.dependsOn.length === 0 ? [] : [`after ${mapping.dependsOn.join(', ')}`]),
  ];
  return [sobject, `${operation}${key}`, mode, ...more].join(', ');
}

const MOST_CODES = 40;
const MOST_TOPICS_OF_A_CODE = 5;
const LONGEST_MESSAGE = 300;
const LONGEST_RECORD = 500;

/** Where the failures file was not read so far, what the summary knows of an example. */
type Example = Omit<FailureExample, 'text' | 'attempts'> & Partial<FailureExample>;
type ExamplesOf = (member: ErrorMember) => readonly Example[];

/** Why records and lines were not written: by code, with the topics that had it and examples of each. */
function errorSection({ summary, failures }: RunPage): PageSection[] {
  const groups = groupErrors([...summary.topics, ...summary.line_errors]);
  if (groups.length === 0) return [];
  const found = new Map(failures.map(({ topic, code, examples }) => [JSON.stringify([topic ?? '', code]), examples]));
  const examplesOf: ExamplesOf = ({ topic, code, example: message, file, line }) =>
    found.get(JSON.stringify([topic, code])) ?? [{ message, file, line }];
  const left = groups.slice(MOST_CODES);
  const body = markup`${groups.slice(0, MOST_CODES).map((group) => groupMarkup(group, examplesOf))}
${left.length > 0 ? note(`${formatNoun(countOf(left), 'error')} of ${formatNoun(left.length, 'more code')}`) : undefined}`;
  return [{ title: 'Errors', body }];
}

/** Several examples of the topic that had it most, one of each other. */
function groupMarkup({ code, count, members }: ErrorGroup, examplesOf: ExamplesOf): Markup {
  const left = members.slice(MOST_TOPICS_OF_A_CODE);
  const shown = members.slice(0, MOST_TOPICS_OF_A_CODE).map((member, index) => {
    return memberMarkup(member, examplesOf(member).slice(0, index === 0 ? undefined : 1));
  });
  return markup`<article class="error">
<h3><code>${foreign(code, LONGEST_MESSAGE)}</code> <span class="bad">${formatCount(count)} ×</span></h3>
${shown}
${left.length > 0 ? note(`${formatCount(countOf(left))} of ${formatNoun(left.length, 'more topic')}`) : undefined}
</article>
`;
}

function memberMarkup({ topic, count, hint }: ErrorMember, examples: readonly Example[]): Markup {
  const what = formatNoun(count, topic === '' ? 'malformed line' : 'record');
  return markup`<p class="member">${topic === '' ? undefined : markup`<strong>${topic}</strong> `}${what}</p>
${hint === undefined ? undefined : markup`<p>${foreign(hint, LONGEST_MESSAGE)}</p>`}
<ul class="examples">
${examples.map(exampleMarkup)}</ul>
`;
}

function exampleMarkup({ message, file, line, attempts = 0, text }: Example): Markup {
  const where = `${file === '-' ? 'standard input' : file}, line ${formatCount(line)}`;
  const tries = attempts > 1 ? `, tried ${formatCount(attempts)} times` : '';
  return markup`<li><p>${foreign(message, LONGEST_MESSAGE)}</p>
<p class="note">${where}${tries}</p>
${text === undefined ? undefined : markup`<pre>${foreign(text, LONGEST_RECORD)}</pre>`}</li>
`;
}

function note(left: string): Markup {
  return markup`<p class="note">${left} not shown here.</p>`;
}

function countOf(parts: readonly { readonly count: number }[]): number {
  return sumOf(parts, ({ count }) => count);
}
