import type { CheckedTopic, DropReason } from '../accounting/check-report.js';
import { DroppedTally, ErrorTally } from '../accounting/error-tally.js';
import type { Batch } from '../batching/batch.js';
import { linesOf, type RecordError, type SourceLine, type SourceRecord } from '../core/record.js';
import type { FieldPlan } from '../records/field-plan.js';
import { type Describes, readFlatName } from '../records/references.js';
import type { KeyCensus } from './key-census.js';
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
    describes: Describes,
    private readonly census: KeyCensus,
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
  takeBatch({ mapping, records }: Batch): void {
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

  /** What would be left out, and why. */
  get droppedFields(): Pick<CheckedTopic, 'dropped_fields' | 'dropped_reasons' | 'unknown_fields' | 'nearest_fields'> {
    const dropped = this.dropped.countsOf('unwritable');
    return {
      dropped_fields: dropped,
      dropped_reasons: Object.fromEntries(Object.keys(dropped).map((name) => [name, dropReason(name, this.plan)])),
      unknown_fields: this.dropped.countsOf('unknown'),
      nearest_fields: this.dropped.nearest(),
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
