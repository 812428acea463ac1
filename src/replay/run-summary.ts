import type { Ledger, TopicLedger } from '../accounting/ledger.js';
import type { ProgressSnapshot } from '../accounting/progress.js';
import type { OrgSummary, Summary, TopicErrors } from '../accounting/summary.js';
import type { ReplayStopped } from '../core/errors.js';
import { exitStatusOf } from '../core/exit-status.js';
import type { Input } from '../input/input.js';
import type { Recovered } from '../journal/recovery.js';
import { readFailureKinds } from './failure-kinds.js';
import type { ReplayOptions } from './replay-options.js';
import type { SalesforceClient } from '../salesforce/client.js';

/** What a journal keeps of a finished run's summary. */
type Figures = Pick<Summary, 'org' | 'input' | 'topics' | 'totals' | 'failures_file' | 'notes' | 'line_errors'> & {
  readonly duration_ms: number;
};

/** What whoever draws the progress is shown of the accounts. */
export function snapshotOf(
  ledger: Ledger,
  input: Input,
  run: Pick<ProgressSnapshot, 'elapsedMs' | 'callsAtOnce' | 'notice'> & { readonly hasInputEnded: boolean },
): ProgressSnapshot {
  const { elapsedMs, hasInputEnded, callsAtOnce, notice } = run;
  return {
    elapsedMs,
    topics: [...ledger.topics.values()].map((topic) => ({
      topic: topic.mapping.topic,
      sobject: topic.mapping.sobject,
      operation: topic.mapping.operation,
      mode: topic.mapping.mode,
      read: topic.read,
      sent: topic.sent,
      succeeded: topic.succeeded,
      failed: topic.failed,
      inDoubt: topic.inDoubt,
      inFlight: topic.inFlight,
      settled: topic.settled - topic.unsent,
      done: hasInputEnded && topic.settled === topic.read,
    })),
    input: { lines: ledger.lines, position: input.position, size: input.size, ended: hasInputEnded },
    malformed: ledger.malformed,
    unmapped: ledger.unmapped,
    callsAtOnce,
    notice,
  };
}

/** The accounts of a run that is over. */
export function summaryOf(
  ledger: Ledger,
  { input, runId, settings, startedAtMs, client }: ReplayOptions & { startedAtMs: number; client: SalesforceClient },
  end: {
    readonly org: OrgSummary;
    readonly exitCode: number;
    readonly stopped: ReplayStopped | undefined;
    readonly failuresFile: string | null;
    readonly journalFile: string | null;
  },
): Summary {
  const { calls, retries, used, limit } = client.usage;
  const { org, exitCode, stopped, failuresFile, journalFile } = end;
  const topics = [...ledger.topics.values()];
  return {
    run: {
      id: runId,
      started_at: new Date(startedAtMs).toISOString(),
      duration_ms: Date.now() - startedAtMs,
      exit_code: exitCode,
      stopped: stopped === undefined ? null : { code: stopped.code, message: stopped.message },
    },
    org,
    input: ledger.inputSummary(input, settings),
    topics: topics.map((topic) => topic.summary()),
    totals: ledger.totals(),
    api: { calls, retries, used, limit },
    failures_file: failuresFile,
    journal_file: journalFile,
    notes: summaryNotes(topics),
    line_errors: ledger.lineErrors(ledger.unmappedFailed > 0),
  };
}

/** 0 or 1, by all runs of the journal; what else when the run was stopped. */
export function exitCodeOf(
  ledger: Ledger,
  stopped: ReplayStopped | undefined,
  recovered: Recovered | undefined,
): number {
  if (stopped !== undefined) return exitStatusOf(stopped);
  if (recovered?.finished !== undefined) return recovered.finished.exitCode;
  const { failed, in_doubt: inDoubt, malformed } = ledger.totals();
  return failed + inDoubt + malformed + (recovered?.failed ?? 0) > 0 ? 1 : 0;
}

export function earlierRunText({ header, finished }: Recovered): string {
  const run = `${header.run} of ${header.started_at}`;
  return finished === undefined
    ? `Continuing run ${run}, which stopped part-way`
    : `Run ${run} is finished: there is nothing to send`;
}

/** The figures of a summary. Examples may hold what records hold, and have no place in a journal. */
export function figuresOf({ run, org, input, totals, topics, failures_file, notes, line_errors }: Summary): object {
  const { duration_ms } = run;
  const figures: Figures = { duration_ms, org, input, totals, topics, failures_file, notes, line_errors };
  const withoutExamples = (key: string, value: unknown): unknown => (key === 'example' ? '' : value);
  return JSON.parse(JSON.stringify(figures, withoutExamples)) as object;
}

/** The summary of a run that found its journal finished: the figures that this holds, examples from the failures file. */
export async function finishedSummary(now: Summary, known: unknown): Promise<Summary> {
  if (known === undefined) return { ...now, was_finished: true };
  const { duration_ms, topics, line_errors, ...rest } = known as Figures;
  const kinds = rest.failures_file === null ? [] : await readFailureKinds(rest.failures_file);
  const withExamples = <Topic extends TopicErrors>(one: Topic): Topic => {
    const errors = one.errors.map((error) => {
      const { examples = [] } =
        kinds.find(({ topic, code }) => (topic ?? '') === one.topic && code === error.code) ?? {};
      const example = examples.find(({ line }) => line === error.line) ?? examples[0];
      return { ...error, example: example?.message ?? '' };
    });
    return { ...one, errors };
  };
  const malformed = withExamples({ topic: '', errors: rest.input.malformed_errors });
  return {
    ...{ ...now, ...rest, was_finished: true },
    run: { ...now.run, duration_ms },
    input: { ...rest.input, malformed_errors: malformed.errors },
    topics: topics.map(withExamples),
    line_errors: line_errors.map(withExamples),
  };
}

/** A topic is told of `compact` when repeated keys closed at least so many of its batches, and this share of them. */
const LEAST_BATCHES = 10;
const LEAST_SHARE = 0.2;

/** What is worth saying of a run beside its figures, one sentence each. */
export function summaryNotes(topics: readonly TopicLedger[]): string[] {
  return topics
    .flatMap((topic) => [savingNote(topic), repetitionNote(topic), tombstoneNote(topic), doubtNote(topic)])
    .filter((note) => note !== undefined);
}

function savingNote({ mapping, batchesSaved: saved }: TopicLedger): string | undefined {
  if (saved === 0) return undefined;
  return `${mapping.topic}: compact saved ${count(saved, what(mapping.mode))}, which repeated keys would have cost`;
}

function repetitionNote({ mapping, batches, batchesClosedByKey: closed }: TopicLedger): string | undefined {
  if (closed < LEAST_BATCHES || closed < batches * LEAST_SHARE) return undefined;
  const of = `${closed.toLocaleString('en-US')} of ${count(batches, what(mapping.mode))}`;
  return `${mapping.topic}: a repeated key cut ${of} short; compact: true folds versions that wait together`;
}

function tombstoneNote({ mapping, tombstonesSkipped: skipped }: TopicLedger): string | undefined {
  return skipped === 0
    ? undefined
    : `${mapping.topic}: ${count(skipped, 'tombstone')} skipped; they count as superseded`;
}

function doubtNote({ mapping, heldBack }: TopicLedger): string | undefined {
  if (heldBack === 0) return undefined;
  return `${mapping.topic}: ${count(heldBack, 'insert')} in doubt not sent, kept in the failures file as before`;
}

function what(mode: 'realtime' | 'bulk'): string {
  return mode === 'bulk' ? 'bulk job' : 'call';
}

function count(n: number, noun: string): string {
  return `${n.toLocaleString('en-US')} ${noun}${n === 1 ? '' : 's'}`;
}
