import { crc32 } from 'node:zlib';
import { isLosslessNumber } from 'lossless-json';
import type { JsonValue } from '../core/record.js';
import type { Shard } from '../core/settings.js';
import { isNumber } from './value-type.js';

/**
 * Is this line one of the shard's? `key` is the record's key as it stands in the line, and `text` the line, which decides
 * where there is no key. Every line is in exactly one of the shards, and every key.
 */
export function isInShard({ index, count }: Shard, key: JsonValue | undefined, text: string): boolean {
  return count === 1 || crc32(shardKey(key) ?? text) % count === index - 1;
}

/**
 * A key in a form that is equal for any two values that a field of any type might take for one key. Coarser than
 * `comparableKey`, for it must not depend on what the org says of the field: other runs of the same dump may not ask it.
 */
function shardKey(value: JsonValue | undefined): string | undefined {
  const written = isLosslessNumber(value) ? value.value : value;
  if (written === undefined || written === null || typeof written === 'object') return undefined;
  const folded = String(written).trim().normalize('NFC').toUpperCase().toLowerCase();
  if (folded === '') return undefined;
  // The last three of an 18-character Id only repeat the letters' cases.
  const text = /^[0-9a-z]{18}$/.test(folded) && !isNumber(folded) ? folded.slice(0, 15) : folded;
  return isNumber(text) ? String(Number(text)) : text;
}
