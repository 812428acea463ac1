import { EXIT_MEANINGS } from '../../core/exit-status.js';
import type { Summary } from '../../accounting/summary.js';
import { SIGN_IN_NAMES, type Settings } from '../../core/settings.js';
import { countedTopics } from '../errors.js';
import { formatBytes, formatCount, formatDuration, formatNoun } from '../format.js';
import { allowanceText } from '../summary.js';
import { factsMarkup, foreign, listMarkup, markup, type PageSection, type Part } from './html.js';
import type { RunPage } from './run-page.js';

/** What there is to know of the run beside its records. */

const MOST_FILES = 50;
const LONGEST = 300;

/** API calls of the run, and what the org says of its allowance. */
export function apiUse({ summary: { api } }: RunPage): PageSection {
  const { calls, retries, used, limit } = api;
  const again = retries > 0 ? `, ${formatNoun(retries, 'retry', 'retries')} among them` : '';
  const isKnown = used !== null && limit !== null;
  const share = isKnown && limit > 0 ? Math.min(1, used / limit) * 100 : undefined;
  const body = markup`<p>${formatNoun(calls, 'call')}, sign-in and describes included${again}.</p>
${share === undefined ? undefined : markup`<svg class="meter" aria-hidden="true"><rect fill="var(--muted)" width="${share.toFixed(2)}%" height="100%"/></svg>`}
<p>${allowanceText(api) ?? 'The org did not say what is left of its allowance.'}${
    isKnown ? `, of all users; ${formatCount(used)} used` : undefined
  }</p>`;
  return { title: 'API calls', body };
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
export function runFacts({ summary, settings, history }: RunPage): PageSection {
  const { run, input, failures_file: failuresFile, notes } = summary;
  const facts: Readonly<Record<string, Part>> = {
    Run: markup`<code>${run.id}</code>`,
    Started: startedAt(summary),
    Took: formatDuration(run.duration_ms),
    'Exit status': `${run.exit_code}, ${EXIT_MEANINGS[run.exit_code]?.[0] ?? ''}`,
    Stopped: run.stopped === null ? undefined : `${run.stopped.code}: ${foreign(run.stopped.message, LONGEST)}`,
    Input: inputText(input),
    'Topics without a mapping': unmappedTopics(input, settings),
    ...configuration(settings),
    'Failures file': failuresFile ?? 'none was needed',
    Notes: listMarkup(notes),
    Warnings: listMarkup(history.warnings),
  };
  const body = factsMarkup(Object.entries(facts).map(([label, text]) => ({ label, text })));
  return { title: 'The run', body: markup`${body}` };
}

function inputText({ lines, bytes, files, shard }: Summary['input']): Part {
  const named = files
    .slice(0, MOST_FILES)
    .map(({ path, lines: count }) => `${path === '-' ? 'standard input' : path}, ${formatNoun(count, 'line')}`);
  const left = files.length - named.length;
  const ofShard = shard === undefined ? '' : ` of shard ${shard}`;
  return markup`${formatNoun(lines, 'line')}${ofShard}, ${formatBytes(bytes)}${listMarkup(named)}${
    left > 0 ? `and ${formatNoun(left, 'more file')}` : undefined
  }`;
}

/** What was to be done with them, and how many lines there were of which. */
function unmappedTopics({ unmapped_topics: topics }: Summary['input'], { unmappedTopics: policy }: Settings): Part {
  return topics.length === 0 ? policy : `${policy}: ${foreign(countedTopics(topics), LONGEST * 10)}`;
}

/** As the program took it: flags, environment and file together. Client id, secret and token are left out. */
function configuration(settings: Settings): Readonly<Record<string, Part>> {
  const { org, mappings, shard, bulkBatchSize: size, maxInFlight } = settings;
  const isMode = (mode: string): boolean => mappings.some((mapping) => mapping.mode === mode);
  const batches = size === 'auto' ? 'sized automatically' : `at most ${formatNoun(size, 'record')}`;
  const calls =
    maxInFlight === 'auto'
      ? 'as many batches at once as the org takes'
      : `${formatNoun(maxInFlight, 'batch', 'batches')} at once`;
  return {
    Org: org?.orgUrl && foreign(org.orgUrl, LONGEST),
    'Sign-in': org && SIGN_IN_NAMES[org.signIn.kind],
    'API version': org?.restapiVersion,
    Headers: listMarkup(Object.entries(org?.headers ?? {}).map(([name, value]) => `${name}: ${value}`)),
    Proxy: org?.proxyUrl && foreign(org.proxyUrl, LONGEST),
    Batches: `${batches}, ${formatDuration(settings.batchPeriodMs)}`,
    Realtime: isMode('realtime') ? calls : undefined,
    Bulk: isMode('bulk') ? `${formatNoun(settings.maxConcurrentBulkJobs, 'job')} at once` : undefined,
    Retries: org && `at most ${formatCount(org.maxRetries)}; each request has ${formatDuration(org.requestTimeoutMs)}`,
    Envelope: settings.envelope,
    Shard: shard.count > 1 ? `${shard.index}/${shard.count}` : undefined,
    'Unwritable fields': settings.unwritableFields,
    Journal: settings.journalFile,
    'Successes file': settings.successesFile,
  };
}
