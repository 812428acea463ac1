import { comparableKey, exactKey, isUnusableKey } from './key.js';
import { isInShard } from './shard.js';
import type { Line } from '../input/input.js';
import { doubtOf, type Doubt } from '../input/dead-letter.js';
import { insertKeyOf } from '../input/earlier-insert-key.js';
import { plainRecord, type AvroNames } from '../input/avro.js';
import { avroNamesOf } from './avro-names.js';
import { readMessage, topicHint, type EnvelopeOptions } from '../input/envelope.js';
import type { SpooledLine } from '../input/spool.js';
import { valueInKey } from './message-key.js';
import type { Resumption } from '../journal/resumption.js';
import { PlainLines, type PlainMessage } from './plain-lines.js';
import type {
  DroppedField,
  JsonObject,
  JsonValue,
  MalformedLine,
  Message,
  RecordError,
  RecordFields,
  SourceRecord,
  TopicMapping,
} from '../core/record.js';
import type { Shard } from '../core/settings.js';
import { visibleNames } from '../core/text.js';
import type { FieldPlan } from './field-plan.js';
import { ParsedFields, PlainFields, type FieldsReader } from './line-fields.js';
import { InsertKeys } from './insert-key.js';
import { Renaming } from './renaming.js';
import type { Taken } from './taken.js';
import { RecordShaper, type ShapedRecord } from './values.js';

export interface IntakeOptions extends EnvelopeOptions {
  /** All lines are taken unless told. */
  readonly shard?: Shard;
  /** Are inserts that a failures file has in doubt left unsent? Undefined where the lines are those of no failures file. */
  readonly holdsDoubts?: boolean | undefined;
  /** The values of most records are not looked at: lines that are sent as they are need not be parsed. */
  readonly sparesParsing?: boolean;
}

const WHOLE: Shard = { index: 1, count: 1 };
const ELSEWHERE = { kind: 'elsewhere' } as const;

/** How the records of a topic are shaped, and apart from them those that its tombstones become. */
interface Shaping {
  readonly insertKeys?: InsertKeys | undefined;
  readonly plan: FieldPlan;
  readonly shaper: RecordShaper;
  /** Undefined for tombstones, whose lines hold no values. */
  readonly readFields?: FieldsReader;
}

interface TopicIntake extends Shaping {
  readonly tombstones: Shaping | undefined;
  readonly avroNames: AvroNames;
  readonly renaming: Renaming | undefined;
  readonly insertKeys: InsertKeys | undefined;
  count: number;
}

/** From a line to a record that is ready to be sent, or to the reason why not. Knows the mappings, nothing of the org. */
export class Intake {
  readonly #topics = new Map<string, TopicIntake>();
  readonly #plainLines: PlainLines | undefined;

  readonly #reading: EnvelopeOptions;

  constructor(
    plans: readonly FieldPlan[],
    private readonly options: IntakeOptions,
    private readonly resumption?: Resumption,
  ) {
    for (const plan of plans) {
      const { forTombstones } = plan;
      const tombstones = forTombstones && { plan: forTombstones, shaper: new RecordShaper(forTombstones) };
      const shaper = new RecordShaper(plan);
      const readFields: FieldsReader = (text) => this.#readFields(text, shaper);
      this.#topics.set(plan.mapping.topic, {
        plan,
        shaper,
        readFields,
        tombstones,
        avroNames: avroNamesOf(plan),
        renaming: Renaming.of(plan.mapping),
        insertKeys: InsertKeys.of(plan),
        count: 0,
      });
    }
    const { envelope, topic, sparesParsing } = options;
    this.#reading = { ...options, wantsPlace: plans.some(({ mapping }) => mapping.insertKey !== undefined) };
    const isKnown = topic !== undefined || envelope === 'auto' || envelope === 'native';
    this.#plainLines = sparesParsing === true && isKnown ? new PlainLines(plans, topic) : undefined;
  }

  take(line: Line): Taken {
    const message = this.#plainLines?.take(line) ?? this.#read(line);
    const { shard = WHOLE } = this.options;
    if (message.kind === 'malformed') return isInShard(shard, undefined, message.raw) ? message : ELSEWHERE;
    const topic = this.#topics.get(message.topic);
    const key = topic === undefined ? undefined : keyValueOf(message, topic);
    if (!isInShard(shard, key, message.text)) return ELSEWHERE;
    if (topic === undefined) {
      if (message.kind === 'plain') throw new Error(`no mapping for ${message.topic}`);
      return { kind: 'unmapped', message };
    }
    const keyValue =
      topic.insertKeys !== undefined && message.kind === 'message' && message.data !== null
        ? topic.insertKeys.valueOf(message, key, insertKeyOf(line))
        : key;
    return this.#takeMapped(
      message,
      topic,
      keyValue,
      this.options.holdsDoubts === undefined ? undefined : doubtOf(line),
    );
  }

  /** The record of a line that was taken before and has waited since. */
  retake({ position, text, ordinal, attempts, earlier, insertKey }: SpooledLine): SourceRecord {
    const message = this.#read({ kind: 'text', position, text });
    const topic = message.kind === 'message' ? this.#topics.get(message.topic) : undefined;
    if (message.kind !== 'message' || topic === undefined) throw new Error(`line ${position.line} has changed`);
    const shaping = (message.data === null ? topic.tombstones : undefined) ?? topic;
    const made = makeRecord(message, shaping, insertKey ?? keyValueOf(message, topic), { ordinal, attempts, earlier });
    if (made.record === undefined) throw new Error(`line ${position.line} has changed: ${made.error.message}`);
    return made.record;
  }

  #read(line: Line): Message | MalformedLine {
    const message = readMessage(line, this.#reading);
    if (message.kind === 'malformed' || message.data === null) return message;
    const topic = this.#topics.get(message.topic);
    if (topic === undefined) return message;
    const { avroNames, renaming } = topic;
    const data = renaming === undefined ? plainRecord(message.data, avroNames) : renaming.apply(message.data);
    if (data === undefined) return { ...message, lacksSources: true };
    return data === message.data ? message : { ...message, data };
  }

  /** Of a line that was shaped before. */
  #readFields(text: string, shaper: RecordShaper): RecordFields {
    const message = this.#read({ kind: 'text', position: { file: '', line: 0 }, text });
    const fields = message.kind === 'message' && message.data !== null ? shaper.shape(message.data).fields : undefined;
    if (fields === undefined) throw new Error('a line that was read has no fields any more');
    return fields;
  }

  #takeMapped(
    message: Message | PlainMessage,
    topic: TopicIntake,
    keyValue: JsonValue | undefined,
    doubt: Doubt | undefined,
  ): Taken {
    const { mapping } = topic.plan;
    const ordinal = topic.count++;
    const { position, text } = message;
    const reject = (error: RecordError, dropped: readonly DroppedField[] = []): Taken => {
      const told = { ...error, message: error.message + topicHint(message.data, this.options) };
      return {
        kind: 'rejected',
        line: { mapping, position, text, ordinal, error: told, insertKey: sentKey(topic, keyValue) },
        dropped,
      };
    };
    const earlier = this.resumption?.look(message.topic, ordinal, message.text, message.position);
    if (earlier?.kind === 'settled') return { kind: 'resumed', mapping, kept: undefined };
    if (earlier?.kind === 'kept' && earlier.job === undefined) {
      return {
        kind: 'resumed',
        mapping,
        kept: { ordinal, text: message.text, outcome: earlier.outcome },
      };
    }
    if (message.kind === 'message' && message.data === null && topic.tombstones === undefined) {
      const isSkipped = mapping.tombstones === 'skip';
      return isSkipped
        ? { kind: 'skipped', line: { mapping, position, text, ordinal } }
        : reject(tombstoneError(message, mapping));
    }
    const shaping = (message.data === null ? topic.tombstones : undefined) ?? topic;
    // What this very journal has sent is its own affair.
    const isHeld = doubt !== undefined && earlier === undefined && this.options.holdsDoubts === true;
    if (isHeld && isInsert(shaping.plan, keyValue)) {
      return { kind: 'rejected', line: { mapping, position, text, ordinal, error: doubt.error, doubt }, dropped: [] };
    }
    const isAgain =
      earlier?.kind === 'again' || (earlier?.kind === 'job' && earlier.isAfterDoubt) || doubt !== undefined;
    const known = earlier?.kind === 'kept' ? earlier.outcome : isAgain ? 'perhaps_written' : undefined;
    const made = makeRecord(message, shaping, keyValue, { ordinal, attempts: 0, earlier: known });
    if (made.record === undefined) return reject(made.error, made.dropped);
    if (message.kind === 'message') this.#plainLines?.learn(message);
    return { kind: 'record', record: made.record, dropped: made.dropped, earlier };
  }
}

type Made =
  | { readonly record: SourceRecord; readonly error?: undefined; readonly dropped: readonly DroppedField[] }
  | { readonly record?: undefined; readonly error: RecordError; readonly dropped: readonly DroppedField[] };

function makeRecord(
  message: Message | PlainMessage,
  shaping: Shaping,
  keyValue: JsonValue | undefined,
  { ordinal, attempts, earlier }: Pick<SourceRecord, 'ordinal' | 'attempts' | 'earlier'>,
): Made {
  const { position, text } = message;
  const { plan } = shaping;
  const { mapping, keyField } = plan;
  const isTombstone = message.data === null;
  if (message.kind === 'message' && message.lacksSources === true) {
    const problem = `The record has none of the sources of fields: ${visibleNames(Object.values(mapping.fields ?? {}))}`;
    return { error: { code: 'NOTHING_TO_WRITE', message: problem }, dropped: [] };
  }
  if (keyField !== undefined && isUnusableKey(keyValue)) {
    const problem = `The key ${keyField} holds an object or a list; a single value is needed`;
    return { error: { code: 'UNSUPPORTED_VALUE', message: problem, fields: [keyField] }, dropped: [] };
  }
  const key = keyField === undefined ? undefined : comparableKey(keyValue, plan.keyKind);
  if (key === undefined && keyField !== undefined && !mayLackKey(plan)) {
    const who = isTombstone ? 'A tombstone' : mapping.operation;
    const problem = `${who} needs ${keyField}, which is ${keyValue === undefined ? 'not there' : 'empty'}`;
    return { error: { code: 'MISSING_KEY', message: problem, fields: [keyField] }, dropped: [] };
  }
  const shaped = shapeMessage(message, shaping, keyValue);
  if (shaped.error !== undefined) return { error: shaped.error, dropped: shaped.dropped };
  const bytes = Buffer.byteLength(text);
  const { fields, dropped } = shaped;
  const insertKey = sentKey(shaping, keyValue);
  const record: SourceRecord = {
    mapping,
    position,
    text,
    bytes,
    fields,
    ordinal,
    key,
    exactKey: mapping.compact ? exactKey(keyValue, plan.keyKind, plan.keyIgnoresCase) : undefined,
    attempts,
    leftOut: undefined,
    earlier,
    ...(insertKey !== undefined && { insertKey }),
  };
  return { record, dropped };
}

function shapeMessage(
  message: Message | PlainMessage,
  { plan, shaper, readFields, insertKeys }: Shaping,
  keyValue: JsonValue | undefined,
): ShapedRecord {
  if (message.kind === 'plain') {
    if (readFields === undefined) throw new Error('a tombstone has no fields');
    return { fields: new PlainFields(message, readFields), dropped: [] };
  }
  const shaped = shaper.shape(message.data ?? { [plan.keyField ?? '']: keyValue ?? null });
  if (shaped.fields === undefined || readFields === undefined) return shaped;
  const withKey = (fields: RecordFields): RecordFields => insertKeys?.put(fields, keyValue as string) ?? fields;
  const read: FieldsReader = insertKeys === undefined ? readFields : (text) => withKey(readFields(text));
  return { fields: new ParsedFields(withKey(shaped.fields), message.text, read), dropped: shaped.dropped };
}

/** The value that tells the message's record from others, as it stands in the line. */
function keyValueOf(
  message: Message | PlainMessage,
  { plan: { keyField }, renaming }: TopicIntake,
): JsonValue | undefined {
  if (keyField === undefined) return undefined;
  if (message.kind === 'plain') return message.keyValue;
  const { key, data } = message;
  return data === null ? valueInKey(key, keyField, renaming?.sourceOf(keyField)) : valueOf(data, keyField);
}

/** The value of the topic's `insert_key` that is sent. */
function sentKey({ insertKeys }: Pick<Shaping, 'insertKeys'>, keyValue: JsonValue | undefined): string | undefined {
  return insertKeys !== undefined && typeof keyValue === 'string' ? keyValue : undefined;
}

/** An upsert by Id inserts what has no Id. */
function mayLackKey(plan: FieldPlan): boolean {
  return plan.mapping.operation === 'upsert' && plan.keyField === 'Id';
}

/** Would sending it twice write it twice? */
function isInsert(plan: FieldPlan, keyValue: JsonValue | undefined): boolean {
  return plan.keyField === undefined || (mayLackKey(plan) && comparableKey(keyValue, plan.keyKind) === undefined);
}

function tombstoneError(message: Message, mapping: TopicMapping): RecordError {
  const text = `A tombstone (a key without a record) cannot be sent as ${mapping.operation}`;
  return { code: 'TOMBSTONE', message: typeof message.key === 'string' ? `${text}; its key is ${message.key}` : text };
}

/** Of several spellings of one name the last one counts, here as for what is sent. */
function valueOf(data: JsonObject, name: string): JsonValue | undefined {
  const lower = name.toLowerCase();
  let value: JsonValue | undefined;
  for (const other of Object.keys(data)) {
    if (other === name || (other.length === name.length && other.toLowerCase() === lower)) value = data[other];
  }
  return value;
}
