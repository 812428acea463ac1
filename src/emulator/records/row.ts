import { recordError, type RecordError } from '../api-error.js';
import type { ExactNumber } from '../decimal.js';
import { hasWrongSuffix, normalizeId } from '../ids.js';
import type { DescribeField } from '../schema/describe.js';
import type { SObjectType } from '../schema/schema.js';

/** A field's value as it is stored: text trimmed, datetimes in UTC with milliseconds, numbers with their digits. */
export type StoredValue = string | boolean | ExactNumber | null;

/** A rule of the org: new and changed records of the type become the owner's, a queue. */
export interface AssignmentRule {
  readonly sobject: string;
  readonly isActive: boolean;
  readonly ownerId: string;
}

export type WriteOperation = 'insert' | 'update' | 'upsert';

/** A reference to a parent by one of its external ids. */
interface ParentReference {
  readonly field: DescribeField;
  readonly parentType: SObjectType;
  readonly parentField: DescribeField;
  readonly value: StoredValue;
}

/** One record to write, read from JSON or CSV but not yet checked against the org's records. */
export interface WriteRow {
  readonly type: SObjectType;
  /** As given, not yet checked. */
  id: string | null;
  readonly values: Map<DescribeField, StoredValue>;
  readonly references: ParentReference[];
  /** What was wrong with the row as read; such a row is never written. */
  readonly errors: RecordError[];
}

/** What became of one record. */
export interface Outcome {
  readonly id?: string | undefined;
  readonly success: boolean;
  readonly created?: boolean | undefined;
  readonly errors: readonly RecordError[];
}

/** What a call says of duplicate rules, and its version. */
export interface DuplicateRule {
  readonly allowSave: boolean;
  /** Whether the error shows the records that were found. */
  readonly showsRecords: boolean;
  readonly version: number;
}

/** What the rows of one unit have in common. */
export interface SaveRequest {
  readonly operation: WriteOperation;
  /** Upsert only; `Id` included. */
  readonly keyField?: DescribeField | undefined;
  /** Upsert only: a key that matches nothing fails. */
  readonly updateOnly?: boolean;
  readonly allOrNone?: boolean;
  /** Those that run. */
  readonly assignmentRules: readonly AssignmentRule[];
  /** Absent in bulk, which has no header for it. */
  readonly duplicateRule?: DuplicateRule;
  /** What committed it: a request's id or a job's Id. */
  readonly by: string;
}

export function newRow(type: SObjectType): WriteRow {
  return { type, id: null, values: new Map(), references: [], errors: [] };
}

/** Why a record is not written; thrown. */
export class Refused extends Error {
  readonly errors: readonly RecordError[];

  constructor(errors: readonly RecordError[]) {
    super(errors[0]?.message);
    this.errors = errors;
  }
}

/** @throws Refused */
export function refuse(statusCode: string, message: string, fields: readonly string[] = []): never {
  throw new Refused([recordError(statusCode, message, fields)]);
}

/**
 * The Id in its 18-character form.
 * @throws Refused for a text that is no Id of these types, of which an undefined one can have any Id
 */
export function checkedId(
  given: string,
  { name, label }: Pick<DescribeField, 'name' | 'label'>,
  types: readonly (SObjectType | undefined)[],
): string {
  const id = normalizeId(given);
  if (id !== undefined && types.some((type) => !type || id.startsWith(type.keyPrefix))) return id;
  if (hasWrongSuffix(given)) refuse('MALFORMED_ID', `malformed id ${given}`);
  return refuse('MALFORMED_ID', `${label}: id value of incorrect type: ${given}`, [name]);
}

/** Text without its outer blanks, as the platform stores it: blanks beyond ASCII, such as U+00A0, are kept. */
export function trimmed(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && text.charCodeAt(start) <= 0x20) start++;
  while (start < end && text.charCodeAt(end - 1) <= 0x20) end--;
  return text.slice(start, end);
}
