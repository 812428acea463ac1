import { randomBytes } from 'node:crypto';

/** The access tokens that were issued, and how long each still works. */
export class Tokens {
  readonly #orgId: string;
  readonly #lifetimeRequests: number;
  readonly #remaining = new Map<string, number>();
  /** True while the client is revoked: no token is issued. */
  isRevoked = false;

  constructor(orgId: string, lifetimeRequests: number) {
    this.#orgId = orgId;
    this.#lifetimeRequests = lifetimeRequests;
  }

  issue(): string {
    const token = `${this.#orgId.slice(0, 15)}!${randomBytes(48).toString('base64url').replaceAll('-', '.')}`;
    this.#remaining.set(token, this.#lifetimeRequests);
    return token;
  }

  /** Counts one data call against the token; false when it is unknown or expired. */
  use(token: string): boolean {
    const remaining = this.#remaining.get(token);
    if (remaining === undefined || remaining <= 0) return false;
    this.#remaining.set(token, remaining - 1);
    return true;
  }

  /** False when it is unknown. */
  revoke(token: string): boolean {
    return this.#remaining.delete(token);
  }

  expireAll(): void {
    this.#remaining.clear();
  }
}
