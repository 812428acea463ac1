import { hash } from 'node:crypto';
import type { CheckedTopic, DropReason } from '../accounting/check-report.js';
import { DroppedTally, ErrorTally } from '../accounting/error-tally.js';
import type { Batch } from '../batching/batch.js';
import { linesOf, type RecordError, type SourceLine, type SourceRecord } from '../core/record.js';
import type { FieldPlan } from '../records/field-plan.js';
import { type Describes, readFlatName } from '../records/references.js';
import type { TopicCost } from './estimate.js';
import { RecordCheck, type Finding } from './record-check.js';

/** What a check found in the lines of one topic. */
export class TopicCheck {
  read = 0;
  /** Records that would go to the org, to be written or refused there. */
  sent = 0;
  failed = 0;
  mayFail = 0;
  /** Lines that are folded into later ones. */
  superseded = 0;
  keysMissing = 0;
  keysRepeated = 0;
  keysDistinct = 0;
  readonly errors = new ErrorTally();
  readonly possibleErrors = new ErrorTally();
  readonly dropped = new DroppedTally();
  readonly #check: RecordCheck;

  constructor(
    readonly plan: FieldPlan,
    readonly cost: TopicCost,
    private readonly census: KeyCensus,
    describes: Describes,
  ) {
    this.#check = new RecordCheck(plan, describes);
  }

  reject(error: RecordError, line: Omit<SourceLine, 'text'>): void {
    if (error.code === 'MISSING_KEY') this.keysMissing++;
    this.failed++;
    this.errors.add({ ...error, field: error.fields?.length === 1 ? (error.fields[0] ?? null) : null }, line);
  }

  noteKey({ key }: SourceRecord): void {
    if (this.plan.keyField === undefined) return;
    if (key === undefined) {
      this.keysMissing++;
      return;
    }
    const seen = this.census.note(this.plan.mapping.topic, key);
    if (seen === 'first') this.keysDistinct++;
    else if (seen === 'repeated') this.keysRepeated++;
  }

  /** Takes what would be sent together. */
  takeBatch(batch: Batch): void {
    const { mapping, records } = batch;
    this.cost.add(batch);
    const verdicts = records.map((record) => this.#take(record));
    const isRolledBack = mapping.allOrNone && verdicts.includes('would_fail');
    records.forEach((record, index) => {
      const kind = verdicts[index];
      const lines = linesOf(record);
      if (isRolledBack && kind !== 'would_fail') this.#addAll(this.errors, ROLLED_BACK, lines);
      if (kind === 'would_fail' || isRolledBack) this.failed += lines.length;
      else if (kind === 'may_fail') this.mayFail += lines.length;
      // Lines that were folded share the fate of their record: superseded where that is written.
      else this.superseded += lines.length - 1;
    });
  }

  report(hasInput: boolean): CheckedTopic {
    const { plan, cost, dropped } = this;
    const { topic, operation, mode } = plan.mapping;
    const counted = <Count>(count: Count): Count | null => (hasInput ? count : null);
    const { keysMissing: missing, keysRepeated: repeated, keysDistinct: distinct } = this;
    const keys = { missing, repeated, distinct, is_exact: this.census.isComplete };
    const unwritable = dropped.countsOf('unwritable');
    return {
      topic,
      sobject: plan.sobject,
      operation,
      mode,
      key_field: plan.keyField ?? null,
      read: counted(this.read),
      would_send: counted(this.sent),
      would_fail: counted(this.failed),
      may_fail: counted(this.mayFail),
      superseded: counted(this.superseded),
      keys: plan.keyField === undefined ? null : counted(keys),
      batches: counted(cost.batches),
      api_calls: counted(cost.apiCalls),
      bulk_batches: counted(cost.bulkBatches),
      errors: this.errors.list(),
      possible_errors: this.possibleErrors.list(),
      dropped_fields: unwritable,
      dropped_reasons: Object.fromEntries(Object.keys(unwritable).map((name) => [name, dropReason(name, plan)])),
      unknown_fields: dropped.countsOf('unknown'),
      nearest_fields: dropped.nearest(),
    };
  }

  #take(record: SourceRecord): Verdict {
    this.sent++;
    // A tombstone is a delete of its own: nothing but its key is sent.
    if (record.mapping !== this.plan.mapping) return 'fine';
    const findings = this.#check.findingsOf(record);
    if (findings.length === 0) return 'fine';
    for (const finding of findings) {
      const tally = finding.certainty === 'would_fail' ? this.errors : this.possibleErrors;
      this.#addAll(tally, finding, linesOf(record));
    }
    return findings.some(({ certainty }) => certainty === 'would_fail') ? 'would_fail' : 'may_fail';
  }

  /** The lines that a record was folded from share its fate. */
  #addAll(tally: ErrorTally, problem: Problem, lines: readonly SourceLine[]): void {
    for (const line of lines) tally.add(problem, line);
  }
}

/** Keys that are remembered, over all topics: some 50 MB of memory. */
const MAX_KEYS = 1_000_000;

/** How often keys came, in bounded memory: beyond `maxKeys` different ones, new keys are no longer remembered. */
export class KeyCensus {
  readonly #seen = new Set<number>();
  /** False: there were more keys than are remembered, so that counts are lower bounds. */
  isComplete = true;

  constructor(private readonly maxKeys = MAX_KEYS) {}

  /** `unknown`: it was not seen among those that are remembered. */
  note(topic: string, key: string): 'first' | 'repeated' | 'unknown' {
    // 52 bits: among a million keys, two share one once in ten thousand runs.
    const digest = Number.parseInt(hash('sha1', `${topic}\n${key}`).slice(0, 13), 16);
    if (this.#seen.has(digest)) return 'repeated';
    if (this.#seen.size >= this.maxKeys) {
      this.isComplete = false;
      return 'unknown';
    }
    this.#seen.add(digest);
    return 'first';
  }
}

type Verdict = 'fine' | 'may_fail' | 'would_fail';

type Problem = Pick<Finding, 'code' | 'message' | 'field'>;

const ROLLED_BACK: Problem = {
  code: 'ALL_OR_NONE_OPERATION_ROLLED_BACK',
  message: 'Rolled back, since another record of the same call would fail',
  field: null,
};

/** Why a field of the sObject is left out of what is sent: nobody can write it, or this operation cannot. */
function dropReason(name: string, plan: FieldPlan): DropReason {
  const lower = (readFlatName(name)?.relationship ?? name).toLowerCase();
  const fields = plan.describe?.fields ?? [];
  const field = plan.describeOf(name) ?? fields.find((one) => one.relationshipName?.toLowerCase() === lower);
  return field?.createable === true || field?.updateable === true ? 'not_permitted' : 'read_only';
}
