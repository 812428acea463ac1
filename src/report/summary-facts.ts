import type { InputSummary, OrgSummary, Summary, TopicSummary } from '../accounting/summary.js';
import type { Fact } from './facts.js';
import { formatBytes, formatCount, formatNoun, safeText } from './format.js';
import { maskSecrets } from '../core/secrets.js';
import { unbroken } from './text-width.js';
import { countedTopics } from './topic-details.js';

/** What is told below the tables; what is nought is left out. */
export function summaryFacts(summary: Summary): Fact[] {
  const { topics, totals } = summary;
  const facts: (Fact | undefined)[] = [
    ...orgFacts(summary.org),
    inputFact(summary.input),
    fact(
      'Malformed',
      totals.malformed,
      `${formatNoun(totals.malformed, 'line')}${summary.failures_file === null ? '' : ', kept in the failures file'}`,
    ),
    ...unmappedFacts(summary),
    // Of inserts it is known already.
    topicsFact('Created', topics, (topic) => (topic.operation === 'upsert' ? (topic.created ?? 0) : 0)),
    topicsFact('Superseded', topics, (topic) => topic.superseded),
    topicsFact('Resumed', topics, (topic) => topic.resumed),
    topicsFact('Not sent', topics, (topic) => topic.unsent),
    topicsFact('Bulk jobs', topics, (topic) => topic.jobs.length),
    { label: 'API calls', text: apiText(summary) },
  ];
  return facts.filter((one) => one !== undefined);
}

/** Where the records went, and as whom. */
export function orgFacts({ url, user }: OrgSummary): Fact[] {
  const facts: Fact[] = [];
  if (url !== null) facts.push({ label: 'Org', text: safeText(maskSecrets(url)), isVerbatim: true });
  if (user !== null) facts.push({ label: 'User', text: safeText(maskSecrets(user)) });
  return facts;
}

/** `12 lines, 5.1 kB, from a.ndjson (10) and b.ndjson (2)` */
export function inputFact(input: InputSummary): Fact {
  const { files } = input;
  const size = `${linesText(input)}, ${formatBytes(input.bytes)}`;
  const named = files.slice(0, mostFiles).map(({ path, lines }) => {
    const name = path === '-' ? 'standard input' : safeText(path);
    return unbroken(files.length === 1 ? name : `${name} (${formatCount(lines)})`);
  });
  if (files.length > mostFiles) named.push(`${formatCount(files.length - mostFiles)} more`);
  return { label: 'Input', text: named.length === 0 ? size : `${size}, from ${named.join(', ')}` };
}

/** `12 lines`, or of one shard `3 of 12 lines (shard 2/4)` */
function linesText({ lines, files, shard }: InputSummary): string {
  if (shard === undefined) return formatNoun(lines, 'line');
  const all = files.reduce((sum, file) => sum + file.lines, 0);
  return unbroken(`${formatCount(lines)} of ${formatNoun(all, 'line')} (shard ${shard})`);
}

/** `5 lines of topics without a mapping, skipped: crm.notes 3, crm.tags 2` */
export function unmappedText({ unmapped_topics: topics }: InputSummary, count: number, fate = ''): string {
  const named = topics.length === 0 ? '' : `: ${safeText(countedTopics(topics))}`;
  return `${formatNoun(count, 'line')} of topics without a mapping${fate}${named}`;
}

/** What the org says of its rolling 24 hours. */
export function allowanceText({ used, limit }: { used: number | null; limit: number | null }): string | undefined {
  if (limit !== null && used !== null) {
    return `${formatCount(Math.max(0, limit - used))} of ${formatCount(limit)} left for these 24 hours`;
  }
  return used === null ? undefined : `${formatCount(used)} used in these 24 hours`;
}

const mostFiles = 5;

function unmappedFacts({ input, topics, totals }: Summary): (Fact | undefined)[] {
  // Where lines without a mapping count as failures, no topic's row has them.
  const failed = totals.failed - topics.reduce((sum, topic) => sum + topic.failed, 0);
  return [
    fact('Unmapped', totals.unmapped, unmappedText(input, totals.unmapped, ', skipped')),
    fact('Unmapped', failed, unmappedText(input, failed, ', failed')),
  ];
}

function topicsFact(
  label: string,
  topics: readonly TopicSummary[],
  of: (topic: TopicSummary) => number,
): Fact | undefined {
  const counted = topics.filter((topic) => of(topic) > 0);
  const sum = counted.reduce((total, topic) => total + of(topic), 0);
  const parts = counted.map((topic) =>
    unbroken(safeText(topic.topic) + (counted.length > 1 ? ` ${formatCount(of(topic))}` : '')),
  );
  return fact(label, sum, formatCount(sum) + (topics.length > 1 ? ` (${parts.join(', ')})` : ''));
}

function fact(label: string, count: number, text: string): Fact | undefined {
  return count > 0 ? { label, text } : undefined;
}

/** `12, 1 retry; 14,988 of 15,000 left for these 24 hours` */
export function apiText({ api }: Pick<Summary, 'api'>): string {
  const retries = api.retries > 0 ? `, ${formatNoun(api.retries, 'retry', 'retries')}` : '';
  const allowance = allowanceText(api);
  return `${formatCount(api.calls)}${retries}${allowance === undefined ? '' : `; ${allowance}`}`;
}
