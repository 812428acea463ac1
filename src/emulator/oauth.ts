import { createPublicKey, generateKeyPairSync, randomBytes, verify, type KeyObject } from 'node:crypto';
import { UsageError } from '../core/errors.js';

/** The access tokens that were issued, how long each still works, and the refresh token: one, for the user has one login. */
export class Tokens {
  readonly #orgId: string;
  readonly #lifetimeRequests: number;
  readonly #remaining = new Map<string, number>();
  /** True while the client is revoked: no token is issued. */
  isRevoked = false;
  #refreshToken = '';

  constructor(orgId: string, lifetimeRequests: number) {
    this.#orgId = orgId;
    this.#lifetimeRequests = lifetimeRequests;
    this.renewRefreshToken();
  }

  get refreshToken(): string {
    return this.#refreshToken;
  }

  /** Puts another refresh token in the place of the one that works now. */
  renewRefreshToken(): string {
    this.#refreshToken = `5Aep861${randomText()}`;
    return this.#refreshToken;
  }

  issue(): string {
    const token = `${this.#orgId.slice(0, 15)}!${randomText()}`;
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

  /** Of either kind; false when it is unknown. */
  revoke(token: string): boolean {
    if (token !== this.#refreshToken) return this.#remaining.delete(token);
    this.renewRefreshToken();
    return true;
  }

  expireAll(): void {
    this.#remaining.clear();
  }
}

/** The key that JWT assertions are signed with. It is made when it is first asked for, since that takes a while. */
export class JwtKeys {
  #publicKey: KeyObject | undefined;
  #privateKey: string | undefined;

  /**
   * `certificate` is the PEM of a certificate or a public key; undefined: a key is made.
   * @throws UsageError for text that is neither, or no RSA key
   */
  constructor(certificate: string | undefined) {
    if (certificate === undefined) return;
    try {
      this.#publicKey = createPublicKey(certificate);
    } catch (error) {
      throw new UsageError('The jwtCertificate is not a PEM certificate or public key.', { cause: error });
    }
    if (this.#publicKey.asymmetricKeyType !== 'rsa') throw new UsageError('The jwtCertificate is not for an RSA key.');
  }

  /** PEM of the key that was made; undefined where a certificate was given. */
  get privateKey(): string | undefined {
    if (this.#publicKey === undefined) {
      const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      this.#publicKey = publicKey;
      this.#privateKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    }
    return this.#privateKey;
  }

  /** An RS256 signature over `header.claims`. Before anybody has the private key, none can be right. */
  isSignature(signed: string, signature: string): boolean {
    if (this.#publicKey === undefined) return false;
    return verify('RSA-SHA256', Buffer.from(signed), this.#publicKey, Buffer.from(signature, 'base64url'));
  }
}

function randomText(): string {
  return randomBytes(48).toString('base64url').replaceAll('-', '.');
}
