import type { SObjectType } from '../schema/schema.js';

/** A record as queries show it, parents and children nested. */
export interface QueryRecord {
  readonly attributes: { readonly type: string; readonly url?: string };
  [field: string]: unknown;
}

/** What a statement found. Records are made as pages are asked for. */
export interface QueryResult {
  readonly totalSize: number;
  /** Of all records that pages hold: none for `COUNT()`. */
  readonly length: number;
  /** Whether the records hold so much text that an org answers with smaller pages. */
  readonly isWide: boolean;
  readonly page: (start: number, end: number) => QueryRecord[];
  /** What the statement selects, for `columns=true`. */
  readonly columns: () => readonly { readonly columnName: string }[];
}

/** A result with pages still to come. */
export interface QueryCursor {
  readonly result: QueryResult;
  readonly pageRecords: number;
}

/** A result as rows of text, for CSV. */
export interface TextTable {
  readonly type: SObjectType;
  readonly names: readonly string[];
  readonly length: number;
  readonly rows: (start: number, end: number) => string[][];
}
