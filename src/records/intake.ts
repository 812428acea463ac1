import type { Line } from '../input/input.js';
import { plainRecord, type AvroNames } from '../input/avro.js';
import { readMessage, topicHint, type EnvelopeOptions } from '../input/envelope.js';
import type { SpooledLine } from '../input/spool.js';
import type { EarlierLines, InFlightEarlier } from '../core/journal.js';
import type {
  DroppedField,
  JsonValue,
  MalformedLine,
  Message,
  RecordError,
  RecordFields,
  RejectedLine,
  SkippedLine,
  SourceRecord,
  TopicMapping,
} from '../core/record.js';
import type { Shard } from '../core/settings.js';
import { NOTHING_DROPPED } from './draft.js';
import type { FieldPlan } from './field-plan.js';
import { InsertKeys } from './insert-key.js';
import { isInShard } from './key.js';
import { isInsert, makeRecord, sentKey, type Made, type Shaping } from './make-record.js';
import { memberNamed, Renaming, valueInKey } from './renaming.js';
import { RecordShaper } from './values.js';

export interface IntakeOptions extends EnvelopeOptions {
  /** All lines are taken unless told. */
  readonly shard?: Shard;
  /** Are inserts that a failures file has in doubt left unsent? Undefined where the lines are those of no failures file. */
  readonly holdsDoubts?: boolean | undefined;
}

const WHOLE: Shard = { index: 1, count: 1 };
const ELSEWHERE = { kind: 'elsewhere' } as const;

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
  readonly #reading: EnvelopeOptions;

  constructor(
    plans: readonly FieldPlan[],
    private readonly options: IntakeOptions,
    private readonly resumption?: EarlierLines,
  ) {
    for (const plan of plans) {
      const { forTombstones } = plan;
      const tombstones = forTombstones && { plan: forTombstones, shaper: new RecordShaper(forTombstones) };
      const shaper = new RecordShaper(plan);
      const readFields = (text: string): RecordFields => this.#readFields(text, shaper);
      this.#topics.set(plan.mapping.topic, {
        plan,
        shaper,
        readFields,
        tombstones,
        avroNames: avroNamesOf(plan),
        renaming: plan.mapping.fields && new Renaming(plan.mapping.fields),
        insertKeys: InsertKeys.of(plan),
        isBare: options.topic !== undefined,
        count: 0,
      });
    }
    this.#reading = {
      ...options,
      keyedTopics: new Set(plans.flatMap(({ mapping }) => (mapping.insertKey === undefined ? [] : mapping.topic))),
    };
  }

  take(line: Line): Taken {
    const message = this.#read(line);
    const { shard = WHOLE } = this.options;
    if (message.kind === 'malformed') return isInShard(shard, undefined, message.raw) ? message : ELSEWHERE;
    const topic = this.#topics.get(message.topic);
    const keyValue = topic === undefined ? undefined : this.#keyValueOf(message, topic);
    if (!isInShard(shard, keyValue, message.text)) return ELSEWHERE;
    if (topic === undefined) return { kind: 'unmapped', message };
    return this.#takeMapped(message, topic, keyValue);
  }

  /** What tells the record from others. To be asked of every line once, those of other shards included: equal lines are counted. */
  #keyValueOf(message: Message, topic: TopicIntake): JsonValue | undefined {
    const own = keyValueOf(message, topic);
    const { insertKeys } = topic;
    if (insertKeys === undefined || message.data === null) return own;
    return insertKeys.valueOf(message, own);
  }

  /** Rebuilds a record from a spooled line. */
  readSpooled({ position, text, ordinal, attempts, earlier, insertKey }: SpooledLine): SourceRecord {
    const message = this.#read({ kind: 'text', position, text });
    const topic = message.kind === 'message' ? this.#topics.get(message.topic) : undefined;
    if (message.kind !== 'message' || topic === undefined) throw new Error(`line ${position.line} has changed`);
    const shaping = (message.data === null ? topic.tombstones : undefined) ?? topic;
    const keyValue = insertKey ?? keyValueOf(message, topic);
    const made = makeRecord(message, shaping, keyValue, ordinal, attempts, earlier);
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

  #takeMapped(message: Message, topic: TopicIntake, keyValue: JsonValue | undefined): Taken {
    const { mapping } = topic.plan;
    const ordinal = topic.count++;
    const { position, text, data } = message;
    const { holdsDoubts } = this.options;
    const doubt = holdsDoubts === undefined ? undefined : message.doubt;
    const earlier = this.resumption?.look(message.topic, ordinal, text);
    if (earlier?.kind === 'settled') return { kind: 'resumed', mapping };
    const shaping = data === null ? topic.tombstones : topic;
    if (shaping === undefined && mapping.tombstones === 'skip') {
      return { kind: 'skipped', mapping, position, text, ordinal, dropped: NOTHING_DROPPED };
    }
    // What this very journal has sent is its own affair.
    const isHeld = doubt !== undefined && earlier === undefined && holdsDoubts === true;
    if (isHeld && shaping !== undefined && isInsert(shaping.plan, keyValue)) {
      const { error } = doubt;
      return { kind: 'rejected', mapping, position, text, ordinal, error, doubt, dropped: NOTHING_DROPPED };
    }
    const isAgain =
      earlier?.kind === 'again' || (earlier?.kind === 'job' && earlier.isAfterDoubt) || doubt !== undefined;
    const made: Made =
      shaping === undefined
        ? { error: tombstoneError(message, mapping), dropped: NOTHING_DROPPED }
        : makeRecord(message, shaping, keyValue, ordinal, 0, isAgain ? 'perhaps_written' : undefined);
    const { dropped } = made;
    if (made.record !== undefined) return { kind: 'record', record: made.record, dropped, earlier };
    const error = { ...made.error, message: made.error.message + topicHint(data, this.options) };
    const insertKey = sentKey(topic, keyValue);
    return { kind: 'rejected', mapping, position, text, ordinal, error, insertKey, dropped };
  }
}

/** The value that tells the message's record from others, as it stands in the line. */
function keyValueOf(message: Message, { plan: { keyField }, renaming }: TopicIntake): JsonValue | undefined {
  if (keyField === undefined) return undefined;
  const { key, data } = message;
  return data === null ? valueInKey(key, keyField, renaming?.sourceOf(keyField)) : memberNamed(data, keyField);
}

function tombstoneError(message: Message, mapping: TopicMapping): RecordError {
  const text = `A tombstone (a key without a record) cannot be sent as ${mapping.operation}`;
  return { code: 'TOMBSTONE', message: typeof message.key === 'string' ? `${text}; its key is ${message.key}` : text };
}

/** By so many of the sObject's fields an object under a name that says nothing is known for a record. */
const TELLING_FIELDS = 2;

/** What describe says of the names in a topic's records. */
function avroNamesOf(plan: FieldPlan): AvroNames {
  const isField = (name: string): boolean => plan.describeOf(name) !== undefined;
  return {
    isReference: (name) => plan.hasRelationship(name),
    isRecord: (name, object) =>
      !isField(name) && !plan.hasRelationship(name) && Object.keys(object).filter(isField).length >= TELLING_FIELDS,
  };
}

/** What a line turned out to be. */
export type Taken =
  | {
      readonly kind: 'record';
      readonly record: SourceRecord;
      readonly dropped: readonly DroppedField[];
      /** What an earlier run of the journal began with it. */
      readonly earlier: InFlightEarlier | undefined;
    }
  /** A line of a mapped topic that an earlier run of the journal has settled. */
  | { readonly kind: 'resumed'; readonly mapping: TopicMapping }
  | ((RejectedLine | SkippedLine) & { readonly dropped: readonly DroppedField[] })
  | { readonly kind: 'unmapped'; readonly message: Message }
  /** A line of another shard: it counts nowhere. */
  | { readonly kind: 'elsewhere' }
  | MalformedLine;
