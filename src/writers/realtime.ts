import type { Batch } from '../batching/batch.js';
import { ReplayStopped } from '../core/errors.js';
import type { RecordError, SourceRecord, TopicMapping } from '../core/record.js';
import { writeCollection, type RecordResult } from '../salesforce/collections.js';
import { isSameCode } from '../salesforce/error-body.js';
import { RequestError, type ApiError } from '../salesforce/errors.js';
import { recordMembers } from './collection-json.js';
import { IdLookup } from './id-lookup.js';
import { LostStreak } from './lost-streak.js';
import { saidBy } from './said-by.js';
import { Fates, isRepeatable, type Slot } from './fates.js';
import type { FieldPlan } from '../records/field-plan.js';
import { trimBlanks } from '../records/key.js';
import { unreadableValue } from '../records/value-type.js';
import { scalarText } from '../records/values.js';
import type { BatchResult, OnSettled, Writer, WriterContext } from './writer.js';

/** Writes batches by sObject Collections: a call a batch, and further calls for what may be sent again. */
export class RealtimeWriter implements Writer {
  readonly #streak = new LostStreak();

  readonly #lookup: IdLookup;

  constructor(private readonly context: WriterContext) {
    this.#lookup = new IdLookup(context);
  }

  write(batch: Batch, plan: FieldPlan, onSettled?: OnSettled): Promise<BatchResult> {
    const fates = new Fates(batch, plan, this.context, onSettled);
    return new RealtimeBatch(fates, plan.byId, this.context, this.#streak).write((slots) =>
      this.#lookup.find(slots, fates, plan),
    );
  }
}

class RealtimeBatch {
  constructor(
    private readonly fates: Fates,
    private readonly plan: FieldPlan,
    private readonly context: WriterContext,
    private readonly streak: LostStreak,
  ) {}

  /** `ready` gives those of the records that can be sent; the others have their outcome. */
  async write(ready: (slots: readonly Slot[]) => Promise<readonly Slot[]>): Promise<BatchResult> {
    let groups: (readonly Slot[])[] = [this.fates.slots];
    for (let attempt = 1; groups.length > 0; attempt++) {
      for (const group of groups) {
        const slots = await ready(group);
        if (slots.length > 0) await this.#send(slots);
        await this.fates.flush();
      }
      groups = await this.fates.nextGroups(attempt);
    }
    await this.fates.flush();
    return this.fates.result();
  }

  async #send(slots: readonly Slot[]): Promise<void> {
    if (this.fates.isStopped(slots) || !(await this.fates.beginSending(slots))) return;
    try {
      const reply = await this.#call(slots);
      this.streak.noteReply();
      for (const slot of slots) {
        slot.record.attempts += reply.attempts;
        slot.mayHaveRun ||= reply.mayHaveRunBefore;
      }
      if (this.plan.mapping.allOrNone) this.#takeAllOrNone(slots, reply.results);
      else slots.forEach((slot, i) => this.#take(slot, reply.results[i] as RecordResult));
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      for (const slot of slots) slot.record.attempts += error.attempts;
      await this.#takeRequestError(slots, error);
    }
  }

  #call(slots: readonly Slot[]): ReturnType<typeof writeCollection> {
    const { mapping, sobject } = this.plan;
    const isDelete = mapping.operation === 'delete';
    return writeCollection(this.context.client, {
      operation: this.plan.sentAs,
      sobject,
      externalIdField: this.plan.keyField ?? '',
      allOrNone: mapping.allOrNone,
      records: slots.map(({ record }) => (isDelete ? idOf(record) : writeRecord(record))),
      headers: { ...this.context.headers, ...ruleHeader(mapping) },
      repeatable: slots.every(({ record }) => isRepeatable(record)),
      signal: this.context.aborting,
      stopping: this.context.stopping,
    });
  }

  #take(slot: Slot, result: RecordResult): void {
    if (result.success) {
      this.fates.settle(slot, { kind: 'succeeded', id: result.id, created: this.#isCreated(result) });
      return;
    }
    this.fates.refuse(slot, firstError(result));
  }

  /** Only the replies to upserts tell. */
  #isCreated({ created }: RecordResult): boolean | undefined {
    const { sentAs } = this.plan;
    return sentAs === 'upsert' ? created : sentAs === 'insert';
  }

  /** The records of the call share one fate: sent again together, or failed together, each with its own error. */
  #takeAllOrNone(slots: readonly Slot[], results: readonly RecordResult[]): void {
    const failures: { slot: Slot; error: ApiError }[] = [];
    for (const [i, slot] of slots.entries()) {
      const result = results[i] as RecordResult;
      // Platform events know no roll-back: what was published stays so.
      if (result.success) this.#take(slot, result);
      else failures.push({ slot, error: firstError(result) });
    }
    if (failures.every(({ slot, error }) => this.fates.isDeletedAlready(slot, error))) {
      for (const { slot } of failures) this.fates.settleDeleted(slot);
      return;
    }
    const culprits = failures.filter(({ error }) => error.code !== 'ALL_OR_NONE_OPERATION_ROLLED_BACK');
    const hows = new Map(culprits.map(({ slot, error }) => [slot, this.fates.howToRepeat(slot, error)]));
    const all = [...hows.values()];
    const isRepeated = all.length > 0 && all.every((how) => how === 'now' || how === 'later');
    const together = all.includes('later') ? 'later' : 'now';
    for (const { slot, error } of failures) {
      const how = hows.get(slot);
      if (isRepeated) this.fates.repeat(slot, error, together);
      else this.fates.settle(slot, { kind: 'failed', error: typeof how === 'object' ? how : error });
    }
  }

  async #takeRequestError(slots: readonly Slot[], error: RequestError): Promise<void> {
    const said = saidBy(error);
    this.fates.stop ??= error.stop;
    if (error.status !== undefined) {
      this.streak.noteReply();
    } else if (error.outcome === 'unknown' && !this.context.aborting.aborted && this.streak.noteLost()) {
      const message = `The org has stopped answering: ${error.message}`;
      this.fates.stop ??= new ReplayStopped('ORG_UNREACHABLE', message, {
        hint: 'Raise request_timeout if the org is only slow.',
      });
    }
    switch (error.outcome) {
      case 'not_sent':
        if (!this.context.stopping.aborted) this.fates.stop ??= new ReplayStopped(error.code, error.message);
        this.fates.leaveUnsent(slots, said);
        return;
      case 'unknown':
        if (this.#isTooSlow(slots, error)) {
          for (const slot of slots) slot.mayHaveRun = true;
          await this.#sendHalves(slots);
        } else {
          this.#takeUnknown(slots, said, error);
        }
        return;
      case 'refused':
        if (error.stop !== undefined) {
          this.fates.leaveUnsent(slots, said);
        } else if (slots.length > 1 && !this.plan.mapping.allOrNone && mayBeOneRecord(error)) {
          await this.#sendWithoutCulprits(slots, error);
        } else {
          this.fates.settleAll(slots, { kind: 'failed', error: said });
        }
    }
  }

  /** Those whose values the org cannot read, by its own describe, are known; to find any others, the call is halved. */
  async #sendWithoutCulprits(slots: readonly Slot[], { status, code }: RequestError): Promise<void> {
    const rest: Slot[] = [];
    for (const slot of slots) {
      const problem = status === 400 ? unreadableValue(slot.record, this.plan) : undefined;
      if (problem === undefined) rest.push(slot);
      else this.fates.settle(slot, { kind: 'failed', error: { code, ...problem } });
    }
    this.fates.noteUnwritten(rest);
    await this.fates.flush();
    if (rest.length === slots.length) await this.#sendHalves(slots);
    else if (rest.length > 0) await this.#send(rest);
  }

  /** What is known of the first half is told before the second is sent: a crash then leaves only that in the dark. */
  async #sendHalves(slots: readonly Slot[]): Promise<void> {
    const middle = Math.ceil(slots.length / 2);
    await this.fates.flush();
    await this.#send(slots.slice(0, middle));
    await this.fates.flush();
    await this.#send(slots.slice(middle));
  }

  /** The org gave up on the call, and may not on a smaller one. */
  #isTooSlow(slots: readonly Slot[], { code, stop }: RequestError): boolean {
    if (!isSameCode(code, 'REQUEST_RUNNING_TOO_LONG') && !isSameCode(code, 'QUERY_TIMEOUT')) return false;
    const mayBeHalved = stop === undefined && slots.length > 1 && !this.plan.mapping.allOrNone;
    return mayBeHalved && slots.every(({ record }) => isRepeatable(record));
  }

  /** The reply was lost. An upsert by Id that inserts some records is repeated for the others alone. */
  #takeUnknown(slots: readonly Slot[], said: RecordError, error: RequestError): void {
    const isMixed =
      slots.some(({ record }) => isRepeatable(record)) && slots.some(({ record }) => !isRepeatable(record));
    const maySplit = isMixed && error.stop === undefined && !this.plan.mapping.allOrNone;
    for (const slot of slots) {
      slot.mayHaveRun = true;
      if (maySplit && isRepeatable(slot.record)) this.fates.repeat(slot, said, 'later');
      else this.fates.leaveUnknown([slot], said, isRepeatable(slot.record));
    }
  }
}

/**
 * Could one record have spoilt the call, so that the others pass without it? Sizes (413, 414, 431) count as such:
 * halves are smaller. A wrong type or URL is wrong for each record alike.
 */
function mayBeOneRecord({ status, code }: RequestError): boolean {
  if (status === 413 || status === 414 || status === 431) return true;
  return status === 400 && code !== 'NOT_FOUND' && code !== 'INVALID_TYPE';
}

function firstError(result: RecordResult): ApiError {
  return result.errors[0] ?? { code: 'UNKNOWN', message: 'Salesforce gave no reason', fields: [] };
}

function ruleHeader({ operation, assignmentRule }: TopicMapping): Record<string, string> {
  if (assignmentRule === undefined || operation === 'delete') return {};
  return { 'Sforce-Auto-Assign': String(assignmentRule).replace(/^(?:true|false)$/, (word) => word.toUpperCase()) };
}

/** While it is under way its text is all that is needed. */
function writeRecord(record: SourceRecord): string {
  const members = recordMembers(record);
  record.fields.forget?.();
  return members;
}

function idOf({ fields }: SourceRecord): string {
  const id = fields.values[fields.columns.findIndex(({ field }) => field === 'Id')];
  if (id === undefined || id === null) throw new Error('A delete has no Id.');
  return trimBlanks(scalarText(id));
}
