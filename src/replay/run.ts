import { FailuresFile, SuccessesFile } from '../accounting/files.js';
import { Ledger } from '../accounting/ledger.js';
import type { ProgressSnapshot } from '../accounting/progress.js';
import { Settlement } from '../accounting/settlement.js';
import type { OrgSummary, Summary } from '../accounting/summary.js';
import { InputForecast } from '../batching/limits.js';
import { ReplayStopped } from '../core/errors.js';
import { Brakes } from './brakes.js';
import { Intake } from '../records/intake.js';
import { deadLetterText } from '../input/own-lines.js';
import type { Journal } from '../journal/journal.js';
import { Resumption } from '../journal/resumption.js';
import type { Feed } from './changed-records.js';
import { DeferredSender } from './deferred-sender.js';
import { DeferredRecords } from './deferred-records.js';
import type { SourceRecord } from '../core/record.js';
import { Reader } from './reading.js';
import { Sender } from './sending.js';
import { defaultFailuresFile, type RunContext, type RunOptions } from './replay-options.js';
import { earlierRunText, exitCodeOf, figuresOf, finishedSummary, snapshotOf, summaryOf } from './run-summary.js';

/** One run, from the first line to the summary. */
export class ReplayRun {
  readonly #ledger: Ledger;
  readonly #failures: FailuresFile;
  readonly #successes: SuccessesFile | undefined;
  readonly #settlement: Settlement;
  readonly #reader: Reader;
  readonly #sender: Sender;
  readonly #feed: Feed;
  readonly #deferred: DeferredRecords;
  readonly #deferredSender: DeferredSender;
  readonly #unsent: SourceRecord[] = [];
  #stopped: ReplayStopped | undefined;

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
    const onStop = (reason: ReplayStopped): void => this.#stop(reason);
    this.#settlement = new Settlement({
      ledger: this.#ledger,
      failures: this.#failures,
      successes: this.#successes,
      // With a journal the same command sends them: in the failures file, too, they would be sent twice.
      keepsUnsent: input.isOnce && journal === undefined,
      journal,
      warn,
      onStopped: onStop,
    });
    this.#deferred = new DeferredRecords(plans);
    const recovered = journal?.recovered;
    const resumption = recovered === undefined ? undefined : new Resumption(journal?.path ?? '', recovered);
    const { envelope, shard } = settings;
    const { bareTopic: topic, holdsDoubts } = options;
    const reading = { envelope, shard, topic, command: input.command, holdsDoubts };
    const context: RunContext = {
      run: options,
      ledger: this.#ledger,
      settlement: this.#settlement,
      intake: new Intake(plans, reading, resumption),
      deferred: this.#deferred,
      forecast: new InputForecast(),
      brakes: new Brakes({ maxFailures: settings.maxFailures, ledger: this.#ledger, stop: onStop }),
      onStop,
    };
    this.#sender = new Sender(context);
    this.#feed = this.#sender.feed;
    this.#reader = new Reader(context, this.#feed, resumption);
    this.#deferredSender = new DeferredSender(context, this.#feed);
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
      const brokenOff = await this.#reader.read();
      this.#stopped ??= brokenOff;
      await this.#deferredSender.send();
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

  /** What was gathered and never sent. */
  async #settleUnsent(): Promise<void> {
    this.#noteUnsent(this.#reader.takeHeld());
    const error = { code: 'RUN_STOPPED', message: 'The run stopped before this record was sent' };
    await this.#settlement.settle(this.#unsent.map((record) => ({ record, outcome: { kind: 'unsent', error } })));
    await this.#deferredSender.settleUnsent(error);
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
    const hasInputEnded = this.#reader.hasEnded;
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
