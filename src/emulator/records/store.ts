import { canonicalNumeral } from '../decimal.js';
import { normalizeId } from '../ids.js';
import type { DescribeField } from '../schema/describe.js';
import type { Schema, SObjectType } from '../schema/schema.js';
import type { StoredValue } from './row.js';

/** One record of the org, live or in the recycle bin. */
export interface StoredRow {
  readonly id: string;
  readonly type: SObjectType;
  /** Replaced as a whole by an update, so that the history can share it. */
  values: Readonly<Record<string, StoredValue>>;
  isDeleted: boolean;
  readonly createdMs: number;
  modifiedMs: number;
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
  readonly #indexes: ReadonlyMap<string, Map<string, string[]>>;

  constructor(type: SObjectType) {
    this.type = type;
    this.#indexes = new Map(type.indexedFields.map((field) => [field.name, new Map()]));
  }

  /** Live records whose field has this value. The field must be indexed, or be `Id`. */
  find(field: DescribeField, value: StoredValue): StoredRow[] {
    const key = keyText(field, value);
    if (key === undefined) return [];
    const ids = field.type === 'id' ? [key] : (this.#indexes.get(field.name)?.get(key) ?? []);
    return ids.map((id) => this.rows.get(id)).filter((row) => row !== undefined && !row.isDeleted) as StoredRow[];
  }

  insert(row: StoredRow): void {
    this.rows.set(row.id, row);
    this.#index(row);
  }

  update(row: StoredRow, change: Readonly<Record<string, StoredValue>>, nowMs: number): void {
    this.#unindex(row);
    row.values = { ...row.values, ...change };
    row.modifiedMs = nowMs;
    this.#index(row);
  }

  delete(row: StoredRow): void {
    this.#unindex(row);
    row.isDeleted = true;
  }

  #index(row: StoredRow): void {
    for (const field of this.type.indexedFields) {
      const key = keyText(field, row.values[field.name] ?? null);
      const index = this.#indexes.get(field.name);
      if (key === undefined || !index) continue;
      const ids = index.get(key);
      if (ids) ids.push(row.id);
      else index.set(key, [row.id]);
    }
  }

  #unindex(row: StoredRow): void {
    for (const field of this.type.indexedFields) {
      const key = keyText(field, row.values[field.name] ?? null);
      const index = this.#indexes.get(field.name);
      const ids = key === undefined ? undefined : index?.get(key);
      if (key === undefined || !ids) continue;
      if (ids.length === 1) index?.delete(key);
      else ids.splice(ids.indexOf(row.id), 1);
    }
  }
}

/**
 * Two values of a key field are one key exactly when this text is the same. Case counts unless the field is unique and
 * not case-sensitive. Undefined for no value.
 */
export function keyText(field: DescribeField, value: StoredValue): string | undefined {
  if (value === null) return undefined;
  const text = String(value);
  if (field.type === 'id' || field.type === 'reference') return normalizeId(text) ?? text;
  if (field.type === 'double' || field.type === 'currency' || field.type === 'percent' || field.type === 'int') {
    return canonicalNumeral(text);
  }
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  const ignoresCase = (field.unique && !field.caseSensitive) || field.type === 'email';
  return ignoresCase ? trimmed.toLowerCase() : trimmed;
}
