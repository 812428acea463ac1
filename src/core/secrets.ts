const MASK = '***';

/** Shorter texts hide nothing, and cutting them out would spoil every sentence. */
const MIN_LENGTH = 4;

/** What must never be shown: every secret that is known, in each spelling that a server might echo. */
export class Secrets {
  readonly #spellings = new Set<string>();

  /** Where a secret should be, also what stands there instead of text is none of a reader's business. */
  add(secret: unknown): void {
    if (typeof secret === 'object' && secret !== null) {
      for (const [key, value] of Object.entries(secret)) {
        this.add(key);
        this.add(value);
      }
    }
    const text = typeof secret === 'number' ? String(secret) : secret;
    if (typeof text !== 'string' || text.length < MIN_LENGTH) return;
    this.#spellings.add(text);
    this.#spellings.add(encodeURIComponent(text.toWellFormed()));
    this.#spellings.add(new URLSearchParams({ '': text }).toString().slice(1));
    this.#spellings.add(JSON.stringify(text).slice(1, -1));
  }

  /** The text without any of them, nor of what looks like a secret. */
  redact(text: string): string {
    // The longest first, so that a secret within another leaves no rest of it.
    const spellings = [...this.#spellings].sort((one, other) => other.length - one.length);
    return maskSecrets(spellings.reduce((redacted, spelling) => redacted.replaceAll(spelling, MASK), text));
  }
}

/**
 * Takes out of a text what has the shape of a secret: credentials in URLs, Salesforce tokens in their forms, private keys,
 * `Authorization` values, and what parameters that are secret are given. Words of a sentence stay, whatever they stand
 * behind. The last line of defence: whoever writes a message leaves secrets out of it.
 */
export function maskSecrets(text: string): string {
  const masked = SHAPES.reduce((rest, [shape, replacement]) => rest.replace(shape, replacement), text);
  return masked.replace(PARAMETER, (written, name: string, bare: string | undefined) =>
    name.trimEnd().endsWith(':') && WORD.test(bare ?? '"') ? written : name + MASK,
  );
}

const SHAPES: readonly [RegExp, string][] = [
  // An `@` that was not encoded may stand in the password: the last one before the path ends it.
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#'"<>]*@/giu, `$1${MASK}@`],
  // So may a `/`, `?` or `#`: then what stands after the colon is no port.
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#:@'"<>]+:(?!\d{1,5}(?:[/?#]|$))[^\s'"<>]*@/giu, `$1${MASK}@`],
  // An SFDX auth URL that was cut off before its host.
  [/\b(force:\/\/)[^\s"'<>@*]+(?=$|[\s"'<>])/giu, `$1${MASK}`],
  // An opaque token: the org's id, `!`, and the token's body.
  [/\b00D\w{12,15}![\w.+/=%-]+/gu, `00D…!${MASK}`],
  [/\b00D\w{12,15}%21[\w.+/=%-]+/giu, `00D…!${MASK}`],
  [/\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/gu, `eyJ…${MASK}`],
  // A refresh token, and a private key in any of its forms.
  [/\b5Aep[\w.=-]{16,}/gu, `5Aep…${MASK}`],
  [/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?(?:-----END \1-----|$)/gu, `-----BEGIN $1-----${MASK}`],
  [/\b(Bearer|Basic|OAuth)\s+(?=[^\s"',;]*[\d!=])[\w.!+/=~%-]{10,}/giu, `$1 ${MASK}`],
];

/** What is given to a parameter that is secret: `client_secret=…`, `"access_token":"…"`. */
const PARAMETER =
  /((?:client[_-]?secret|(?:access|refresh|id|session)[_-]?token|session[_-]?id|private[_-]?key|password|passwd|assertion)["']?\s*[=:]\s*)(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|((?!["'[({<])[^\s"'&,;)}\]]+))/giu;

/** Behind such a name and a colon there is most often a sentence: `INVALID_SESSION_ID: Session expired or invalid`. */
const WORD = /^(?:[A-Za-z]?[a-z]+|[A-Z]+)[.:?!…]*$/;
