import type { Secrets } from '../../core/secrets.js';
import type { SignInSettings } from '../../core/settings.js';
import { SignInError } from '../errors.js';
import { isAccessToken, safeBaseUrl, type Session, type SignIn } from '../session.js';
import { clientCredentialsFlow, jwtFlow, refreshTokenFlow } from './flows.js';
import { OAuthSignIn, type OAuthContext, type OAuthFlow } from './oauth.js';
import { SalesforceCliSignIn } from './salesforce-cli.js';

interface SignInContext extends OAuthContext {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** What the Salesforce CLI runs in. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The sign-in of the settings; `orgUrl` is safe. Throws a {@link SignInError} for an unsafe URL or an unusable token. */
export function makeSignIn(settings: SignInSettings, orgUrl: string | undefined, context: SignInContext): SignIn {
  const oauth = (flow: OAuthFlow) => new OAuthSignIn(flow, given(orgUrl), context);
  switch (settings.kind) {
    case 'access_token':
      return accessTokenSignIn(settings.accessToken, given(orgUrl));
    case 'client_credentials':
      return oauth(clientCredentialsFlow(settings));
    case 'jwt':
      return oauth(jwtFlow(settings, context.now, (assertion) => context.secrets.add(assertion)));
    case 'refresh_token':
      return oauth(refreshTokenFlow(settings));
    case 'sfdx_url': {
      const loginUrl = safeBaseUrl(settings.loginUrl, 'SFDX_URL_REFUSED', 'The host of the SFDX auth URL');
      return new OAuthSignIn(refreshTokenFlow(settings), loginUrl, context);
    }
    case 'cli':
      return new SalesforceCliSignIn(settings.targetOrg, context);
  }
}

/** Puts everything that must not be shown where it is known. */
export function noteSecrets(settings: SignInSettings, secrets: Secrets): void {
  if (settings.kind === 'access_token') secrets.add(settings.accessToken);
  if ('clientSecret' in settings) secrets.add(settings.clientSecret);
  if ('refreshToken' in settings) secrets.add(settings.refreshToken);
  if (settings.kind === 'jwt') secrets.add(settings.privateKey);
}

/**
 * Refuses a session of another org than was meant, so that nothing is written there: than `orgUrl` names, where the
 * sign-in itself says which org it is, and than the session before was of. Throws a {@link SignInError}.
 */
export function refuseOtherOrg(session: Session, orgUrl: string | undefined, before: Session | undefined): void {
  if (orgUrl !== undefined && !isLoginHost(orgUrl) && hostOf(orgUrl) !== hostOf(session.instanceUrl)) {
    throw new SignInError('OTHER_ORG', `The sign-in is for ${session.instanceUrl}, but org_url is ${orgUrl}.`, {
      hint: 'Set org_url to the org that you mean, or leave it out to use the one of the sign-in.',
    });
  }
  const [idBefore, id] = [before?.orgId?.slice(0, 15), session.orgId?.slice(0, 15)];
  if (idBefore === undefined || id === undefined || idBefore === id) return;
  const message = `The sign-in is now for another org than when the run began: ${session.instanceUrl}.`;
  throw new SignInError('OTHER_ORG', message, {
    hint: 'Its name was given to another org meanwhile. What was written so far is in the first one.',
  });
}

/** A token that was given instead of a sign-in. Throws a {@link SignInError} for a text that is none. */
function accessTokenSignIn(accessToken: string, instanceUrl: string): SignIn {
  if (!isAccessToken(accessToken)) {
    const message = 'The access token is not valid: it is empty, redacted, or contains blanks.';
    const hint = 'Get it with `sf org auth show-access-token --json` (older CLI: `sf org display --json`).';
    throw new SignInError('ACCESS_TOKEN_UNUSABLE', message, { hint });
  }
  return {
    canRenew: false,
    hostSetting: 'org_url',
    revokedHint: 'A given access token cannot be renewed. Get a new one, or set client_id and client_secret instead.',
    open: () => Promise.resolve({ accessToken, instanceUrl }),
  };
}

function given(orgUrl: string | undefined): string {
  if (orgUrl === undefined) throw new SignInError('ORG_URL_REFUSED', 'The org_url is missing.');
  return orgUrl;
}

function isLoginHost(url: string): boolean {
  return /^(?:login|test)\.salesforce\.com(?::\d+)?$/.test(hostOf(url));
}

function hostOf(url: string): string {
  return new URL(url).host;
}
