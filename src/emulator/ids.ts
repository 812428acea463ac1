const SUFFIX_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
const BODY_ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_PATTERN = /^[a-zA-Z0-9]{15}(?:[A-Z0-5]{3})?$/;

/** The 18-character form of a 15-character record Id. */
export function toLongId(shortId: string): string {
  let suffix = '';
  for (let group = 0; group < 15; group += 5) {
    let bits = 0;
    for (let place = 0; place < 5; place++) {
      const code = shortId.charCodeAt(group + place);
      if (code >= 65 && code <= 90) bits |= 1 << place;
    }
    suffix += SUFFIX_ALPHABET.charAt(bits);
  }
  return shortId + suffix;
}

/** The 18-character form of a well-formed Id of either length; undefined for wrong length, characters or suffix. */
export function normalizeId(text: string): string | undefined {
  if (!ID_PATTERN.test(text)) return undefined;
  const longId = toLongId(text.slice(0, 15));
  return text.length === 15 || text === longId ? longId : undefined;
}

/** Whether a text has the form of a long Id but a suffix that does not fit. */
export function hasWrongSuffix(text: string): boolean {
  return ID_PATTERN.test(text) && normalizeId(text) === undefined;
}

/** Makes Ids of any key prefix; no two are alike, and neighbours may differ only by letter case, as in an org. */
export class IdSequence {
  #next: number;

  constructor(start: number) {
    this.#next = start;
  }

  next(keyPrefix: string): string {
    let rest = this.#next++;
    let body = '';
    for (let place = 0; place < 6; place++) {
      body = BODY_ALPHABET.charAt(rest % 62) + body;
      rest = Math.floor(rest / 62);
    }
    return toLongId(`${keyPrefix}5e0000${body}`.slice(0, 15));
  }
}
