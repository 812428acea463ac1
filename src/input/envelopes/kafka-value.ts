import type { JsonValue } from '../../core/record.js';
import { isJsonObject, parseJson } from '../json.js';
import { TOMBSTONE, invalid, kindOf, record, type Content } from './envelope-format.js';

/** A Kafka value as kcat and rpk print it: JSON text in a string, or the JSON itself. */
export function readKafkaValue(name: string, value: JsonValue): Content {
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
