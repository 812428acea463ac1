import { EXIT_MEANINGS } from '../../core/exit-status.js';
import type { Summary } from '../../accounting/summary.js';
import { SIGN_IN_NAMES, type Settings } from '../../core/settings.js';
import { formatBytes, formatCount, formatDuration, formatNoun } from '../format.js';
import { allowanceText } from '../summary-facts.js';
import { visibleName } from '../../core/text.js';
import { countedTopics } from '../topic-details.js';
import { foreign, markup, type Markup, type Part } from './markup.js';
import type { RunPage } from './run-page.js';
import type { Section } from './section.js';

/** What there is to know of the run beside its records. */

const MOST_TOPICS = 50;
const MOST_FIELDS = 20;
const MOST_FILES = 50;
const LONGEST = 300;

/** By topic, the fields that were left out, those of most records first. Undefined where there were none. */
export function droppedFields({ summary: { topics } }: RunPage): Section | undefined {
  const body = fieldsByTopic(
    'Not writable with this sign-in and operation, and left out of so many records.',
    topics.map(({ topic, dropped_fields: counts }) => ({ topic, counts, nearest: {} })),
  );
  return body && { id: 'dropped', title: 'Dropped fields', body };
}

/** Likewise the names that the sObjects do not have. */
export function unknownFields({ summary: { topics } }: RunPage): Section | undefined {
  const body = fieldsByTopic(
    'Not there, or hidden from this user, and left out of so many records.',
    topics.map(({ topic, unknown_fields: counts, nearest_fields: nearest }) => ({ topic, counts, nearest })),
  );
  return body && { id: 'unknown', title: 'Unknown fields', body };
}

interface CountedFields {
  readonly topic: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly nearest: Readonly<Record<string, string>>;
}

function fieldsByTopic(intro: string, topics: readonly CountedFields[]): Markup | undefined {
  const affected = topics.flatMap(({ topic, counts, nearest }) => {
    const fields = Object.entries(counts).sort(([, a], [, b]) => b - a);
    return fields.length === 0 ? [] : [{ topic, fields, nearest }];
  });
  if (affected.length === 0) return undefined;
  const left = affected.length - MOST_TOPICS;
  return markup`<p>${intro}</p>
<dl class="facts">
${affected.slice(0, MOST_TOPICS).map(
  ({ topic, fields, nearest }) => markup`<div><dt>${topic}</dt><dd>${fieldsText(fields, nearest)}</dd></div>
`,
)}</dl>
${left > 0 ? markup`<p class="note">${formatNoun(left, 'more topic')} not shown here.</p>` : undefined}`;
}

function fieldsText(fields: readonly [string, number][], nearest: Readonly<Record<string, string>>): Part[] {
  const left = fields.length - MOST_FIELDS;
  return [
    ...fields.slice(0, MOST_FIELDS).map(
      ([name, count]) => markup`<span class="field"><code>${visibleName(name)}</code> ${formatCount(count)}${
        Object.hasOwn(nearest, name) ? markup` <small>(did you mean <code>${nearest[name]}</code>?)</small>` : undefined
      }</span>
`,
    ),
    left > 0 ? `and ${formatCount(left)} more` : undefined,
  ];
}

/** API calls of the run, and what the org says of its allowance. */
export function apiUse({ summary: { api } }: RunPage): Section {
  const { calls, retries, used, limit } = api;
  const share = used === null || limit === null || limit === 0 ? undefined : Math.min(1, used / limit) * 100;
  const body = markup`<p>${formatNoun(calls, 'call')}, sign-in and describes included${retries > 0 ? `, ${formatNoun(retries, 'retry', 'retries')} among them` : ''}.</p>
${share === undefined ? undefined : markup`<svg class="meter" aria-hidden="true"><rect class="used" width="${share.toFixed(2)}%" height="100%"/></svg>`}
<p>${allowanceText(api) ?? 'The org did not say what is left of its allowance.'}${
    used === null || limit === null ? undefined : `, of all users; ${formatCount(used)} used`
  }</p>`;
  return { id: 'api', title: 'API calls', body };
}

/** When it was, and into which org as whom: for the top of the page. */
export function aboutRun(summary: Summary): Part {
  const { url, user } = summary.org;
  const into = url === null ? undefined : markup`, into ${foreign(url, LONGEST)}`;
  return markup`${startedAt(summary)}${into}${user === null ? undefined : markup` as ${foreign(user, LONGEST)}`}`;
}

function startedAt({ run: { started_at: at } }: Summary): Part {
  return markup`<time datetime="${at}">${at.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}</time>`;
}

/** When, how long, from what, into what, and with which configuration. Nothing that is secret. */
export function runFacts({ summary, settings, history }: RunPage): Section {
  const { run, input } = summary;
  const facts: (readonly [string, Part])[] = [
    ['Run', markup`<code>${run.id}</code>`],
    ['Started', startedAt(summary)],
    ['Took', formatDuration(run.duration_ms)],
    ['Exit status', `${run.exit_code}, ${EXIT_MEANINGS[run.exit_code]?.[0] ?? ''}`],
    ['Stopped', run.stopped === null ? undefined : `${run.stopped.code}: ${foreign(run.stopped.message, LONGEST)}`],
    ['Input', inputText(input)],
    ['Topics without a mapping', unmappedTopics(summary.input, settings)],
    ...configuration(settings),
    ['Failures file', summary.failures_file ?? 'none was needed'],
    ['Notes', list(summary.notes)],
    ['Warnings', list(history.warnings)],
  ];
  const body = markup`<dl class="facts">
${facts
  .filter(([, fact]) => fact !== undefined)
  .map(
    ([label, fact]) => markup`<div><dt>${label}</dt><dd>${fact}</dd></div>
`,
  )}</dl>`;
  return { id: 'run', title: 'The run', body };
}

function inputText({ lines, bytes, files, shard }: Summary['input']): Part {
  const named = files
    .slice(0, MOST_FILES)
    .map(
      ({ path, lines: count }) =>
        markup`<li>${path === '-' ? 'standard input' : path}, ${formatNoun(count, 'line')}</li>`,
    );
  const left = files.length - MOST_FILES;
  const ofShard = shard === undefined ? '' : ` of shard ${shard}`;
  return markup`${formatNoun(lines, 'line')}${ofShard}, ${formatBytes(bytes)}<ul>${named}</ul>${
    left > 0 ? `and ${formatNoun(left, 'more file')}` : undefined
  }`;
}

/** What was to be done with them, and how many lines there were of which. */
function unmappedTopics({ unmapped_topics: topics }: Summary['input'], { unmappedTopics: policy }: Settings): Part {
  return topics.length === 0 ? policy : `${policy}: ${foreign(countedTopics(topics), LONGEST * 10)}`;
}

/** As the program took it: flags, environment and file together. Client id, secret and token are left out. */
function configuration(settings: Settings): (readonly [string, Part])[] {
  const { org, mappings, shard } = settings;
  const isMode = (mode: string): boolean => mappings.some((mapping) => mapping.mode === mode);
  return [
    ['Org', org?.orgUrl === undefined ? undefined : foreign(org.orgUrl, LONGEST)],
    ['Sign-in', org && SIGN_IN_NAMES[org.signIn.kind]],
    ['API version', org?.restapiVersion],
    ['Headers', list(Object.entries(org?.headers ?? {}).map(([name, value]) => `${name}: ${value}`))],
    ['Proxy', org?.proxyUrl && foreign(org.proxyUrl, LONGEST)],
    ['Batches', `${batchSize(settings)}, ${formatDuration(settings.batchPeriodMs)}`],
    ['Realtime', isMode('realtime') ? callsAtOnce(settings) : undefined],
    ['Bulk', isMode('bulk') ? `${formatNoun(settings.maxConcurrentBulkJobs, 'job')} at once` : undefined],
    ['Retries', org && `at most ${formatCount(org.maxRetries)}; a request has ${formatDuration(org.requestTimeoutMs)}`],
    ['Envelope', settings.envelope],
    ['Shard', shard.count > 1 ? `${shard.index}/${shard.count}` : undefined],

    ['Unwritable fields', settings.unwritableFields],
    ['Journal', settings.journalFile],
    ['Successes file', settings.successesFile],
  ];
}

function batchSize({ bulkBatchSize: size }: Settings): string {
  return size === 'auto' ? 'sized by the work there is' : `at most ${formatNoun(size, 'record')}`;
}

function callsAtOnce({ maxInFlight: most }: Settings): string {
  return most === 'auto'
    ? 'as many batches at once as the org takes'
    : `${formatNoun(most, 'batch', 'batches')} at once`;
}

function list(texts: readonly string[]): Part {
  if (texts.length === 0) return undefined;
  return markup`<ul>${texts.map((text) => markup`<li>${foreign(text, LONGEST)}</li>`)}</ul>`;
}
