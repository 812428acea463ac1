import { SignInError } from '../errors.js';
import type { Session } from '../session.js';
import type { SignIn } from './sign-in.js';

/** A token that was given instead of a sign-in. */
export interface AccessToken {
  readonly kind: 'access_token';
  readonly accessToken: string;
}

export class AccessTokenSignIn implements SignIn {
  readonly canRenew = false;
  readonly hostIn = 'org_url';
  readonly revokedHint =
    'A given access token cannot be renewed. Get a new one, or set client_id and client_secret instead.';

  /** Throws a `SignInError` for a text that is no token. */
  constructor(
    private readonly given: AccessToken,
    private readonly orgUrl: string,
  ) {
    if (isAccessToken(given.accessToken)) return;
    throw new SignInError(
      'ACCESS_TOKEN_UNUSABLE',
      'The access token is not one: it is empty, redacted, or has blanks in it.',
      { hint: 'Get it with `sf org auth show-access-token --json` (older CLI: `sf org display --json`).' },
    );
  }

  open(): Promise<Session> {
    return Promise.resolve({ accessToken: this.given.accessToken, instanceUrl: this.orgUrl });
  }
}

/** May the text be a token? The Salesforce CLI may print a placeholder in its place; else a token is any word. */
export function isAccessToken(text: string): boolean {
  return !text.startsWith('[REDACTED]') && /^[\x21-\x7e]+$/.test(text);
}
