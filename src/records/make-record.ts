import type {
  DroppedField,
  JsonObject,
  JsonValue,
  Message,
  RecordError,
  RecordFields,
  SourceRecord,
  Column,
  Scalar,
} from '../core/record.js';
import { visibleNames } from '../core/text.js';
import type { FieldPlan } from './field-plan.js';
import type { InsertKeys } from './insert-key.js';
import { NOTHING_DROPPED } from './draft.js';
import { comparableKey, exactKey, isUnusableKey } from './key.js';
import { scalarText, type RecordShaper, type ShapedRecord } from './values.js';

/** The end of a member's name. A text that holds one, too, is only taken for one name more. */
const NAME_END = /"\s*:/g;

/** How the records of a topic are shaped, and apart from them those that its tombstones become. */
export interface Shaping {
  readonly insertKeys?: InsertKeys | undefined;
  readonly plan: FieldPlan;
  readonly shaper: RecordShaper;
  /** Undefined for tombstones, whose lines hold no values. */
  readonly readFields?: (text: string) => RecordFields;
  /** Lines are bare records. */
  readonly isBare?: boolean;
}

export type Made =
  | { readonly record: SourceRecord; readonly error?: undefined; readonly dropped: readonly DroppedField[] }
  | { readonly record?: undefined; readonly error: RecordError; readonly dropped: readonly DroppedField[] };

/** The record of a message, or why there can be none. `keyValue`: what tells it from others. */
export function makeRecord(
  message: Message,
  shaping: Shaping,
  keyValue: JsonValue | undefined,
  ordinal: number,
  attempts: number,
  earlier: SourceRecord['earlier'],
): Made {
  const { position, text } = message;
  const { plan } = shaping;
  const { mapping, keyField, keyKind } = plan;
  if (message.lacksSources === true) {
    const problem = `The record has none of the sources of fields: ${visibleNames(Object.values(mapping.fields ?? {}))}`;
    return { error: { code: 'NOTHING_TO_WRITE', message: problem }, dropped: NOTHING_DROPPED };
  }
  const key = keyField === undefined ? undefined : comparableKey(keyValue, keyKind);
  if (key === undefined && keyField !== undefined) {
    const fields = [keyField];
    if (isUnusableKey(keyValue)) {
      const problem = `The key ${keyField} holds an object or a list; a single value is needed`;
      return { error: { code: 'UNSUPPORTED_VALUE', message: problem, fields }, dropped: NOTHING_DROPPED };
    }
    if (!mayLackKey(plan)) {
      const who = message.data === null ? 'A tombstone' : mapping.operation;
      const problem = `${who} needs ${keyField}; ${keyValue === undefined ? 'the record has none' : 'it is empty'}`;
      return { error: { code: 'MISSING_KEY', message: problem, fields }, dropped: NOTHING_DROPPED };
    }
  }
  const { fields, error, dropped } = shapeMessage(message, shaping, keyValue);
  if (error !== undefined) return { error, dropped };
  const record: SourceRecord = {
    mapping,
    position,
    text,
    bytes: Buffer.byteLength(text),
    fields,
    ordinal,
    key,
    exactKey: mapping.compact ? exactKey(keyValue, keyKind, plan.keyIgnoresCase) : undefined,
    attempts,
    refusedColumns: undefined,
    earlier,
    insertKey: sentKey(shaping, keyValue),
  };
  return { record, dropped };
}

function shapeMessage(
  message: Message,
  { plan, shaper, readFields, insertKeys, isBare = false }: Shaping,
  keyValue: JsonValue | undefined,
): ShapedRecord {
  const { data, text } = message;
  const shaped = shaper.shape(data ?? { [plan.keyField ?? '']: keyValue ?? null });
  if (shaped.fields === undefined || readFields === undefined || data === null) return shaped;
  const { fields, dropped } = shaped;
  if (insertKeys !== undefined) {
    const put = (own: RecordFields): RecordFields => insertKeys.put(own, keyValue as string);
    return { fields: new LineFields(put(fields), text, (line) => put(readFields(line))), dropped };
  }
  const { mode, operation, fields: renamed } = plan.mapping;
  const isAsWritten = mode === 'realtime' && operation !== 'delete' && renamed === undefined && !plan.looksUpIds;
  const json = isAsWritten ? membersAsWritten(text, data, fields, isBare) : undefined;
  return { fields: new LineFields(fields, text, readFields, json), dropped };
}

/** The value of the topic's `insert_key` that is sent. */
export function sentKey(
  { insertKeys }: Pick<Shaping, 'insertKeys'>,
  keyValue: JsonValue | undefined,
): string | undefined {
  return insertKeys !== undefined && typeof keyValue === 'string' ? keyValue : undefined;
}

/** An upsert by Id inserts what has no Id. */
function mayLackKey(plan: FieldPlan): boolean {
  return plan.mapping.operation === 'upsert' && plan.keyField === 'Id';
}

/** Would sending it twice write it twice? */
export function isInsert(plan: FieldPlan, keyValue: JsonValue | undefined): boolean {
  return plan.keyField === undefined || (mayLackKey(plan) && comparableKey(keyValue, plan.keyKind) === undefined);
}

/**
 * The members of the line's record as JSON, where they are sent as they stand in the line: copying them costs much less than
 * writing them anew. Undefined where that is not certain: the record is then written anew.
 */
function membersAsWritten(text: string, data: JsonObject, fields: RecordFields, isBare: boolean): string | undefined {
  const shortest = charsOfMembers(data, fields);
  if (shortest === undefined) return undefined;
  const start = isBare ? text.indexOf('{') + 1 : startOfData(text);
  const end = isBare ? text.lastIndexOf('}') : endOfData(text);
  if (start === undefined || end === undefined) return undefined;
  const members = text.slice(start, end);
  // A member that is there twice, or one of another object, makes it longer, and has a name that is not one of `fields`.
  const isAlone = members.length === shortest || members.match(NAME_END)?.length === fields.columns.length;
  return isAlone ? members : undefined;
}

/** The length of the members without blanks and escapes; undefined unless each is sent, in this order, by its own name and with its own value. */
function charsOfMembers(data: JsonObject, { columns, values }: RecordFields): number | undefined {
  let count = 0;
  let chars = -1;
  for (const name in data) {
    const column = columns[count];
    const value = values[count] as Scalar;
    if (column?.header !== name || column.reference !== undefined || value !== data[name]) return undefined;
    chars += name.length + (typeof value === 'string' ? value.length + 6 : scalarText(value ?? 'null').length + 4);
    count++;
  }
  return count === columns.length ? chars : undefined;
}

/** Where the record's first member stands, if `data` is the first member of the line that is an object. */
function startOfData(text: string): number | undefined {
  const brace = text.indexOf('{', text.indexOf('{') + 1);
  const before = text.slice(0, brace);
  // Without escapes, `"data":` at this place is a name, and the line's own.
  return !before.includes('\\') && /"data"\s*:\s*$/.test(before) ? brace + 1 : undefined;
}

/** Where the record's last brace stands, if the record is the line's last member. */
function endOfData(text: string): number | undefined {
  const last = text.lastIndexOf('}');
  const end = text.lastIndexOf('}', last - 1);
  return text.slice(end + 1, last).trim() === '' ? end : undefined;
}

/** The fields of a line. Its values, many times its text in memory, can be forgotten while the org is at work on them. */
class LineFields implements RecordFields {
  readonly columns: readonly Column[];
  #values: readonly Scalar[] | undefined;

  /** `read` reads the line's text anew. */
  constructor(
    { columns, values }: RecordFields,
    private readonly text: string,
    private readonly read: (text: string) => RecordFields,
    readonly json?: string,
  ) {
    this.columns = columns;
    this.#values = values;
  }

  get values(): readonly Scalar[] {
    return this.#values ?? this.read(this.text).values;
  }

  forget(): void {
    this.#values = undefined;
  }
}
