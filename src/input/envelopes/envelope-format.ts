import type { JsonObject, JsonValue } from '../../core/record.js';

/** What a line carries: a record, a tombstone, or something that is neither. */
export type Content =
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

export function record(data: JsonObject): Content {
  return { kind: 'record', data };
}

export const TOMBSTONE: Content = { kind: 'tombstone' };

export function invalid(message: string): Content {
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
