import type { Batch } from '../batching/batch.js';
import { ReplayStopped } from '../errors.js';
import type { Outcome, RecordError, SourceRecord } from '../record.js';
import type { ApiError } from '../salesforce/errors.js';
import { backoffDelayMs, recordVerdict } from '../salesforce/retry.js';
import type { FieldPlan } from './fields.js';
import { leaveOutRefused } from './refused-fields.js';
import type { BatchResult, WriterContext } from './writer.js';

/** A record of a batch on its way through one or more requests. */
export interface Slot {
  readonly index: number;
  readonly record: SourceRecord;
  /** An earlier request with this record may have been processed. */
  mayHaveRun: boolean;
  /** It is being sent once more, and will not be a third time. */
  hasSecondChance: boolean;
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
  readonly #outcomes: Outcome[];
  #repeats: Repeat[] = [];

  constructor(
    batch: Batch,
    private readonly plan: FieldPlan,
    private readonly context: WriterContext,
  ) {
    this.slots = batch.records.map((record, index) => ({ index, record, mayHaveRun: false, hasSecondChance: false }));
    this.#outcomes = new Array<Outcome>(batch.records.length);
  }

  settle(slot: Slot, outcome: Outcome): void {
    this.#outcomes[slot.index] = outcome;
  }

  settleAll(slots: readonly Slot[], outcome: Outcome): void {
    for (const slot of slots) this.settle(slot, outcome);
  }

  /** Must nothing new be started? Then the records have their outcome. */
  isStopped(slots: readonly Slot[]): boolean {
    if (this.stop === undefined && !this.context.stopping.aborted) return false;
    this.leaveUnsent(slots, { code: 'RUN_STOPPED', message: 'The run stopped before this record was written' });
    return true;
  }

  /** Nothing of this attempt was written, and there will be no other. */
  leaveUnsent(slots: readonly Slot[], error: RecordError): void {
    for (const slot of slots) this.settle(slot, { kind: slot.mayHaveRun ? 'in_doubt' : 'unsent', error });
  }

  repeat(slot: Slot, error: RecordError, how: RepeatHow): void {
    this.#repeats.push({ slot, error, how });
  }

  /** Salesforce refused the record in a complete reply: it is sent again, or it has failed. */
  refuse(slot: Slot, error: ApiError): void {
    const how = this.howToRepeat(slot, error);
    if (how === undefined) this.settle(slot, { kind: 'failed', error });
    else this.repeat(slot, error, how);
  }

  /** Undefined: the refusal is final. Spends the record's second chance, and takes refused fields out of it. */
  howToRepeat(slot: Slot, error: ApiError): RepeatHow | undefined {
    if (leaveOutRefused(slot.record, error, this.plan, this.context.warn)) return 'now';
    if (isTwin(error)) return spendSecondChance(slot, 'alone');
    const keyField = this.plan.mapping.operation === 'upsert' ? this.plan.keyField : undefined;
    switch (recordVerdict(error.code, error.message, keyField)) {
      case 'retry':
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
    return { outcomes: this.#outcomes, stop: this.stop };
  }
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
