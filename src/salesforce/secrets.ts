/** What must never be shown: every secret and every token of this run, in each spelling a server might echo. */
export class Secrets {
  readonly #values = new Set<string>();

  add(secret: string): void {
    // Three characters or fewer hide nothing, and cutting them out would spoil every sentence.
    if (secret.length < 4) return;
    this.#values.add(secret);
    this.#values.add(encodeURIComponent(secret));
    this.#values.add(new URLSearchParams({ '': secret }).toString().slice(1));
    this.#values.add(JSON.stringify(secret).slice(1, -1));
  }

  redact(text: string): string {
    let redacted = text;
    for (const secret of this.#values) redacted = redacted.replaceAll(secret, '[secret]');
    // Tokens that we were never given, as an error page or the Salesforce CLI may quote them.
    return redacted
      .replace(/\bforce:\/\/[^\s"'<>]+/g, '[secret]')
      .replace(/\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/g, '[secret]')
      .replace(/\b5Aep[\w.=-]{16,}/g, '[secret]')
      .replace(/\b00D\w{12,15}(?:!|%21)[\w.%-]+/g, '[secret]')
      .replace(/\bBearer\s+[^\s"'<>]+/gi, 'Bearer [secret]');
  }
}
