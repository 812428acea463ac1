import { reasonOf } from '../../core/unknown.js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Summary, TopicErrors } from '../../accounting/summary.js';
import { loadSettings } from '../../config/load.js';
import { UsageError } from '../../core/errors.js';
import { openFiles } from '../../input/source.js';
import { reportedReplay, type ReportedSummary } from '../../replay/replay.js';
import { summaryDocument } from '../../report/summary.js';
import { formatText } from '../../report/text.js';
import { makeRunId } from '../../core/run-id.js';
import { CONFIG_FILE, copySamples, type PreparedOrg, query, SAMPLES, startPreparedOrg } from '../demo/org.js';
import { formatArrivals, formatNext, formatOpening, programName, type StoryStyle } from '../demo/story.js';
import { EXIT } from '../../core/exit-status.js';
import type { DemoFlags } from '../flags.js';
import { inSession } from '../session.js';
import { hasColor, print, widthOf, type Terminal } from '../terminal.js';

const FIELDS = ['External_Id__c', 'Name', 'Title', 'Account.Name', 'Score__c'];
const SOQL = `SELECT ${FIELDS.join(', ')} FROM Contact ORDER BY External_Id__c LIMIT 4`;

/**
 * Replays the shipped samples into an emulator of its own. Returns 0 although the demonstrated run has failures:
 * they are part of what is shown, unless its report is missing. Its files stay, so that they can be looked at.
 */
export async function runDemo(flags: DemoFlags, terminal: Terminal): Promise<number> {
  const { environment, stdin, stdout } = terminal;
  const style = { color: hasColor(stdout, environment), width: widthOf(stdout) };
  const folder = makeFolder();
  let isToldOf = false;
  let org: PreparedOrg | undefined;
  try {
    org = await startPreparedOrg(stdin);
    copySamples(folder, org.ids);
    await print(stdout, formatOpening(folder, org.emulator.url, style));
    isToldOf = true;
    const { summary, reportFile } = await replaySamples(folder, org, flags, terminal);
    const document = summaryDocument(asSeenFrom(folder, summary), { retryCommand: undefined, reportFile });
    await print(stdout, `${formatText(document, style)}\n`);
    if (summary.run.stopped !== null) return summary.run.exit_code;
    await print(stdout, await formatEnding(folder, summary, org, terminal, style));
    return flags.report === undefined || reportFile !== undefined ? EXIT.ok : summary.run.exit_code;
  } finally {
    if (!isToldOf) rmSync(folder, { recursive: true, force: true });
    await org?.emulator.stop();
  }
}

function makeFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'sfreplay-demo-'));
  } catch (error) {
    const reason = reasonOf(error);
    throw new UsageError(`The demo cannot make a folder for its files: ${reason}`, {
      hint: 'Set TMPDIR to a folder that can be written to.',
      cause: error,
    });
  }
}

async function replaySamples(
  folder: string,
  { emulator }: PreparedOrg,
  { report }: DemoFlags,
  terminal: Terminal,
): Promise<ReportedSummary> {
  return inSession(terminal, { progress: 'auto' }, async ({ signals: { stopping, aborting }, observer }) => {
    const typed = { config: join(folder, CONFIG_FILE), failures: join(folder, 'failed.ndjson'), report };
    // The user's own environment has no say: neither another org nor a proxy is wanted here.
    const demoEnvironment = {
      SALESFORCE_ORG_URL: emulator.url,
      SALESFORCE_CLIENT_ID: emulator.clientId,
      SALESFORCE_CLIENT_SECRET: emulator.clientSecret,
    };
    const { settings } = await loadSettings(typed, demoEnvironment, folder, { offline: false });
    const paths = SAMPLES.map((name) => join(folder, name));
    const input = await openFiles(paths, terminal.stdin);
    return reportedReplay({ settings, input, runId: makeRunId(), stopping, aborting, observer });
  });
}

/** The summary as the command of the opening shows it: input files by their names in the folder. */
function asSeenFrom(folder: string, summary: Summary): Summary {
  const seen = (path: string): string => (path.startsWith(folder) ? basename(path) : path);
  const withNames = <Topic extends TopicErrors>(topic: Topic): Topic => {
    return { ...topic, errors: topic.errors.map((error) => ({ ...error, file: seen(error.file) })) };
  };
  const files = summary.input.files.map(({ path, lines }) => ({ path: seen(path), lines }));
  const topics = summary.topics.map(withNames);
  return { ...summary, topics, line_errors: summary.line_errors.map(withNames), input: { ...summary.input, files } };
}

async function formatEnding(
  folder: string,
  summary: Summary,
  { emulator }: PreparedOrg,
  { environment }: Terminal,
  style: StoryStyle,
): Promise<string> {
  const arrivals = formatArrivals(SOQL, FIELDS, await query(emulator, SOQL), style);
  const failures = summary.failures_file ?? join(folder, 'failed.ndjson');
  return `${arrivals}\n${formatNext(folder, failures, programName(environment), style)}`;
}
