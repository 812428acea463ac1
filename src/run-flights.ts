import type { Ledger } from './accounting/ledger.js';
import type { Settlement } from './accounting/settlement.js';
import type { Batch } from './batching/batch.js';
import { BatchFeed } from './batching/feed.js';
import { AutoInFlight } from './batching/in-flight.js';
import { SizeLimits } from './batching/limits.js';
import type { Outlook } from './batching/outlook.js';
import type { ReplayStopped } from './errors.js';
import type { Later } from './later.js';
import { countLines, isSettledEarlier, type TopicMapping } from './record.js';
import type { RunOptions } from './run-options.js';
import { makeWriters } from './run-writers.js';
import type { FieldPlan } from './writers/fields.js';

export interface FlightsOptions {
  readonly run: RunOptions;
  readonly ledger: Ledger;
  readonly settlement: Settlement;
  readonly later: Later;
  readonly outlook: Outlook;
  readonly onStop: (reason: ReplayStopped) => void;
}

/** From records to outcomes: gathers batches, hands each to the writer of its mode, and settles what comes back. */
export class Flights {
  readonly feed: BatchFeed;
  readonly #inFlight: AutoInFlight | undefined;
  readonly #plans: ReadonlyMap<TopicMapping, FieldPlan>;
  readonly #writers: ReturnType<typeof makeWriters>;

  constructor(private readonly options: FlightsOptions) {
    const { run, ledger, outlook } = options;
    const { settings, plans, observer } = run;
    const allPlans = plans.flatMap((plan) => [plan, plan.forTombstones].filter((one) => one !== undefined));
    this.#plans = new Map(allPlans.map((plan) => [plan.mapping, plan]));
    this.#writers = makeWriters(run, ledger, (warning) => observer?.onWarning?.(warning));
    const { maxInFlight, maxConcurrentBulkJobs } = settings;
    const auto = maxInFlight === 'auto' ? new AutoInFlight() : undefined;
    this.#inFlight = auto;
    const limits = new SizeLimits(settings, outlook);
    this.feed = new BatchFeed({
      limitsOf: (mapping, full) => limits.of(mapping, full),
      onClosed: (batch) => limits.noteClosed(batch),
      maxGatheredBytes: limits.maxGatheredBytes,
      slots: (mode) => (mode === 'bulk' ? maxConcurrentBulkJobs : (auto?.limit ?? Number(maxInFlight))),
      batchPeriodMs: settings.batchPeriodMs,
      fly: (batch) => this.#fly(batch),
      now: () => performance.now(),
    });
  }

  /** How many calls may be in flight now; undefined unless that is found out. */
  get callsAtOnce(): number | undefined {
    return this.#inFlight?.limit;
  }

  async #fly(whole: Batch): Promise<void> {
    const { ledger, later } = this.options;
    const waiting = later.waitingOf(whole);
    const batch = whole.without(waiting);
    later.hold(waiting);
    const { mapping, records } = batch;
    if (records.length === 0) return;
    const topic = ledger.topic(mapping);
    topic.batches++;
    topic.batchesSaved += batch.saved;
    if (batch.closedBy === 'key') topic.batchesClosedByKey++;
    const sent = countLines(records.filter((record) => !isSettledEarlier(record)));
    topic.sent += sent;
    topic.inFlight += sent;
    if (mapping.mode === 'realtime' && this.#inFlight !== undefined) await this.#writeWatched(batch, this.#inFlight);
    else await this.#write(batch);
  }

  /** What becomes of the call says how many there should be. */
  async #writeWatched(batch: Batch, inFlight: AutoInFlight): Promise<void> {
    const { usage } = this.options.run.client;
    const { congestions } = usage;
    const flight = inFlight.takeOff(performance.now());
    const wasContended = await this.#write(batch);
    const isCongested = wasContended || usage.congestions > congestions;
    inFlight.land(flight, { nowMs: performance.now(), records: batch.records.length, isCongested });
  }

  async #write(batch: Batch): Promise<boolean> {
    const { ledger, later, settlement, onStop } = this.options;
    const { mapping } = batch;
    const topic = ledger.topic(mapping);
    const plan = this.#plans.get(mapping) as FieldPlan;
    const result = await this.#writers[mapping.mode].write(batch, plan, async (settled, outcomes, aside) => {
      const { held, ...final } = later.sift(mapping, settled, outcomes);
      later.hold(held);
      // Nothing is under way with what is held: it was refused.
      await settlement.settle(final.records, final.outcomes, { ...aside, cleared: [...aside.cleared, ...held] });
      topic.sent -= countLines(held);
      topic.inFlight -= countLines(settled);
    });
    if (result.stop !== undefined) onStop(result.stop);
    return result.wasContended;
  }
}
