import { setTimeout as delay } from 'node:timers/promises';
import { FailuresFile, SuccessesFile } from './accounting/files.js';
import { Ledger } from './accounting/ledger.js';
import type { ProgressSnapshot } from './accounting/progress.js';
import type { KeptLines } from './accounting/kept-lines.js';
import { Settlement, type Discarded, type UnmappedLine } from './accounting/settlement.js';
import type { Summary } from './accounting/summary.js';
import { Batch } from './batching/batch.js';
import { BatchFeed } from './batching/feed.js';
import { batchLimitsOf } from './batching/limits.js';
import { ReplayStopped } from './errors.js';
import type { Line } from './input/input.js';
import { Intake, type KeptLine } from './intake.js';
import { ResumeGate } from './journal/gate.js';
import type { Journal } from './journal/journal.js';
import { Resumption } from './journal/resumption.js';
import type { MalformedLine, Mode, Outcome, SourceRecord, TopicMapping } from './record.js';
import type { ReplayOptions } from './replay-options.js';
import type { SalesforceClient } from './salesforce/client.js';
import { BulkWriter } from './writers/bulk.js';
import type { FieldPlan } from './writers/fields.js';
import { RealtimeWriter } from './writers/realtime.js';
import type { Writer, WriterContext } from './writers/writer.js';

export interface RunOptions extends ReplayOptions {
  readonly client: SalesforceClient;
  readonly journal: Journal | undefined;
  /** What earlier runs of the journal have put into their failures and successes files. */
  readonly kept: KeptLines;
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

export function defaultFailuresFile(runId: string): string {
  return `sfreplay-${runId}.failed.ndjson`;
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
  readonly #resumption: Resumption | undefined;
  readonly #gate: ResumeGate | undefined;
  #stopped: ReplayStopped | undefined;
  #hasInputEnded = false;
  /** Lines without a topic's account so far: their ordinals in the journal. */
  #discardedCount = 0;
  /** Lines by topic that earlier runs have put into their files without a word in the journal. */
  readonly #kept = new Map<string | null, KeptLine[]>();
  #keptFailures = 0;
  /** Lines that will not be sent, while it is not sure that the input is the journal's. */
  readonly #heldDiscards: Discarded[] = [];

  constructor(private readonly options: RunOptions) {
    const { settings, plans, input, runId } = options;
    const warn = (warning: string): void => options.observer?.onWarning?.(warning);
    this.#ledger = new Ledger(
      settings.mappings,
      ({ mode }) => mode === 'realtime' || settings.successesFile !== undefined,
    );
    const { journal, kept } = options;
    const keeping = { continues: journal?.recovered !== undefined, syncs: journal !== undefined };
    this.#failures = new FailuresFile(
      journal?.failuresFile ?? settings.failuresFile ?? defaultFailuresFile(runId),
      warn,
      { ...keeping, continues: kept.hasFailures },
    );
    this.#successes =
      settings.successesFile === undefined ? undefined : new SuccessesFile(settings.successesFile, warn, keeping);
    const recovered = journal?.recovered;
    this.#resumption =
      recovered === undefined ? undefined : new Resumption(journal?.path ?? '', recovered, (position) => kept.has(position));
    this.#gate = this.#resumption === undefined ? undefined : new ResumeGate(this.#resumption);
    this.#settlement = new Settlement({
      ledger: this.#ledger,
      failures: this.#failures,
      successes: this.#successes,
      // With a journal the same command sends them: in the failures file, too, they would be sent twice.
      keepsUnsent: input.isOnce && journal === undefined,
      journal,
      warn,
      onStopped: (reason) => this.#stop(reason),
    });
    this.#plans = new Map(plans.map((plan) => [plan.mapping, plan]));
    this.#intake = new Intake(plans, { envelope: settings.envelope, topic: options.bareTopic }, this.#resumption);
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
      journal,
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
    this.#tellOfEarlierRun();
    try {
      await this.#read();
      await this.#feed.finish();
      if (stopping.aborted) this.#unsent.push(...this.#feed.halt());
      await this.#settleUnsent();
      this.#ledger.assertSettled();
      await this.#noteFinished();
    } finally {
      stopping.removeEventListener('abort', onStopping);
      await this.#failures.close();
      await this.#successes?.close();
    }
    return this.#summary();
  }

  #tellOfEarlierRun(): void {
    const { journal, observer } = this.options;
    if (journal?.recovered === undefined) return;
    const { header, finished } = journal.recovered;
    observer?.onWarning?.(
      finished === undefined
        ? `Going on with run ${header.run} of ${header.started_at}, which stopped part-way`
        : `Run ${header.run} of ${header.started_at} is finished: there is nothing to send`,
    );
  }

  async #read(): Promise<void> {
    try {
      for await (const piece of this.options.input.pieces(this.options.stopping)) await this.#takePiece(piece);
    } catch (error) {
      if (!(error instanceof ReplayStopped)) throw error;
      // The input broke off. What came before it is sent all the same.
      this.#stopped ??= error;
    }
    if (this.#stopped === undefined) {
      this.#resumption?.assertEnd(this.#ledger.lines);
      if (this.#gate?.isClosed === true) await this.#openGate(this.#gate);
    }
    this.#hasInputEnded = true;
  }

  async #takePiece(piece: readonly Line[]): Promise<void> {
    const discarded: Discarded[] = [];
    for (const line of piece) {
      this.#ledger.lines++;
      this.#takeLine(line, discarded);
      this.#resumption?.assertNotBeyond(this.#ledger.lines);
      if (this.#gate?.mayOpen === true) await this.#openGate(this.#gate);
      // Nothing is read that cannot be placed: this wait is the back-pressure.
      if (this.#feed.isFull) await this.#feed.room();
    }
    // With the gate still closed, the input may turn out to be another one: then nothing may be written.
    if (this.#gate?.isClosed === true) {
      this.#heldDiscards.push(...discarded);
      return;
    }
    await this.#journalKept();
    await this.#settlement.discard(discarded);
  }

  #takeLine(line: Line, discarded: Discarded[]): void {
    const taken = this.#intake.take(line);
    switch (taken.kind) {
      case 'record':
        this.#countRead(taken.record.mapping, taken.dropped);
        if (this.#gate?.isClosed === true) this.#gate.hold(taken.record, taken.earlier);
        else this.#feed.add(taken.record);
        break;
      case 'rejected':
        this.#countRead(taken.line.mapping, taken.dropped);
        discarded.push({ kind: 'rejected', ...taken.line });
        break;
      case 'resumed':
        this.#countRead(taken.mapping, []);
        this.#ledger.topic(taken.mapping).resumed++;
        if (taken.kept !== undefined) this.#noteKept(taken.mapping.topic, taken.kept);
        break;
      case 'unmapped':
        this.#ledger.unmapped++;
        if (this.options.settings.unmappedTopics === 'fail') this.#discard({ ...taken.message, kind: 'unmapped' }, discarded);
        break;
      case 'malformed':
        this.#discard(taken, discarded);
        break;
    }
  }

  /** A line without a topic's account goes to the failures file, unless an earlier run has put it there. */
  #discard(line: MalformedLine | UnmappedLine, discarded: Discarded[]): void {
    const ordinal = this.#discardedCount++;
    const text = line.kind === 'malformed' ? line.raw : line.text;
    const earlier = this.#resumption?.look(null, ordinal, text, line.position);
    if (earlier === undefined) {
      discarded.push({ ...line, ordinal });
      return;
    }
    this.#ledger.resumedDiscards++;
    if (line.kind === 'unmapped') this.#ledger.unmapped--;
    if (earlier.kind === 'kept') this.#noteKept(null, { ordinal, text, outcome: earlier.outcome });
  }

  #noteKept(topic: string | null, line: KeptLine): void {
    const lines = this.#kept.get(topic);
    if (lines === undefined) this.#kept.set(topic, [line]);
    else lines.push(line);
    if (line.outcome === 'failed') this.#keptFailures++;
  }

  async #journalKept(): Promise<void> {
    for (const [topic, lines] of this.#kept) await this.#settlement.keep(topic, lines);
    this.#kept.clear();
  }

  /** The input is the one that the journal knows: what was held back may go, what was under way first. */
  async #openGate(gate: ResumeGate): Promise<void> {
    const { inDoubt, jobs, open } = gate.open();
    await this.#journalKept();
    await this.#settlement.discard(this.#heldDiscards.splice(0));
    const message = 'An earlier run ended while this record was being inserted, before the reply came';
    for (const records of byTopic(inDoubt)) {
      const error = { code: 'RUN_ENDED', message };
      await this.#settlement.settle(
        records,
        records.map((): Outcome => ({ kind: 'in_doubt', error })),
      );
    }
    for (const { id, records } of jobs) this.#feed.resume(Batch.of(records, id));
    for (const record of open) {
      this.#feed.add(record);
      if (this.#feed.isFull) await this.#feed.room();
    }
  }

  async #noteFinished(): Promise<void> {
    const { journal } = this.options;
    if (journal === undefined || this.#stopped !== undefined || journal.recovered?.finished !== undefined) return;
    try {
      await journal.finished(this.#ledger.lines, this.#exitCode());
    } catch (error) {
      if (!(error instanceof ReplayStopped)) throw error;
      this.#stopped = error;
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
    const plan = this.#plans.get(mapping) as FieldPlan;
    const result = await this.#writers[mapping.mode].write(batch, plan, async (settled, outcomes) => {
      await this.#settlement.settle(settled, outcomes);
      topic.inFlight -= settled.length;
    });
    if (result.stop !== undefined) this.#stop(result.stop);
  }

  /** What was gathered and never sent. */
  async #settleUnsent(): Promise<void> {
    if (this.#gate?.isClosed === true) {
      const { inDoubt, jobs, open } = this.#gate.open();
      this.#unsent.push(...inDoubt, ...jobs.flatMap(({ records }) => records), ...open);
      await this.#settlement.discard(this.#heldDiscards.splice(0));
    }
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
    const recovered = this.options.journal?.recovered;
    if (recovered?.finished !== undefined) return recovered.finished.exitCode;
    const { failed, in_doubt: inDoubt, malformed } = this.#ledger.totals();
    return failed + inDoubt + malformed + (recovered?.failed ?? 0) + this.#keptFailures > 0 ? 1 : 0;
  }
}

function byTopic(records: readonly SourceRecord[]): Iterable<SourceRecord[]> {
  const topics = new Map<TopicMapping, SourceRecord[]>();
  for (const record of records) {
    const known = topics.get(record.mapping);
    if (known === undefined) topics.set(record.mapping, [record]);
    else known.push(record);
  }
  return topics.values();
}

async function sleepUnlessAborted(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
