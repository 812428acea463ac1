import { SignInError } from '../errors.js';
import type { Secrets } from '../../core/secrets.js';
import type { Session } from '../session.js';
import { safeBaseUrl } from '../base-url.js';
import { TokenEndpoint, type TokenEndpointMeans } from '../token-endpoint.js';
import { AccessTokenSignIn, type AccessToken } from './access-token.js';
import { ClientCredentialsSignIn, type ClientCredentials } from './client-credentials.js';
import { JwtSignIn, type Jwt } from './jwt.js';
import { RefreshTokenSignIn, type RefreshToken, type SfdxUrl } from './refresh-token.js';
import { SalesforceCliSignIn, type SalesforceCli } from './salesforce-cli.js';

/** A way to get a session, and to get another when the org no longer accepts it. */
export interface SignIn {
  /** May a session be replaced by a new one? */
  readonly canRenew: boolean;
  /** What names the host that is asked, for hints: `org_url`, or where else it comes from. */
  readonly hostIn: string;
  /** What to do when the org does not take a session that was just made, or that cannot be renewed. */
  readonly revokedHint: string;
  /**
   * Opens a session. `refused` is the one that the org no longer accepts; undefined at first. Never called twice at once.
   * Rejects with a {@link SignInError}.
   */
  open(refused: Session | undefined): Promise<Session>;
}

export type SignInOptions = AccessToken | ClientCredentials | Jwt | RefreshToken | SfdxUrl | SalesforceCli;

export interface SignInMeans extends TokenEndpointMeans {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** What the Salesforce CLI runs in. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The sign-in of the options; `orgUrl` is safe. Throws a {@link SignInError} for an unsafe URL or an unusable token. */
export function makeSignIn(options: SignInOptions, orgUrl: string | undefined, means: SignInMeans): SignIn {
  switch (options.kind) {
    case 'access_token':
      return new AccessTokenSignIn(options, given(orgUrl));
    case 'client_credentials':
      return new ClientCredentialsSignIn(options, new TokenEndpoint(given(orgUrl), means));
    case 'jwt':
      return new JwtSignIn(options, new TokenEndpoint(given(orgUrl), means), means);
    case 'refresh_token':
      return new RefreshTokenSignIn(options, new TokenEndpoint(given(orgUrl), means));
    case 'sfdx_url': {
      const loginUrl = safeBaseUrl(options.loginUrl, 'SFDX_URL_REFUSED', 'The host of the SFDX auth URL');
      return new RefreshTokenSignIn(options, new TokenEndpoint(loginUrl, means));
    }
    case 'cli':
      return new SalesforceCliSignIn(options, means);
  }
}

/** Puts everything that must not be shown where it is known. */
export function noteSecrets(options: SignInOptions, secrets: Secrets): void {
  if (options.kind === 'access_token') secrets.add(options.accessToken);
  if ('clientSecret' in options && options.clientSecret !== undefined) secrets.add(options.clientSecret);
  if ('refreshToken' in options) secrets.add(options.refreshToken);
  if (options.kind === 'jwt') secrets.add(options.privateKey);
}

function given(orgUrl: string | undefined): string {
  if (orgUrl === undefined) throw new SignInError('ORG_URL_REFUSED', 'The org_url is missing.');
  return orgUrl;
}
