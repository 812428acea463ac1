import type { JsonValue } from '../core/record.js';
import { isDeadLetter } from './dead-letter.js';
import { hasDiff } from './diff-member.js';
import type { Line } from './input.js';
import { isJsonObject, parseJson } from './json.js';

/** The value that an earlier run, or a comparison, gave the `insert_key` of a line that it wrote down. */
export function insertKeyOf(line: Line): string | undefined {
  if (line.kind === 'malformed' || !line.text.includes('"insert_key"')) return undefined;
  const object = parsed(line.text);
  if (!isJsonObject(object)) return undefined;
  const told = isDeadLetter(object) ? object.error : hasDiff(object) ? object['diff'] : undefined;
  const value = isJsonObject(told) ? told['insert_key'] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function parsed(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
