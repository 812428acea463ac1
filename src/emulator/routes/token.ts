import { createHmac } from 'node:crypto';
import { ApiError } from '../api-error.js';
import type { Org } from '../org.js';
import type { ApiRequest, ApiResponse } from '../requests.js';

/** What a client that asks for a token has sent. */
interface GrantRequest {
  readonly form: URLSearchParams;
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
}

/** By grant type: checks the request, and gives what the reply holds besides the token. Throws ApiError. */
const GRANTS: ReadonlyMap<string, (org: Org, request: GrantRequest) => object> = new Map([
  ['client_credentials', clientCredentials],
  ['urn:ietf:params:oauth:grant-type:jwt-bearer', jwtBearer],
  ['refresh_token', refreshToken],
]);

/** The app of the Salesforce CLI, which every org has, and which has no secret. */
const CLI_APP = 'PlatformCLI';
const LOGIN_HOSTS = ['https://login.salesforce.com', 'https://test.salesforce.com'];
/** How far ahead of now an assertion may expire; some seconds more for clocks that differ. */
const MAX_SECONDS_AHEAD = 3 * 60 + 30;
/** Later than this an `exp` must be milliseconds. The Salesforce CLI sends such, and orgs take it. */
const SECONDS_END = 1e11;

/** POST /services/oauth2/token: the client credentials, JWT bearer and refresh token flows. */
export function postToken(org: Org, request: ApiRequest): ApiResponse {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '');
  const form = new URLSearchParams(isForm ? request.body.toString('utf8') : '');
  const grant = GRANTS.get(form.get('grant_type') ?? '');
  if (grant === undefined) throw refusal('unsupported_grant_type', 'grant type not supported');
  const basic = basicCredentials(request.headers.authorization);
  const clientId = basic?.id ?? form.get('client_id') ?? undefined;
  const clientSecret = basic?.secret ?? form.get('client_secret') ?? undefined;
  const more = grant(org, { form, clientId, clientSecret });
  const issuedAt = String(Date.now());
  const hmac = createHmac('sha256', org.settings.clientSecret).update(org.identityUrl + issuedAt);
  const json = {
    access_token: org.tokens.issue(),
    ...more,
    signature: hmac.digest('base64'),
    scope: 'api',
    instance_url: org.url,
    id: org.identityUrl,
    token_type: 'Bearer',
    issued_at: issuedAt,
    api_instance_url: 'https://api.salesforce.com',
  };
  return { status: 200, json };
}

export function revokeToken(org: Org, { method, query, body }: ApiRequest): ApiResponse {
  const form = method === 'GET' ? query : new URLSearchParams(body.toString('utf8'));
  if (org.tokens.revoke(form.get('token') ?? '')) return { status: 200, chunks: [], contentType: 'text/html' };
  throw refusal('invalid_token', 'the token has already been revoked or is invalid');
}

function clientCredentials({ settings, tokens }: Org, { clientId, clientSecret }: GrantRequest): object {
  if (clientId !== settings.clientId) throw unknownClient();
  if (clientSecret !== settings.clientSecret) throw wrongSecret();
  if (tokens.isRevoked) throw refusal('invalid_grant', 'no client credentials user enabled');
  return {};
}

/** In the order in which an org finds out: app, signature, claims, user. */
function jwtBearer({ settings, jwtKeys, tokens, url }: Org, { form }: GrantRequest): object {
  const [header = '', claims = '', signature = '', ...rest] = (form.get('assertion') ?? '').split('.');
  const [head, body] = [parsePart(header), parsePart(claims)];
  if (head?.alg !== 'RS256' || body === undefined || signature === '' || rest.length > 0) {
    throw refusal('invalid_grant', 'invalid assertion');
  }
  if (body.iss !== settings.clientId) throw unknownClient();
  if (!jwtKeys.isSignature(`${header}.${claims}`, signature)) {
    throw refusal('invalid_grant', 'invalid assertion signature');
  }
  if (![...LOGIN_HOSTS, url].includes(String(body.aud).replace(/\/$/, ''))) {
    throw refusal('invalid_grant', 'Audience validation failed');
  }
  const exp = typeof body.exp === 'number' ? body.exp : Number.NaN;
  const aheadSeconds = exp - Date.now() / 1000;
  const isInTime = (aheadSeconds > 0 && aheadSeconds <= MAX_SECONDS_AHEAD) || exp > SECONDS_END;
  if (!isInTime) throw refusal('invalid_grant', 'expired authorization code');
  if (body.sub === settings.username && !tokens.isRevoked) return {};
  throw refusal('invalid_grant', "user hasn't approved this consumer");
}

function refreshToken({ settings, tokens }: Org, { form, clientId, clientSecret = '' }: GrantRequest): object {
  if (clientId !== settings.clientId && clientId !== CLI_APP) throw unknownClient();
  const needsSecret = settings.refreshNeedsSecret && clientId === settings.clientId;
  if ((clientSecret !== '' || needsSecret) && clientSecret !== settings.clientSecret) throw wrongSecret();
  if (tokens.isRevoked || form.get('refresh_token') !== tokens.refreshToken) {
    throw refusal('invalid_grant', 'expired access/refresh token');
  }
  return settings.rotateRefreshTokens ? { refresh_token: tokens.renewRefreshToken() } : {};
}

function parsePart(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
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

function unknownClient(): ApiError {
  return refusal('invalid_client_id', 'client identifier invalid');
}

function wrongSecret(): ApiError {
  return refusal('invalid_client', 'invalid client credentials');
}

/** The endpoint words it in a form of its own; see `replyTo`. */
function refusal(error: string, description: string): ApiError {
  return new ApiError(400, error, description);
}
