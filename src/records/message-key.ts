import type { JsonObject, JsonValue } from '../core/record.js';
import { plainValue } from '../input/avro.js';
import { isJsonObject, parseJson } from '../input/json.js';
import type { Source } from './renaming.js';

/**
 * The value of the field `name` that a Kafka key stands for: the key itself where it is a single value, or what an object
 * holds where `source` finds it, or under the name, without regard to case. Text that holds JSON is read as such; undefined
 * when there is no value.
 */
export function valueInKey(key: JsonValue | undefined, name: string, source?: Source): JsonValue | undefined {
  const value = plainValue((typeof key === 'string' ? parsed(key) : key) ?? null);
  return (isJsonObject(value) ? fieldIn(value, name, source) : value) ?? undefined;
}

function fieldIn(key: JsonObject, name: string, source: Source | undefined): JsonValue | undefined {
  const found = source?.(key);
  if (found !== undefined) return found;
  const lower = name.toLowerCase();
  const names = Object.keys(key);
  const field = names.findLast((other) => other.toLowerCase() === lower);
  if (field !== undefined) return plainValue(key[field] ?? null);
  // Avro's JSON encoding may have the type's name around it.
  const only = names.length === 1 ? key[names[0] ?? ''] : undefined;
  return isJsonObject(only) ? fieldIn(only, name, source) : undefined;
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
