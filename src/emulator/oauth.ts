import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, verify } from 'node:crypto';
import { UsageError } from '../core/errors.js';

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
      throw new UsageError('The jwtCertificate is no PEM of a certificate or public key.', { cause: error });
    }
    if (this.#publicKey.asymmetricKeyType !== 'rsa') throw new UsageError('The jwtCertificate is not of an RSA key.');
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

/** A refusal in the words of the token endpoint; undefined: the assertion is good. */
export interface Refusal {
  readonly error: string;
  readonly description: string;
}

export interface AssertionOrg {
  readonly clientId: string;
  readonly username: string;
  /** Its own address, which is an audience of it, too. */
  readonly url: string;
  readonly nowMs: number;
  readonly isSignature: (signed: string, signature: string) => boolean;
}

const LOGIN_HOSTS = ['https://login.salesforce.com', 'https://test.salesforce.com'];
/** How far ahead of now an assertion may expire; some seconds more for clocks that differ. */
const MOST_SECONDS_AHEAD = 3 * 60 + 30;
/** Later than this an `exp` must be milliseconds. The Salesforce CLI sends such, and orgs take it. */
const SECONDS_END = 1e11;

/** Checks the assertion of the JWT bearer flow in the order in which an org finds out: app, signature, claims, user. */
export function checkAssertion(assertion: string, org: AssertionOrg): Refusal | undefined {
  const [header = '', claims = '', signature = '', ...rest] = assertion.split('.');
  const [head, body] = [parse(header), parse(claims)];
  if (head?.alg !== 'RS256' || body === undefined || signature === '' || rest.length > 0) {
    return invalidGrant('invalid assertion');
  }
  if (body.iss !== org.clientId) return { error: 'invalid_client_id', description: 'client identifier invalid' };
  if (!org.isSignature(`${header}.${claims}`, signature)) return invalidGrant('invalid assertion signature');
  if (![...LOGIN_HOSTS, org.url].includes(String(body.aud).replace(/\/$/, ''))) {
    return invalidGrant('Audience validation failed');
  }
  const exp = typeof body.exp === 'number' ? body.exp : Number.NaN;
  const aheadSeconds = exp - org.nowMs / 1000;
  const isInTime = (aheadSeconds > 0 && aheadSeconds <= MOST_SECONDS_AHEAD) || exp > SECONDS_END;
  if (!isInTime) return invalidGrant('expired authorization code');
  if (body.sub !== org.username) return invalidGrant("user hasn't approved this consumer");
  return undefined;
}

function parse(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

function invalidGrant(description: string): Refusal {
  return { error: 'invalid_grant', description };
}
