import { canonicalNumeral } from '../decimal.js';
import { normalizeId } from '../ids.js';
import type { DescribeField } from '../schema/describe.js';
import type { Schema, SObjectType } from '../schema/schema.js';
import { trimmed, type StoredValue } from './row.js';
import { isNumber } from './values.js';

/** One record of the org, live or in the recycle bin. */
export interface StoredRow {
  readonly id: string;
  readonly type: SObjectType;
  /** Replaced as a whole by an update, so that the history can share it. */
  values: Readonly<Record<string, StoredValue>>;
  isDeleted: boolean;
  readonly createdMs: number;
  modifiedMs: number;
  /** Whom an assignment rule gave the record to, whatever owner was written. */
  assignedOwnerId?: string | undefined;
}

/** What of a record can change. */
export type RowChange = Partial<Pick<StoredRow, 'values' | 'isDeleted' | 'modifiedMs' | 'assignedOwnerId'>>;

/** A live record as a plain object. Numbers: `String(value)` is the digits as written. */
export interface StoredRecord {
  readonly Id: string;
  readonly [field: string]: StoredValue;
}

/** One committed change of one record. */
export interface RecordVersion {
  readonly sobject: string;
  readonly id: string;
  readonly change: 'created' | 'updated' | 'deleted';
  /** What this change wrote, auto-numbers included; empty for a delete. */
  readonly fields: Readonly<Record<string, StoredValue>>;
  /** The request's id (see `LoggedRequest.id`) or the bulk job's Id. */
  readonly by: string;
}

/** All records, found by Id or by the value of an indexed field. */
export class Store {
  readonly #schema: Schema;
  readonly #tables = new Map<string, Table>();

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  table(type: SObjectType): Table {
    let table = this.#tables.get(type.name);
    if (!table) this.#tables.set(type.name, (table = new Table(type)));
    return table;
  }

  /** Records of other types that point at this one through a field with the given property. */
  *childrenOf(row: StoredRow, property: 'cascadeDelete' | 'restrictedDelete'): Generator<StoredRow> {
    for (const type of this.#schema.types) {
      const fields = type.document.fields.filter((f) => f[property] && f.referenceTo.includes(row.type.name));
      if (fields.length === 0) continue;
      for (const child of this.table(type).rows.values()) {
        if (!child.isDeleted && fields.some((field) => child.values[field.name] === row.id)) yield child;
      }
    }
  }
}

/** The records of one sObject. */
export class Table {
  readonly type: SObjectType;
  /** By 18-character Id, in creation order; deleted ones stay, marked. */
  readonly rows = new Map<string, StoredRow>();
  readonly #indexes: ReadonlyMap<string, Map<string, Set<string>>>;

  constructor(type: SObjectType) {
    this.type = type;
    this.#indexes = new Map(type.indexedFields.map((field) => [field.name, new Map()]));
  }

  isIndexed(field: DescribeField): boolean {
    return field.type === 'id' || this.#indexes.has(field.name);
  }

  /** Live records whose field has this value as a key. The field must be indexed. */
  find(field: DescribeField, value: StoredValue): StoredRow[] {
    const key = keyText(field, value);
    const rows = this.similar(field, value);
    return field.type === 'id' ? rows : rows.filter((row) => keyText(field, row.values[field.name] ?? null) === key);
  }

  /** Live records whose field has this value as queries compare it: more than one key may be found by a text. */
  similar(field: DescribeField, value: StoredValue): StoredRow[] {
    const key = indexText(field, value);
    if (key === undefined) return [];
    const ids = field.type === 'id' ? [key] : (this.#indexes.get(field.name)?.get(key) ?? []);
    return [...ids].map((id) => this.rows.get(id)).filter((row) => row !== undefined && !row.isDeleted) as StoredRow[];
  }

  insert(row: StoredRow): void {
    this.rows.set(row.id, row);
    this.#index(row, true);
  }

  change(row: StoredRow, change: RowChange): void {
    this.#index(row, false);
    Object.assign(row, change);
    this.#index(row, true);
  }

  /** Takes the record out as if it had never been. */
  remove(row: StoredRow): void {
    this.#index(row, false);
    this.rows.delete(row.id);
  }

  #index(row: StoredRow, isAdded: boolean): void {
    if (row.isDeleted) return;
    for (const field of this.type.indexedFields) {
      const key = indexText(field, row.values[field.name] ?? null);
      const index = this.#indexes.get(field.name);
      if (key === undefined || !index) continue;
      const ids = index.get(key) ?? new Set();
      if (isAdded) index.set(key, ids.add(row.id));
      else if (ids.delete(row.id) && ids.size === 0) index.delete(key);
    }
  }
}

/** The keys that a query takes for one another share this text: most fields mind no case there. */
function indexText(field: DescribeField, value: StoredValue): string | undefined {
  const key = keyText(field, value);
  return field.caseSensitive || field.type === 'id' || field.type === 'reference' ? key : key?.toLowerCase();
}

/**
 * Two values of a key field are one key exactly when this text is the same. Case counts unless the field is unique and
 * not case-sensitive. Undefined for no value.
 */
export function keyText(field: DescribeField, value: StoredValue): string | undefined {
  if (value === null) return undefined;
  const text = String(value);
  if (field.type === 'id' || field.type === 'reference') return normalizeId(text) ?? text;
  if (isNumber(field.type)) return canonicalNumeral(text);
  const key = trimmed(text);
  if (key === '') return undefined;
  const ignoresCase = (field.unique && !field.caseSensitive) || field.type === 'email';
  return ignoresCase ? key.toLowerCase() : key;
}
