import { ErrorTally } from '../../accounting/error-tally.js';
import type { ErrorSummary } from '../../accounting/summary.js';
import { plainRecord, type AvroNames } from '../../input/avro.js';
import { readMessage } from '../../input/envelope.js';
import { isJsonObject } from '../../input/json.js';
import type { Line } from '../../input/input.js';
import { openFiles } from '../../input/source.js';
import type { JsonObject, JsonValue } from '../../core/record.js';

/** So much of each file is looked at. */
export const SAMPLE_LINES = 10_000;
const SAMPLE_BYTES = 32 * 1024 * 1024;
/** Names that are remembered: a mistaken choice of files must not fill memory. */
const MAX_TOPICS = 500;
const MAX_FIELDS = 1000;
const COMMAND = 'sfreplay init';

export interface Sample {
  readonly lines: number;
  readonly malformed: number;
  /** Why they are, by code, most frequent first. */
  readonly malformedErrors: readonly ErrorSummary[];
  /** False: some file has more lines than were looked at. */
  readonly isWhole: boolean;
  /** In the order in which they came. */
  readonly topics: readonly TopicSample[];
}

/** What was seen of one topic. */
export interface TopicSample {
  readonly topic: string;
  records: number;
  tombstones: number;
  /** By the field's name: how many of the records have it, with something in it. */
  readonly fields: Map<string, number>;
  /** `attributes.type`, which Salesforce's own exports write. */
  sobject: string | undefined;
  /** Names of relationships by which the records refer to others, or of the sObjects, where they say which. */
  readonly references: Set<string>;
}

/**
 * Looks at the beginning of each file. `bareTopic` is set when the lines are bare records, all of this topic.
 * Throws `UsageError` for files that cannot be read, and a `ReplayStopped` for one that breaks off.
 */
export async function takeSample(
  files: readonly string[],
  stdin: NodeJS.ReadableStream,
  bareTopic: string | undefined,
): Promise<Sample> {
  // All of them at once, so that all that cannot be read are told.
  await openFiles(files, stdin, { command: COMMAND });
  const sampler = new Sampler(bareTopic);
  for (const file of files) await sampler.read(file, stdin);
  return sampler;
}

class Sampler implements Sample {
  lines = 0;
  malformed = 0;
  isWhole = true;
  readonly #topics = new Map<string, TopicSample>();
  readonly #errors = new ErrorTally();

  constructor(private readonly bareTopic: string | undefined) {}

  get topics(): readonly TopicSample[] {
    return [...this.#topics.values()];
  }

  get malformedErrors(): readonly ErrorSummary[] {
    return this.#errors.list();
  }

  async read(file: string, stdin: NodeJS.ReadableStream): Promise<void> {
    const input = await openFiles([file], stdin, { command: COMMAND });
    let count = 0;
    for await (const piece of input.pieces(new AbortController().signal)) {
      for (const line of piece) {
        if (count === SAMPLE_LINES || input.bytes > SAMPLE_BYTES) {
          this.isWhole = false;
          return;
        }
        count++;
        this.#take(line);
      }
    }
  }

  #take(line: Line): void {
    this.lines++;
    const message = readMessage(line, { envelope: 'auto', topic: this.bareTopic, command: COMMAND });
    if (message.kind === 'malformed') {
      this.malformed++;
      this.#errors.add(message, { position: message.position, ordinal: this.lines });
      return;
    }
    const topic = this.#topicOf(message.topic);
    if (topic === undefined) return;
    if (message.data === null) topic.tombstones++;
    else noteRecord(topic, plainRecord(message.data, NAMES));
  }

  #topicOf(name: string): TopicSample | undefined {
    const known = this.#topics.get(name);
    // A blank name is one that no mapping can have.
    if (known !== undefined || this.#topics.size >= MAX_TOPICS || name.trim() === '') return known;
    const topic: TopicSample = {
      ...{ topic: name, records: 0, tombstones: 0, sobject: undefined },
      ...{ fields: new Map(), references: new Set() },
    };
    this.#topics.set(name, topic);
    return topic;
  }
}

/** Without a describe: a reference has one field, so that what has more is a record in Avro's JSON encoding. */
const NAMES: AvroNames = {
  isReference: () => false,
  isRecord: (_name, object) => Object.keys(object).filter((name) => name.toLowerCase() !== 'attributes').length > 1,
};

function noteRecord(topic: TopicSample, data: JsonObject): void {
  topic.records++;
  for (const [name, value] of Object.entries(data)) {
    if (name.toLowerCase() === 'attributes') topic.sobject ??= typeOf(value);
    else if (value !== null && value !== '' && (topic.fields.has(name) || topic.fields.size < MAX_FIELDS)) {
      topic.fields.set(name, (topic.fields.get(name) ?? 0) + 1);
      const reference = referenceIn(name, value);
      if (reference !== undefined && topic.references.size < MAX_FIELDS) topic.references.add(reference);
    }
  }
}

/** Of `"Account":{…}`, `"Account.External_Id__c"` and `"Account:What.External_Id__c"`. */
function referenceIn(name: string, value: JsonValue): string | undefined {
  const [, type, relationship] = /^(?:(\w+):)?(\w+)\.\w+$/.exec(name) ?? [];
  if (relationship !== undefined) return type ?? relationship;
  if (!isJsonObject(value)) return undefined;
  const attributes = Object.entries(value).find(([key]) => key.toLowerCase() === 'attributes')?.[1];
  return (attributes === undefined ? undefined : typeOf(attributes)) ?? name;
}

function typeOf(attributes: JsonValue): string | undefined {
  if (typeof attributes !== 'object' || attributes === null || !('type' in attributes)) return undefined;
  return typeof attributes.type === 'string' ? attributes.type : undefined;
}
