import { setMaxListeners } from 'node:events';
import type { NextCommands, OrgSummary, Summary } from '../accounting/summary.js';
import { Journal, type OpenJournalOptions } from '../journal/journal.js';
import { preflight, signInFirst, type Preflight } from './preflight.js';
import { complete } from './run.js';
import { defaultFailuresFile, type ReplayOptions } from './replay-options.js';
import { openClient, type SalesforceClient } from '../salesforce/client.js';
import { PreflightError, ReplayStopped, SfreplayError } from '../core/errors.js';
import { withoutPage } from '../core/exit-status.js';
import type { Settings } from '../core/settings.js';
import { FieldPlan } from '../records/field-plan.js';

export interface ReportedSummary {
  readonly summary: Summary;
  /** Where the page about the run is; undefined where none was wanted, or none could be written. */
  readonly reportFile: string | undefined;
}

/**
 * Replays the input into the org and settles every line of it.
 * Throws `PreflightError` when it could not begin; whatever happens later is told in the summary, and so is that it was
 * stopped before it began.
 */
export async function replay(options: ReplayOptions): Promise<Summary> {
  const startedAtMs = Date.now();
  const aborting = options.aborting ?? new AbortController().signal;
  const winding = new AbortController();
  const signals = [winding.signal, aborting, options.stopping].filter((one) => one !== undefined);
  const stopping = AbortSignal.any(signals);
  // Every request and every wait of the run listens to these two.
  setMaxListeners(0, stopping, aborting);
  const client = openClient(options.settings, options.env ?? {}, options.chance);
  let journal: Journal | undefined;
  let isJournalNeeded = false;
  try {
    const { settings } = options;
    journal = await unlessStopped(openJournal(options, client, stopping, startedAtMs), stopping);
    const isFinished = journal?.recovered?.finished !== undefined;
    const looking = isFinished
      ? Promise.resolve(undefined)
      : preflight(settings, client, stopping).catch((error: unknown) => {
          if (!(error instanceof PreflightError) || error.code !== 'API_USAGE_REACHED') throw error;
          // No mapping is wrong, and there is a way on: a run that stopped, though it sent nothing.
          const { code, message, hint } = error;
          winding.abort(new ReplayStopped(code, message, { hint }));
          return undefined;
        });
    const described = await unlessStopped(looking, stopping);
    const plans = described?.plans ?? plansWithoutOrg(settings);
    isJournalNeeded = true;
    const summary = await complete({
      ...options,
      client,
      plans,
      org: orgOf(settings, described),
      journal,
      stopping,
      aborting,
      stop: (reason) => winding.abort(reason),
      startedAtMs,
    });
    isJournalNeeded = summary.journal_file !== null;
    return summary;
  } finally {
    await client.close();
    await journal?.close(isJournalNeeded);
  }
}

/**
 * Replays as {@link replay} does and, where the settings name a report file, writes a page about the run there: also
 * about one that failed in part or was stopped part-way. Throws `UsageError` before anything is sent where no page can
 * be written. `commandsFor` gives the commands for what is left.
 */
export async function reportedReplay(
  options: ReplayOptions,
  commandsFor: (summary: Summary) => NextCommands = () => ({ retryCommand: undefined }),
): Promise<ReportedSummary> {
  const { settings, observer = {} } = options;
  if (settings.reportFile === undefined) return { summary: await replay(options), reportFile: undefined };
  // Loaded only where it is wanted.
  const { ReportFile } = await import('./report-file.js');
  const report = new ReportFile(settings.reportFile);
  try {
    const ended = await replay({ ...options, observer: report.watchWith(observer) });
    // Its page was written when it was finished.
    if (ended.was_finished === true) return { summary: ended, reportFile: undefined };
    const warning = await report.write(ended, settings, commandsFor(ended));
    if (warning === undefined) return { summary: ended, reportFile: settings.reportFile };
    observer.onWarning?.(warning);
    return { summary: withoutPage(ended), reportFile: undefined };
  } finally {
    report.stop();
  }
}

function orgOf({ org }: Settings, described: Preflight | undefined): OrgSummary {
  const user = described?.identity.username ?? null;
  return { url: org?.orgUrl ?? described?.signedIn.instanceUrl ?? null, user };
}

/** What would have to be known to begin; undefined where the run was stopped meanwhile. */
async function unlessStopped<T>(work: Promise<T>, stopping: AbortSignal): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (stopping.aborted && error === stopping.reason) return undefined;
    throw error;
  }
}

/** Enough for a run that sends nothing: a finished one is read through once more, to see that it is the same. */
function plansWithoutOrg({ mappings }: Settings): readonly FieldPlan[] {
  return mappings.map((mapping) => new FieldPlan(mapping, undefined, 'send'));
}

async function openJournal(
  options: ReplayOptions,
  client: SalesforceClient,
  stopping: AbortSignal,
  startedAtMs: number,
): Promise<Journal | undefined> {
  const { settings, input, bareTopic, runId, observer } = options;
  const { journalFile, failuresFile, successesFile, mappings, envelope, shard, unmappedTopics } = settings;
  const isAskedFor = journalFile !== undefined;
  const path = journalFile ?? (input.isOnce ? undefined : options.defaultJournalFile);
  if (path === undefined) return undefined;
  const warn = (warning: string): void => observer?.onWarning?.(warning);
  const opening: OpenJournalOptions = {
    path,
    isAskedFor,
    runId,
    startedAtMs,
    failuresFile,
    successesFile,
    defaultFailuresFile: defaultFailuresFile(options),
    binding: {
      org_url: await boundUrl(settings, client, stopping),
      topic_mappings: mappings,
      'the input': input.files.map(({ path }) => path),
      "the input's size in bytes": input.size ?? null,
      envelope,
      '--topic': bareTopic ?? null,
      '--include-in-doubt': options.holdsDoubts !== true,
      shard: `${shard.index}/${shard.count}`,
      unmapped_topics: unmappedTopics,
    },
    warn,
  };
  try {
    return await Journal.open(opening);
  } catch (error) {
    if (isAskedFor || !(error instanceof SfreplayError)) throw error;
    warn(`${error.message}; a run that stops part-way cannot be continued without it`);
    return undefined;
  }
}

/** The org that a journal is bound to. Most sign-ins are to be asked: an alias may lead to another org than it did. */
async function boundUrl({ org }: Settings, client: SalesforceClient, stopping: AbortSignal): Promise<string> {
  const isOrgNamed = org?.signIn.kind === 'client_credentials' || org?.signIn.kind === 'access_token';
  if (isOrgNamed && org.orgUrl !== undefined) return org.orgUrl;
  return (await signInFirst(client, stopping)).instanceUrl;
}
