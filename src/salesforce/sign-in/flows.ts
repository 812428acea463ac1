import { createPrivateKey, sign } from 'node:crypto';
import type { SignInSettings } from '../../core/settings.js';
import type { OAuthFlow, TokenReply } from './oauth.js';

type SettingsOf<Kind extends SignInSettings['kind']> = Extract<SignInSettings, { readonly kind: Kind }>;

const CHECK_USER = 'Check that the user is active and';
const PRE_AUTHORISE = 'for the app (profile or permission set)';
/** Salesforce takes no assertion that is valid for more than three minutes; a minute is left for clocks that differ. */
const ASSERTION_SECONDS = 120;

/** The OAuth 2.0 client credentials flow. */
export function clientCredentialsFlow({ clientId, clientSecret }: SettingsOf<'client_credentials'>): OAuthFlow {
  return {
    hostSetting: 'org_url',
    revokedHint: 'Check that the integration user is active and that the app still allows it the "api" scope.',
    form: () => ({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }),
    hint: (code, description) => {
      switch (code) {
        case 'invalid_grant':
          if (/no client credentials user/i.test(description)) {
            return 'Set a "Run As" user for the client credentials flow in the policies of the app.';
          }
          if (/not supported on this domain/i.test(description)) {
            return 'Use the My Domain address as org_url, not login or test.salesforce.com.';
          }
          return 'Check that the client credentials flow has a "Run As" user, and that the user is active and may log in from here.';
        case 'unsupported_grant_type':
          return 'Enable the client credentials flow in the app, and use the exact My Domain address as org_url.';
        case 'invalid_app_access':
          return `Pre-authorise the "Run As" user ${PRE_AUTHORISE}.`;
        default:
          return undefined;
      }
    },
  };
}

/** The OAuth 2.0 JWT bearer flow. `now` gives milliseconds since the epoch; `onAssertion` learns every one that is made. */
export function jwtFlow(
  { clientId, username, audience, privateKey }: SettingsOf<'jwt'>,
  now: () => number,
  onAssertion: (assertion: string) => void,
): OAuthFlow {
  const key = createPrivateKey(privateKey);
  const preAuthorise = `Pre-authorise ${username} ${PRE_AUTHORISE}, and give the app the scopes "api" and "refresh_token".`;
  return {
    hostSetting: 'org_url',
    revokedHint: `${CHECK_USER} that the app still allows it the "api" scope.`,
    form: () => {
      const exp = Math.floor(now() / 1000) + ASSERTION_SECONDS;
      const signed = [{ alg: 'RS256' }, { iss: clientId, sub: username, aud: audience, exp }]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.');
      const assertion = `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`;
      onAssertion(assertion);
      return { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion };
    },
    hint: (code, description) => {
      switch (code) {
        case 'invalid_grant':
          if (/approved|authoriz|admin/i.test(description)) return preAuthorise;
          if (/audience/i.test(description)) {
            return `The audience was ${audience}. Set auth.audience to https://login.salesforce.com, or https://test.salesforce.com for a sandbox.`;
          }
          return 'Check that the private key belongs to the certificate of the app, that auth.username is a user of this org, that auth.audience fits (https://test.salesforce.com for a sandbox), and that the clock of this machine is right.';
        case 'invalid_app_access':
          return preAuthorise;
        case 'invalid_client':
          return 'Check that the private key belongs to the certificate of the app.';
        case 'unsupported_grant_type':
          return 'Enable the JWT bearer flow in the app, with its certificate, and use the exact My Domain or login address as org_url.';
        default:
          return undefined;
      }
    },
  };
}

/** The OAuth 2.0 refresh token flow, and the same with everything from an SFDX auth URL. */
export function refreshTokenFlow(settings: SettingsOf<'refresh_token' | 'sfdx_url'>): OAuthFlow {
  const { clientId, clientSecret } = settings;
  const isFromUrl = settings.kind === 'sfdx_url';
  const renewHint = isFromUrl
    ? 'Get a new URL: sf org login web, then sf org auth show-sfdx-auth-url --json (older CLI: sf org display --verbose --json).'
    : 'Get a new one by authorising the app again.';
  // Where the org rotates refresh tokens, each works once: the last one that it gave.
  let { refreshToken } = settings;
  return {
    hostSetting: isFromUrl ? 'the SFDX auth URL' : 'org_url',
    revokedHint: `${CHECK_USER} may use the API. ${renewHint}`,
    form: () => ({
      grant_type: 'refresh_token',
      client_id: clientId,
      ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
      refresh_token: refreshToken,
    }),
    onReply: (reply: TokenReply) => {
      refreshToken = reply.refreshToken ?? refreshToken;
    },
    hint: (code) => {
      switch (code) {
        case 'invalid_grant':
          return `The refresh token was revoked, has expired or is of another org${isFromUrl ? '' : ' than org_url'}. ${renewHint}`;
        case 'invalid_client':
          return clientSecret === undefined
            ? 'The app also needs its client_secret.'
            : 'The client_secret is wrong, or was rotated.';
        case 'invalid_app_access':
          return `Pre-authorise the user ${PRE_AUTHORISE}.`;
        default:
          return undefined;
      }
    },
  };
}
