import { FailuresFile, SuccessesFile } from '../accounting/files.js';
import { Ledger } from '../accounting/ledger.js';
import type { ProgressSnapshot } from '../accounting/progress.js';
import { Settlement, type Discarded, type UnmappedLine } from '../accounting/settlement.js';
import type { OrgSummary, Summary } from '../accounting/summary.js';
import { Batch } from '../batching/batch.js';
import { InputForecast } from '../batching/limits.js';
import { ReplayStopped } from '../core/errors.js';
import type { Line } from '../input/input.js';
import { Brakes } from './brakes.js';
import { Intake } from '../records/intake.js';
import { deadLetterText } from '../input/dead-letter.js';
import { ResumeGate } from '../journal/gate.js';
import type { Journal } from '../journal/journal.js';
import { Resumption } from '../journal/resumption.js';
import type { Earlier } from '../core/journal.js';
import type { Feed } from './changed-records.js';
import { Deferral } from './deferral.js';
import { DeferredRecords } from './deferred-records.js';
import {
  byMapping,
  type DroppedField,
  type MalformedLine,
  type SourceRecord,
  type TopicMapping,
} from '../core/record.js';
import { Sender } from './sending.js';
import { figuresOf, finishedSummary } from './run-summary.js';
import { defaultFailuresFile, type RunOptions } from './replay-options.js';
import { earlierRunText, exitCodeOf, snapshotOf, summaryOf } from './run-summary.js';

/** One run, from the first line to the summary. */
export class ReplayRun {
  readonly #ledger: Ledger;
  readonly #failures: FailuresFile;
  readonly #successes: SuccessesFile | undefined;
  readonly #settlement: Settlement;
  readonly #brakes: Brakes;
  readonly #intake: Intake;
  readonly #forecast = new InputForecast();
  readonly #sender: Sender;
  readonly #feed: Feed;
  readonly #deferred: DeferredRecords;
  readonly #deferral: Deferral;
  readonly #unsent: SourceRecord[] = [];
  readonly #resumption: Resumption | undefined;
  readonly #gate: ResumeGate | undefined;
  #stopped: ReplayStopped | undefined;
  #hasInputEnded = false;
  /** Lines without a topic's account so far: their ordinals in the journal. */
  #discardedCount = 0;
  /** Lines that will not be sent, while it is not sure that the input is the journal's. */
  readonly #heldDiscards: Discarded[] = [];

  constructor(private readonly options: RunOptions) {
    const { settings, plans, input } = options;
    const warn = (warning: string): void => options.observer?.onWarning?.(warning);
    this.#ledger = new Ledger(
      settings.mappings,
      ({ mode }) => mode === 'realtime' || settings.successesFile !== undefined,
    );
    const { journal } = options;
    const isSynced = journal?.isAskedFor === true;
    this.#failures = new FailuresFile(
      journal?.failuresFile ?? settings.failuresFile ?? defaultFailuresFile(options),
      warn,
      deadLetterText,
      isSynced,
    );
    this.#successes =
      settings.successesFile === undefined ? undefined : new SuccessesFile(settings.successesFile, warn, isSynced);
    const recovered = journal?.recovered;
    this.#resumption = recovered === undefined ? undefined : new Resumption(journal?.path ?? '', recovered);
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
    this.#deferred = new DeferredRecords(plans);
    const { envelope, shard } = settings;
    const { bareTopic: topic, holdsDoubts } = options;
    const { command } = input;
    const reading = { envelope, shard, topic, command, holdsDoubts };
    this.#intake = new Intake(plans, reading, this.#resumption);
    this.#brakes = new Brakes({
      ...{ limits: settings, ledger: this.#ledger, usage: options.client.usage },
      stop: (reason) => this.#stop(reason),
    });
    this.#sender = new Sender({
      ...{
        run: options,
        ledger: this.#ledger,
        settlement: this.#settlement,
        deferred: this.#deferred,
        brakes: this.#brakes,
      },
      forecast: this.#forecast,
      onStop: (reason) => this.#stop(reason),
    });
    this.#feed = this.#sender.feed;
    this.#deferral = new Deferral({
      ...{ deferred: this.#deferred, intake: this.#intake, feed: this.#feed, ledger: this.#ledger },
      settlement: this.#settlement,
      stopping: options.stopping,
      onStop: (reason) => this.#stop(reason),
    });
  }

  async complete(): Promise<Summary> {
    const { stopping, observer, journal } = this.options;
    if (journal !== undefined) await this.#openFiles(journal);
    const onStopping = (): void => {
      const { reason } = stopping as { reason: unknown };
      this.#stopped ??= reason instanceof ReplayStopped ? reason : new ReplayStopped('STOPPED', 'The run was stopped');
      this.#noteUnsent(this.#feed.halt());
    };
    stopping.addEventListener('abort', onStopping, { once: true });
    if (stopping.aborted) onStopping();
    observer?.onStart?.(() => this.#look());
    if (journal?.recovered !== undefined) observer?.onWarning?.(earlierRunText(journal.recovered));
    try {
      await this.#read();
      await this.#deferral.send();
      await this.#feed.finish();
      if (stopping.aborted) this.#noteUnsent(this.#feed.halt());
      await this.#settleUnsent();
      this.#ledger.assertSettled();
      await this.#noteFinished();
    } finally {
      stopping.removeEventListener('abort', onStopping);
      await this.#failures.close();
      await this.#successes?.close();
      await this.#deferred.remove();
    }
    const summary = this.#summary(this.options.org);
    const finished = this.#stopped === undefined ? journal?.recovered?.finished : undefined;
    return finished === undefined ? summary : finishedSummary(summary, finished.figures);
  }

  /** Those of the journal's first run begin empty; a later run goes on with them. */
  async #openFiles({ recovered }: Journal): Promise<void> {
    if (recovered === undefined) {
      await this.#failures.setAside();
      await this.#successes?.setAside();
    } else if (recovered.finished === undefined) {
      await this.#failures.goOn(recovered.files?.failures);
      await this.#successes?.goOn(recovered.files?.successes);
    }
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
    this.#forecast.noteEnd();
  }

  async #takePiece(piece: readonly Line[]): Promise<void> {
    const { position, size } = this.options.input;
    this.#forecast.noteAhead(piece.length, position, size);
    const discarded: Discarded[] = [];
    for (const line of piece) {
      this.#takeLine(line, discarded);
      this.#resumption?.assertNotBeyond(this.#ledger.lines);
      if (this.#gate?.mayOpen === true) await this.#openGate(this.#gate);
      // Nothing is read that cannot be placed: this wait is the back-pressure.
      if (this.#feed.isFull) await this.#feed.room();
      if (this.#deferred.isFull) await this.#deferred.flush();
    }
    this.#forecast.notePosition(position, size);
    // With the gate still closed, the input may turn out to be another one: then nothing may be written.
    if (this.#gate?.isClosed === true) {
      this.#heldDiscards.push(...discarded);
      return;
    }
    await this.#settlement.discard(discarded);
    if (discarded.length > 0) this.#brakes.check();
  }

  #takeLine(line: Line, discarded: Discarded[]): void {
    const taken = this.#intake.take(line);
    if (taken.kind === 'elsewhere') return;
    this.#ledger.lines++;
    switch (taken.kind) {
      case 'record':
        this.#countRead(taken.record.mapping, taken.dropped);
        this.#forecast.noteRecord(taken.record.mapping.topic);
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
        break;
      case 'unmapped':
        if (this.options.settings.unmappedTopics === 'skip') this.#ledger.noteUnmapped(taken.message);
        else this.#discard({ ...taken.message, kind: 'unmapped' }, discarded);
        break;
      case 'malformed':
        this.#discard(taken, discarded);
        break;
    }
  }

  /** Sent as soon as may be, or later, or once it is sure that the input is the journal's. */
  #place(record: SourceRecord, earlier: Earlier): void {
    const isWithOrg = earlier?.kind === 'job' || earlier?.kind === 'once';
    if (this.#deferred.dependsOnOthers(record.mapping) && !isWithOrg) this.#deferred.put(record);
    else if (this.#gate?.isClosed === true) this.#gate.hold(record, earlier);
    else this.#feed.add(record);
  }

  /** A line without a topic's account goes to the failures file, unless an earlier run has put it there. */
  #discard(line: MalformedLine | UnmappedLine, discarded: Discarded[]): void {
    const ordinal = this.#discardedCount++;
    const text = line.kind === 'malformed' ? line.raw : line.text;
    const earlier = this.#resumption?.look(null, ordinal, text);
    if (earlier === undefined) {
      if (line.kind === 'unmapped') this.#ledger.noteUnmapped(line);
      discarded.push({ ...line, ordinal });
      return;
    }
    this.#ledger.resumedDiscards++;
  }

  /** The input is the one that the journal knows: what was held back may go, what was under way first. */
  async #openGate(gate: ResumeGate): Promise<void> {
    if (this.options.journal?.recovered?.finished === undefined) await this.#settlement.goOn();
    const { inDoubt, jobs, open } = gate.open();
    await this.#settlement.discard(this.#heldDiscards.splice(0));
    const message = 'An earlier run ended while this record was being inserted, before the reply came';
    for (const records of byMapping(inDoubt)) {
      const error = { code: 'RUN_ENDED', message };
      await this.#settlement.settle(records.map((record) => ({ record, outcome: { kind: 'in_doubt', error } })));
    }
    for (const { job, records } of jobs) this.#feed.resume(Batch.of(records, job));
    for (const record of open) {
      this.#feed.add(record);
      if (this.#feed.isFull) await this.#feed.room();
    }
  }

  async #noteFinished(): Promise<void> {
    const { journal } = this.options;
    if (journal === undefined || journal.recovered?.finished !== undefined) return;
    try {
      if (this.#stopped !== undefined) await this.#settlement.noteStopped();
      else await journal.finished(this.#ledger.lines, this.#exitCode(), figuresOf(this.#summary(this.options.org)));
    } catch (error) {
      if (!(error instanceof ReplayStopped)) throw error;
      this.#stopped = error;
    }
  }

  #countRead(mapping: TopicMapping, dropped: readonly DroppedField[]): void {
    const topic = this.#ledger.topic(mapping);
    topic.read++;
    for (const field of dropped) topic.dropped.add(field);
  }

  /** What was gathered and never sent. */
  async #settleUnsent(): Promise<void> {
    if (this.#gate?.isClosed === true) {
      const { inDoubt, jobs, open } = this.#gate.open();
      for (const records of [inDoubt, ...jobs.map((one) => one.records), open]) this.#noteUnsent(records);
      this.#settlement.countUnsent(this.#heldDiscards.splice(0));
    }
    const error = { code: 'RUN_STOPPED', message: 'The run stopped before this record was sent' };
    await this.#settlement.settle(this.#unsent.map((record) => ({ record, outcome: { kind: 'unsent', error } })));
    await this.#deferral.settleUnsent(error);
  }

  /** Not to be sent by this run. */
  #noteUnsent(records: readonly SourceRecord[]): void {
    for (const record of records) this.#unsent.push(record);
  }

  #stop(reason: ReplayStopped): void {
    this.#stopped ??= reason;
    this.options.stop(reason);
  }

  #look(): ProgressSnapshot {
    const { input, startedAtMs, client } = this.options;
    const elapsedMs = Date.now() - startedAtMs;
    const { callsAtOnce } = this.#sender;
    const hasInputEnded = this.#hasInputEnded;
    return snapshotOf(this.#ledger, input, { elapsedMs, hasInputEnded, callsAtOnce, notice: client.waiting });
  }

  #summary(org: OrgSummary): Summary {
    return summaryOf(this.#ledger, this.options, {
      org,
      exitCode: this.#exitCode(),
      stopped: this.#stopped,
      failuresFile: this.#failures.written,
      journalFile: this.#journalFile(),
    });
  }

  /** Where the journal stays: one that nobody asked for, only as long as there is something to go on with. */
  #journalFile(): string | null {
    const { journal } = this.options;
    return journal !== undefined && (journal.isAskedFor || this.#stopped !== undefined) ? journal.path : null;
  }

  #exitCode(): number {
    return exitCodeOf(this.#ledger, this.#stopped, this.options.journal?.recovered);
  }
}
