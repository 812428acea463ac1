import { FailuresFile, SuccessesFile } from './accounting/files.js';
import { Ledger } from './accounting/ledger.js';
import type { ProgressSnapshot } from './accounting/progress.js';
import { Settlement, type Discarded, type UnmappedLine } from './accounting/settlement.js';
import type { Summary } from './accounting/summary.js';
import { Batch } from './batching/batch.js';
import type { BatchFeed } from './batching/feed.js';
import { Outlook } from './batching/outlook.js';
import { ReplayStopped } from './errors.js';
import type { Line } from './input/input.js';
import type { Spool } from './input/spool.js';
import { Intake, type KeptLine } from './intake.js';
import { ResumeGate } from './journal/gate.js';
import { Resumption, type Earlier } from './journal/resumption.js';
import { Later } from './later.js';
import {
  byMapping,
  isSettledEarlier,
  type MalformedLine,
  type Outcome,
  type RecordError,
  type SourceRecord,
  type TopicMapping,
} from './record.js';
import { Flights } from './run-flights.js';
import { defaultFailuresFile, type RunOptions } from './run-options.js';
import { earlierRunText, exitCodeOf, snapshotOf, summaryOf } from './run-report.js';

/** One run, from the first line to the summary. */
export class ReplayRun {
  readonly #ledger: Ledger;
  readonly #failures: FailuresFile;
  readonly #successes: SuccessesFile | undefined;
  readonly #settlement: Settlement;
  readonly #intake: Intake;
  readonly #outlook = new Outlook();
  readonly #flights: Flights;
  readonly #feed: BatchFeed;
  readonly #later: Later;
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
    const { settings, plans, input } = options;
    const warn = (warning: string): void => options.observer?.onWarning?.(warning);
    this.#ledger = new Ledger(
      settings.mappings,
      ({ mode }) => mode === 'realtime' || settings.successesFile !== undefined,
    );
    const { journal, kept } = options;
    const keeping = { continues: journal?.recovered !== undefined, syncs: journal !== undefined };
    this.#failures = new FailuresFile(
      journal?.failuresFile ?? settings.failuresFile ?? defaultFailuresFile(options),
      warn,
      { ...keeping, continues: kept.hasFailures },
    );
    this.#successes =
      settings.successesFile === undefined ? undefined : new SuccessesFile(settings.successesFile, warn, keeping);
    const recovered = journal?.recovered;
    this.#resumption =
      recovered === undefined
        ? undefined
        : new Resumption(journal?.path ?? '', recovered, (position) => kept.take(position));
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
    this.#later = new Later(plans);
    const { envelope, shard } = settings;
    const { bareTopic: topic, holdsDoubts } = options;
    this.#intake = new Intake(plans, { envelope, shard, topic, holdsDoubts, sparesParsing: true }, this.#resumption);
    this.#flights = new Flights({
      ...{ run: options, ledger: this.#ledger, settlement: this.#settlement, later: this.#later },
      outlook: this.#outlook,
      onStop: (reason) => this.#stop(reason),
    });
    this.#feed = this.#flights.feed;
  }

  async complete(): Promise<Summary> {
    const { stopping, observer, journal } = this.options;
    if (journal !== undefined && journal.recovered === undefined) {
      // A later run of the journal takes what it finds there for this run's.
      await this.#failures.setAside();
      await this.#successes?.setAside();
    }
    const onStopping = (): void => {
      const { reason } = stopping as { reason: unknown };
      this.#stopped ??= reason instanceof ReplayStopped ? reason : new ReplayStopped('STOPPED', 'The run was stopped');
      this.#leave(this.#feed.halt());
    };
    stopping.addEventListener('abort', onStopping, { once: true });
    if (stopping.aborted) onStopping();
    observer?.onStart?.(() => this.#look());
    if (journal?.recovered !== undefined) observer?.onWarning?.(earlierRunText(journal.recovered));
    try {
      await this.#read();
      await this.#sendLater();
      await this.#feed.finish();
      if (stopping.aborted) this.#leave(this.#feed.halt());
      await this.#settleUnsent();
      this.#ledger.assertSettled();
      await this.#noteFinished();
    } finally {
      stopping.removeEventListener('abort', onStopping);
      await this.#failures.close();
      await this.#successes?.close();
      await this.#later.remove();
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
    if (this.#stopped === undefined) {
      this.#resumption?.assertEnd(this.#ledger.lines);
      if (this.#gate?.isClosed === true) await this.#openGate(this.#gate);
    }
    this.#hasInputEnded = true;
    this.#outlook.noteEnd();
  }

  /** What waited for others, once these are settled. */
  async #sendLater(): Promise<void> {
    const { stopping } = this.options;
    const spools = this.#later.spools();
    for (;;) {
      await this.#feed.drain();
      const next = stopping.aborted ? undefined : spools.next();
      if (next === undefined || next.done === true) return;
      try {
        await this.#sendSpooled(next.value);
      } catch (error) {
        if (!(error instanceof ReplayStopped)) throw error;
        this.#stop(error);
      }
    }
  }

  async #sendSpooled(spool: Spool): Promise<void> {
    for await (const line of spool.take()) {
      this.#feed.add(this.#intake.retake(line));
      if (this.options.stopping.aborted) return;
      if (this.#feed.isFull) await this.#feed.room();
      if (this.#later.isFull) await this.#later.flush();
    }
  }

  async #takePiece(piece: readonly Line[]): Promise<void> {
    const discarded: Discarded[] = [];
    for (const line of piece) {
      this.#takeLine(line, discarded);
      this.#resumption?.assertNotBeyond(this.#ledger.lines);
      if (this.#gate?.mayOpen === true) await this.#openGate(this.#gate);
      // Nothing is read that cannot be placed: this wait is the back-pressure.
      if (this.#feed.isFull) await this.#feed.room();
      if (this.#later.isFull) await this.#later.flush();
    }
    this.#outlook.notePosition(this.options.input.position, this.options.input.size);
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
    if (taken.kind === 'elsewhere') return;
    this.#ledger.lines++;
    switch (taken.kind) {
      case 'record':
        this.#countRead(taken.record.mapping, taken.dropped);
        this.#outlook.noteRecord(taken.record.mapping.topic);
        if (isSettledEarlier(taken.record)) this.#noteKeptInJob(taken.record);
        this.#place(taken.record, taken.earlier);
        break;
      case 'rejected':
        this.#countRead(taken.line.mapping, taken.dropped);
        discarded.push({ kind: 'rejected', ...taken.line });
        break;
      case 'skipped':
        this.#countRead(taken.line.mapping, []);
        discarded.push({ kind: 'skipped', ...taken.line });
        break;
      case 'resumed':
        this.#countRead(taken.mapping, []);
        this.#ledger.topic(taken.mapping).resumed++;
        if (taken.kept !== undefined) this.#noteKept(taken.mapping.topic, taken.kept);
        break;
      case 'unmapped':
        this.#ledger.unmapped++;
        if (this.options.settings.unmappedTopics === 'fail')
          this.#discard({ ...taken.message, kind: 'unmapped' }, discarded);
        break;
      case 'malformed':
        this.#discard(taken, discarded);
        break;
    }
  }

  /** Sent as soon as may be, or later, or once it is sure that the input is the journal's. */
  #place(record: SourceRecord, earlier: Earlier): void {
    const isWithOrg = earlier?.kind === 'job' || earlier?.kind === 'kept' || earlier?.kind === 'once';
    if (this.#later.isLater(record.mapping) && !isWithOrg) this.#later.put(record);
    else if (this.#gate?.isClosed === true) this.#gate.hold(record, earlier);
    else this.#feed.add(record);
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

  /** The journal learns of it together with the other records of the job. */
  #noteKeptInJob({ mapping, earlier }: SourceRecord): void {
    this.#ledger.topic(mapping).resumed++;
    if (earlier === 'failed') this.#keptFailures++;
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
    for (const records of byMapping(inDoubt)) {
      const error = { code: 'RUN_ENDED', message };
      await this.#settlement.settle(
        records,
        records.map((): Outcome => ({ kind: 'in_doubt', error })),
      );
    }
    for (const { job, records } of jobs) this.#feed.resume(Batch.of(records, job));
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

  /** What was gathered and never sent. */
  async #settleUnsent(): Promise<void> {
    if (this.#gate?.isClosed === true) {
      const { inDoubt, jobs, open } = this.#gate.open();
      for (const records of [inDoubt, ...jobs.map((one) => one.records), open]) this.#leave(records);
      this.#settlement.leave(this.#heldDiscards.splice(0));
    }
    const error = { code: 'RUN_STOPPED', message: 'The run stopped before this record was sent' };
    const outcomes = this.#unsent.map((): Outcome => ({ kind: 'unsent', error }));
    await this.#settlement.settle(this.#unsent, outcomes);
    for (const spool of this.#later.all) await this.#settleSpooled(spool, error);
  }

  async #settleSpooled(spool: Spool, error: RecordError): Promise<void> {
    try {
      let records: SourceRecord[] = [];
      const settle = async (): Promise<void> => {
        await this.#settlement.settle(
          records,
          records.map((): Outcome => ({ kind: 'unsent', error })),
        );
        records = [];
      };
      for await (const line of spool.take()) if (records.push(this.#intake.retake(line)) >= 1_000) await settle();
      await settle();
    } catch (problem) {
      if (!(problem instanceof ReplayStopped)) throw problem;
      this.#stop(problem);
      for (const [topic, count] of spool.waiting) {
        const account = this.#ledger.topics.get(topic);
        if (account !== undefined) account.unsent += count;
      }
    }
  }

  /** Not to be sent by this run. */
  #leave(records: readonly SourceRecord[]): void {
    for (const record of records) if (!isSettledEarlier(record)) this.#unsent.push(record);
  }

  #stop(reason: ReplayStopped): void {
    this.#stopped ??= reason;
    this.options.stop(reason);
  }

  #look(): ProgressSnapshot {
    const { input, startedAtMs, notice } = this.options;
    const elapsedMs = Date.now() - startedAtMs;
    const { callsAtOnce } = this.#flights;
    const hasInputEnded = this.#hasInputEnded;
    return snapshotOf(this.#ledger, input, { elapsedMs, hasInputEnded, callsAtOnce, notice: notice() });
  }

  #summary(): Summary {
    return summaryOf(this.#ledger, this.options, {
      exitCode: this.#exitCode(),
      stopped: this.#stopped,
      failuresFile: this.#failures.written,
    });
  }

  #exitCode(): number {
    return exitCodeOf(this.#ledger, this.#stopped, this.options.journal?.recovered, this.#keptFailures);
  }
}
