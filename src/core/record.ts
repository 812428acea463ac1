import type { LosslessNumber } from 'lossless-json';

/**
 * The nouns that every stage of a replay shares. A line of input becomes a {@link Message}; a message whose topic is
 * mapped becomes a {@link SourceRecord}; a record that was given to Salesforce, or never will be, has an {@link Outcome}.
 */

/** What a JSON text can hold. A number that `JSON.parse` would change is a `LosslessNumber` with the digits as written. */
export type JsonValue = string | number | boolean | null | LosslessNumber | JsonValue[] | JsonObject;

export interface JsonObject {
  [name: string]: JsonValue;
}

export type Operation = 'insert' | 'update' | 'upsert' | 'delete';
export type Mode = 'realtime' | 'bulk';

/** How the records of one Kafka topic are written. Every value is complete and checked. */
export interface TopicMapping {
  readonly topic: string;
  /** sObject API name, as configured; describe gives the exact spelling. */
  readonly sobject: string;
  readonly operation: Operation;
  /** Of an upsert, where it may be `Id`, or of an update or delete by another field than `Id`; else `""`. */
  readonly externalIdField: string;
  readonly mode: Mode;
  /** The assignment rule to run: the active one, none, or that of the Id. Undefined: what the platform does in the mode. */
  readonly assignmentRule?: boolean | string | undefined;
  /** Realtime only: the records of one call are all written or none. */
  readonly allOrNone: boolean;
  /** Versions of one key that wait in the same batch are folded into one record. Never set for inserts, which have no key. */
  readonly compact: boolean;
  /** Topics whose records must all be settled before those of this one are sent. */
  readonly dependsOn: readonly string[];
  /** What a line with a key and without a record means. `fail` unless the operation is upsert. */
  readonly tombstones: 'delete' | 'skip' | 'fail';
  /** The record is made of these targets alone, each with the name or path of its source. Absent where it is taken as it is. */
  readonly fields?: Readonly<Record<string, string>> | undefined;
  /** Of inserts: the field whose value is the same whenever a line is replayed. They are sent as upserts by it. */
  readonly insertKey?: string | undefined;
  /** Values of targets that a record does not have. Absent where there are none. */
  readonly set?: Readonly<Record<string, JsonValue>> | undefined;
}

/** The field that tells a mapping's records apart, as configured; undefined for insert without an `insert_key`. */
export function keyFieldOf(mapping: TopicMapping): string | undefined {
  if (mapping.operation === 'insert') return mapping.insertKey;
  return mapping.externalIdField === '' ? 'Id' : mapping.externalIdField;
}

/** The org updates and deletes by Id alone. */
export function looksUpIds({ operation, externalIdField }: TopicMapping): boolean {
  return (operation === 'update' || operation === 'delete') && externalIdField !== '';
}

/** Where a line stands in the input. */
export interface LinePosition {
  /** The path as the user gave it; `-` is standard input. */
  readonly file: string;
  /** 1-based, blank lines counted. */
  readonly line: number;
}

/** Why a line could not be read as a message (contract section 6). */
export type MalformedCode =
  'INVALID_UTF8' | 'INVALID_JSON' | 'NOT_AN_OBJECT' | 'NO_TOPIC' | 'INVALID_RECORD' | 'LINE_TOO_LONG';

/** A line that is no message. It goes to the failures file with its raw text. */
export interface MalformedLine {
  readonly kind: 'malformed';
  readonly position: LinePosition;
  readonly code: MalformedCode;
  readonly message: string;
  /** The line's text; cut for `LINE_TOO_LONG`, with U+FFFD for undecodable bytes of `INVALID_UTF8`. */
  readonly raw: string;
  /** The exact bytes, where `raw` cannot hold them (`INVALID_UTF8`). */
  readonly rawBase64?: string;
  /** What the line looks like, and what would help. */
  readonly hint?: string | undefined;
}

/** A line that names a topic and carries a record, or a tombstone. */
export interface Message {
  readonly kind: 'message';
  readonly position: LinePosition;
  /** The line as read, without its line end: what the failures file repeats. */
  readonly text: string;
  readonly topic: string;
  /** The Kafka key: text, JSON value, or undefined when the line has none. */
  readonly key: JsonValue | undefined;
  /** The record, or null for a tombstone. */
  readonly data: JsonObject | null;
  /** The record has none of the sources that its mapping names, and is left as it was. */
  readonly lacksSources?: boolean;
  /** `partition/offset` in the Kafka topic, where it was asked for and the line has both. */
  readonly place?: string;
  /** The record as it stands in the line, without blanks around it. Where `place` was asked for, and the line does not say. */
  readonly recordText?: string;
  /** Set where an earlier run left the record in doubt, by the failures file that the line is of. */
  readonly doubt?: Doubt | undefined;
  /** The value that an earlier run, or a comparison, gave the `insert_key` of a line that it wrote down. */
  readonly insertKey?: string | undefined;
}

/** Why an earlier run left a record in doubt, and how often it had sent it. */
export interface Doubt {
  readonly error: RecordError;
  readonly attempts: number;
}

/** A value as it is sent: text, number, boolean, or null where the field is to be cleared. */
export type Scalar = string | number | boolean | LosslessNumber | null;

/** Where a value goes: a field of the sObject, or a reference to another record by external id. One object per mapping and target. */
export interface Column {
  /** The CSV header: `Name`, `Account.External_Id__c`, `Contact:Who.Email`. Unique within a mapping. */
  readonly header: string;
  /** API name of the field that is written: `Name`, `AccountId`. */
  readonly field: string;
  /** Describe's type of the values, `unknown` where the org was not asked. For a reference: the type of the other field, text. */
  readonly type: string;
  /** Digits after the point for numbers; undefined where it is not known. */
  readonly scale: number | undefined;
  /** Set for a reference by external id. */
  readonly reference:
    { readonly relationship: string; readonly field: string; readonly type: string | undefined } | undefined;
}

/** A member of a line that is left out of what is sent: a field that may not be written, or a name that the sObject does not have. */
export interface DroppedField {
  readonly kind: 'unwritable' | 'unknown';
  readonly name: string;
  /** The field that was probably meant by an unknown one. To find it takes time. */
  readonly nearest?: string | undefined;
}

/** The fields of a record in the order of the line: two arrays of one length. `columns` is shared between records of one shape. */
export interface RecordFields {
  readonly columns: readonly Column[];
  readonly values: readonly Scalar[];
  /** The members of the JSON object that all of them make, where the line holds them as they are sent. */
  readonly json?: string | undefined;
  /** The values are not needed for a while. */
  forget?(): void;
}

/** A line of a topic. */
export interface SourceLine {
  readonly position: LinePosition;
  /** The line as read, without its line end. */
  readonly text: string;
  /** 0-based count of this topic's records in input order. */
  readonly ordinal: number;
}

/** A line of a mapped topic that cannot be sent. */
export interface RejectedLine extends SourceLine {
  readonly kind: 'rejected';
  readonly mapping: TopicMapping;
  readonly error: RecordError;
  /** Set where the record is held back, since an earlier run left it in doubt; `error` is that run's. */
  readonly doubt?: Doubt | undefined;
  readonly insertKey?: string | undefined;
}

/** A tombstone that means nothing. */
export interface SkippedLine extends SourceLine {
  readonly kind: 'skipped';
  readonly mapping: TopicMapping;
}

/** A record on its way to Salesforce. */
export interface SourceRecord extends SourceLine {
  readonly mapping: TopicMapping;
  /** Size of its lines in bytes of UTF-8. */
  readonly bytes: number;
  readonly fields: RecordFields;
  /**
   * Earlier lines of the same key whose fields are part of it. They share its fate: superseded when it is written, else
   * none of them was.
   */
  readonly folded?: readonly SourceLine[] | undefined;
  /**
   * The record's key in comparable form: equal for all spellings that Salesforce might take for one record.
   * Undefined for inserts, and for an upsert by `Id` without an Id, which inserts.
   */
  readonly key: string | undefined;
  /** The key as it tells records apart for certain: versions are folded only where it is equal. Set where versions are folded. */
  readonly exactKey?: string | undefined;
  /** The value of the mapping's `insert_key`, as it is sent. */
  readonly insertKey?: string | undefined;
  /** The Id that was looked up by the key, where the org must be given it. */
  readonly foundId?: string | undefined;
  /** How often the record was sent to Salesforce. */
  attempts: number;
  /** Columns that Salesforce refused for this record, and that it is sent without. */
  refusedColumns: Set<Column> | undefined;
  /** What an earlier run of the journal, or a failures file, knew of it. */
  readonly earlier?: 'perhaps_written' | undefined;
}

/** All lines that the record is made of, in input order. */
export function linesOf(record: SourceRecord): readonly SourceLine[] {
  return record.folded === undefined ? [record] : [...record.folded, record];
}

/** The records of each mapping, in their order. */
export function byMapping(records: readonly SourceRecord[]): Iterable<SourceRecord[]> {
  const topics = new Map<TopicMapping, SourceRecord[]>();
  for (const record of records) {
    const known = topics.get(record.mapping);
    if (known === undefined) topics.set(record.mapping, [record]);
    else known.push(record);
  }
  return topics.values();
}

/** How many lines the records are made of. */
export function countLines(records: readonly SourceRecord[]): number {
  return records.reduce((count, { folded }) => count + 1 + (folded?.length ?? 0), 0);
}

/** All lines that the records are made of, in the order of the topic. */
export function linesInOrder(records: readonly SourceRecord[]): SourceLine[] {
  return records.flatMap((record) => linesOf(record)).sort((a, b) => a.ordinal - b.ordinal);
}

/** What becomes of a bulk job, told as it becomes known. */
export type JobEvent =
  /** The job exists, for so many records. */
  | { readonly kind: 'made'; readonly id: string; readonly records: number }
  /** The job is an earlier run's of the journal, and is followed from here on. */
  | { readonly kind: 'resumed'; readonly id: string; readonly records: number }
  /** It holds its data, and the org works on it. */
  | { readonly kind: 'closed'; readonly id: string }
  /** `state` is the org's word: `JobComplete`, `Failed`, `Aborted`. `failed` is undefined where it is not known. */
  | { readonly kind: 'ended'; readonly id: string; readonly state: string; readonly failed: number | undefined };

export interface RecordError {
  /** Salesforce's code, or one of sfreplay's own (`MISSING_KEY`, `UNSUPPORTED_VALUE`, …). */
  readonly code: string;
  readonly message: string;
  readonly fields?: readonly string[];
}

/** Why a line is in the failures file. */
export interface DeadLetter {
  readonly position: LinePosition;
  readonly error: RecordError;
  readonly outcome: 'failed' | 'in_doubt' | 'unsent';
  readonly attempts: number;
  /** By which an insert is told from others, where it is. */
  readonly insertKey?: string | undefined;
  /** The line as it was read. */
  readonly text: string;
}

/** What became of a record that was handed to a writer. */
export type Outcome =
  | { readonly kind: 'succeeded'; readonly id: string | undefined; readonly created: boolean | undefined }
  /** The org holds what the record asks for already: it was not sent. */
  | { readonly kind: 'unchanged' }
  /** Certainly not written. */
  | { readonly kind: 'failed'; readonly error: RecordError }
  /** Perhaps written: a reply was lost, and repeating the request could write it twice. */
  | { readonly kind: 'in_doubt'; readonly error: RecordError }
  /** Certainly not written, because the run stopped first. */
  | { readonly kind: 'unsent'; readonly error: RecordError };

export interface SettledRecord {
  readonly record: SourceRecord;
  readonly outcome: Outcome;
}
