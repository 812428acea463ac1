import type { TopicLedger } from '../accounting/ledger.js';
import type { ProgressSnapshot } from '../accounting/progress.js';
import type { Summary, TopicErrors } from '../accounting/summary.js';
import { exitStatusOf } from '../core/exit-status.js';
import type { Recovered } from '../journal/recovery.js';
import { readFailureKinds } from './failure-kinds.js';
import type { RunContext } from './run-context.js';

/** What a journal keeps of a finished run's summary. */
type Figures = Pick<Summary, 'org' | 'input' | 'topics' | 'totals' | 'failures_file' | 'notes' | 'line_errors'> & {
  readonly duration_ms: number;
};

/** What whoever draws the progress is shown of the accounts. */
export function snapshotOf(
  { ledger, run: { input, client, startedAtMs } }: RunContext,
  hasInputEnded: boolean,
  callsAtOnce: number | undefined,
): ProgressSnapshot {
  return {
    elapsedMs: Date.now() - startedAtMs,
    topics: [...ledger.topics.values()].map((account) => {
      const { topic, sobject, operation, mode } = account.mapping;
      const { read, sent, succeeded, failed, inDoubt, inFlight, settled, unsent } = account;
      const done = hasInputEnded && settled === read;
      return {
        ...{ topic, sobject, operation, mode, read, sent, succeeded, failed, inDoubt, inFlight },
        ...{ settled: settled - unsent, done },
      };
    }),
    input: { lines: ledger.lines, position: input.position, size: input.size, ended: hasInputEnded },
    malformed: ledger.malformed,
    unmapped: ledger.unmapped,
    callsAtOnce,
    notice: client.waiting,
  };
}

/** The accounts of a run that is over. */
export function summaryOf(context: RunContext): Summary {
  const { ledger, failures, stopped, run } = context;
  const { calls, retries, used, limit } = run.client.usage;
  const { journal } = run;
  const topics = [...ledger.topics.values()];
  // One that nobody asked for stays only as long as there is something to go on with.
  const isJournalLeft = journal !== undefined && (journal.isAskedFor || stopped !== undefined);
  return {
    run: {
      id: run.runId,
      started_at: new Date(run.startedAtMs).toISOString(),
      duration_ms: Date.now() - run.startedAtMs,
      exit_code: exitCodeOf(context),
      stopped: stopped === undefined ? null : { code: stopped.code, message: stopped.message },
    },
    org: run.org,
    input: ledger.inputSummary(run.input, run.settings),
    topics: topics.map((topic) => topic.summary()),
    totals: ledger.totals(),
    api: { calls, retries, used, limit },
    failures_file: failures.written,
    journal_file: isJournalLeft ? journal.path : null,
    notes: summaryNotes(topics),
    line_errors: ledger.lineErrors(ledger.unmappedFailed > 0),
  };
}

/** 0 or 1, by all runs of the journal; what else when the run was stopped. */
export function exitCodeOf({ ledger, stopped, run: { journal } }: RunContext): number {
  if (stopped !== undefined) return exitStatusOf(stopped);
  const recovered = journal?.recovered;
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
  return topics.flatMap(
    ({ mapping, batches, batchesSaved, batchesClosedByKey: closed, tombstonesSkipped, heldBack }) => {
      const what = mapping.mode === 'bulk' ? 'bulk job' : 'call';
      const cut = `${closed.toLocaleString('en-US')} of ${count(batches, what)}`;
      const notes: readonly (readonly [boolean, string])[] = [
        [batchesSaved > 0, `compact saved ${count(batchesSaved, what)}, which repeated keys would have cost`],
        [
          closed >= LEAST_BATCHES && closed >= batches * LEAST_SHARE,
          `a repeated key cut ${cut} short; compact: true folds versions that wait together`,
        ],
        [tombstonesSkipped > 0, `${count(tombstonesSkipped, 'tombstone')} skipped; they count as superseded`],
        [heldBack > 0, `${count(heldBack, 'insert')} in doubt not sent, kept in the failures file as before`],
      ];
      return notes.flatMap(([isSaid, note]) => (isSaid ? [`${mapping.topic}: ${note}`] : []));
    },
  );
}

function count(n: number, noun: string): string {
  return `${n.toLocaleString('en-US')} ${noun}${n === 1 ? '' : 's'}`;
}
