import { comparableKey, exactKey, isUnusableKey } from './batching/key.js';
import { isInShard } from './batching/shard.js';
import type { Line } from './input/input.js';
import { doubtOf, type Doubt } from './input/dead-letter.js';
import { readMessage } from './input/envelope.js';
import type { SpooledLine } from './input/spool.js';
import { valueInKey } from './input/message-key.js';
import type { JournaledRecord } from './journal/journal.js';
import type { Earlier, Resumption } from './journal/resumption.js';
import { PlainLines, type PlainMessage } from './plain-lines.js';
import type {
  JsonObject,
  JsonValue,
  LinePosition,
  MalformedLine,
  Message,
  RecordError,
  RecordFields,
  SourceRecord,
  TopicMapping,
} from './record.js';
import type { Envelope, Shard } from './settings.js';
import type { FieldPlan } from './writers/fields.js';
import { ParsedFields, PlainFields, type FieldsReader } from './writers/line-fields.js';
import { RecordShaper, type ShapedRecord } from './writers/values.js';

/** What a line turned out to be. */
export type Taken =
  | {
      readonly kind: 'record';
      readonly record: SourceRecord;
      readonly dropped: readonly string[];
      /** What an earlier run of the journal began with it. */
      readonly earlier: UnderWay | undefined;
    }
  /** A line of a mapped topic that an earlier run of the journal has settled. */
  | { readonly kind: 'resumed'; readonly mapping: TopicMapping; readonly kept: KeptLine | undefined }
  /** A line of a mapped topic that cannot be sent. */
  | { readonly kind: 'rejected'; readonly line: RejectedLine; readonly dropped: readonly string[] }
  /** A tombstone that means nothing. */
  | { readonly kind: 'skipped'; readonly line: Omit<RejectedLine, 'error'> }
  | { readonly kind: 'unmapped'; readonly message: Message }
  /** A line of another shard: it counts nowhere. */
  | { readonly kind: 'elsewhere' }
  | MalformedLine;

/** A line whose outcome is on disk, though the journal does not say so yet. */
export interface KeptLine extends JournaledRecord {
  readonly outcome: 'failed' | 'succeeded';
}

type UnderWay = Exclude<Earlier, undefined | { kind: 'settled' }>;

export interface RejectedLine {
  readonly mapping: TopicMapping;
  readonly position: LinePosition;
  readonly text: string;
  readonly ordinal: number;
  readonly error: RecordError;
  /** Set where the record is held back, since an earlier run left it in doubt; `error` is that run's. */
  readonly doubt?: Doubt | undefined;
}

export interface IntakeOptions {
  readonly envelope: Envelope;
  /** Set when the lines are bare records, all of this topic. */
  readonly topic: string | undefined;
  /** All lines are taken unless told. */
  readonly shard?: Shard;
  /** What a failures file has in doubt is not sent. */
  readonly holdsDoubts?: boolean | undefined;
  /** The values of most records are not looked at: lines that are sent as they are need not be parsed. */
  readonly sparesParsing?: boolean;
}

const WHOLE: Shard = { index: 1, count: 1 };
const ELSEWHERE = { kind: 'elsewhere' } as const;

/** How the records of a topic are shaped, and apart from them those that its tombstones become. */
interface Shaping {
  readonly plan: FieldPlan;
  readonly shaper: RecordShaper;
  /** Undefined for tombstones, whose lines hold no values. */
  readonly readFields?: FieldsReader;
}

interface TopicIntake extends Shaping {
  readonly tombstones: Shaping | undefined;
  count: number;
}

/** From a line to a record that is ready to be sent, or to the reason why not. Knows the mappings, nothing of the org. */
export class Intake {
  readonly #topics = new Map<string, TopicIntake>();
  readonly #plainLines: PlainLines | undefined;

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
      this.#topics.set(plan.mapping.topic, { plan, shaper, readFields, tombstones, count: 0 });
    }
    const { envelope, topic, sparesParsing } = options;
    const isKnown = topic !== undefined || envelope === 'auto' || envelope === 'native';
    this.#plainLines = sparesParsing === true && isKnown ? new PlainLines(plans, topic) : undefined;
  }

  take(line: Line): Taken {
    const message = this.#plainLines?.take(line) ?? readMessage(line, this.options);
    const { shard = WHOLE } = this.options;
    if (message.kind === 'malformed') return isInShard(shard, undefined, message.raw) ? message : ELSEWHERE;
    const topic = this.#topics.get(message.topic);
    const key = topic === undefined ? undefined : keyValueOf(message, topic.plan);
    if (!isInShard(shard, key, message.text)) return ELSEWHERE;
    if (topic === undefined) {
      if (message.kind === 'plain') throw new Error(`no mapping for ${message.topic}`);
      return { kind: 'unmapped', message };
    }
    return this.#takeMapped(message, topic, key, this.options.holdsDoubts === true ? doubtOf(line) : undefined);
  }

  /** The record of a line that was taken before and has waited since. */
  retake({ position, text, ordinal, attempts, earlier }: SpooledLine): SourceRecord {
    const message = readMessage({ kind: 'text', position, text }, this.options);
    const topic = message.kind === 'message' ? this.#topics.get(message.topic) : undefined;
    if (message.kind !== 'message' || topic === undefined) throw new Error(`line ${position.line} has changed`);
    const shaping = (message.data === null ? topic.tombstones : undefined) ?? topic;
    const made = makeRecord(message, shaping, keyValueOf(message, topic.plan), { ordinal, attempts, earlier });
    if (made.record === undefined) throw new Error(`line ${position.line} has changed: ${made.error.message}`);
    return made.record;
  }

  /** Of a line that was shaped before. */
  #readFields(text: string, shaper: RecordShaper): RecordFields {
    const message = readMessage({ kind: 'text', position: { file: '', line: 0 }, text }, this.options);
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
    const reject = (error: RecordError, dropped: readonly string[] = []): Taken => {
      return { kind: 'rejected', line: { mapping, position, text, ordinal, error }, dropped };
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
    // What this very journal has sent is its own affair.
    if (doubt !== undefined && earlier === undefined) {
      return { kind: 'rejected', line: { mapping, position, text, ordinal, error: doubt.error, doubt }, dropped: [] };
    }
    if (message.kind === 'message' && message.data === null && topic.tombstones === undefined) {
      const isSkipped = mapping.tombstones === 'skip';
      return isSkipped
        ? { kind: 'skipped', line: { mapping, position, text, ordinal } }
        : reject(tombstoneError(message, mapping));
    }
    const shaping = (message.data === null ? topic.tombstones : undefined) ?? topic;
    const known =
      earlier?.kind === 'kept' ? earlier.outcome : earlier?.kind === 'again' ? 'perhaps_written' : undefined;
    const made = makeRecord(message, shaping, keyValue, { ordinal, attempts: 0, earlier: known });
    if (made.record === undefined) return reject(made.error, made.dropped);
    if (message.kind === 'message') this.#plainLines?.learn(message);
    return { kind: 'record', record: made.record, dropped: made.dropped, earlier };
  }
}

type Made =
  | { readonly record: SourceRecord; readonly error?: undefined; readonly dropped: readonly string[] }
  | { readonly record?: undefined; readonly error: RecordError; readonly dropped: readonly string[] };

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
  };
  return { record, dropped };
}

function shapeMessage(
  message: Message | PlainMessage,
  { plan, shaper, readFields }: Shaping,
  keyValue: JsonValue | undefined,
): ShapedRecord {
  if (message.kind === 'plain') {
    if (readFields === undefined) throw new Error('a tombstone has no fields');
    return { fields: new PlainFields(message, readFields), dropped: [] };
  }
  const shaped = shaper.shape(message.data ?? { [plan.keyField ?? '']: keyValue ?? null });
  if (shaped.fields === undefined || readFields === undefined) return shaped;
  return { fields: new ParsedFields(shaped.fields, message.text, readFields), dropped: shaped.dropped };
}

/** The value that tells the message's record from others, as it stands in the line. */
function keyValueOf(message: Message | PlainMessage, { keyField }: FieldPlan): JsonValue | undefined {
  if (keyField === undefined) return undefined;
  if (message.kind === 'plain') return message.keyValue;
  const { key, data } = message;
  return data === null ? valueInKey(key, keyField) : valueOf(data, keyField);
}

/** An upsert by Id inserts what has no Id. */
function mayLackKey(plan: FieldPlan): boolean {
  return plan.mapping.operation === 'upsert' && plan.keyField === 'Id';
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
