import type { GaveUp } from './attempts.js';
import { SignInError, UnusableReply } from './errors.js';
import { isLoopback } from './proxy.js';
import type { Session } from './session.js';
import { unreachableHint } from './stops.js';
import { isCertificateFailure, isNotTls } from './tls-failure.js';

export interface ClientCredentials {
  readonly kind: 'client_credentials';
  readonly clientId: string;
  readonly clientSecret: string;
}

export const tokenPath = '/services/oauth2/token';

/** The form of the client credentials flow; ids and secrets may hold `+`, `/` and `=`. */
export function tokenForm({ clientId, clientSecret }: ClientCredentials): string {
  return new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
  }).toString();
}

/** Reads a 2xx token reply. Throws {@link UnusableReply}, or a {@link SignInError} for an instance URL that must not be used. */
export function parseTokenReply(document: unknown, orgUrl: string): Session {
  const { access_token: accessToken, instance_url: instanceUrl } = (document ?? {}) as Record<string, unknown>;
  if (typeof accessToken !== 'string' || accessToken === '') {
    throw new UnusableReply('UNUSABLE_REPLY', 'a token reply without access_token');
  }
  const base = typeof instanceUrl === 'string' && instanceUrl !== '' ? instanceUrl : orgUrl;
  return { accessToken, instanceUrl: safeBaseUrl(base, 'INSTANCE_URL_REFUSED', 'The instance_url of the token reply') };
}

/** Checks the base of requests that carry a token or a secret. Returns it without a trailing slash. */
export function safeBaseUrl(text: string, code: string, what: string): string {
  const hint = 'It must be https://…, or http:// on a loopback host, without user name and password.';
  if (!URL.canParse(text)) throw new SignInError(code, `${what} is not a URL.`, { hint });
  const url = new URL(text);
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  if (!isSafe || url.username !== '' || url.password !== '') {
    throw new SignInError(code, `${what} would send secrets over an unsafe way (${url.protocol}//${url.host}).`, {
      hint,
    });
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** Checks a token that was given instead of a sign-in. The Salesforce CLI may print a placeholder in its place. */
export function checkAccessToken(token: string): void {
  const looksRight = token !== '' && !token.startsWith('[REDACTED]') && /^[\x21-\x7e]+$/.test(token);
  if (looksRight) return;
  throw new SignInError(
    'ACCESS_TOKEN_UNUSABLE',
    'The access token is not one: it is empty, redacted, or has blanks in it.',
    {
      hint: 'Get it with `sf org auth show-access-token --json` (older CLI: `sf org display --json`).',
    },
  );
}

/** The sentence and hint for a sign-in that failed. `words` is what the org or the network said, redacted. */
export function tokenRefusal({ details }: GaveUp, host: string, words: string): SignInError {
  const { failed, ending } = details;
  if (ending === 'aborted' || failed === undefined) return new SignInError('ABORTED', 'Signing in was interrupted.');
  const { failure, location, cause } = failed;
  if (failure.kind === 'not_opened') {
    const hint = unreachableHint(failed);
    if (isCertificateFailure(failure.code)) {
      return new SignInError('CERTIFICATE_REFUSED', `The certificate of ${host} is not accepted: ${words}`, {
        hint,
        cause,
      });
    }
    if (isNotTls(failure.code)) return new SignInError('NOT_TLS', `${host} does not speak https.`, { hint, cause });
    return new SignInError('ORG_UNREACHABLE', `${host} cannot be reached: ${words}`, { hint, cause });
  }
  if (failure.kind === 'lost') {
    const hint = 'Check org_url; raise request_timeout if the org is only slow.';
    return new SignInError('ORG_UNREACHABLE', `${host} did not answer the sign-in: ${words}`, { hint, cause });
  }
  if (failure.kind === 'unusable') return notSalesforce(host, words, cause);
  if (location !== undefined) {
    return new SignInError('ORG_REDIRECTED', `${host} redirects the sign-in to ${location}.`, {
      hint: 'Set org_url to the exact My Domain address (https://….my.salesforce.com). Redirects are not followed.',
    });
  }
  if (failed.errors.length === 0 && failure.status < 500 && failure.status !== 429)
    return notSalesforce(host, words, cause);
  const code = failure.status >= 500 || failure.status === 429 ? 'ORG_UNREACHABLE' : 'SIGN_IN_REFUSED';
  const hint = refusalHint(failed.code, words);
  return new SignInError(code, `${host} refused the sign-in: ${words}`, { hint, cause });
}

function notSalesforce(host: string, words: string, cause: unknown): SignInError {
  return new SignInError('NOT_SALESFORCE', `${host} does not answer as Salesforce's token endpoint does: ${words}`, {
    hint: 'Check org_url: it is the My Domain address of the org (https://….my.salesforce.com), not a Lightning or login page.',
    cause,
  });
}

/** By code; the description's wording changes between releases and only refines the hint. */
function refusalHint(code: string, words: string): string | undefined {
  switch (code) {
    case 'invalid_client':
      return 'The client_secret is wrong, or was rotated.';
    case 'invalid_client_id':
      return 'There is no app with this client_id in the org. A new app needs some minutes until it is known.';
    case 'invalid_grant':
      if (/no client credentials user/i.test(words)) {
        return 'Set a "Run As" user for the client credentials flow in the policies of the app.';
      }
      if (/not supported on this domain/i.test(words))
        return 'Use the My Domain address as org_url, not login or test.salesforce.com.';
      return 'Check that the client credentials flow has a "Run As" user, and that the user is active and may log in from here.';
    case 'unsupported_grant_type':
      return 'Enable the client credentials flow in the app, and use the exact My Domain address as org_url.';
    case 'invalid_app_access':
      return 'Pre-authorise the "Run As" user for the app (profile or permission set).';
    case 'inactive_user':
    case 'inactive_org':
      return 'Activate it, or sign in to another one.';
    case 'invalid_scope':
      return 'Give the app the "api" scope.';
    default:
      return undefined;
  }
}
