import type { JsonObject, JsonValue, MalformedCode, MalformedLine, Message } from '../core/record.js';
import type { Envelope } from '../core/settings.js';
import { hasDiff, isDeadLetter, malformedSource, membersNamed, sourceText, withoutDiff } from './own-lines.js';
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
    return readMessage({ ...line, text: withoutDiff(line.text) }, options);
  }
  if (value['error'] === undefined || !isDeadLetter(value)) return readObject(line, value, options);
  const source = malformedSource(value, line.position);
  const read = source === undefined ? readSource(line, options) : readLine(source, options);
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
  const content = format.contentOf(object);
  if (content.kind === 'invalid') return malformed(line, 'INVALID_RECORD', content.message);
  const key = format === bare ? undefined : (object['key'] ?? undefined);
  const { position, text } = line;
  if (content.kind === 'record') {
    const message = { kind: 'message', position, text, topic, key, data: content.data } as const;
    if (options.keyedTopics?.has(topic) !== true) return message;
    const place = format === bare ? undefined : placeOf(object);
    return place === undefined ? { ...message, recordText: recordText(text, format.member) } : { ...message, place };
  }
  if (key === undefined) return malformed(line, 'INVALID_RECORD', 'has neither a record nor a key');
  return { kind: 'message', position, text, topic, key, data: null };
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
  if (topic !== undefined) return bare;
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

/** What a line carries: a record, a tombstone, or something that is neither. */
type Content =
  | { readonly kind: 'record'; readonly data: JsonObject }
  | { readonly kind: 'tombstone' }
  /** The sentence follows the line's place in a message, as in `"data" is a string`. */
  | { readonly kind: 'invalid'; readonly message: string };

/** One way to wrap a record and its topic in a line. */
interface EnvelopeFormat {
  /** The member that holds the record; undefined where that is the whole line. */
  readonly member: string | undefined;
  /** Whether the line has a member that only this envelope has. */
  isMadeBy(line: JsonObject): boolean;
  contentOf(line: JsonObject): Content;
}

/** What `rpk topic consume` prints beside a value. */
const METADATA = new Set(['topic', 'key', 'headers', 'timestamp', 'partition', 'offset']);

const TOMBSTONE: Content = { kind: 'tombstone' };

/** `{"topic":"t","data":{…}}`, sfreplay's own. */
const native: EnvelopeFormat = {
  member: 'data',

  isMadeBy(line) {
    return line['data'] !== undefined;
  },

  contentOf({ data }) {
    if (data === undefined) return invalid('"data" is missing');
    if (data === null) return TOMBSTONE;
    return isJsonObject(data) ? record(data) : invalid(`"data" must be an object, not ${kindOf(data)}`);
  },
};

/** `kcat -C -J`: `{"topic","partition","offset","tstype","ts","broker","headers","key","payload"}`. */
const kcat: EnvelopeFormat = {
  member: 'payload',

  isMadeBy(line) {
    return line['payload'] !== undefined || line['tstype'] !== undefined || line['broker'] !== undefined;
  },

  contentOf(line) {
    // kcat prints a null payload beside it, and such a line must never pass for a tombstone.
    const failure = line['payload_error'];
    if (failure !== undefined) return invalid('kcat could not decode the payload (see "payload_error")');
    const { payload } = line;
    if (payload !== undefined) return readKafkaValue('payload', payload);
    return kcat.isMadeBy(line) ? TOMBSTONE : invalid('"payload" is missing');
  },
};

/** `rpk topic consume`: `{"topic","key","value","headers","timestamp","partition","offset"}`; a null value is left out. */
const rpk: EnvelopeFormat = {
  member: 'value',

  isMadeBy(line) {
    return line['value'] !== undefined || line['value_size'] !== undefined || isBareOfValue(line);
  },

  contentOf(line) {
    const { value } = line;
    if (value !== undefined) return readKafkaValue('value', value);
    if (line['value_size'] !== undefined) return invalid('"value" was left out by rpk (--meta-only)');
    return isBareOfValue(line) ? TOMBSTONE : invalid('"value" is missing');
  },
};

/** The whole line is the record; the topic is given on the command line. */
const bare: EnvelopeFormat = {
  member: undefined,

  isMadeBy() {
    return true;
  },

  contentOf(line) {
    return record(line);
  },
};

/** In the order in which `auto` asks. */
const FORMATS: Readonly<Record<Exclude<Envelope, 'auto'>, EnvelopeFormat>> = { native, kcat, rpk };
const DETECTED = Object.values(FORMATS);

/** A key and nothing that could be a record under another name. */
function isBareOfValue(line: JsonObject): boolean {
  return line['key'] !== undefined && Object.keys(line).every((name) => METADATA.has(name));
}

/** A Kafka value as kcat and rpk print it: JSON text in a string, or the JSON itself. */
function readKafkaValue(name: string, value: JsonValue): Content {
  if (value === null) return TOMBSTONE;
  if (typeof value !== 'string') return recordOr(value, `"${name}"`);
  let parsed: JsonValue;
  try {
    // A byte-order mark may stand before it.
    parsed = parseJson(value.startsWith('\uFEFF') ? value.slice(1) : value);
  } catch (error) {
    if (error instanceof SyntaxError) return invalid(`"${name}" holds a text that is not JSON: ${error.message}`);
    throw error;
  }
  return recordOr(parsed, `the JSON text in "${name}"`);
}

function recordOr(value: JsonValue, subject: string): Content {
  return isJsonObject(value) ? record(value) : invalid(`${subject} must be an object, not ${kindOf(value)}`);
}

function record(data: JsonObject): Content {
  return { kind: 'record', data };
}

function invalid(message: string): Content {
  return { kind: 'invalid', message };
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
