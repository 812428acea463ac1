import { ReplayStopped } from '../core/errors.js';
import { byMapping, countLines, type RecordError, type SourceRecord } from '../core/record.js';
import type { Spool } from '../input/spool.js';
import type { Feed } from './changed-records.js';
import type { RunContext } from './run-context.js';

/** So many are settled at once. */
const CHUNK_RECORDS = 1_000;

/** Takes deferred records out of their spools and sends them, each spool once all before it is settled or deferred. */
export async function sendDeferred(context: RunContext, feed: Feed): Promise<void> {
  const spools = context.deferred.spools();
  for (;;) {
    // What is in flight decides what comes next.
    await feed.drain();
    const next = context.run.stopping.aborted ? undefined : spools.next();
    if (next === undefined || next.done === true) return;
    await unlessUnusable(context, () => sendSpooled(context, feed, next.value));
  }
}

/** Settles what still waits as unsent. */
export async function settleDeferred(context: RunContext, error: RecordError): Promise<void> {
  const { deferred, intake, ledger, settlement } = context;
  const settle = (records: readonly SourceRecord[]): Promise<void> =>
    settlement.settle(records.map((record) => ({ record, outcome: { kind: 'unsent', error } })));
  for (const spool of deferred.all) {
    const isUsable = await unlessUnusable(context, async () => {
      let records: SourceRecord[] = [];
      for await (const line of spool.take()) {
        if (records.push(intake.readSpooled(line)) < CHUNK_RECORDS) continue;
        await settle(records);
        records = [];
      }
      await settle(records);
    });
    if (isUsable) continue;
    for (const [topic, count] of spool.waiting) {
      const account = ledger.topics.get(topic);
      if (account !== undefined) account.unsent += count;
    }
  }
}

async function sendSpooled(context: RunContext, feed: Feed, spool: Spool): Promise<void> {
  const { deferred, intake, run } = context;
  const failed = new Map<SourceRecord, RecordError>();
  try {
    for await (const line of spool.take()) {
      const record = intake.readSpooled(line);
      const next = deferred.resume(record, line.error);
      if (next === 'send') feed.add(record);
      else if (next === 'failed' && line.error !== undefined) failed.set(record, line.error);
      if (run.stopping.aborted) return;
      if (failed.size >= CHUNK_RECORDS) await fail(context, failed);
      if (feed.isFull) await feed.room();
      if (deferred.isFull) await deferred.flush();
    }
    await spool.remove();
  } finally {
    await fail(context, failed);
  }
}

async function fail(context: RunContext, failed: Map<SourceRecord, RecordError>): Promise<void> {
  const errorOf = (record: SourceRecord): RecordError => failed.get(record) as RecordError;
  for (const records of byMapping([...failed.keys()])) {
    const settled = records.map((record) => ({ record, outcome: { kind: 'failed', error: errorOf(record) } as const }));
    await context.settlement.settle(settled);
    context.ledger.topic((records[0] as SourceRecord).mapping).sent += countLines(records);
  }
  failed.clear();
  context.checkFailures();
}

/** Stops the run, and gives false, where the disk does not keep what waits. */
async function unlessUnusable(context: RunContext, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (problem) {
    if (!(problem instanceof ReplayStopped)) throw problem;
    context.stop(problem);
    return false;
  }
}
