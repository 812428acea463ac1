import type { Discarded, UnmappedLine } from '../accounting/settlement.js';
import { Batch } from '../batching/batch.js';
import { ReplayStopped } from '../core/errors.js';
import type { Earlier } from '../core/journal.js';
import {
  byMapping,
  type DroppedField,
  type MalformedLine,
  type SourceRecord,
  type TopicMapping,
} from '../core/record.js';
import type { Line } from '../input/input.js';
import { ResumeGate } from '../journal/resumption.js';
import type { Feed } from './changed-records.js';
import type { RunContext } from './run-context.js';

/** From lines to records: counts every line of the input, and hands on its record or settles it unsent. */
export class Reader {
  readonly #gate: ResumeGate | undefined;
  #hasEnded = false;
  /** Lines without a topic's account so far: their ordinals in the journal. */
  #discardedCount = 0;
  /** Lines that will not be sent, while it is not sure that the input is the journal's. */
  readonly #heldDiscards: Discarded[] = [];

  constructor(
    private readonly context: RunContext,
    private readonly feed: Feed,
  ) {
    this.#gate = context.resumption && new ResumeGate(context.resumption);
  }

  /** Is there nothing more to read? */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Reads to the end, or until the run is stopped. Gives the reason where the input broke off; what came before it is sent all the same. */
  async read(): Promise<ReplayStopped | undefined> {
    const { ledger, forecast, run } = this.context;
    let brokenOff: ReplayStopped | undefined;
    try {
      for await (const piece of run.input.pieces(run.stopping)) await this.#takePiece(piece);
    } catch (error) {
      if (!(error instanceof ReplayStopped)) throw error;
      brokenOff = error;
    }
    if (brokenOff === undefined && !run.stopping.aborted) {
      this.context.resumption?.assertEnd(ledger.lines);
      if (this.#gate?.isClosed === true) await this.#openGate(this.#gate);
    }
    this.#hasEnded = true;
    forecast.noteEnd();
    return brokenOff;
  }

  /** What is still held back, of a run that stopped before it was sure of its input. */
  takeHeld(): readonly SourceRecord[] {
    if (this.#gate?.isClosed !== true) return [];
    const { inDoubt, jobs, open } = this.#gate.open();
    this.context.settlement.countUnsent(this.#heldDiscards.splice(0));
    return [...inDoubt, ...jobs.flatMap(({ records }) => records), ...open];
  }

  async #takePiece(piece: readonly Line[]): Promise<void> {
    const { run, ledger, settlement, deferred, forecast } = this.context;
    const { position, size } = run.input;
    forecast.noteAhead(piece.length, position, size);
    const discarded: Discarded[] = [];
    for (const line of piece) {
      this.#takeLine(line, discarded);
      this.context.resumption?.assertNotBeyond(ledger.lines);
      if (this.#gate?.mayOpen === true) await this.#openGate(this.#gate);
      // Nothing is read that cannot be placed: this wait is the back-pressure.
      if (this.feed.isFull) await this.feed.room();
      if (deferred.isFull) await deferred.flush();
    }
    forecast.notePosition(position, size);
    // With the gate still closed, the input may turn out to be another one: then nothing may be written.
    if (this.#gate?.isClosed === true) {
      this.#heldDiscards.push(...discarded);
      return;
    }
    await settlement.discard(discarded);
    if (discarded.length > 0) this.context.checkFailures();
  }

  #takeLine(line: Line, discarded: Discarded[]): void {
    const { run, intake, ledger, forecast } = this.context;
    const taken = intake.take(line);
    if (taken.kind === 'elsewhere') return;
    ledger.lines++;
    switch (taken.kind) {
      case 'record':
        this.#countRead(taken.record.mapping, taken.dropped);
        forecast.noteRecord(taken.record.mapping.topic);
        this.#place(taken.record, taken.earlier);
        break;
      case 'rejected':
      case 'skipped':
        this.#countRead(taken.mapping, taken.dropped);
        discarded.push(taken);
        break;
      case 'resumed':
        this.#countRead(taken.mapping, []);
        ledger.topic(taken.mapping).resumed++;
        break;
      case 'unmapped':
        if (run.settings.unmappedTopics === 'skip') ledger.noteUnmapped(taken.message);
        else this.#discard({ ...taken.message, kind: 'unmapped' }, discarded);
        break;
      case 'malformed':
        this.#discard(taken, discarded);
        break;
    }
  }

  /** Sent as soon as may be, or later, or once it is sure that the input is the journal's. */
  #place(record: SourceRecord, earlier: Earlier): void {
    const { deferred } = this.context;
    const isWithOrg = earlier?.kind === 'job' || earlier?.kind === 'once';
    if (deferred.dependsOnOthers(record.mapping) && !isWithOrg) deferred.put(record);
    else if (this.#gate?.isClosed === true) this.#gate.hold(record, earlier);
    else this.feed.add(record);
  }

  /** A line without a topic's account goes to the failures file, unless an earlier run has put it there. */
  #discard(line: MalformedLine | UnmappedLine, discarded: Discarded[]): void {
    const ordinal = this.#discardedCount++;
    const text = line.kind === 'malformed' ? line.raw : line.text;
    const earlier = this.context.resumption?.look(null, ordinal, text);
    if (earlier === undefined) {
      if (line.kind === 'unmapped') this.context.ledger.noteUnmapped(line);
      discarded.push({ ...line, ordinal });
      return;
    }
    this.context.ledger.resumedDiscards++;
  }

  /** The input is the one that the journal knows: what was held back may go, what was under way first. */
  async #openGate(gate: ResumeGate): Promise<void> {
    const { run, settlement } = this.context;
    if (run.journal?.recovered?.finished === undefined) await settlement.goOn();
    const { inDoubt, jobs, open } = gate.open();
    await settlement.discard(this.#heldDiscards.splice(0));
    const message = 'An earlier run ended while this record was being inserted, before the reply came';
    for (const records of byMapping(inDoubt)) {
      const error = { code: 'RUN_ENDED', message };
      await settlement.settle(records.map((record) => ({ record, outcome: { kind: 'in_doubt', error } })));
    }
    for (const { job, records } of jobs) this.feed.resume(Batch.of(records, job));
    for (const record of open) {
      this.feed.add(record);
      if (this.feed.isFull) await this.feed.room();
    }
  }

  #countRead(mapping: TopicMapping, dropped: readonly DroppedField[]): void {
    const topic = this.context.ledger.topic(mapping);
    topic.read++;
    for (const field of dropped) topic.dropped.add(field);
  }
}
