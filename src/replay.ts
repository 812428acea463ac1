import { setMaxListeners } from 'node:events';
import { KeptLines } from './accounting/kept-lines.js';
import type { Summary } from './accounting/summary.js';
import { Journal } from './journal/journal.js';
import { openClient } from './org.js';
import { preflight, signInFirst } from './preflight.js';
import type { ReplayOptions } from './replay-options.js';
import { ReplayRun } from './replay-run.js';
import { defaultFailuresFile } from './run-options.js';
import type { SalesforceClient } from './salesforce/client.js';
import type { Settings } from './settings.js';
import { FieldPlan } from './writers/fields.js';

/**
 * Replays the input into the org and settles every line of it.
 * Throws `PreflightError` when it could not begin, and the reason of `stopping` when it was stopped before it began;
 * whatever happens later is told in the summary.
 */
export async function replay(options: ReplayOptions): Promise<Summary> {
  const startedAtMs = Date.now();
  const aborting = options.aborting ?? new AbortController().signal;
  const winding = new AbortController();
  const stopping = AbortSignal.any([
    winding.signal,
    aborting,
    ...(options.stopping === undefined ? [] : [options.stopping]),
  ]);
  // Every request and every wait of the run listens to these two.
  setMaxListeners(0, stopping, aborting);
  let notice: string | undefined;
  const client = openClient(options.settings, options.env ?? {}, (text) => (notice = text), options.chance);
  let journal: Journal | undefined;
  try {
    journal = await openJournal(options, client, stopping, startedAtMs);
    const isFinished = journal?.recovered?.finished !== undefined;
    const plans = isFinished ? plansWithoutOrg(options.settings) : await plansFor(options.settings, client, stopping);
    const run = new ReplayRun({
      ...options,
      client,
      plans,
      journal,
      kept: await readKeptLines(options.settings, journal),
      stopping,
      aborting,
      stop: (reason) => winding.abort(reason),
      startedAtMs,
      notice: () => notice,
    });
    return await run.complete();
  } finally {
    await client.close();
    await journal?.close();
  }
}

async function plansFor(
  settings: Settings,
  client: SalesforceClient,
  stopping: AbortSignal,
): Promise<readonly FieldPlan[]> {
  return (await preflight(settings, client, stopping)).plans;
}

/** A finished run is read through once more, to see that it is the same; nothing is sent, so the org is not asked. */
function plansWithoutOrg({ mappings }: Settings): readonly FieldPlan[] {
  return mappings.map((mapping) => new FieldPlan(mapping, undefined, 'send'));
}

/** A killed run may have written to its files what its journal does not say yet. */
async function readKeptLines({ successesFile }: Settings, journal: Journal | undefined): Promise<KeptLines> {
  const kept = new KeptLines();
  if (journal?.recovered === undefined) return kept;
  await kept.readFailures(journal.failuresFile);
  if (successesFile !== undefined) await kept.readSuccesses(successesFile);
  return kept;
}

async function openJournal(
  options: ReplayOptions,
  client: SalesforceClient,
  stopping: AbortSignal,
  startedAtMs: number,
): Promise<Journal | undefined> {
  const { settings, input, bareTopic, runId, observer } = options;
  const { journalFile, failuresFile, successesFile, mappings, envelope, shard, unmappedTopics } = settings;
  if (journalFile === undefined) return undefined;
  return Journal.open({
    path: journalFile,
    runId,
    startedAtMs,
    failuresFile,
    successesFile,
    defaultFailuresFile: defaultFailuresFile(options),
    binding: {
      org_url: await boundUrl(settings, client, stopping),
      mappings,
      input: {
        files: input.files.map(({ path }) => path),
        size: input.size ?? null,
        envelope,
        topic: bareTopic ?? null,
        ...(options.holdsDoubts === true && { holds_doubts: true }),
      },
      shard: `${shard.index}/${shard.count}`,
      unmapped_topics: unmappedTopics,
    },
    warn: (warning) => observer?.onWarning?.(warning),
  });
}

/** The org that a journal is bound to. Most sign-ins are to be asked: an alias may lead to another org than it did. */
async function boundUrl({ org }: Settings, client: SalesforceClient, stopping: AbortSignal): Promise<string> {
  const isOrgNamed = org?.signIn.kind === 'client_credentials' || org?.signIn.kind === 'access_token';
  if (isOrgNamed && org.orgUrl !== undefined) return org.orgUrl;
  return (await signInFirst(client, stopping)).instanceUrl;
}
