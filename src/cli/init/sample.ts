import { readMessage } from '../../input/envelope.js';
import type { Line } from '../../input/input.js';
import { openFiles } from '../../input/source.js';
import type { JsonObject, JsonValue } from '../../record.js';

/** So much of each file is looked at. */
export const SAMPLE_LINES = 10_000;
const SAMPLE_BYTES = 32 * 1024 * 1024;
/** Names that are remembered: a mistaken choice of files must not fill memory. */
const MAX_TOPICS = 500;
const MAX_FIELDS = 1000;

export interface Sample {
  readonly lines: number;
  readonly malformed: number;
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
  await openFiles(files, stdin);
  const sampler = new Sampler(bareTopic);
  for (const file of files) await sampler.read(file, stdin);
  return sampler;
}

class Sampler implements Sample {
  lines = 0;
  malformed = 0;
  isWhole = true;
  readonly #topics = new Map<string, TopicSample>();

  constructor(private readonly bareTopic: string | undefined) {}

  get topics(): readonly TopicSample[] {
    return [...this.#topics.values()];
  }

  async read(file: string, stdin: NodeJS.ReadableStream): Promise<void> {
    const input = await openFiles([file], stdin);
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
    const message = readMessage(line, { envelope: 'auto', topic: this.bareTopic });
    if (message.kind === 'malformed') {
      this.malformed++;
      return;
    }
    const topic = this.#topicOf(message.topic);
    if (topic === undefined) return;
    if (message.data === null) topic.tombstones++;
    else noteRecord(topic, message.data);
  }

  #topicOf(name: string): TopicSample | undefined {
    const known = this.#topics.get(name);
    // A blank name is one that no mapping can have.
    if (known !== undefined || this.#topics.size >= MAX_TOPICS || name.trim() === '') return known;
    const topic = { topic: name, records: 0, tombstones: 0, fields: new Map<string, number>(), sobject: undefined };
    this.#topics.set(name, topic);
    return topic;
  }
}

function noteRecord(topic: TopicSample, data: JsonObject): void {
  topic.records++;
  for (const [name, value] of Object.entries(data)) {
    if (name.toLowerCase() === 'attributes') topic.sobject ??= typeOf(value);
    else if (value !== null && value !== '' && (topic.fields.has(name) || topic.fields.size < MAX_FIELDS)) {
      topic.fields.set(name, (topic.fields.get(name) ?? 0) + 1);
    }
  }
}

function typeOf(attributes: JsonValue): string | undefined {
  if (typeof attributes !== 'object' || attributes === null || !('type' in attributes)) return undefined;
  return typeof attributes.type === 'string' ? attributes.type : undefined;
}
