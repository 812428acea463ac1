import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import type { Secrets } from '../../core/secrets.js';
import type { Session } from '../session.js';
import type { TokenEndpoint } from '../token-endpoint.js';
import type { SignIn } from './sign-in.js';

/** The OAuth 2.0 JWT bearer flow. */
export interface Jwt {
  readonly kind: 'jwt';
  readonly clientId: string;
  readonly username: string;
  /** An RSA key as PEM, not encrypted. */
  readonly privateKey: string;
  /** `https://login.salesforce.com`, `https://test.salesforce.com`, or the org's own address. */
  readonly audience: string;
}

export interface JwtMeans {
  readonly secrets: Secrets;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Salesforce takes no assertion that is valid for more than three minutes; a minute is left for clocks that differ. */
const lifetimeSeconds = 120;

export class JwtSignIn implements SignIn {
  readonly canRenew = true;
  readonly hostIn = 'org_url';
  readonly revokedHint = 'Check that the user is active and that the app still allows it the "api" scope.';
  readonly #key: KeyObject;

  constructor(
    private readonly options: Jwt,
    private readonly endpoint: TokenEndpoint,
    private readonly means: JwtMeans,
  ) {
    this.#key = createPrivateKey(options.privateKey);
  }

  open(): Promise<Session> {
    const form = () => ({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: this.#assertion(),
    });
    const hint = (code: string, description: string) => refusalHint(code, description, this.options);
    return this.endpoint.request(form, { hostIn: this.hostIn, hint });
  }

  #assertion(): string {
    const { clientId, username, audience } = this.options;
    const exp = Math.floor(this.means.now() / 1000) + lifetimeSeconds;
    const signed = [{ alg: 'RS256' }, { iss: clientId, sub: username, aud: audience, exp }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const assertion = `${signed}.${sign('RSA-SHA256', Buffer.from(signed), this.#key).toString('base64url')}`;
    this.means.secrets.add(assertion);
    return assertion;
  }
}

function refusalHint(code: string, description: string, { username, audience }: Jwt): string | undefined {
  switch (code) {
    case 'invalid_grant':
      if (/approved|authoriz|admin/i.test(description)) return preAuthorise(username);
      if (/audience/i.test(description)) {
        return `The audience was ${audience}. Set auth.audience to https://login.salesforce.com, or https://test.salesforce.com for a sandbox.`;
      }
      return 'Check that the private key belongs to the certificate of the app, that auth.username is a user of this org, that auth.audience fits (https://test.salesforce.com for a sandbox), and that the clock of this machine is right.';
    case 'invalid_app_access':
      return preAuthorise(username);
    case 'invalid_client':
      return 'Check that the private key belongs to the certificate of the app.';
    case 'unsupported_grant_type':
      return 'Enable the JWT bearer flow in the app, with its certificate, and use the exact My Domain or login address as org_url.';
    default:
      return undefined;
  }
}

function preAuthorise(username: string): string {
  return `Pre-authorise ${username} for the app (profile or permission set), and give the app the scopes "api" and "refresh_token".`;
}
