import { ReplayStopped } from '../core/errors.js';
import { byMapping, countLines, type RecordError, type SourceRecord } from '../core/record.js';
import type { Spool } from '../input/spool.js';
import type { Feed } from './changed-records.js';
import type { RunContext } from './replay-options.js';

/** So many are settled at once. */
const CHUNK_RECORDS = 1_000;

/** Takes deferred records out of their spools, to be sent or settled. */
export class DeferredSender {
  readonly #context: RunContext;
  readonly #feed: Feed;

  constructor(context: RunContext, feed: Feed) {
    this.#context = context;
    this.#feed = feed;
  }

  /** Sends what waits, each spool once all before it is settled or deferred. */
  async send(): Promise<void> {
    const { deferred, run } = this.#context;
    const spools = deferred.spools();
    for (;;) {
      // What is in flight decides what comes next.
      await this.#feed.drain();
      const next = run.stopping.aborted ? undefined : spools.next();
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
    const { deferred, intake, ledger } = this.#context;
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
    const { deferred, intake, run } = this.#context;
    const failed = new Map<SourceRecord, RecordError>();
    try {
      for await (const line of spool.take()) {
        const record = intake.readSpooled(line);
        const next = deferred.resume(record, line.error);
        if (next === 'send') this.#feed.add(record);
        else if (next === 'failed' && line.error !== undefined) failed.set(record, line.error);
        if (run.stopping.aborted) return;
        if (failed.size >= CHUNK_RECORDS) await this.#fail(failed);
        if (this.#feed.isFull) await this.#feed.room();
        if (deferred.isFull) await deferred.flush();
      }
      await spool.remove();
    } finally {
      await this.#fail(failed);
    }
  }

  async #fail(failed: Map<SourceRecord, RecordError>): Promise<void> {
    const { settlement, ledger, brakes } = this.#context;
    for (const records of byMapping([...failed.keys()])) {
      const errorOf = (record: SourceRecord): RecordError => failed.get(record) as RecordError;
      await settlement.settle(
        records.map((record) => ({ record, outcome: { kind: 'failed', error: errorOf(record) } })),
      );
      ledger.topic((records[0] as SourceRecord).mapping).sent += countLines(records);
    }
    failed.clear();
    brakes.check();
  }

  async #settleAsUnsent(records: readonly SourceRecord[], error: RecordError): Promise<void> {
    await this.#context.settlement.settle(records.map((record) => ({ record, outcome: { kind: 'unsent', error } })));
  }

  #stop(problem: unknown): void {
    if (!(problem instanceof ReplayStopped)) throw problem;
    this.#context.onStop(problem);
  }
}
