import type { JsonObject } from '../../core/record.js';
import { TOMBSTONE, invalid, type EnvelopeFormat } from './envelope-format.js';
import { readKafkaValue } from './kafka-value.js';

/** What `rpk topic consume` prints beside a value. */
const METADATA = new Set(['topic', 'key', 'headers', 'timestamp', 'partition', 'offset']);

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
