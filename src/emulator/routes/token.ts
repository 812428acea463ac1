import { createHmac } from 'node:crypto';
import type { Org } from '../org.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import { checkAssertion, type Refusal } from '../oauth.js';

/** POST /services/oauth2/token: the client credentials, JWT bearer and refresh token flows. */
export function postToken(org: Org, request: ApiRequest): ApiResponse {
  const contentType = request.headers['content-type'] ?? '';
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(contentType);
  const form = new URLSearchParams(isForm ? request.body.toString('utf8') : '');
  const grant = GRANTS.get(form.get('grant_type') ?? '');
  if (grant === undefined) return refusal('unsupported_grant_type', 'grant type not supported');
  const basic = basicCredentials(request.headers.authorization);
  const granted = grant(org, {
    form,
    clientId: basic?.id ?? form.get('client_id') ?? undefined,
    clientSecret: basic?.secret ?? form.get('client_secret') ?? undefined,
  });
  if (granted.refusal !== undefined) return refusal(granted.refusal.error, granted.refusal.description);
  const issuedAt = String(Date.now());
  return {
    status: 200,
    json: {
      access_token: org.tokens.issue(),
      ...(granted.refreshToken === undefined ? {} : { refresh_token: granted.refreshToken }),
      signature: createHmac('sha256', org.settings.clientSecret)
        .update(org.identityUrl + issuedAt)
        .digest('base64'),
      scope: 'api',
      instance_url: org.url,
      id: org.identityUrl,
      token_type: 'Bearer',
      issued_at: issuedAt,
      api_instance_url: 'https://api.salesforce.com',
    },
  };
}

/** POST /services/oauth2/revoke */
export function postRevoke(org: Org, request: ApiRequest): ApiResponse {
  return revoke(org, new URLSearchParams(request.body.toString('utf8')).get('token') ?? '');
}

/** GET /services/oauth2/revoke?token= */
export function getRevoke(org: Org, request: ApiRequest): ApiResponse {
  return revoke(org, request.query.get('token') ?? '');
}

function revoke(org: Org, token: string): ApiResponse {
  if (org.tokens.revoke(token) || org.refreshTokens.revoke(token))
    return { status: 200, chunks: [], contentType: 'text/html' };
  return refusal('invalid_token', 'the token has already been revoked or is invalid');
}

function basicCredentials(authorization: string | undefined): { id: string; secret: string } | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return { id: formDecoded(text.slice(0, colon)), secret: formDecoded(text.slice(colon + 1)) };
}

/** RFC 6749 wants both parts form-encoded; clients that do not do so are understood as well. */
function formDecoded(text: string): string {
  return /%[0-9a-fA-F]{2}/.test(text) ? (new URLSearchParams(`v=${text}`).get('v') ?? text) : text;
}

function refusal(error: string, description: string): ApiResponse {
  return { status: 400, json: { error, error_description: description } };
}

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
