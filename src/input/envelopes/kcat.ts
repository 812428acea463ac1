import { TOMBSTONE, invalid, type EnvelopeFormat } from './envelope-format.js';
import { readKafkaValue } from './kafka-value.js';

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
