import type { JsonValue } from '../record.js';
import { isJsonObject, parseJson } from './json.js';

/**
 * The value of the field `name` that a Kafka key stands for: the key itself where it is a single value, or what an object
 * holds under the name, without regard to case. Text that holds JSON is read as such; undefined when there is no value.
 */
export function valueInKey(key: JsonValue | undefined, name: string): JsonValue | undefined {
  const value = typeof key === 'string' ? parsed(key) : key;
  if (!isJsonObject(value)) return value ?? undefined;
  const lower = name.toLowerCase();
  const field = Object.keys(value).findLast((other) => other.toLowerCase() === lower);
  return field === undefined ? undefined : (value[field] ?? undefined);
}

/** An object or a text in quotes; anything else that looks like JSON (`17`, `true`) is text as well. */
function parsed(text: string): JsonValue {
  const trimmed = text.trim();
  if (!/^(?:\{.*\}|".*")$/s.test(trimmed)) return text;
  try {
    return parseJson(trimmed);
  } catch {
    return text;
  }
}
