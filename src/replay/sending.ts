import type { Batch } from '../batching/batch.js';
import { BatchFeed } from '../batching/feed.js';
import { AutoInFlight } from '../batching/in-flight.js';
import { ChangedRecords, type Feed } from './changed-records.js';
import { countLines, type Mode } from '../core/record.js';
import type { RunContext } from './run-context.js';
import { sleep } from '../salesforce/wait.js';
import { BulkWriter } from '../writers/bulk/bulk-writer.js';
import { RealtimeWriter } from '../writers/realtime.js';
import type { Writer, WriterContext } from '../writers/writer.js';
import type { FieldPlan } from '../records/field-plan.js';

/** From records to outcomes: gathers batches, hands each to the writer of its mode, and settles what comes back. */
export class Sender {
  readonly feed: Feed;
  readonly #inFlight: AutoInFlight | undefined;
  readonly #writers: Readonly<Record<Mode, Writer>>;

  constructor(private readonly context: RunContext) {
    this.#writers = makeWriters(context);
    const { maxInFlight, maxConcurrentBulkJobs, onlyChanges, batchPeriodMs } = context.run.settings;
    const auto = maxInFlight === 'auto' ? new AutoInFlight() : undefined;
    this.#inFlight = auto;
    let changed: ChangedRecords | undefined;
    const feed = new BatchFeed({
      limits: context.limits,
      slots: (mode) => (mode === 'bulk' ? maxConcurrentBulkJobs : (auto?.limit ?? Number(maxInFlight))),
      // Otherwise records wait twice.
      batchPeriodMs: onlyChanges ? batchPeriodMs / 2 : batchPeriodMs,
      mayGrow: () => changed?.isFlowing === true,
      send: (batch) => this.#send(batch),
      now: () => performance.now(),
    });
    if (onlyChanges) changed = new ChangedRecords(feed, context);
    this.feed = changed ?? feed;
  }

  /** How many calls may be in flight now; undefined unless that is found out. */
  get callsAtOnce(): number | undefined {
    return this.#inFlight?.limit;
  }

  async #send(whole: Batch): Promise<void> {
    const { ledger, deferred, limits } = this.context;
    const blocked = deferred.deferBlocked(whole);
    limits.noteDeferred(whole, countLines(blocked));
    const batch = whole.without(blocked);
    const { mapping, records } = batch;
    if (records.length === 0) return;
    const topic = ledger.topic(mapping);
    topic.batches++;
    topic.batchesSaved += batch.saved;
    if (batch.closedBy === 'key') topic.batchesClosedByKey++;
    const sent = countLines(records);
    topic.sent += sent;
    topic.inFlight += sent;
    if (mapping.mode === 'bulk' || this.#inFlight === undefined) await this.#write(batch);
    else await this.#writeWatched(batch, this.#inFlight);
  }

  /** What becomes of the call says how many there should be. */
  async #writeWatched(batch: Batch, inFlight: AutoInFlight): Promise<void> {
    const { usage } = this.context.run.client;
    const { congestions } = usage;
    const call = inFlight.started(performance.now());
    const wasContended = await this.#write(batch);
    const isCongested = wasContended || usage.congestions > congestions;
    inFlight.finished(call, { nowMs: performance.now(), records: batch.records.length, isCongested });
  }

  async #write(batch: Batch): Promise<boolean> {
    const { ledger, deferred, settlement, plans, limits } = this.context;
    const { mapping } = batch;
    const topic = ledger.topic(mapping);
    const plan = plans.get(mapping) as FieldPlan;
    const result = await this.#writers[mapping.mode].write(batch, plan, async (settled, cleared) => {
      const { final, deferred: refused } = deferred.deferRetryable(mapping, settled);
      const count = countLines(refused);
      limits.noteDeferred(batch, count);
      // The org has answered for what is deferred: none of it is in doubt.
      await settlement.settle(final, [...cleared, ...refused]);
      topic.sent -= count;
      topic.inFlight -= countLines(settled.map(({ record }) => record));
      this.context.checkFailures();
    });
    if (result.stop !== undefined) this.context.stop(result.stop);
    return result.wasContended;
  }
}

/** The writers of one run, which share its client, its journal and its signals. */
function makeWriters({ run, ledger, warnOnce }: RunContext): Readonly<Record<Mode, Writer>> {
  const { settings, client, journal, stopping, aborting, observer } = run;
  const context: WriterContext = {
    ...{ client, journal, stopping, aborting, warn: warnOnce },
    headers: settings.org?.headers ?? {},
    maxRetries: settings.org?.maxRetries ?? 0,
    sleep: run.chance?.sleep ?? sleep,
    random: run.chance?.random ?? Math.random,
    wantsIds: settings.successesFile !== undefined,
    now: () => performance.now(),
    bulkPollIntervalMs: settings.bulkPollIntervalMs,
    onJob: ({ mapping }, event) => {
      if (event.kind === 'made' || event.kind === 'resumed') ledger.topic(mapping).jobs.push(event.id);
      observer?.onJob?.(mapping.topic, event);
    },
  };
  return { realtime: new RealtimeWriter(context), bulk: new BulkWriter(context) };
}
