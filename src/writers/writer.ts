import type { ReplayStopped } from '../core/errors.js';
import type { Batch } from '../batching/batch.js';
import type { JobEvent, SettledRecord, SourceLine, SourceRecord } from '../core/record.js';
import type { SalesforceClient } from '../salesforce/client.js';
import type { FieldPlan } from '../records/field-plan.js';

/**
 * Writes batches of one mode into the org. All topics share one writer of each mode.
 *
 * `write` resolves when every record of the batch is settled; it takes care of everything that may be repeated. A record
 * is `succeeded` or `failed` only on Salesforce's word, `in_doubt` when a reply was lost and repeating could write twice,
 * `unsent` when it is certain that nothing was written because the run stops. It never rejects, except for a bug.
 */
export interface Writer {
  write(batch: Batch, plan: FieldPlan, onSettled: OnSettled): Promise<BatchResult>;
}

/**
 * Told of outcomes as they become known, before anything else is sent of the batch. `cleared`: records that were certainly
 * not written by what was in flight with them, and are to be sent again. A journal learns of them together with the outcomes,
 * or not at all.
 */
export type OnSettled = (settled: readonly SettledRecord[], cleared: readonly SourceRecord[]) => Promise<void>;

/** What is written down before an effect that could otherwise not be told from a lost one after a crash. */
export interface WriterJournal {
  /** False for one that is only used if the run stops part-way. */
  readonly isAskedFor: boolean;
  /** A bulk job was made for these records, and holds nothing yet. */
  job(topic: string, id: string, lines: readonly SourceLine[]): Promise<void>;
  /** The bulk job holds its data and is about to be closed. */
  closing(topic: string, id: string): Promise<void>;
  /** The bulk job is open, and is about to be aborted. */
  aborting(topic: string, id: string): Promise<void>;
  /** These records are about to be sent by a request that must not be repeated, or finds itself done if it is. */
  sending(topic: string, lines: readonly SourceLine[], repeatable: boolean): Promise<void>;
}

export interface BatchResult {
  /** Set when the run must stop: the org is unreachable, the sign-in revoked, a limit exhausted. */
  readonly stop: ReplayStopped | undefined;
  /** Some record was refused for the moment only (a lock, a trigger that ran too long). */
  readonly wasContended: boolean;
}

/** What writers need of the run. */
export interface WriterContext {
  readonly client: SalesforceClient;
  /** `Sforce-*` headers, sent with every write. */
  readonly headers: Readonly<Record<string, string>>;
  /** How often a record, or a job, is tried again. */
  readonly maxRetries: number;
  /** Aborted: start nothing new; finish what is in flight. */
  readonly stopping: AbortSignal;
  /** Aborted: drop everything at once. */
  readonly aborting: AbortSignal;
  /** Resolves after the time, or at once when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  readonly warn: (warning: string) => void;
  /** The user asked for the Ids of what was written (`--successes`): results are fetched even where nothing failed. */
  readonly wantsIds: boolean;
  /** Milliseconds; only differences count. */
  readonly now: () => number;
  /** Longest wait between two polls of a bulk job. */
  readonly bulkPollIntervalMs: number;
  /** Undefined: what is in flight when the run ends cannot be resumed by another. Throws `ReplayStopped`. */
  readonly journal?: WriterJournal | undefined;
  /** Tells of a bulk job as soon as it exists, and of what becomes of it. */
  readonly onJob: (batch: Batch, event: JobEvent) => void;
}
