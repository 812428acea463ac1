import type { Summary } from '../accounting/summary.js';
import { ReplayStopped } from '../core/errors.js';
import type { SourceRecord } from '../core/record.js';
import { sendDeferred, settleDeferred } from './deferred-sender.js';
import { Reader } from './reading.js';
import type { RunOptions } from './replay-options.js';
import { RunContext } from './run-context.js';
import { earlierRunText, exitCodeOf, figuresOf, finishedSummary, snapshotOf, summaryOf } from './run-summary.js';
import { Sender } from './sending.js';

/** One run, from the first line to the summary. */
export async function complete(run: RunOptions): Promise<Summary> {
  const { stopping, observer, journal } = run;
  const context = new RunContext(run);
  const { ledger, failures, successes, deferred } = context;
  const sender = new Sender(context);
  const { feed } = sender;
  const reader = new Reader(context, feed);
  /** What was gathered and never sent. */
  const unsent: SourceRecord[] = [];
  const noteUnsent = (records: readonly SourceRecord[]): void => {
    for (const record of records) unsent.push(record);
  };
  const onStopping = (): void => {
    const { reason } = stopping as { reason: unknown };
    context.stopped ??= reason instanceof ReplayStopped ? reason : new ReplayStopped('STOPPED', 'The run was stopped');
    noteUnsent(feed.halt());
  };
  await openFiles(context);
  stopping.addEventListener('abort', onStopping, { once: true });
  if (stopping.aborted) onStopping();
  observer?.onStart?.(() => snapshotOf(context, reader.hasEnded, sender.callsAtOnce));
  if (journal?.recovered !== undefined) context.warn(earlierRunText(journal.recovered));
  try {
    const brokenOff = await reader.read();
    context.stopped ??= brokenOff;
    await sendDeferred(context, feed);
    await feed.finish();
    if (stopping.aborted) noteUnsent(feed.halt());
    noteUnsent(reader.takeHeld());
    const error = { code: 'RUN_STOPPED', message: 'The run stopped before this record was sent' };
    await context.settlement.settle(unsent.map((record) => ({ record, outcome: { kind: 'unsent', error } })));
    await settleDeferred(context, error);
    ledger.assertSettled();
    await noteEnd(context);
  } finally {
    stopping.removeEventListener('abort', onStopping);
    await failures.close();
    await successes?.close();
    await deferred.remove();
  }
  const summary = summaryOf(context);
  const finished = context.stopped === undefined ? journal?.recovered?.finished : undefined;
  return finished === undefined ? summary : finishedSummary(summary, finished.figures);
}

/** Those of a journal's first run begin empty; a later run goes on with them. */
async function openFiles({ run: { journal }, failures, successes }: RunContext): Promise<void> {
  if (journal === undefined) return;
  const { recovered } = journal;
  if (recovered === undefined) {
    await failures.setAside();
    await successes?.setAside();
  } else if (recovered.finished === undefined) {
    await failures.goOn(recovered.files?.failures);
    await successes?.goOn(recovered.files?.successes);
  }
}

/** Tells the journal that the run has stopped, or is finished. */
async function noteEnd(context: RunContext): Promise<void> {
  const { journal } = context.run;
  if (journal === undefined || journal.recovered?.finished !== undefined) return;
  try {
    if (context.stopped !== undefined) await context.settlement.noteStopped();
    else await journal.finished(context.ledger.lines, exitCodeOf(context), figuresOf(summaryOf(context)));
  } catch (error) {
    if (!(error instanceof ReplayStopped)) throw error;
    context.stopped = error;
  }
}
