import { comparableKey, isUnusableKey } from './batching/key.js';
import type { Line } from './input/input.js';
import { readMessage } from './input/envelope.js';
import type { JournaledRecord } from './journal/journal.js';
import type { Earlier, Resumption } from './journal/resumption.js';
import type {
  JsonObject,
  JsonValue,
  LinePosition,
  MalformedLine,
  Message,
  RecordError,
  SourceRecord,
  TopicMapping,
} from './record.js';
import type { Envelope } from './settings.js';
import type { FieldPlan } from './writers/fields.js';
import { RecordShaper } from './writers/values.js';

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
  | { readonly kind: 'unmapped'; readonly message: Message }
  | MalformedLine;

/** A line whose outcome is on disk, though the journal does not say so yet. */
export interface KeptLine extends JournaledRecord {
  readonly outcome: 'failed' | 'succeeded';
}

type UnderWay = Exclude<Earlier, undefined | { kind: 'settled' | 'kept' }>;

export interface RejectedLine {
  readonly mapping: TopicMapping;
  readonly position: LinePosition;
  readonly text: string;
  readonly ordinal: number;
  readonly error: RecordError;
}

export interface IntakeOptions {
  readonly envelope: Envelope;
  /** Set when the lines are bare records, all of this topic. */
  readonly topic: string | undefined;
}

interface TopicIntake {
  readonly plan: FieldPlan;
  readonly shaper: RecordShaper;
  count: number;
}

/** From a line to a record that is ready to be sent, or to the reason why not. Knows the mappings, nothing of the org. */
export class Intake {
  readonly #topics = new Map<string, TopicIntake>();

  constructor(
    plans: readonly FieldPlan[],
    private readonly options: IntakeOptions,
    private readonly resumption?: Resumption,
  ) {
    for (const plan of plans) this.#topics.set(plan.mapping.topic, { plan, shaper: new RecordShaper(plan), count: 0 });
  }

  take(line: Line): Taken {
    const message = readMessage(line, this.options);
    if (message.kind === 'malformed') return message;
    const topic = this.#topics.get(message.topic);
    if (topic === undefined) return { kind: 'unmapped', message };
    return this.#takeMapped(message, topic);
  }

  #takeMapped(message: Message, topic: TopicIntake): Taken {
    const { plan } = topic;
    const ordinal = topic.count++;
    const reject = (error: RecordError, dropped: readonly string[] = []): Taken => {
      const { position, text } = message;
      return { kind: 'rejected', line: { mapping: plan.mapping, position, text, ordinal, error }, dropped };
    };
    const earlier = this.resumption?.look(message.topic, ordinal, message.text, message.position);
    if (earlier?.kind === 'settled') return { kind: 'resumed', mapping: plan.mapping, kept: undefined };
    if (earlier?.kind === 'kept') {
      return {
        kind: 'resumed',
        mapping: plan.mapping,
        kept: { ordinal, text: message.text, outcome: earlier.outcome },
      };
    }
    if (message.data === null) return reject(tombstoneError(message, plan.mapping));

    const keyValue = plan.keyField === undefined ? undefined : valueOf(message.data, plan.keyField);
    if (plan.keyField !== undefined && isUnusableKey(keyValue)) {
      const text = `The key ${plan.keyField} holds an object or a list; a single value is needed`;
      return reject({ code: 'UNSUPPORTED_VALUE', message: text, fields: [plan.keyField] });
    }
    const key = plan.keyField === undefined ? undefined : comparableKey(keyValue, plan.keyKind);
    if (key === undefined && plan.keyField !== undefined && !mayLackKey(plan)) {
      const text = `${plan.mapping.operation} needs ${plan.keyField}, which is ${keyValue === undefined ? 'not there' : 'empty'}`;
      return reject({ code: 'MISSING_KEY', message: text, fields: [plan.keyField] });
    }
    const shaped = topic.shaper.shape(message.data);
    if (shaped.error !== undefined) return reject(shaped.error, shaped.dropped);
    const record: SourceRecord = {
      mapping: plan.mapping,
      position: message.position,
      text: message.text,
      bytes: Buffer.byteLength(message.text),
      fields: shaped.fields,
      ordinal,
      key,
      attempts: 0,
      leftOut: undefined,
    };
    return { kind: 'record', record, dropped: shaped.dropped, earlier };
  }
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
