import { isLoopback } from '../core/loopback.js';
import { SignInError } from './errors.js';

/** What a data call needs, and whose session it is as far as signing in has told. */
export interface Session {
  readonly accessToken: string;
  /** Base of all data calls, without a trailing slash. */
  readonly instanceUrl: string;
  /** Of 15 or 18 characters, likewise the user's. */
  readonly orgId?: string | undefined;
  readonly userId?: string | undefined;
  readonly username?: string | undefined;
}

/** A way to get a session, and to get another when the org no longer accepts it. */
export interface SignIn {
  /** May a session be replaced by a new one? */
  readonly canRenew: boolean;
  /** What names the host that is asked, for hints: `org_url`, or where else it comes from. */
  readonly hostSetting: string;
  /** What to do when the org does not take a session that was just made, or that cannot be renewed. */
  readonly revokedHint: string;
  /**
   * Opens a session. `refused` is the one that the org no longer accepts; undefined at first. Never called twice at once.
   * Rejects with a `SignInError`.
   */
  open(refused: Session | undefined): Promise<Session>;
}

/** Checks the base of requests that carry a token or a secret. Returns it without a trailing slash. */
export function safeBaseUrl(text: string, code: string, what: string): string {
  const hint = 'It must be https://…, or http:// on a loopback host, without user name and password.';
  if (!URL.canParse(text)) throw new SignInError(code, `${what} is not a URL.`, { hint });
  const url = new URL(text);
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  if (!isSafe || url.username !== '' || url.password !== '') {
    throw new SignInError(code, `${what} would not send secrets safely (${url.protocol}//${url.host}).`, {
      hint,
    });
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** May the text be a token? The Salesforce CLI may print a placeholder in its place; else a token is any word. */
export function isAccessToken(text: string): boolean {
  return !text.startsWith('[REDACTED]') && /^[\x21-\x7e]+$/.test(text);
}

/** Holds the session of a run. However many requests find it expired, it is renewed once, and they share the result. */
export class SessionHolder {
  readonly #signIn: (refused: Session | undefined) => Promise<Session>;
  #current: Session | undefined;
  /** The org has answered a request of the current session. */
  #isAccepted = false;
  #underWay: Promise<Session> | undefined;

  /** `signIn` is told the session that the org no longer accepts; undefined at first. */
  constructor(signIn: (refused: Session | undefined) => Promise<Session>) {
    this.#signIn = signIn;
  }

  /** The session, or the one before a renewal under way; undefined before the first sign-in. */
  get current(): Session | undefined {
    return this.#current;
  }

  /** The session, after a first sign-in if there was none. Rejects with what signing in rejects with. */
  async get(): Promise<Session> {
    return this.#underWay ?? this.#current ?? this.#start(undefined);
  }

  /** A session newer than the one that was used. */
  async renew(used: Session): Promise<Session> {
    if (this.#underWay !== undefined) return this.#underWay;
    // Somebody renewed it while this request was under way with the older one.
    if (this.#current !== undefined && this.#current !== used) return this.#current;
    return this.#start(used);
  }

  /** The org has answered a request that was made with this session. */
  noteAccepted(used: Session): void {
    if (used === this.#current) this.#isAccepted = true;
  }

  /** Whether a refusal of this session says nothing of its renewal: it was accepted before, or is not the current one any more. */
  wasAccepted(used: Session): boolean {
    return used !== this.#current || this.#isAccepted;
  }

  #start(refused: Session | undefined): Promise<Session> {
    const underWay = this.#signIn(refused)
      .then((session) => {
        this.#isAccepted = false;
        return (this.#current = session);
      })
      .finally(() => (this.#underWay = undefined));
    // Each request that waits for it may be cancelled; then nobody is left to hear of a failure.
    underWay.catch(() => undefined);
    this.#underWay = underWay;
    return underWay;
  }
}
