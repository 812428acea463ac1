import { randomBytes } from 'node:crypto';

/** The refresh tokens that work: one, for the user has one login. */
export class RefreshTokens {
  readonly #isRotating: boolean;
  #current = newToken();

  constructor(isRotating: boolean) {
    this.#isRotating = isRotating;
  }

  get current(): string {
    return this.#current;
  }

  /** False for a token that does not work. */
  revoke(token: string): boolean {
    if (token !== this.#current) return false;
    this.#current = newToken();
    return true;
  }

  /** Uses a token. `next` takes its place where tokens are rotated; undefined for a token that does not work. */
  use(token: string): { readonly next: string | undefined } | undefined {
    if (token !== this.#current) return undefined;
    if (!this.#isRotating) return { next: undefined };
    this.#current = newToken();
    return { next: this.#current };
  }
}

function newToken(): string {
  return `5Aep861${randomBytes(48).toString('base64url').replaceAll('-', '.')}`;
}
