/** What must not be shown, wherever it turns up. */
export class Secrets {
  readonly #values = new Set<string>();

  /** Shorter texts than this are taken for no secret: blotting them out would only garble the message. */
  static readonly minLength = 4;

  add(value: unknown): void {
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text === 'string' && text.length >= Secrets.minLength) this.#values.add(text);
  }

  /** The text with every secret in it replaced by `***`. */
  redact(text: string): string {
    // The longest first, so that a secret within another leaves no rest of it.
    const values = [...this.#values].sort((one, other) => other.length - one.length);
    return values.reduce((redacted, value) => redacted.replaceAll(value, '***'), text);
  }
}

// A proxy's URL may hold a password.
const SECRET_KEYS = ['client_secret', 'access_token', 'private_key', 'refresh_token', 'sfdx_auth_url', 'proxy_url'];

/** Is it a key whose value is never shown? */
export function isSecretKey(key: PropertyKey | undefined): boolean {
  return SECRET_KEYS.includes(key as string);
}
