import type { Batch } from '../batching/batch.js';
import { ReplayStopped } from '../core/errors.js';
import {
  isSettledEarlier,
  linesInOrder,
  type Column,
  type Outcome,
  type RecordError,
  type SourceLine,
  type SourceRecord,
} from '../core/record.js';
import type { ApiError } from '../salesforce/errors.js';
import { backoffDelayMs, recordVerdict } from '../salesforce/retry.js';
import type { FieldPlan } from '../records/field-plan.js';
import { areRefusedForPresence, leaveOut, refusedColumns } from './refused-fields.js';
import type { BatchResult, OnSettled, WriterContext, WriterJournal } from './writer.js';

/** A record of a batch on its way through one or more requests. */
export interface Slot {
  readonly index: number;
  /** Of a delete by another field: by Id, once that is known. */
  record: SourceRecord;
  /** An earlier request with this record may have been processed. */
  mayHaveRun: boolean;
  /** It is being sent once more, and will not be a third time. */
  hasSecondChance: boolean;
  /** The journal holds that it is with a job, or in a request that must not be repeated. */
  isUnderWay: boolean;
}

/** `now`: something about it was changed. `later`: the org needs time. `alone`: not together with the others. */
export type RepeatHow = 'now' | 'later' | 'alone';

interface Repeat {
  readonly slot: Slot;
  readonly error: RecordError;
  readonly how: RepeatHow;
}

/** What becomes of the records of one batch: settled, or to be sent again, until each has its outcome. */
export class Fates {
  readonly slots: readonly Slot[];
  stop: ReplayStopped | undefined;
  #wasContended = false;
  readonly #outcomes: Outcome[];
  #repeats: Repeat[] = [];
  /** Settled since the last `flush`. */
  #fresh: Slot[] = [];
  /** Not written by what was under way with them, since the last `flush`. */
  #unwritten: Slot[] = [];
  /** With the outcome that an earlier run knew, since the last `flush`. */
  #kept: Slot[] = [];

  constructor(
    batch: Batch,
    private readonly plan: FieldPlan,
    private readonly context: WriterContext,
    private readonly onSettled: OnSettled = () => Promise.resolve(),
  ) {
    this.slots = batch.records.map((record, index) => ({
      index,
      record,
      mayHaveRun: record.earlier === 'perhaps_written',
      hasSecondChance: false,
      isUnderWay: false,
    }));
    this.#outcomes = new Array<Outcome>(batch.records.length);
  }

  settle(slot: Slot, outcome: Outcome): void {
    if (isSettledEarlier(slot.record)) {
      if (outcome.kind !== 'unsent') this.#kept.push(slot);
      return;
    }
    this.#outcomes[slot.index] = outcome;
    this.#fresh.push(slot);
  }

  settleAll(slots: readonly Slot[], outcome: Outcome): void {
    for (const slot of slots) this.settle(slot, outcome);
  }

  /** Must nothing new be started? Then the records have their outcome. */
  isStopped(slots: readonly Slot[]): boolean {
    if (!this.#isEnding) return false;
    this.leaveUnsent(slots, { code: 'RUN_STOPPED', message: 'The run stopped before this record was written' });
    return true;
  }

  /** Nothing of this attempt was written, and there will be no other. */
  leaveUnsent(slots: readonly Slot[], error: RecordError): void {
    for (const slot of slots) {
      if (slot.mayHaveRun) {
        this.leaveUnknown([slot], error, isRepeatable(slot.record));
      } else {
        this.settle(slot, { kind: 'unsent', error });
        this.#unwritten.push(slot);
      }
    }
  }

  /**
   * Perhaps written, and nobody will say. With a journal, the next run finds out where that `canBeTakenUp`: it repeats
   * the request, or looks at the job. Then nothing is settled yet.
   */
  leaveUnknown(slots: readonly Slot[], error: RecordError, canBeTakenUp: boolean): void {
    const isTakenUp = this.#isEnding && canBeTakenUp && this.context.journal !== undefined;
    this.settleAll(slots, { kind: isTakenUp ? 'unsent' : 'in_doubt', error });
  }

  /**
   * Is the rest left to the next run of the journal? One that was asked for ends the run rather than leave a job in doubt;
   * the other is only there for a run that ends anyway.
   */
  get leavesRest(): boolean {
    const { journal } = this.context;
    return journal !== undefined && (journal.isAskedFor || this.#isEnding);
  }

  /** Perhaps written by what is over now, and nobody will say: sent again where that does no harm. */
  repeatUnknown(slots: readonly Slot[], error: RecordError): void {
    for (const slot of slots) {
      const canBeRepeated = isRepeatable(slot.record);
      slot.mayHaveRun = true;
      if (canBeRepeated && !this.#isEnding) this.repeat(slot, error, 'later');
      else this.leaveUnknown([slot], error, canBeRepeated);
    }
  }

  /** The request with these records was refused as a whole: nothing is under way with them. */
  noteUnwritten(slots: readonly Slot[]): void {
    this.#unwritten.push(...slots);
  }

  /** To be awaited before a request that is not the same when it is repeated. False: it must not be sent. */
  beginSending(slots: readonly Slot[]): Promise<boolean> {
    const { topic, operation } = this.plan.mapping;
    const isDelete = operation === 'delete';
    const named = isDelete ? slots : slots.filter(({ record }) => !isRepeatable(record));
    return this.#begin(slots, named, (journal, lines) => journal.sending(topic, lines, isDelete));
  }

  /** To be awaited before the upload to a job that was made for the records. False: it must not be used. */
  beginJob(slots: readonly Slot[], jobId: string): Promise<boolean> {
    return this.#begin(slots, slots, (journal, lines) => journal.job(this.plan.mapping.topic, jobId, lines));
  }

  /** To be awaited before a job with its data is closed, or one that is known to be open is aborted. False: it must not be. */
  beginChange(change: 'closing' | 'aborting', slots: readonly Slot[], jobId: string): Promise<boolean> {
    return this.#begin(slots, slots, (journal) => journal[change](this.plan.mapping.topic, jobId));
  }

  /** Nothing new is to be started. */
  get #isEnding(): boolean {
    return this.stop !== undefined || this.context.stopping.aborted;
  }

  async #begin(
    all: readonly Slot[],
    named: readonly Slot[],
    write: (journal: WriterJournal, lines: SourceLine[]) => Promise<void>,
  ): Promise<boolean> {
    const { journal } = this.context;
    if (journal === undefined || named.length === 0) return true;
    try {
      await write(journal, linesInOrder(inOrder(named)));
      for (const slot of named) slot.isUnderWay = true;
      return true;
    } catch (error) {
      if (!(error instanceof ReplayStopped)) throw error;
      this.stop ??= error;
      this.leaveUnsent(all, { code: error.code, message: error.message });
      return false;
    }
  }

  /** Tells what is settled, and what is certainly not written, before anything else is sent. */
  async flush(): Promise<void> {
    const cleared = [...this.#repeats.map(({ slot }) => slot), ...this.#unwritten].filter(
      ({ isUnderWay, mayHaveRun }) => isUnderWay && !mayHaveRun,
    );
    this.#unwritten = [];
    for (const slot of cleared) slot.isUnderWay = false;
    const fresh = this.#fresh;
    const kept = this.#kept;
    this.#fresh = [];
    this.#kept = [];
    if (fresh.length + cleared.length + kept.length === 0) return;
    await this.onSettled(
      fresh.map(({ record }) => record),
      fresh.map(({ index }) => this.#outcomes[index] as Outcome),
      { cleared: inOrder(cleared), kept: inOrder(kept) },
    );
  }

  repeat(slot: Slot, error: RecordError, how: RepeatHow): void {
    if (isSettledEarlier(slot.record)) this.#kept.push(slot);
    else this.#repeats.push({ slot, error, how });
  }

  /** Salesforce refused the record in a complete reply: it is sent again, or it has failed. */
  refuse(slot: Slot, error: ApiError): void {
    if (isSettledEarlier(slot.record)) this.#kept.push(slot);
    else if (this.isDeletedAlready(slot, error)) this.settleDeleted(slot);
    else {
      const how = this.howToRepeat(slot, error);
      if (typeof how === 'object') this.settle(slot, { kind: 'failed', error: how });
      else this.repeat(slot, error, how);
    }
  }

  /** What a repeated request finds deleted, the first one deleted. */
  isDeletedAlready(slot: Slot, error: ApiError): boolean {
    return slot.mayHaveRun && this.plan.mapping.operation === 'delete' && error.code === 'ENTITY_IS_DELETED';
  }

  settleDeleted(slot: Slot): void {
    this.settle(slot, { kind: 'succeeded', id: undefined, created: false });
  }

  /** Or why the record has failed for good. Spends the record's second chance, and takes refused fields out of it. */
  howToRepeat(slot: Slot, error: ApiError): RepeatHow | RecordError {
    const refused = refusedColumns(slot.record, error, this.plan);
    if (refused.length > 0) return this.#repeatWithout(refused, slot, error);
    return (isTwin(error) ? spendSecondChance(slot, 'alone') : this.#howToRepeatWhole(slot, error)) ?? error;
  }

  /** A field that is refused for one record, such as one of the other kind of accounts, others may well have. */
  #repeatWithout(refused: readonly Column[], { record }: Slot, error: ApiError): RepeatHow | RecordError {
    const { sobject, mapping } = this.plan;
    if (!leaveOut(record, refused, this.plan) && !areRefusedForPresence(refused, this.plan)) {
      return { ...error, code: 'NOTHING_TO_WRITE', message: `Nothing of the record can be written: ${error.message}` };
    }
    for (const { field } of refused) {
      this.context.warn(
        `${sobject}.${field} was refused for some records (${error.code}); they are sent without it (topic ${mapping.topic})`,
      );
    }
    return 'now';
  }

  #howToRepeatWhole(slot: Slot, error: ApiError): RepeatHow | undefined {
    const keyField = this.plan.sentAs === 'upsert' ? this.plan.keyField : undefined;
    switch (recordVerdict(error.code, error.message, keyField)) {
      case 'retry':
        this.#wasContended = true;
        return 'later';
      case 'retry_once':
        return spendSecondChance(slot, 'now');
      case 'stop':
        this.stop ??= new ReplayStopped(error.code, error.message);
        return undefined;
      case 'final':
        return undefined;
    }
  }

  /** The groups of records to send next, after the wait that they need. Empty: every record has its outcome. */
  async nextGroups(attempt: number): Promise<Slot[][]> {
    const repeats = this.#repeats;
    this.#repeats = [];
    const isUsedUp = attempt > this.context.maxRetries;
    const late = repeats.filter(({ how }) => how === 'later');
    if (isUsedUp) {
      for (const { slot, error } of late) this.settle(slot, { kind: slot.mayHaveRun ? 'in_doubt' : 'failed', error });
    } else if (late.length > 0 && this.stop === undefined) {
      await this.context.sleep(backoffDelayMs(attempt, this.context.random), this.context.stopping);
    }
    const together = repeats.filter(({ how }) => how === 'now' || (how === 'later' && !isUsedUp));
    const alone = repeats.filter(({ how }) => how === 'alone').map(({ slot }) => [slot]);
    return together.length > 0 ? [together.map(({ slot }) => slot), ...alone] : alone;
  }

  result(): BatchResult {
    return { outcomes: this.#outcomes, stop: this.stop, wasContended: this.#wasContended };
  }
}

/** Doing it twice is doing it once. */
export function isRepeatable({ mapping, key }: SourceRecord): boolean {
  return (mapping.operation !== 'insert' || mapping.insertKey !== undefined) && key !== undefined;
}

function inOrder(slots: readonly Slot[]): SourceRecord[] {
  return slots.map(({ record }) => record).sort((a, b) => a.ordinal - b.ordinal);
}

function spendSecondChance(slot: Slot, how: RepeatHow): RepeatHow | undefined {
  if (slot.hasSecondChance) return undefined;
  slot.hasSecondChance = true;
  return how;
}

/** Two keys of one request that the org takes for one, though they did not look so here. Each passes by itself. */
function isTwin({ code, message }: ApiError): boolean {
  return code === 'DUPLICATE_VALUE' && /duplicate (?:external )?id specified/i.test(message);
}
