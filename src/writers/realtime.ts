import type { Batch } from '../batching/batch.js';
import { ReplayStopped } from '../core/errors.js';
import type { SourceRecord, TopicMapping, Column, Scalar } from '../core/record.js';
import { writeCollection, type RecordResult } from '../salesforce/collections.js';
import { isSameCode } from '../salesforce/error-body.js';
import { RequestError, type ApiError } from '../salesforce/errors.js';
import { IdLookup } from './id-lookup.js';
import { BatchOutcomes, isRepeatable, recordErrorFrom, type PendingRecord } from './batch-outcomes.js';
import type { FieldPlan } from '../records/field-plan.js';
import { trimBlanks } from '../records/key.js';
import { unreadableValue } from '../records/value-type.js';
import { scalarText } from '../records/values.js';
import type { BatchResult, OnSettled, Writer, WriterContext } from './writer.js';
import { isLosslessNumber } from 'lossless-json';
import { isSent } from './refused-fields.js';

/**
 * Calls in a row without a reply after which the org counts as out of reach. A call that must not be repeated is never
 * tried twice, so that no single one of them can tell; without this, an org that hangs would cost a time-out and a batch
 * of records in doubt again and again until the input ends.
 */
const MAX_UNANSWERED_CALLS = 5;

/** Writes batches by sObject Collections: a call a batch, and further calls for what may be sent again. */
export class RealtimeWriter implements Writer {
  readonly #lookup: IdLookup;
  /** In a row, over all batches. */
  unansweredCalls = 0;

  constructor(readonly context: WriterContext) {
    this.#lookup = new IdLookup(context);
  }

  write(batch: Batch, plan: FieldPlan, onSettled: OnSettled): Promise<BatchResult> {
    const outcomes = new BatchOutcomes(batch, plan, this.context, onSettled);
    // By Id where Ids are looked up.
    const calls = new RealtimeBatch(this, plan.byId, outcomes);
    return outcomes.settleBy(async (group) => calls.send(await this.#lookup.find(group, outcomes, plan)));
  }
}

class RealtimeBatch {
  constructor(
    private readonly writer: RealtimeWriter,
    private readonly plan: FieldPlan,
    private readonly outcomes: BatchOutcomes,
  ) {}

  async send(pending: readonly PendingRecord[]): Promise<void> {
    if (pending.length === 0 || this.outcomes.isStopped(pending) || !(await this.#begin(pending))) return;
    try {
      const { attempts, mayHaveRunBefore, results } = await this.#call(pending);
      this.writer.unansweredCalls = 0;
      for (const one of pending) {
        one.record.attempts += attempts;
        one.mayHaveRun ||= mayHaveRunBefore;
      }
      if (this.plan.mapping.allOrNone) this.#takeAllOrNone(pending, results);
      else pending.forEach((one, i) => this.#take(one, results[i] as RecordResult));
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      for (const { record } of pending) record.attempts += error.attempts;
      await this.#takeRequestError(pending, error);
    }
  }

  /** A request that is not the same when it is repeated is told to the journal before. */
  #begin(pending: readonly PendingRecord[]): Promise<boolean> {
    const isDelete = this.plan.mapping.operation === 'delete';
    const named = isDelete ? pending : pending.filter(({ record }) => !isRepeatable(record));
    return this.outcomes.begin(named, (journal, topic, lines) => journal.sending(topic, lines, isDelete), pending);
  }

  #call(pending: readonly PendingRecord[]): ReturnType<typeof writeCollection> {
    const { mapping, sobject, sentAs, keyField } = this.plan;
    const { client, headers, aborting, stopping } = this.writer.context;
    return writeCollection(client, {
      operation: sentAs,
      sobject,
      externalIdField: keyField ?? '',
      allOrNone: mapping.allOrNone,
      records: pending.map(({ record }) => (mapping.operation === 'delete' ? idOf(record) : writeRecord(record))),
      headers: { ...headers, ...ruleHeader(mapping) },
      repeatable: pending.every(({ record }) => isRepeatable(record)),
      signal: aborting,
      stopping,
    });
  }

  #take(one: PendingRecord, result: RecordResult): void {
    if (!result.success) {
      this.outcomes.refuse(one, firstError(result));
      return;
    }
    const { sentAs } = this.plan;
    // Only the replies to upserts tell.
    const created = sentAs === 'upsert' ? result.created : sentAs === 'insert';
    this.outcomes.settle(one, { kind: 'succeeded', id: result.id, created });
  }

  /** The records of the call are sent again together, or fail together, each with its own error. */
  #takeAllOrNone(pending: readonly PendingRecord[], results: readonly RecordResult[]): void {
    const failures: { one: PendingRecord; error: ApiError }[] = [];
    for (const [i, one] of pending.entries()) {
      const result = results[i] as RecordResult;
      // Platform events know no roll-back: what was published stays so.
      if (result.success) this.#take(one, result);
      else failures.push({ one, error: firstError(result) });
    }
    if (failures.every(({ one, error }) => this.outcomes.isDeletedAlready(one, error))) {
      for (const { one } of failures) this.outcomes.settleDeleted(one);
      return;
    }
    const culprits = failures.filter(({ error }) => error.code !== 'ALL_OR_NONE_OPERATION_ROLLED_BACK');
    const decisions = new Map(culprits.map(({ one, error }) => [one, this.outcomes.retryDecision(one, error)]));
    const all = [...decisions.values()];
    const isRetried = all.length > 0 && all.every((decision) => decision === 'now' || decision === 'later');
    const together = all.includes('later') ? 'later' : 'now';
    for (const { one, error } of failures) {
      const decision = decisions.get(one);
      if (isRetried) this.outcomes.retry(one, error, together);
      else this.outcomes.settle(one, { kind: 'failed', error: typeof decision === 'object' ? decision : error });
    }
  }

  async #takeRequestError(pending: readonly PendingRecord[], error: RequestError): Promise<void> {
    const { outcomes } = this;
    outcomes.stop ??= error.stop;
    this.#countUnanswered(error);
    if (error.outcome === 'not_sent' || (error.outcome === 'refused' && error.stop !== undefined)) {
      outcomes.settleUnwritten(pending, error);
    } else if (error.outcome === 'unknown') {
      if (this.#isTooSlow(pending, error)) {
        for (const one of pending) one.mayHaveRun = true;
        await this.#sendHalves(pending);
      } else {
        this.#takeUnknown(pending, error);
      }
    } else if (pending.length > 1 && !this.plan.mapping.allOrNone && mayBeOneRecord(error)) {
      await this.#sendWithoutCulprits(pending, error);
    } else {
      outcomes.settleAll(pending, { kind: 'failed', error: recordErrorFrom(error) });
    }
  }

  #countUnanswered({ status, outcome, message }: RequestError): void {
    const { writer, outcomes } = this;
    if (status !== undefined) writer.unansweredCalls = 0;
    if (status !== undefined || outcome !== 'unknown' || writer.context.aborting.aborted) return;
    writer.unansweredCalls++;
    if (writer.unansweredCalls < MAX_UNANSWERED_CALLS) return;
    outcomes.stop ??= new ReplayStopped('ORG_UNREACHABLE', `The org has stopped answering: ${message}`, {
      hint: 'Raise request_timeout if the org is only slow.',
    });
  }

  /** Those whose values the org cannot read, by its own describe, are known; to find any others, the call is halved. */
  async #sendWithoutCulprits(pending: readonly PendingRecord[], { status, code }: RequestError): Promise<void> {
    const rest: PendingRecord[] = [];
    for (const one of pending) {
      const problem = status === 400 ? unreadableValue(one.record, this.plan) : undefined;
      if (problem === undefined) rest.push(one);
      else this.outcomes.settle(one, { kind: 'failed', error: { code, ...problem } });
    }
    this.outcomes.noteUnwritten(rest);
    await this.outcomes.flush();
    if (rest.length === pending.length) await this.#sendHalves(pending);
    else if (rest.length > 0) await this.send(rest);
  }

  /** What is known of the first half is told before the second is sent: a crash then leaves only that in the dark. */
  async #sendHalves(pending: readonly PendingRecord[]): Promise<void> {
    const middle = Math.ceil(pending.length / 2);
    for (const half of [pending.slice(0, middle), pending.slice(middle)]) {
      await this.outcomes.flush();
      await this.send(half);
    }
  }

  /** The org gave up on the call, and may not on a smaller one. */
  #isTooSlow(pending: readonly PendingRecord[], { code, stop }: RequestError): boolean {
    if (!isSameCode(code, 'REQUEST_RUNNING_TOO_LONG') && !isSameCode(code, 'QUERY_TIMEOUT')) return false;
    const mayBeHalved = stop === undefined && pending.length > 1 && !this.plan.mapping.allOrNone;
    return mayBeHalved && pending.every(({ record }) => isRepeatable(record));
  }

  /** The reply was lost. An upsert by Id that inserts some records is repeated for the others alone. */
  #takeUnknown(pending: readonly PendingRecord[], error: RequestError): void {
    const repeatable = pending.filter(({ record }) => isRepeatable(record)).length;
    const isMixed = repeatable > 0 && repeatable < pending.length;
    const maySplit = isMixed && error.stop === undefined && !this.plan.mapping.allOrNone;
    for (const one of pending) {
      one.mayHaveRun = true;
      if (maySplit && isRepeatable(one.record)) this.outcomes.retry(one, recordErrorFrom(error), 'later');
      else this.outcomes.settleInDoubt([one], recordErrorFrom(error), isRepeatable(one.record));
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

/** While it is in flight its text is all that is needed. */
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

/** What stands before and after a column's value. */
interface Frame {
  readonly before: string;
  readonly after: string;
}

/** What JSON escapes in a string that is well-formed. */
// eslint-disable-next-line no-control-regex -- control characters are what it is about
const ESCAPED = /[\x00-\x1f"\\]/;
/** By the columns of records of one shape, which share one array. */
const framesByColumns = new WeakMap<readonly Column[], readonly Frame[]>();

/** The members of a record as sObject Collections takes it, but for `attributes`: JSON text, numbers with their digits. */
export function recordMembers(record: SourceRecord): string {
  const asWritten = record.refusedColumns === undefined ? record.fields.json : undefined;
  if (asWritten !== undefined) return asWritten;
  const { columns, values } = record.fields;
  const frames = framesOf(columns);
  let json = '';
  for (let i = 0; i < columns.length; i++) {
    if (!isSent(record, columns[i] as Column)) continue;
    const { before, after } = frames[i] as Frame;
    json += (json === '' ? before : `,${before}`) + valueJson(values[i] as Scalar) + after;
  }
  return json;
}

function framesOf(columns: readonly Column[]): readonly Frame[] {
  let frames = framesByColumns.get(columns);
  if (frames === undefined) {
    frames = columns.map(frameOf);
    framesByColumns.set(columns, frames);
  }
  return frames;
}

function frameOf({ header, reference }: Column): Frame {
  if (reference === undefined) return { before: `${JSON.stringify(header)}:`, after: '' };
  const attributes = reference.type === undefined ? '' : `"attributes":{"type":${JSON.stringify(reference.type)}},`;
  const before = `${JSON.stringify(reference.relationship)}:{${attributes}${JSON.stringify(reference.field)}:`;
  return { before, after: '}' };
}

function valueJson(value: Scalar): string {
  // The same as JSON.stringify for most values, at half the cost.
  if (typeof value === 'string' && !ESCAPED.test(value)) return `"${value}"`;
  return isLosslessNumber(value) ? value.value : JSON.stringify(value);
}
