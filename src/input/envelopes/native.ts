import { isJsonObject } from '../json.js';
import { TOMBSTONE, invalid, kindOf, record, type EnvelopeFormat } from './envelope-format.js';

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
