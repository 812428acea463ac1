import type { CheckedError } from '../accounting/check-report.js';
import type { Batch } from '../batching/batch.js';
import { linesOf, type LinePosition, type RecordError, type SourceLine, type SourceRecord } from '../record.js';
import type { FieldPlan } from '../writers/fields.js';
import { dropReason } from './dropped-fields.js';
import type { KeyCensus } from './key-census.js';
import { RecordCheck, type Describes, type Finding } from './record-check.js';

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
  readonly errors = new Tally();
  readonly possibleErrors = new Tally();
  readonly #dropped = new Map<string, number>();
  readonly #check: RecordCheck;

  constructor(
    readonly plan: FieldPlan,
    private readonly describes: Describes,
    private readonly census: KeyCensus,
  ) {
    this.#check = new RecordCheck(plan, describes);
  }

  reject(error: RecordError, position: LinePosition): void {
    if (error.code === 'MISSING_KEY') this.keysMissing++;
    this.failed++;
    this.errors.add({ ...error, field: error.fields?.length === 1 ? (error.fields[0] ?? null) : null }, position);
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

  /** Takes what would be sent together. Returns for how many of the records the org would refuse the whole realtime call. */
  takeBatch({ mapping, records }: Batch): number {
    const verdicts = records.map((record) => this.#take(record));
    const isRolledBack = mapping.allOrNone && verdicts.some(({ kind }) => kind === 'would_fail');
    records.forEach((record, index) => {
      const { kind = 'fine' } = verdicts[index] ?? {};
      const lines = linesOf(record);
      if (isRolledBack && kind !== 'would_fail') this.#addAll(this.errors, ROLLED_BACK, lines);
      if (kind === 'would_fail' || isRolledBack) this.failed += lines.length;
      else if (kind === 'may_fail') this.mayFail += lines.length;
    });
    return verdicts.filter(({ spoilsCall }) => spoilsCall).length;
  }

  drop(names: readonly string[]): void {
    for (const name of names) this.#dropped.set(name, (this.#dropped.get(name) ?? 0) + 1);
  }

  /** Most frequent first. */
  get dropped(): { name: string; count: number; reason: ReturnType<typeof dropReason> }[] {
    return [...this.#dropped]
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => ({ name, count, reason: dropReason(name, this.plan, this.describes) }));
  }

  #take(record: SourceRecord): Verdict {
    this.sent++;
    this.superseded += record.folded?.length ?? 0;
    // A tombstone is a delete of its own: nothing but its key is sent.
    if (record.mapping !== this.plan.mapping) return FINE;
    const findings = this.#check.findingsOf(record);
    if (findings.length === 0) return FINE;
    for (const finding of findings) {
      const tally = finding.certainty === 'would_fail' ? this.errors : this.possibleErrors;
      this.#addAll(tally, finding, linesOf(record));
    }
    const kind = findings.some(({ certainty }) => certainty === 'would_fail') ? 'would_fail' : 'may_fail';
    return { kind, spoilsCall: findings.some(({ spoilsCall }) => spoilsCall) };
  }

  /** The lines that a record was folded from share its fate. */
  #addAll(tally: Tally, problem: Problem, lines: readonly SourceLine[]): void {
    for (const { position } of lines) tally.add(problem, position);
  }
}

interface Verdict {
  readonly kind: 'fine' | 'may_fail' | 'would_fail';
  readonly spoilsCall: boolean;
}

type Problem = Pick<Finding, 'code' | 'message' | 'field'>;

const FINE: Verdict = { kind: 'fine', spoilsCall: false };
const ROLLED_BACK: Problem = {
  code: 'ALL_OR_NONE_OPERATION_ROLLED_BACK',
  message: 'Rolled back, since another record of the same call would fail',
  field: null,
};

/** Counts of what is wrong, by code and field. */
class Tally {
  readonly #errors = new Map<string, CheckedError>();

  add({ code, message, field }: Problem, { line, file }: LinePosition): void {
    const kind = `${code} ${field ?? ''}`;
    const known = this.#errors.get(kind);
    if (known === undefined) this.#errors.set(kind, { code, field, count: 1, example: message, line, file });
    else known.count++;
  }

  /** Most frequent first. */
  list(): CheckedError[] {
    return [...this.#errors.values()].sort((a, b) => b.count - a.count || a.line - b.line);
  }
}
