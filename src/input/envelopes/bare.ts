import { record, type EnvelopeFormat } from './envelope-format.js';

/** The whole line is the record; the topic is given on the command line. */
export const bare: EnvelopeFormat = {
  member: undefined,

  isMadeBy() {
    return true;
  },

  contentOf(line) {
    return record(line);
  },
};
