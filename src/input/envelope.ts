import type { JsonObject, JsonValue, MalformedCode, MalformedLine, Message } from '../core/record.js';
import type { Envelope } from '../core/settings.js';
import { hasDiff, isDeadLetter, malformedSource, membersNamed, sourceText, toldOf, withoutDiff } from './own-lines.js';
import type { Line, TextLine } from './input.js';
import { isJsonObject, parseJson } from './json.js';
import { malformedHint } from './malformed-hint.js';

export interface EnvelopeOptions {
  readonly envelope: Envelope;
  /** The topic of all lines, which are then bare records whatever `envelope` says. */
  readonly topic: string | undefined;
  /** The topics whose messages tell what their records are known by: `place`, or else `recordText`. */
  readonly keyedTopics?: ReadonlySet<string>;
  /** The command that was given, for hints: `sfreplay` unless told. */
  readonly command?: string | undefined;
}

/**
 * The message that a line carries, or why it carries none. A line of a failures file, or of one that `diff` wrote, is read
 * as the source line that it was made of.
 */
export function readMessage(line: Line, options: EnvelopeOptions): Message | MalformedLine {
  const read = readLine(line, options);
  if (read.kind !== 'malformed' || 'hint' in read) return read;
  const hint = malformedHint(read, options.command);
  return hint === undefined ? read : { ...read, hint };
}

function readLine(line: Line, options: EnvelopeOptions): Message | MalformedLine {
  if (line.kind === 'malformed') return line;
  let value: JsonValue;
  try {
    value = parseJson(line.text);
  } catch (error) {
    if (error instanceof SyntaxError) return malformed(line, 'INVALID_JSON', `not JSON: ${error.message}`);
    throw error;
  }
  if (!isJsonObject(value)) return malformed(line, 'NOT_AN_OBJECT', `must be a JSON object, not ${kindOf(value)}`);
  if (value['diff'] !== undefined && hasDiff(value)) {
    return { ...readMessage({ ...line, text: withoutDiff(line.text) }, options), ...toldOf(value) };
  }
  if (value['error'] === undefined || !isDeadLetter(value)) return readObject(line, value, options);
  const source = malformedSource(value, line.position);
  const read = source === undefined ? { ...readSource(line, options), ...toldOf(value) } : readLine(source, options);
  // What would help its input does not help a failures file.
  return read.kind === 'malformed' ? { ...read, hint: undefined } : read;
}

/** The line that a dead letter was made of. */
function readSource(line: TextLine, options: EnvelopeOptions): Message | MalformedLine {
  const text = sourceText(line.text);
  return readObject({ ...line, text }, parseJson(text) as JsonObject, options);
}

/** What a message on a record ends with that was taken for a bare one, though its line names its topic itself. */
export function topicHint(record: JsonObject | null | undefined, { topic }: Pick<EnvelopeOptions, 'topic'>): string {
  if (topic === undefined || !record || typeof record['topic'] !== 'string') return '';
  const [maker] = Object.entries(FORMATS).find(([, format]) => format.isMadeBy(record)) ?? [];
  if (maker === undefined) return '';
  return `. Lines like this one are ${maker === 'native' ? 'sfreplay' : maker}'s and need no --topic`;
}

function readObject(line: TextLine, object: JsonObject, options: EnvelopeOptions): Message | MalformedLine {
  const topic = options.topic ?? object['topic'];
  if (typeof topic !== 'string' || topic === '') return malformed(line, 'NO_TOPIC', describeTopic(topic));
  const format = formatOf(object, options);
  if (format === undefined) return malformed(line, 'INVALID_RECORD', 'has no "data", "payload" or "value"');
  const data = format.contentOf(object);
  if (typeof data === 'string') return malformed(line, 'INVALID_RECORD', data);
  const key = format === BARE ? undefined : (object['key'] ?? undefined);
  if (data === null && key === undefined) return malformed(line, 'INVALID_RECORD', 'has neither a record nor a key');
  const { position, text } = line;
  const message = { kind: 'message', position, text, topic, key, data } as const;
  if (data === null || options.keyedTopics?.has(topic) !== true) return message;
  const place = format === BARE ? undefined : placeOf(object);
  return place === undefined ? { ...message, recordText: recordText(text, format.member) } : { ...message, place };
}

/** The record as it stands in the line; where it is JSON text in a string, as it stands there. The same in every envelope. */
function recordText(line: string, member: string | undefined): string {
  const [found] = member === undefined ? [] : membersNamed(line, member).slice(-1);
  if (found === undefined) return line.trim();
  const text = line.slice(found.valueStart, found.end);
  return text.startsWith('"') ? (JSON.parse(text) as string).trim() : text;
}

function placeOf({ partition, offset }: JsonObject): string | undefined {
  const [first, second] = [partition, offset].map((value) =>
    isJsonObject(value) || Array.isArray(value) ? '' : String(value),
  );
  return /^\d+$/.test(first ?? '') && /^\d+$/.test(second ?? '') ? `${first}/${second}` : undefined;
}

function formatOf(object: JsonObject, { envelope, topic }: EnvelopeOptions): EnvelopeFormat | undefined {
  if (topic !== undefined) return BARE;
  return envelope === 'auto' ? DETECTED.find((format) => format.isMadeBy(object)) : FORMATS[envelope];
}

function describeTopic(topic: JsonValue | undefined): string {
  if (topic === undefined) return 'has no "topic"';
  if (topic === '') return '"topic" is empty';
  return `"topic" must be a string, not ${isJsonObject(topic) ? 'an object' : kindOf(topic)}`;
}

function malformed(line: TextLine, code: MalformedCode, message: string): MalformedLine {
  return { kind: 'malformed', position: line.position, code, message, raw: line.text };
}

/** One way to wrap a record and its topic in a line. */
interface EnvelopeFormat {
  /** The member that holds the record; undefined where that is the whole line. */
  readonly member: string | undefined;
  /** Whether the line has a member that only this envelope has. */
  readonly isMadeBy: (line: JsonObject) => boolean;
  /** The record, null for a tombstone, or what is wrong: the sentence follows the line's place, as in `"data" is a string`. */
  readonly contentOf: (line: JsonObject) => JsonObject | null | string;
}

/** What `rpk topic consume` prints beside a value. */
const METADATA = new Set(['topic', 'key', 'headers', 'timestamp', 'partition', 'offset']);

/** The whole line is the record; the topic is given on the command line. */
const BARE: EnvelopeFormat = { member: undefined, isMadeBy: () => true, contentOf: (line) => line };

/** In the order in which `auto` asks. */
const FORMATS: Readonly<Record<Exclude<Envelope, 'auto'>, EnvelopeFormat>> = {
  /** `{"topic":"t","data":{…}}`, sfreplay's own. */
  native: {
    member: 'data',
    isMadeBy: (line) => line['data'] !== undefined,
    contentOf: ({ data }) =>
      data === undefined ? '"data" is missing' : data === null ? null : recordOr(data, '"data"'),
  },
  /** `kcat -C -J`: `{"topic","partition","offset","tstype","ts","broker","headers","key","payload"}`. */
  kcat: {
    member: 'payload',
    isMadeBy: isOfKcat,
    contentOf(line) {
      // kcat prints a null payload beside it, and such a line must never pass for a tombstone.
      if (line['payload_error'] !== undefined) return 'kcat could not decode the payload (see "payload_error")';
      const { payload } = line;
      if (payload !== undefined) return readKafkaValue('payload', payload);
      return isOfKcat(line) ? null : '"payload" is missing';
    },
  },
  /** `rpk topic consume`: `{"topic","key","value","headers","timestamp","partition","offset"}`; a null value is left out. */
  rpk: {
    member: 'value',
    isMadeBy: (line) => line['value'] !== undefined || line['value_size'] !== undefined || isBareOfValue(line),
    contentOf(line) {
      const { value } = line;
      if (value !== undefined) return readKafkaValue('value', value);
      if (line['value_size'] !== undefined) return '"value" was left out by rpk (--meta-only)';
      return isBareOfValue(line) ? null : '"value" is missing';
    },
  },
};
const DETECTED = Object.values(FORMATS);

function isOfKcat(line: JsonObject): boolean {
  return line['payload'] !== undefined || line['tstype'] !== undefined || line['broker'] !== undefined;
}

/** A key and nothing that could be a record under another name. */
function isBareOfValue(line: JsonObject): boolean {
  return line['key'] !== undefined && Object.keys(line).every((name) => METADATA.has(name));
}

/** A Kafka value as kcat and rpk print it: JSON text in a string, or the JSON itself. */
function readKafkaValue(name: string, value: JsonValue): JsonObject | null | string {
  if (typeof value !== 'string') return value === null ? null : recordOr(value, `"${name}"`);
  try {
    // A byte-order mark may stand before it.
    return recordOr(parseJson(value.startsWith('\uFEFF') ? value.slice(1) : value), `the JSON text in "${name}"`);
  } catch (error) {
    if (error instanceof SyntaxError) return `"${name}" holds a text that is not JSON: ${error.message}`;
    throw error;
  }
}

function recordOr(value: JsonValue, subject: string): JsonObject | string {
  return isJsonObject(value) ? value : `${subject} must be an object, not ${kindOf(value)}`;
}

/** In words, for messages. */
function kindOf(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return 'a string';
  if (typeof value === 'boolean') return 'a boolean';
  // A number whose digits are kept is an object here; a record never gets this far.
  return 'a number';
}
