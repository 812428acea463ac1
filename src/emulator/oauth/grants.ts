import type { Org } from '../org.js';
import { checkAssertion, type Refusal } from './assertion.js';

/** What a client that asks for a token has sent. */
export interface GrantRequest {
  readonly form: URLSearchParams;
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
}

/** Undefined where the grant is good, with what the reply holds besides the token. */
export type Granted = { readonly refusal: Refusal } | { readonly refusal: undefined; readonly refreshToken?: string };

type Grant = (org: Org, request: GrantRequest) => Granted;

/** By grant type. */
export const GRANTS: ReadonlyMap<string, Grant> = new Map<string, Grant>([
  ['client_credentials', clientCredentials],
  ['urn:ietf:params:oauth:grant-type:jwt-bearer', jwtBearer],
  ['refresh_token', refreshToken],
]);

/** The app of the Salesforce CLI, which every org has, and which has no secret. */
const CLI_APP = 'PlatformCLI';

function clientCredentials(org: Org, { clientId, clientSecret }: GrantRequest): Granted {
  if (clientId !== org.settings.clientId) return UNKNOWN_CLIENT;
  if (clientSecret !== org.settings.clientSecret) return WRONG_SECRET;
  return org.tokens.isRevoked ? invalidGrant('no client credentials user enabled') : GOOD;
}

function jwtBearer(org: Org, { form }: GrantRequest): Granted {
  const { clientId, username } = org.settings;
  const refusal = checkAssertion(form.get('assertion') ?? '', {
    ...{ clientId, username, url: org.url, nowMs: Date.now() },
    isSignature: (signed, signature) => org.jwtKeys.isSignature(signed, signature),
  });
  if (refusal !== undefined) return { refusal };
  return org.tokens.isRevoked ? invalidGrant("user hasn't approved this consumer") : GOOD;
}

function refreshToken(org: Org, { form, clientId, clientSecret }: GrantRequest): Granted {
  const { refreshNeedsSecret, clientId: appId, clientSecret: appSecret } = org.settings;
  if (clientId !== appId && clientId !== CLI_APP) return UNKNOWN_CLIENT;
  const isSecretGiven = clientSecret !== undefined && clientSecret !== '';
  const needsSecret = refreshNeedsSecret && clientId === appId;
  if ((isSecretGiven || needsSecret) && clientSecret !== appSecret) return WRONG_SECRET;
  const used = org.tokens.isRevoked ? undefined : org.refreshTokens.use(form.get('refresh_token') ?? '');
  if (used === undefined) return invalidGrant('expired access/refresh token');
  return used.next === undefined ? GOOD : { refusal: undefined, refreshToken: used.next };
}

const GOOD: Granted = { refusal: undefined };
const UNKNOWN_CLIENT: Granted = {
  refusal: { error: 'invalid_client_id', description: 'client identifier invalid' },
};
const WRONG_SECRET: Granted = { refusal: { error: 'invalid_client', description: 'invalid client credentials' } };

function invalidGrant(description: string): Granted {
  return { refusal: { error: 'invalid_grant', description } };
}
