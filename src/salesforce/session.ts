/** What a data call needs. */
export interface Session {
  readonly accessToken: string;
  /** Base of all data calls, without a trailing slash. */
  readonly instanceUrl: string;
}

/** Holds the session of a run. However many requests find it expired, it is renewed once, and they share the result. */
export class SessionHolder {
  readonly #signIn: () => Promise<Session>;
  #current: Session | undefined;
  #underWay: Promise<Session> | undefined;

  constructor(signIn: () => Promise<Session>) {
    this.#signIn = signIn;
  }

  /** The session, after a first sign-in if there was none. Rejects with what signing in rejects with. */
  async get(): Promise<Session> {
    return this.#underWay ?? this.#current ?? this.#start();
  }

  /** A session newer than the one that was used. */
  async renew(used: Session): Promise<Session> {
    if (this.#underWay !== undefined) return this.#underWay;
    // Somebody renewed it while this request was under way with the older one.
    if (this.#current !== undefined && this.#current !== used) return this.#current;
    return this.#start();
  }

  #start(): Promise<Session> {
    const underWay = this.#signIn()
      .then((session) => (this.#current = session))
      .finally(() => (this.#underWay = undefined));
    // Each request that waits for it may be cancelled; then nobody is left to hear of a failure.
    underWay.catch(() => undefined);
    this.#underWay = underWay;
    return underWay;
  }
}
