import type { JsonObject, JsonValue, MalformedCode, MalformedLine, Message } from '../record.js';
import type { Envelope } from '../settings.js';
import { isDeadLetter, malformedSource, sourceText } from './dead-letter.js';
import { bare } from './envelopes/bare.js';
import { kindOf, type EnvelopeFormat } from './envelopes/envelope-format.js';
import { kcat } from './envelopes/kcat.js';
import { native } from './envelopes/native.js';
import { rpk } from './envelopes/rpk.js';
import type { Line, TextLine } from './input.js';
import { isJsonObject, parseJson } from './json.js';

export interface EnvelopeOptions {
  readonly envelope: Envelope;
  /** The topic of all lines, which are then bare records whatever `envelope` says. */
  readonly topic: string | undefined;
}

/**
 * The message that a line carries, or why it carries none. A line of a failures file is read as the source line that it
 * was made of.
 */
export function readMessage(line: Line, options: EnvelopeOptions): Message | MalformedLine {
  if (line.kind === 'malformed') return line;
  let value: JsonValue;
  try {
    value = parseJson(line.text);
  } catch (error) {
    if (error instanceof SyntaxError) return malformed(line, 'INVALID_JSON', `not JSON: ${error.message}`);
    throw error;
  }
  if (!isJsonObject(value)) return malformed(line, 'NOT_AN_OBJECT', `must be a JSON object, not ${kindOf(value)}`);
  if (value['error'] === undefined || !isDeadLetter(value)) return readObject(line, value, options);
  const source = malformedSource(value, line.position) ?? { ...line, text: sourceText(line.text) };
  return readMessage(source, options);
}

/** In the order in which `auto` asks. */
const FORMATS: Readonly<Record<Exclude<Envelope, 'auto'>, EnvelopeFormat>> = { native, kcat, rpk };
const DETECTED = Object.values(FORMATS);

function readObject(line: TextLine, object: JsonObject, options: EnvelopeOptions): Message | MalformedLine {
  const topic = options.topic ?? object['topic'];
  if (typeof topic !== 'string' || topic === '') return malformed(line, 'NO_TOPIC', describeTopic(topic));
  const format = formatOf(object, options);
  if (format === undefined) return malformed(line, 'INVALID_RECORD', 'has no "data", "payload" or "value"');
  const content = format.contentOf(object);
  if (content.kind === 'invalid') return malformed(line, 'INVALID_RECORD', content.message);
  const key = format === bare ? undefined : (object['key'] ?? undefined);
  const { position, text } = line;
  if (content.kind === 'record') return { kind: 'message', position, text, topic, key, data: content.data };
  if (key === undefined) return malformed(line, 'INVALID_RECORD', 'has neither a record nor a key');
  return { kind: 'message', position, text, topic, key, data: null };
}

function formatOf(object: JsonObject, { envelope, topic }: EnvelopeOptions): EnvelopeFormat | undefined {
  if (topic !== undefined) return bare;
  return envelope === 'auto' ? DETECTED.find((format) => format.isMadeBy(object)) : FORMATS[envelope];
}

function describeTopic(topic: JsonValue | undefined): string {
  if (topic === undefined) return 'has no "topic" (for bare records give --topic)';
  if (topic === '') return '"topic" is empty';
  return `"topic" must be a string, not ${isJsonObject(topic) ? 'an object' : kindOf(topic)}`;
}

function malformed(line: TextLine, code: MalformedCode, message: string): MalformedLine {
  return { kind: 'malformed', position: line.position, code, message, raw: line.text };
}
