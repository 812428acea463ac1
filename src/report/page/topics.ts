import type { Summary, TopicSummary } from '../../accounting/summary.js';
import type { TopicMapping } from '../../core/record.js';
import { formatCount, formatNoun, formatRate } from '../format.js';
import { markup, type Markup, type Part } from './markup.js';
import { table } from './table.js';
import type { Section } from './section.js';

const MOST_TOPICS = 500;

/** A row for each topic, and their total. Mappings and topics have one order. */
export function topicsTable({ topics, run }: Summary, mappings: readonly TopicMapping[]): Section {
  const columns = COLUMNS.filter(
    ({ isAlways, of }) => isAlways === true || topics.some((topic) => (of(topic) ?? 0) > 0),
  );
  const rate = (written: number): string =>
    formatRate(run.duration_ms > 0 ? (written / run.duration_ms) * 1000 : undefined);
  // What is not known of one topic is not known of all.
  const sum = (of: (topic: TopicSummary) => number | null): number | null =>
    topics.reduce<number | null>((total, topic) => {
      const count = of(topic);
      return total === null || count === null ? null : total + count;
    }, 0);
  const rows = topics
    .slice(0, MOST_TOPICS)
    .map((topic, index) => [
      markup`${topic.topic} <small>${aboutTopic(topic, mappings[index])}</small>`,
      ...columns.map(({ of, isBad }) => figure(of(topic), isBad)),
      rate(topic.succeeded),
    ]);
  const total = [
    formatNoun(topics.length, 'topic'),
    ...columns.map(({ of, isBad }) => figure(sum(of), isBad)),
    rate(topics.reduce((total, { succeeded }) => total + succeeded, 0)),
  ];
  const body = markup`${table({
    label: 'Topics',
    heads: ['topic', ...columns.map(({ title }) => title), 'rate'],
    rows,
    total: topics.length > 1 ? total : undefined,
  })}
${leftOut(topics.length - MOST_TOPICS)}`;
  return { id: 'topics', title: 'Topics', body };
}

interface Column {
  readonly title: string;
  /** Null where it is not known. */
  readonly of: (topic: TopicSummary) => number | null;
  /** A column of noughts says nothing that its absence does not say, but for these. */
  readonly isAlways?: boolean;
  readonly isBad?: boolean;
}

const COLUMNS: readonly Column[] = [
  { title: 'read', of: (topic) => topic.read, isAlways: true },
  { title: 'written', of: (topic) => topic.succeeded, isAlways: true },
  { title: 'created', of: createdOf },
  { title: 'failed', of: (topic) => topic.failed, isAlways: true, isBad: true },
  { title: 'in doubt', of: (topic) => topic.in_doubt, isBad: true },
  { title: 'not sent', of: (topic) => topic.unsent, isBad: true },
  { title: 'superseded', of: (topic) => topic.superseded },
  { title: 'resumed', of: (topic) => topic.resumed },
  { title: 'batches', of: (topic) => topic.batches, isAlways: true },
];

/** Only upserts may create or not; what an insert has written it has created. */
function createdOf({ operation, succeeded, created }: TopicSummary): number | null {
  if (operation === 'upsert') return succeeded === 0 ? 0 : created;
  return operation === 'insert' ? succeeded : 0;
}

function figure(count: number | null, isBad = false): Part {
  if (count === null) return '–';
  return isBad && count > 0 ? markup`<strong class="bad">${formatCount(count)}</strong>` : formatCount(count);
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

function leftOut(count: number): Markup | undefined {
  if (count <= 0) return undefined;
  return markup`<p class="note">${formatNoun(count, 'more topic')} not shown; the total counts them too.</p>`;
}
