import { comparableKey } from '../records/key.js';
import type { Column } from '../core/record.js';
import type { Slot } from './fates.js';
import type { FieldPlan } from '../records/field-plan.js';

/** A row of a result file, without the columns that were sent. */
export interface ResultRow {
  /** `sf__Id`; empty for failed inserts. */
  readonly id: string;
  /** `sf__Error`; empty in the other files. */
  readonly error: string;
  /** `sf__Created`; undefined in the other files. */
  readonly created: boolean | undefined;
}

/** A row that names no key we sent: it can only be known by its values. */
export interface LooseRow {
  readonly row: ResultRow;
  readonly columns: readonly (Column | undefined)[];
  readonly cells: readonly string[];
}

/** One result file as it comes in. Made anew when its download starts anew. */
export class ResultFile {
  readonly bySlot = new Map<Slot, ResultRow>();
  readonly loose: LooseRow[] = [];
  rows = 0;

  readonly #columns: readonly (Column | undefined)[];
  readonly #keyAt: number;
  readonly #idAt: number;
  readonly #errorAt: number;
  readonly #createdAt: number;

  constructor(
    header: readonly string[],
    private readonly sent: SentRows,
  ) {
    const lower = header.map((name) => name.toLowerCase());
    this.#columns = lower.map((name) => sent.columnsByHeader.get(name));
    this.#idAt = lower.indexOf('sf__id');
    this.#errorAt = lower.indexOf('sf__error');
    this.#createdAt = lower.indexOf('sf__created');
    this.#keyAt = sent.plan.keyField === undefined ? -1 : lower.indexOf(sent.plan.keyField.toLowerCase());
  }

  take(cells: readonly string[]): void {
    this.rows++;
    const row: ResultRow = {
      id: cells[this.#idAt] ?? '',
      error: cells[this.#errorAt] ?? '',
      created: this.#createdAt < 0 ? undefined : cells[this.#createdAt]?.toLowerCase() === 'true',
    };
    const slot = this.sent.byKey(cells[this.#keyAt]) ?? this.sent.byId(row.id);
    if (slot !== undefined && !this.bySlot.has(slot)) this.bySlot.set(slot, row);
    else this.loose.push({ row, columns: this.#columns, cells });
  }
}

/** The rows of one job, to be found again by key. */
export class SentRows {
  readonly columnsByHeader: ReadonlyMap<string, Column>;
  readonly #byKey = new Map<string, Slot>();

  constructor(
    readonly slots: readonly Slot[],
    readonly columns: readonly Column[],
    readonly plan: FieldPlan,
  ) {
    this.columnsByHeader = new Map(columns.map((column) => [column.header.toLowerCase(), column]));
    for (const slot of slots) {
      const { key, foundId } = slot.record;
      const sent = foundId === undefined ? key : comparableKey(foundId, 'id');
      if (sent !== undefined) this.#byKey.set(sent, slot);
    }
  }

  byKey(cell: string | undefined): Slot | undefined {
    const key = cell === undefined ? undefined : comparableKey(cell, this.plan.keyKind);
    return key === undefined ? undefined : this.#byKey.get(key);
  }

  byId(id: string): Slot | undefined {
    return this.plan.keyKind === 'id' ? this.byKey(id) : undefined;
  }
}
