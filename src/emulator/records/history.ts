import type { StoredRow } from './store.js';
import type { StoredValue } from './row.js';

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

/** Every committed change, in commit order. */
export class History {
  readonly #versions: RecordVersion[] = [];

  add(row: StoredRow, change: RecordVersion['change'], fields: RecordVersion['fields'], by: string): void {
    this.#versions.push({ sobject: row.type.name, id: row.id, change, fields, by });
  }

  get length(): number {
    return this.#versions.length;
  }

  /** Forgets what came after the first so many. */
  truncate(length: number): void {
    this.#versions.length = length;
  }

  of(sobject: string): RecordVersion[] {
    return this.#versions.filter((version) => version.sobject === sobject);
  }
}
