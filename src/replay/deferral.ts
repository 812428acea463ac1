import type { Ledger } from '../accounting/ledger.js';
import type { Settlement } from '../accounting/settlement.js';
import { ReplayStopped } from '../core/errors.js';
import { byMapping, countLines, type RecordError, type SourceRecord } from '../core/record.js';
import type { Spool } from '../input/spool.js';
import type { Intake } from '../records/intake.js';
import type { Feed } from './changed-records.js';
import type { DeferredRecords } from './deferred-records.js';

export interface DeferralOptions {
  readonly deferred: DeferredRecords;
  readonly intake: Intake;
  readonly feed: Feed;
  readonly ledger: Ledger;
  readonly settlement: Settlement;
  readonly stopping: AbortSignal;
  readonly onStop: (reason: ReplayStopped) => void;
}

/** So many are settled at once. */
const CHUNK_RECORDS = 1_000;

/** Takes records that wait in spools out of them, to be sent or settled. */
export class Deferral {
  constructor(private readonly options: DeferralOptions) {}

  /** Sends what waits, each spool once all before it is settled or deferred. */
  async send(): Promise<void> {
    const { feed, deferred, stopping } = this.options;
    const spools = deferred.spools();
    for (;;) {
      // What is in flight decides what comes next.
      await feed.drain();
      const next = stopping.aborted ? undefined : spools.next();
      if (next === undefined || next.done === true) return;
      try {
        await this.#sendSpooled(next.value);
      } catch (problem) {
        this.#stop(problem);
      }
    }
  }

  /** Settles what still waits as unsent. */
  async settleUnsent(error: RecordError): Promise<void> {
    const { deferred, intake, ledger } = this.options;
    for (const spool of deferred.all) {
      try {
        let records: SourceRecord[] = [];
        for await (const line of spool.take()) {
          if (records.push(intake.readSpooled(line)) < CHUNK_RECORDS) continue;
          await this.#settleAsUnsent(records, error);
          records = [];
        }
        await this.#settleAsUnsent(records, error);
      } catch (problem) {
        this.#stop(problem);
        for (const [topic, count] of spool.waiting) {
          const account = ledger.topics.get(topic);
          if (account !== undefined) account.unsent += count;
        }
      }
    }
  }

  async #sendSpooled(spool: Spool): Promise<void> {
    const { deferred, intake, feed, stopping } = this.options;
    const failed = new Map<SourceRecord, RecordError>();
    try {
      for await (const line of spool.take()) {
        const record = intake.readSpooled(line);
        const next = deferred.resume(record, line.error);
        if (next === 'send') feed.add(record);
        else if (next === 'failed' && line.error !== undefined) failed.set(record, line.error);
        if (stopping.aborted) return;
        if (failed.size >= CHUNK_RECORDS) await this.#fail(failed);
        if (feed.isFull) await feed.room();
        if (deferred.isFull) await deferred.flush();
      }
      await spool.remove();
    } finally {
      await this.#fail(failed);
    }
  }

  async #fail(failed: Map<SourceRecord, RecordError>): Promise<void> {
    const { settlement, ledger } = this.options;
    for (const records of byMapping([...failed.keys()])) {
      const errorOf = (record: SourceRecord): RecordError => failed.get(record) as RecordError;
      await settlement.settle(
        records.map((record) => ({ record, outcome: { kind: 'failed', error: errorOf(record) } })),
      );
      ledger.topic((records[0] as SourceRecord).mapping).sent += countLines(records);
    }
    failed.clear();
  }

  async #settleAsUnsent(records: readonly SourceRecord[], error: RecordError): Promise<void> {
    await this.options.settlement.settle(records.map((record) => ({ record, outcome: { kind: 'unsent', error } })));
  }

  #stop(problem: unknown): void {
    if (!(problem instanceof ReplayStopped)) throw problem;
    this.options.onStop(problem);
  }
}
