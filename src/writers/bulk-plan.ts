import type { Column } from '../record.js';
import type { Slot } from './fates.js';
import type { FieldPlan } from './fields.js';
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
  const waysByField = new Map<string, Set<string>>();
  for (const slot of slots) {
    for (const { field, header } of columnsOf(slot, plan)) {
      const ways = waysByField.get(field);
      if (ways === undefined) waysByField.set(field, new Set([header]));
      else ways.add(header);
    }
  }
  const contested = new Set([...waysByField].filter(([, ways]) => ways.size > 1).map(([field]) => field));
  return groupByWays(slots, plan, contested).flatMap((group) => cutByHeader(group, plan, maxHeaderChars));
}

/** The columns that a record is sent with now. A delete file holds the Id alone. */
function columnsOf({ record }: Slot, plan: FieldPlan): Column[] {
  return record.fields.columns.filter(
    (column) => isSent(record, column) && (plan.mapping.operation !== 'delete' || column.field === plan.keyField),
  );
}

function groupByWays(slots: readonly Slot[], plan: FieldPlan, contested: ReadonlySet<string>): Slot[][] {
  if (contested.size === 0) return [[...slots]];
  const groups = new Map<string, Slot[]>();
  const indifferent: Slot[] = [];
  for (const slot of slots) {
    const ways = columnsOf(slot, plan).filter(({ field }) => contested.has(field));
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

function cutByHeader(slots: readonly Slot[], plan: FieldPlan, maxHeaderChars: number): FilePlan[] {
  const files = [new GrowingFile(plan)];
  for (const slot of slots) {
    const columns = columnsOf(slot, plan);
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

  /** The key's column is always there: an upsert by Id may have no row that fills it. */
  constructor(plan: FieldPlan) {
    const target = plan.keyField === undefined ? undefined : plan.target(plan.keyField);
    this.columns = new Set(target?.kind === 'column' ? [target.column] : []);
    for (const { header } of this.columns) this.#chars += header.length + 1;
  }

  /** Length of the header with these columns, delimiters included. */
  charsWith(columns: readonly Column[]): number {
    return columns.reduce(
      (chars, column) => chars + (this.columns.has(column) ? 0 : column.header.length + 1),
      this.#chars,
    );
  }

  add(slot: Slot, columns: readonly Column[]): void {
    this.#chars = this.charsWith(columns);
    for (const column of columns) this.columns.add(column);
    this.slots.push(slot);
  }
}
