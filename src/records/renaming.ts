import { plainValue } from '../input/avro.js';
import { isJsonObject, parseJson } from '../input/json.js';
import type { JsonObject, JsonValue } from '../core/record.js';

/** Finds a source in a record; undefined where it is absent. */
type Source = (record: JsonObject) => JsonValue | undefined;

/** What the `fields` of a mapping make of a record: targets with the values of their sources. */
export class Renaming {
  readonly #sources: readonly (readonly [target: string, source: Source])[];

  constructor(fields: Readonly<Record<string, string>>) {
    this.#sources = Object.entries(fields).map(([target, path]) => [target, sourceOf(path)]);
  }

  /** Undefined where no source is in the record. It may be in Avro's JSON encoding, with the name of its type around it. */
  apply(data: JsonObject): JsonObject | undefined {
    return this.#rename(data) ?? this.#renameWrapped(data);
  }

  /** Where the value of a target stands. */
  sourceOf(target: string): Source | undefined {
    const lower = target.toLowerCase();
    return this.#sources.find(([name]) => name.toLowerCase() === lower)?.[1];
  }

  #rename(data: JsonObject): JsonObject | undefined {
    let renamed: JsonObject | undefined;
    for (const [target, source] of this.#sources) {
      const value = source(data);
      if (value !== undefined) (renamed ??= {})[target] = value;
    }
    return renamed;
  }

  #renameWrapped(data: JsonObject): JsonObject | undefined {
    const [inner, ...others] = Object.values(data);
    return isJsonObject(inner) && others.length === 0 ? this.#rename(inner) : undefined;
  }
}

/** The source of a name, or of a path with dots: at each step the longest name that is there counts first. */
function sourceOf(path: string): Source {
  const parts = path.split('.');
  if (parts.length === 1) return (record) => valueOf(record, path);
  const names = parts.map((_, start) =>
    parts
      .slice(start)
      .map((__, at) => ({ name: parts.slice(start, parts.length - at).join('.'), next: parts.length - at })),
  );
  const find = (value: JsonValue, start: number): JsonValue | undefined => {
    if (start === parts.length) return plainValue(value);
    if (Array.isArray(value)) {
      const part = parts[start] as string;
      const item = /^\d{1,9}$/.test(part) ? value[Number(part)] : undefined;
      return item === undefined ? undefined : find(item, start + 1);
    }
    if (!isJsonObject(value)) return undefined;
    for (const { name, next } of names[start] ?? []) {
      const found = Object.hasOwn(value, name) ? find(value[name] as JsonValue, next) : undefined;
      if (found !== undefined) return found;
    }
    // A value of a union has the name of its type around it; of a record with one, all sources are looked for within.
    const plain = start === 0 ? value : plainValue(value);
    return plain === value ? undefined : find(plain, start);
  };
  return (record) => find(record, 0);
}

function valueOf(record: JsonObject, name: string): JsonValue | undefined {
  if (!Object.hasOwn(record, name)) return undefined;
  const value = record[name] as JsonValue;
  return typeof value === 'object' ? plainValue(value) : value;
}

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
  const value = memberNamed(key, name);
  if (value !== undefined) return plainValue(value);
  // Avro's JSON encoding may have the type's name around it.
  const [only, ...others] = Object.values(key);
  return isJsonObject(only) && others.length === 0 ? fieldIn(only, name, source) : undefined;
}

/** The member of that name, without regard to case. Of several spellings the last one counts, here as for what is sent. */
export function memberNamed(object: JsonObject, name: string): JsonValue | undefined {
  const lower = name.toLowerCase();
  let value: JsonValue | undefined;
  for (const other in object) {
    if (other === name || (other.length === name.length && other.toLowerCase() === lower)) value = object[other];
  }
  return value;
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
