import type { Column } from '../core/record.js';
import type { Slot } from './fates.js';
import type { FieldPlan } from '../records/field-plan.js';
import { isSent } from './refused-fields.js';

/** Records that can share one file, and the columns they need. */
export interface FilePlan {
  readonly slots: readonly Slot[];
  readonly columns: readonly Column[];
}

/**
 * Parts records into as few files as the rules for headers allow: one way to a field in a file (`AccountId`, or
 * `Account.External_Id__c`, or `Lead:Who.Email`), and a header of at most `maxHeaderChars`.
 */
export function planFiles(slots: readonly Slot[], plan: FieldPlan, maxHeaderChars: number): FilePlan[] {
  const sent = new SentColumns(plan);
  const waysByField = new Map<string, Set<string>>();
  for (const columns of new Set(slots.map((slot) => sent.of(slot)))) {
    for (const { field, header } of columns) {
      const ways = waysByField.get(field);
      if (ways === undefined) waysByField.set(field, new Set([header]));
      else ways.add(header);
    }
  }
  const contested = new Set([...waysByField].filter(([, ways]) => ways.size > 1).map(([field]) => field));
  return groupByWays(slots, sent, contested).flatMap((group) => cutByHeader(group, plan, sent, maxHeaderChars));
}

/** The columns that records are sent with now. Records of one shape are given one array. */
class SentColumns {
  readonly #byShape = new Map<readonly Column[], readonly Column[]>();

  constructor(private readonly plan: FieldPlan) {}

  of({ record }: Slot): readonly Column[] {
    const { columns } = record.fields;
    if (record.leftOut !== undefined) {
      return columns.filter((column) => isSent(record, column) && this.#isTaken(column));
    }
    let sent = this.#byShape.get(columns);
    if (sent === undefined) {
      sent = columns.filter((column) => this.#isTaken(column));
      this.#byShape.set(columns, sent);
    }
    return sent;
  }

  /** A delete file holds the Id alone. */
  #isTaken({ field }: Column): boolean {
    return this.plan.mapping.operation !== 'delete' || field === this.plan.keyField;
  }
}

function groupByWays(slots: readonly Slot[], sent: SentColumns, contested: ReadonlySet<string>): Slot[][] {
  if (contested.size === 0) return [[...slots]];
  const groups = new Map<string, Slot[]>();
  const indifferent: Slot[] = [];
  for (const slot of slots) {
    const ways = sent.of(slot).filter(({ field }) => contested.has(field));
    const signature = ways
      .map(({ header }) => header)
      .sort()
      .join('\n');
    const group = groups.get(signature);
    if (signature === '') indifferent.push(slot);
    else if (group === undefined) groups.set(signature, [slot]);
    else group.push(slot);
  }
  const [first, ...rest] = [...groups.values()];
  return first === undefined ? [indifferent] : [[...first, ...indifferent], ...rest];
}

function cutByHeader(slots: readonly Slot[], plan: FieldPlan, sent: SentColumns, maxHeaderChars: number): FilePlan[] {
  const files = [new GrowingFile(plan)];
  for (const slot of slots) {
    const columns = sent.of(slot);
    let file = files.at(-1) as GrowingFile;
    if (file.slots.length > 0 && file.charsWith(columns) > maxHeaderChars) files.push((file = new GrowingFile(plan)));
    file.add(slot, columns);
  }
  return files.map((file) => ({ slots: file.slots, columns: [...file.columns] }));
}

class GrowingFile {
  readonly slots: Slot[] = [];
  readonly columns: Set<Column>;
  #chars = 0;
  #lastAdded: readonly Column[] | undefined;

  /** The key's column is always there: an upsert by Id may have no row that fills it. */
  constructor(plan: FieldPlan) {
    const target = plan.keyField === undefined ? undefined : plan.target(plan.keyField);
    this.columns = new Set(target?.kind === 'column' ? [target.column] : []);
    for (const { header } of this.columns) this.#chars += header.length + 1;
  }

  /** Length of the header with these columns, delimiters included. */
  charsWith(columns: readonly Column[]): number {
    if (columns === this.#lastAdded) return this.#chars;
    return columns.reduce(
      (chars, column) => chars + (this.columns.has(column) ? 0 : column.header.length + 1),
      this.#chars,
    );
  }

  add(slot: Slot, columns: readonly Column[]): void {
    this.slots.push(slot);
    if (columns === this.#lastAdded) return;
    this.#chars = this.charsWith(columns);
    for (const column of columns) this.columns.add(column);
    this.#lastAdded = columns;
  }
}
