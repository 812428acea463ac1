import type { JsonObject, JsonValue } from '../core/record.js';
import { isJsonObject, parseJson } from './json.js';

/** What a line carries: a record, a tombstone, or something that is neither. */
type Content =
  | { readonly kind: 'record'; readonly data: JsonObject }
  | { readonly kind: 'tombstone' }
  /** The sentence follows the line's place in a message, as in `"data" is a string`. */
  | { readonly kind: 'invalid'; readonly message: string };

/** One way to wrap a record and its topic in a line. */
export interface EnvelopeFormat {
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
export const native: EnvelopeFormat = {
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
export const kcat: EnvelopeFormat = {
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
export const rpk: EnvelopeFormat = {
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

/** A key and nothing that could be a record under another name. */
function isBareOfValue(line: JsonObject): boolean {
  return line['key'] !== undefined && Object.keys(line).every((name) => METADATA.has(name));
}

/** The whole line is the record; the topic is given on the command line. */
export const bare: EnvelopeFormat = {
  member: undefined,

  isMadeBy() {
    return true;
  },

  contentOf(line) {
    return record(line);
  },
};

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
export function kindOf(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return 'a string';
  if (typeof value === 'boolean') return 'a boolean';
  // A number whose digits are kept is an object here; a record never gets this far.
  return 'a number';
}
