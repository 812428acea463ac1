import type { JsonObject, JsonValue, MalformedCode, MalformedLine, Message } from '../core/record.js';
import type { Envelope } from '../core/settings.js';
import { isDeadLetter, malformedSource, membersNamed, sourceText } from './dead-letter.js';
import { hasDiff, withoutDiff } from './diff-member.js';
import { bare, kcat, kindOf, native, rpk, type EnvelopeFormat } from './envelope-formats.js';
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

/** In the order in which `auto` asks. */
const FORMATS: Readonly<Record<Exclude<Envelope, 'auto'>, EnvelopeFormat>> = { native, kcat, rpk };
const DETECTED = Object.values(FORMATS);

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
