import { setTimeout as delay } from 'node:timers/promises';
import { FailuresFile, SuccessesFile } from './accounting/files.js';
import { Ledger } from './accounting/ledger.js';
import type { ProgressSnapshot } from './accounting/progress.js';
import { Settlement, type Discarded } from './accounting/settlement.js';
import type { Summary } from './accounting/summary.js';
import type { Batch } from './batching/batch.js';
import { BatchFeed } from './batching/feed.js';
import { batchLimitsOf } from './batching/limits.js';
import { ReplayStopped } from './errors.js';
import type { Line } from './input/input.js';
import { Intake } from './intake.js';
import type { Mode, Outcome, SourceRecord, TopicMapping } from './record.js';
import type { ReplayOptions } from './replay.js';
import type { SalesforceClient } from './salesforce/client.js';
import { BulkWriter } from './writers/bulk.js';
import type { FieldPlan } from './writers/fields.js';
import { RealtimeWriter } from './writers/realtime.js';
import type { Writer, WriterContext } from './writers/writer.js';

export interface RunOptions extends ReplayOptions {
  readonly client: SalesforceClient;
  /** One for each mapping, in the mappings' order. */
  readonly plans: readonly FieldPlan[];
  readonly stopping: AbortSignal;
  readonly aborting: AbortSignal;
  /** Winds the run down from inside. */
  readonly stop: (reason: ReplayStopped) => void;
  readonly startedAtMs: number;
  /** What requests are waiting for just now. */
  readonly notice: () => string | undefined;
}

/** One run, from the first line to the summary. */
export class ReplayRun {
  readonly #ledger: Ledger;
  readonly #failures: FailuresFile;
  readonly #successes: SuccessesFile | undefined;
  readonly #settlement: Settlement;
  readonly #intake: Intake;
  readonly #feed: BatchFeed;
  readonly #writers: Readonly<Record<Mode, Writer>>;
  readonly #plans: ReadonlyMap<TopicMapping, FieldPlan>;
  readonly #unsent: SourceRecord[] = [];
  #stopped: ReplayStopped | undefined;
  #hasInputEnded = false;

  constructor(private readonly options: RunOptions) {
    const { settings, plans, input, runId } = options;
    const warn = (warning: string): void => options.observer?.onWarning?.(warning);
    this.#ledger = new Ledger(
      settings.mappings,
      ({ mode }) => mode === 'realtime' || settings.successesFile !== undefined,
    );
    this.#failures = new FailuresFile(settings.failuresFile ?? `sfreplay-${runId}.failed.ndjson`, warn);
    this.#successes = settings.successesFile === undefined ? undefined : new SuccessesFile(settings.successesFile, warn);
    this.#settlement = new Settlement({
      ledger: this.#ledger,
      failures: this.#failures,
      successes: this.#successes,
      keepsUnsent: input.isOnce,
      warn,
      onStopped: (reason) => this.#stop(reason),
    });
    this.#plans = new Map(plans.map((plan) => [plan.mapping, plan]));
    this.#intake = new Intake(plans, { envelope: settings.envelope, topic: options.bareTopic });
    this.#feed = new BatchFeed({
      limitsOf: (mapping) => batchLimitsOf(mapping, settings.bulkBatchSize),
      slots: { realtime: settings.maxInFlight, bulk: settings.maxConcurrentBulkJobs },
      batchPeriodMs: settings.batchPeriodMs,
      fly: (batch) => this.#fly(batch),
      now: () => performance.now(),
    });
    const context: WriterContext = {
      client: options.client,
      headers: settings.org?.headers ?? {},
      maxRetries: settings.org?.maxRetries ?? 0,
      stopping: options.stopping,
      aborting: options.aborting,
      sleep: sleepUnlessAborted,
      random: Math.random,
      warn,
      wantsIds: this.#successes !== undefined,
      now: () => performance.now(),
      bulkPollIntervalMs: settings.bulkPollIntervalMs,
      onJob: ({ mapping }, jobId) => this.#ledger.topic(mapping).jobs.push(jobId),
    };
    this.#writers = { realtime: new RealtimeWriter(context), bulk: new BulkWriter(context) };
  }

  async complete(): Promise<Summary> {
    const { stopping, observer } = this.options;
    const onStopping = (): void => {
      const { reason } = stopping as { reason: unknown };
      this.#stopped ??= reason instanceof ReplayStopped ? reason : new ReplayStopped('STOPPED', 'The run was stopped');
      this.#unsent.push(...this.#feed.halt());
    };
    stopping.addEventListener('abort', onStopping, { once: true });
    if (stopping.aborted) onStopping();
    observer?.onStart?.(() => this.#look());
    try {
      await this.#read();
      await this.#feed.finish();
      if (stopping.aborted) this.#unsent.push(...this.#feed.halt());
      await this.#settleUnsent();
      this.#ledger.assertSettled();
    } finally {
      stopping.removeEventListener('abort', onStopping);
      await this.#failures.close();
      await this.#successes?.close();
    }
    return this.#summary();
  }

  async #read(): Promise<void> {
    try {
      for await (const piece of this.options.input.pieces(this.options.stopping)) await this.#takePiece(piece);
    } catch (error) {
      if (!(error instanceof ReplayStopped)) throw error;
      // The input broke off. What came before it is sent all the same.
      this.#stopped ??= error;
    }
    this.#hasInputEnded = true;
  }

  async #takePiece(piece: readonly Line[]): Promise<void> {
    const discarded: Discarded[] = [];
    for (const line of piece) {
      this.#ledger.lines++;
      this.#takeLine(line, discarded);
      // Nothing is read that cannot be placed: this wait is the back-pressure.
      if (this.#feed.isFull) await this.#feed.room();
    }
    await this.#settlement.discard(discarded);
  }

  #takeLine(line: Line, discarded: Discarded[]): void {
    const taken = this.#intake.take(line);
    switch (taken.kind) {
      case 'record':
        this.#countRead(taken.record.mapping, taken.dropped);
        this.#feed.add(taken.record);
        break;
      case 'rejected':
        this.#countRead(taken.line.mapping, taken.dropped);
        discarded.push({ kind: 'rejected', ...taken.line });
        break;
      case 'unmapped':
        this.#ledger.unmapped++;
        if (this.options.settings.unmappedTopics === 'fail') discarded.push({ ...taken.message, kind: 'unmapped' });
        break;
      case 'malformed':
        discarded.push(taken);
        break;
    }
  }

  #countRead(mapping: TopicMapping, dropped: readonly string[]): void {
    const topic = this.#ledger.topic(mapping);
    topic.read++;
    for (const field of dropped) topic.drop(field);
  }

  async #fly(batch: Batch): Promise<void> {
    const { mapping, records } = batch;
    const topic = this.#ledger.topic(mapping);
    topic.batches++;
    topic.sent += records.length;
    topic.inFlight += records.length;
    const result = await this.#writers[mapping.mode].write(batch, this.#plans.get(mapping) as FieldPlan);
    if (result.stop !== undefined) this.#stop(result.stop);
    await this.#settlement.settle(records, result.outcomes);
    topic.inFlight -= records.length;
  }

  /** What was gathered and never sent. */
  async #settleUnsent(): Promise<void> {
    const error = { code: 'RUN_STOPPED', message: 'The run stopped before this record was sent' };
    const outcomes = this.#unsent.map((): Outcome => ({ kind: 'unsent', error }));
    await this.#settlement.settle(this.#unsent, outcomes);
  }

  #stop(reason: ReplayStopped): void {
    this.#stopped ??= reason;
    this.options.stop(reason);
  }

  #look(): ProgressSnapshot {
    const { input, startedAtMs, notice } = this.options;
    return {
      elapsedMs: Date.now() - startedAtMs,
      topics: [...this.#ledger.topics.values()].map((topic) => ({
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
        done: this.#hasInputEnded && topic.settled === topic.read,
      })),
      input: { lines: this.#ledger.lines, position: input.position, size: input.size, ended: this.#hasInputEnded },
      malformed: this.#ledger.malformed,
      unmapped: this.#ledger.unmapped,
      notice: notice(),
    };
  }

  #summary(): Summary {
    const { input, runId, startedAtMs, client } = this.options;
    const { calls, retries, used, limit } = client.usage;
    return {
      run: {
        id: runId,
        started_at: new Date(startedAtMs).toISOString(),
        duration_ms: Date.now() - startedAtMs,
        exit_code: this.#exitCode(),
        stopped: this.#stopped === undefined ? null : { code: this.#stopped.code, message: this.#stopped.message },
      },
      input: {
        lines: this.#ledger.lines,
        bytes: input.bytes,
        malformed: this.#ledger.malformed,
        unmapped: this.#ledger.unmapped,
        files: input.files.map(({ path, lines }) => ({ path, lines })),
      },
      topics: [...this.#ledger.topics.values()].map((topic) => topic.summary()),
      totals: this.#ledger.totals(),
      api: { calls, retries, used, limit },
      failures_file: this.#failures.written,
    };
  }

  #exitCode(): number {
    if (this.#stopped?.code === 'SIGINT') return 130;
    if (this.#stopped?.code === 'SIGTERM') return 143;
    if (this.#stopped !== undefined) return 3;
    const { failed, in_doubt: inDoubt, malformed } = this.#ledger.totals();
    return failed + inDoubt + malformed > 0 ? 1 : 0;
  }
}

async function sleepUnlessAborted(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
