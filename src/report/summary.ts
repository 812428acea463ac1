import type { InputSummary, NextCommands, Summary, TopicSummary } from '../accounting/summary.js';
import type { Fact, ResultDocument, Step } from './document.js';
import { countedTopics, countsText, fieldFacts, groupErrors, sumOf } from './errors.js';
import { formatBytes, formatCount, formatDuration, formatNoun, formatRate } from './format.js';
import { nameColumn, sumColumn, topicTable, type ColumnOf, type Table, type TopicRow } from './table.js';
import { unbroken } from './text-width.js';

interface SummaryOptions extends NextCommands {
  /** The HTML page about the run; undefined where none was written, or where it is of no use to name it. */
  readonly reportFile?: string | undefined;
}

const MOST_FILES = 5;

/** The result of a run. */
export function summaryDocument(summary: Summary, options: SummaryOptions): ResultDocument {
  const { run, topics, notes, line_errors: lineErrors } = summary;
  return {
    command: 'sfreplay',
    isGood: run.exit_code === 0,
    verdict: writtenText(summary),
    stopped: stoppedText(summary),
    sections: [
      { title: 'Topics', table: topicsTable(summary) },
      { title: 'Errors', groups: groupErrors([...topics, ...lineErrors]), of: 'error' },
      {
        title: 'Dropped fields',
        note: 'not writable',
        topicFacts: fieldFacts(topics, (topic) => topic.dropped_fields),
      },
      { title: 'Unknown fields', note: 'left out', topicFacts: unknownFieldFacts(topics) },
      { title: 'Run', facts: summaryFacts(summary) },
      { title: 'Notes', list: notes, areWarnings: false },
    ],
    steps: stepsOf(summary, options),
  };
}

/** Why the run stopped part-way; undefined where it did not. */
export function stoppedText({ run }: Summary): string | undefined {
  if (run.stopped !== null) return `Stopped: ${run.stopped.message} (${run.stopped.code})`;
  if (run.exit_code === 130) return 'Stopped by SIGINT';
  return run.exit_code === 143 ? 'Stopped by SIGTERM' : undefined;
}

/** `8 of 10 records written in 1.2 s: 1 failed, 1 in doubt` */
function writtenText({ run, totals }: Summary): string {
  const elapsed = unbroken(formatDuration(run.duration_ms));
  const mapped = totals.read - totals.malformed - totals.unmapped;
  const rest = countsText([
    [totals.failed, 'failed'],
    [totals.in_doubt, 'in doubt'],
    [totals.unchanged, 'unchanged'],
    [totals.unsent, 'not sent'],
    [totals.superseded, 'superseded'],
    [totals.resumed, 'settled by an earlier run'],
    [totals.malformed, 'malformed line', 'malformed lines'],
  ]);
  if (mapped === 0 && rest === '') {
    const why = totals.unmapped > 0 ? `: no line has a mapped topic` : '';
    return `No records to write${why} (${formatNoun(totals.read, 'line')} read in ${elapsed})`;
  }
  return `${formatCount(totals.succeeded)} of ${formatNoun(mapped, 'record')} written in ${elapsed}${rest}`;
}

function topicsTable({ topics, run, totals }: Summary): Table {
  const columns = [
    nameColumn<TopicSummary>(['topic'], ({ topic }) => topic, { ofTotal: 'total', minWidth: 12 }),
    nameColumn<TopicSummary>(['sObject'], ({ sobject }) => sobject, { minWidth: 12 }),
    nameColumn<TopicSummary>(['operation', 'op'], ({ operation }) => operation),
    nameColumn<TopicSummary>(['mode'], ({ mode }) => mode),
    sumColumn<TopicSummary>(['read'], ({ read }) => read),
    sumColumn<TopicSummary>(['succeeded', 'ok'], ({ succeeded }) => succeeded),
    sumColumn<TopicSummary>(['failed'], ({ failed }) => failed, { alarm: 'red' }),
    // A column of noughts says nothing that its absence does not say.
    sumColumn<TopicSummary>(['in doubt', 'doubt'], (topic) => topic.in_doubt, {
      alarm: 'red',
      leaveOut: totals.in_doubt === 0 ? 1 : undefined,
    }),
    rateColumn(run, 2),
  ];
  return topicTable(columns, topics);
}

/** Records written per second of the whole run; a dash where it took no time. */
export function rateColumn(run: Summary['run'], leaveOut?: number): ColumnOf<TopicRow<TopicSummary>> {
  const cell = ({ topics }: TopicRow<TopicSummary>): string => {
    const written = sumOf(topics, ({ succeeded }) => succeeded);
    return formatRate(run.duration_ms > 0 ? (written / run.duration_ms) * 1000 : undefined);
  };
  return { titles: ['rate'], cell, align: 'right', leaveOut };
}

/** Per topic the names that its sObject does not have, and what was probably meant. */
export function unknownFieldFacts(
  topics: readonly Pick<TopicSummary, 'topic' | 'unknown_fields' | 'nearest_fields'>[],
): Fact[] {
  const meant = (field: string, { nearest_fields: nearest }: (typeof topics)[number]): string =>
    Object.hasOwn(nearest, field) ? `, did you mean ${nearest[field] ?? ''}?` : '';
  return fieldFacts(topics, (topic) => topic.unknown_fields, meant);
}

/** What is nought is left out. */
function summaryFacts({ topics, totals, input, org, api, failures_file: file }: Summary): Fact[] {
  const kept = file === null ? '' : ', kept in the failures file';
  // Where lines without a mapping count as failures, no topic's row has them.
  const failed = totals.failed - sumOf(topics, (topic) => topic.failed);
  const facts: (Fact | undefined)[] = [
    org.url === null ? undefined : { label: 'Org', text: org.url, isVerbatim: true },
    org.user === null ? undefined : { label: 'User', text: org.user },
    inputFact(input),
    fact('Malformed', totals.malformed, formatNoun(totals.malformed, 'line') + kept),
    fact('Unmapped', totals.unmapped, unmappedText(input, totals.unmapped, ', skipped')),
    fact('Unmapped', failed, unmappedText(input, failed, ', failed')),
    // Of inserts it is known already.
    topicsFact('Created', topics, (topic) => (topic.operation === 'upsert' ? (topic.created ?? 0) : 0)),
    topicsFact('Unchanged', topics, (topic) => topic.unchanged),
    topicsFact('Superseded', topics, (topic) => topic.superseded),
    topicsFact('Resumed', topics, (topic) => topic.resumed),
    topicsFact('Not sent', topics, (topic) => topic.unsent),
    topicsFact('Bulk jobs', topics, (topic) => topic.jobs.length),
    { label: 'API calls', text: apiText(api) },
  ];
  return facts.filter((one) => one !== undefined);
}

/** `12 lines, 5.1 kB, from a.ndjson (10) and b.ndjson (2)` */
export function inputFact(input: InputSummary): Fact {
  const { files } = input;
  const size = `${linesText(input)}, ${formatBytes(input.bytes)}`;
  const named = files.slice(0, MOST_FILES).map(({ path, lines }) => {
    const name = path === '-' ? 'standard input' : path;
    return unbroken(files.length === 1 ? name : `${name} (${formatCount(lines)})`);
  });
  if (files.length > MOST_FILES) named.push(`${formatCount(files.length - MOST_FILES)} more`);
  return { label: 'Input', text: named.length === 0 ? size : `${size}, from ${named.join(', ')}` };
}

/** `12 lines`, or of one shard `3 of 12 lines (shard 2/4)` */
function linesText({ lines, files, shard }: InputSummary): string {
  if (shard === undefined) return formatNoun(lines, 'line');
  const all = sumOf(files, (file) => file.lines);
  return unbroken(`${formatCount(lines)} of ${formatNoun(all, 'line')} (shard ${shard})`);
}

/** `5 lines of topics without a mapping, skipped: crm.notes 3, crm.tags 2` */
export function unmappedText({ unmapped_topics: topics }: InputSummary, count: number, outcome = ''): string {
  const named = topics.length === 0 ? '' : `: ${countedTopics(topics)}`;
  return `${formatNoun(count, 'line')} of topics without a mapping${outcome}${named}`;
}

function topicsFact(
  label: string,
  topics: readonly TopicSummary[],
  of: (topic: TopicSummary) => number,
): Fact | undefined {
  const counted = topics.filter((topic) => of(topic) > 0);
  const parts = counted.map((topic) =>
    unbroken(topic.topic + (counted.length > 1 ? ` ${formatCount(of(topic))}` : '')),
  );
  const sum = sumOf(counted, of);
  return fact(label, sum, formatCount(sum) + (topics.length > 1 ? ` (${parts.join(', ')})` : ''));
}

function fact(label: string, count: number, text: string): Fact | undefined {
  return count > 0 ? { label, text } : undefined;
}

/** `12, 1 retry; 14,988 of 15,000 left for these 24 hours` */
export function apiText(api: Summary['api']): string {
  const retries = api.retries > 0 ? `, ${formatNoun(api.retries, 'retry', 'retries')}` : '';
  const allowance = allowanceText(api);
  return `${formatCount(api.calls)}${retries}${allowance === undefined ? '' : `; ${allowance}`}`;
}

/** What the org says of its rolling 24 hours. */
export function allowanceText({ used, limit }: Pick<Summary['api'], 'used' | 'limit'>): string | undefined {
  if (limit !== null && used !== null) {
    return `${formatCount(Math.max(0, limit - used))} of ${formatCount(limit)} left for these 24 hours`;
  }
  return used === null ? undefined : `${formatCount(used)} used in these 24 hours`;
}

function stepsOf(summary: Summary, { retryCommand, continueCommand, reportFile }: SummaryOptions): Step[] {
  const { totals, failures_file: file, journal_file: journal, input } = summary;
  const steps: Step[] = [];
  // What cannot be read again is kept with the failures, unless a journal knows where to go on.
  const areUnsentKept = totals.unsent > 0 && file !== null && journal === null;
  if (continueCommand !== undefined || (totals.unsent > 0 && !areUnsentKept)) {
    const unsent =
      totals.unsent > 0 ? ` ${formatNoun(totals.unsent, 'record')} not sent; only the input has them.` : '';
    steps.push({
      title: continueCommand === undefined ? 'Not sent' : 'Continue',
      about: [
        `The run stopped part-way.${unsent}`,
        continueCommand === undefined ? '' : ' records what is settled. To continue from there:',
      ],
      file: continueCommand === undefined ? null : journal,
      command: continueCommand,
      commandLabel: 'Continue',
      advice:
        continueCommand !== undefined && input.files.some(({ path }) => path === '-')
          ? 'Pipe the same input into it again.'
          : undefined,
    });
  }
  if (file !== null) {
    const what = [
      'failed',
      ...(totals.in_doubt > 0 ? ['is in doubt'] : []),
      ...(areUnsentKept ? ['was not sent'] : []),
    ];
    steps.push({
      title: 'Failures',
      about: [
        `What ${what.join(' or ')} is in`,
        `, each line with its error.${retryCommand === undefined ? '' : ' After fixing the causes, retry with:'}`,
      ],
      file,
      fileLabel: 'Failures',
      command: retryCommand,
      commandLabel: 'Retry',
      advice: totals.in_doubt > 0 ? IN_DOUBT : undefined,
    });
  }
  if (reportFile !== undefined) {
    steps.push({ title: 'Report', about: ['', ''], file: reportFile, fileLabel: 'Report', commandLabel: '' });
  }
  return steps;
}

const IN_DOUBT =
  'Records in doubt may have been written: look for them in the org. Inserts are retried only with --include-in-doubt.';
