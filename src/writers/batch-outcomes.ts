import type { Batch } from '../batching/batch.js';
import { ReplayStopped } from '../core/errors.js';
import {
  linesInOrder,
  type Outcome,
  type RecordError,
  type SettledRecord,
  type SourceLine,
  type SourceRecord,
} from '../core/record.js';
import type { FieldPlan } from '../records/field-plan.js';
import type { ApiError, RequestError } from '../salesforce/errors.js';
import { backoffDelayMs, recordVerdict } from '../salesforce/retry.js';
import { leaveOutRefused } from './refused-fields.js';
import type { BatchResult, OnSettled, WriterContext, WriterJournal } from './writer.js';

/** A record of a batch on its way through one or more requests. */
export interface PendingRecord {
  /** Of a delete by another field: by Id, once that is known. */
  record: SourceRecord;
  /** An earlier request with this record may have been processed. */
  mayHaveRun: boolean;
  /** It was sent once more for an error that allows no third time. */
  wasRetriedOnce: boolean;
  /** The journal holds that it is with a job, or in a request that must not be repeated. */
  isInFlight: boolean;
}

/** `now`: something about it was changed. `later`: the org needs time. `alone`: not together with the others. */
type RetryWhen = 'now' | 'later' | 'alone';

type JournalEntry = (journal: WriterJournal, topic: string, lines: SourceLine[]) => Promise<void>;

interface Retry {
  readonly pending: PendingRecord;
  readonly error: RecordError;
  readonly when: RetryWhen;
}

/** The outcomes of the records of one batch: each is settled, or sent again until it can be. */
export class BatchOutcomes {
  readonly pending: readonly PendingRecord[];
  stop: ReplayStopped | undefined;
  #wasContended = false;
  #retries: Retry[] = [];
  /** Since the last `flush`: settled, and not written by what was in flight with them. */
  #settled: SettledRecord[] = [];
  #unwritten: PendingRecord[] = [];

  constructor(
    batch: Batch,
    private readonly plan: FieldPlan,
    private readonly context: WriterContext,
    private readonly onSettled: OnSettled,
  ) {
    this.pending = batch.records.map((record) => {
      return { record, mayHaveRun: record.earlier === 'perhaps_written', wasRetriedOnce: false, isInFlight: false };
    });
  }

  settle(pending: PendingRecord, outcome: Outcome): void {
    this.#settled.push({ record: pending.record, outcome });
  }

  settleAll(pending: readonly PendingRecord[], outcome: Outcome): void {
    for (const one of pending) this.settle(one, outcome);
  }

  /** Must nothing new be started? Then the records are settled. */
  isStopped(pending: readonly PendingRecord[]): boolean {
    if (!this.#isEnding) return false;
    this.settleUnsent(pending, { code: 'RUN_STOPPED', message: 'The run stopped before this record was written' });
    return true;
  }

  /** Nothing of this attempt was written, and there will be no other. */
  settleUnsent(pending: readonly PendingRecord[], error: RecordError): void {
    for (const one of pending) {
      if (one.mayHaveRun) {
        this.settleInDoubt([one], error, isRepeatable(one.record));
      } else {
        this.settle(one, { kind: 'unsent', error });
        this.#unwritten.push(one);
      }
    }
  }

  /** Nothing was written by the request. Failed by the org's own word; else the org cannot be reached, and the run ends. */
  settleUnwritten(
    pending: readonly PendingRecord[],
    error: RequestError,
    isReached = error.outcome === 'refused',
  ): void {
    const isStopping = this.context.stopping.aborted;
    this.stop ??= error.stop;
    if (!isReached && !isStopping) this.stopFor(error);
    if (this.stop !== undefined || isStopping) this.settleUnsent(pending, recordErrorFrom(error));
    else this.settleAll(pending, { kind: 'failed', error: recordErrorFrom(error) });
  }

  /**
   * Perhaps written, and nobody will say. With a journal, the next run finds out where the records `canBeResumed`: it
   * repeats the request, or asks for the job. Then they are not settled yet.
   */
  settleInDoubt(pending: readonly PendingRecord[], error: RecordError, canBeResumed: boolean): void {
    const isResumed = this.#isEnding && canBeResumed && this.context.journal !== undefined;
    this.settleAll(pending, { kind: isResumed ? 'unsent' : 'in_doubt', error });
  }

  /**
   * Are unknown outcomes left to the next run of the journal? One that was asked for ends the run rather than have a job
   * in doubt; the other is only there for a run that ends anyway.
   */
  get isResumable(): boolean {
    const { journal } = this.context;
    return journal !== undefined && (journal.isAskedFor || this.#isEnding);
  }

  /** Ends the run, unless it ends already. */
  stopFor({ code, message }: RecordError): void {
    this.stop ??= new ReplayStopped(code, message);
  }

  /** Perhaps written by what is over now, and nobody will say: sent again where that does no harm. */
  retryUnknown(pending: readonly PendingRecord[], error: RecordError): void {
    for (const one of pending) {
      const canBeRepeated = isRepeatable(one.record);
      one.mayHaveRun = true;
      if (canBeRepeated && !this.#isEnding) this.retry(one, error, 'later');
      else this.settleInDoubt([one], error, canBeRepeated);
    }
  }

  /** The request with these records was refused as a whole: nothing is in flight with them. */
  noteUnwritten(pending: readonly PendingRecord[]): void {
    this.#unwritten.push(...pending);
  }

  /** Tells the journal, if there is one, what is about to be done with records. False: it must not be done. */
  async begin(pending: readonly PendingRecord[], write: JournalEntry, all = pending): Promise<boolean> {
    const { journal } = this.context;
    if (journal === undefined || pending.length === 0) return true;
    try {
      await write(journal, this.plan.mapping.topic, linesInOrder(inOrder(pending)));
      for (const one of pending) one.isInFlight = true;
      return true;
    } catch (error) {
      if (!(error instanceof ReplayStopped)) throw error;
      this.stop ??= error;
      this.settleUnsent(all, { code: error.code, message: error.message });
      return false;
    }
  }

  /** Nothing new is to be started. */
  get #isEnding(): boolean {
    return this.stop !== undefined || this.context.stopping.aborted;
  }

  /** Tells what is settled, and what is certainly not written, before anything else is sent. */
  async flush(): Promise<void> {
    const [settled, unwritten] = [this.#settled, this.#unwritten];
    [this.#settled, this.#unwritten] = [[], []];
    const cleared = [...this.#retries.map(({ pending }) => pending), ...unwritten].filter(
      ({ isInFlight, mayHaveRun }) => isInFlight && !mayHaveRun,
    );
    for (const one of cleared) one.isInFlight = false;
    if (settled.length + cleared.length === 0) return;
    await this.onSettled(settled, inOrder(cleared));
  }

  retry(pending: PendingRecord, error: RecordError, when: RetryWhen): void {
    this.#retries.push({ pending, error, when });
  }

  /** Salesforce refused the record in a complete reply: it is sent again, or it has failed. */
  refuse(pending: PendingRecord, error: ApiError): void {
    if (this.isDeletedAlready(pending, error)) this.settleDeleted(pending);
    else {
      const decision = this.retryDecision(pending, error);
      if (typeof decision === 'object') this.settle(pending, { kind: 'failed', error: decision });
      else this.retry(pending, error, decision);
    }
  }

  /** What a repeated request finds deleted, the first one deleted. */
  isDeletedAlready({ mayHaveRun }: PendingRecord, error: ApiError): boolean {
    return mayHaveRun && this.plan.mapping.operation === 'delete' && error.code === 'ENTITY_IS_DELETED';
  }

  settleDeleted(pending: PendingRecord): void {
    this.settle(pending, { kind: 'succeeded', id: undefined, created: false });
  }

  /** When to send the refused record again, or why it has failed for good. Takes refused fields out of it. */
  retryDecision(pending: PendingRecord, error: ApiError): RetryWhen | RecordError {
    const withoutRefused = leaveOutRefused(pending.record, error, this.plan, this.context.warn);
    if (withoutRefused !== undefined) return withoutRefused;
    const once = (when: RetryWhen): RetryWhen | RecordError => {
      const isLast = pending.wasRetriedOnce;
      pending.wasRetriedOnce = true;
      return isLast ? error : when;
    };
    if (isDuplicateInRequest(error)) return once('alone');
    const keyField = this.plan.sentAs === 'upsert' ? this.plan.keyField : undefined;
    switch (recordVerdict(error.code, error.message, keyField)) {
      case 'retry':
        this.#wasContended = true;
        return 'later';
      case 'retry_once':
        return once('now');
      case 'stop':
        this.stopFor(error);
        return error;
      case 'final':
        return error;
    }
  }

  /** Sends the records, and those that are to be retried in groups, until every one is settled. */
  async settleBy(send: (group: readonly PendingRecord[]) => Promise<void>): Promise<BatchResult> {
    let groups: readonly (readonly PendingRecord[])[] = [this.pending];
    for (let attempt = 1; groups.length > 0; attempt++) {
      for (const group of groups) {
        await send(group);
        await this.flush();
      }
      groups = await this.#nextGroups(attempt);
    }
    await this.flush();
    return { stop: this.stop, wasContended: this.#wasContended };
  }

  /** After the wait that they need. Empty: every record is settled. */
  async #nextGroups(attempt: number): Promise<PendingRecord[][]> {
    const isUsedUp = attempt > this.context.maxRetries;
    const retries = this.#retries;
    this.#retries = [];
    const late = retries.filter(({ when }) => when === 'later');
    if (isUsedUp) {
      for (const { pending, error } of late) {
        this.settle(pending, { kind: pending.mayHaveRun ? 'in_doubt' : 'failed', error });
      }
    } else if (late.length > 0 && this.stop === undefined) {
      await this.context.sleep(backoffDelayMs(attempt, this.context.random), this.context.stopping);
    }
    const together = retries.filter(({ when }) => when === 'now' || (when === 'later' && !isUsedUp));
    const alone = retries.filter(({ when }) => when === 'alone').map(({ pending }) => [pending]);
    return together.length > 0 ? [together.map(({ pending }) => pending), ...alone] : alone;
  }
}

/** Doing it twice is doing it once. */
export function isRepeatable({ mapping, key }: SourceRecord): boolean {
  return (mapping.operation !== 'insert' || mapping.insertKey !== undefined) && key !== undefined;
}

/** What a failed request says of its records: Salesforce's own sentence where it gave one, else what happened. */
export function recordErrorFrom({ code, message, errors: [first] }: RequestError): RecordError {
  return { code, message: first?.message ?? message, fields: first?.fields ?? [] };
}

function inOrder(pending: readonly PendingRecord[]): SourceRecord[] {
  return pending.map(({ record }) => record).sort((a, b) => a.ordinal - b.ordinal);
}

/** Two keys of one request that the org takes for one, though they did not look so here. Each passes by itself. */
function isDuplicateInRequest({ code, message }: ApiError): boolean {
  return code === 'DUPLICATE_VALUE' && /duplicate (?:external )?id specified/i.test(message);
}
