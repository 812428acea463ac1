import { createHmac } from 'node:crypto';
import type { Org } from '../org.js';
import type { ApiRequest, ApiResponse } from '../requests.js';

/** POST /services/oauth2/token: the client credentials flow. */
export function postToken(org: Org, request: ApiRequest): ApiResponse {
  const contentType = request.headers['content-type'] ?? '';
  if (!/^application\/x-www-form-urlencoded\b/i.test(contentType))
    return refusal('unsupported_grant_type', 'grant type not supported');
  const form = new URLSearchParams(request.body.toString('utf8'));
  if (form.get('grant_type') !== 'client_credentials') {
    return refusal('unsupported_grant_type', 'grant type not supported');
  }
  const basic = basicCredentials(request.headers.authorization);
  const clientId = basic?.id ?? form.get('client_id');
  const clientSecret = basic?.secret ?? form.get('client_secret');
  if (clientId !== org.settings.clientId) return refusal('invalid_client_id', 'client identifier invalid');
  if (clientSecret !== org.settings.clientSecret) return refusal('invalid_client', 'invalid client credentials');
  if (org.tokens.isRevoked) return refusal('invalid_grant', 'no client credentials user enabled');
  const identityUrl = `${org.url}/id/${org.orgId}/${org.userId}`;
  const issuedAt = String(Date.now());
  return {
    status: 200,
    json: {
      access_token: org.tokens.issue(),
      signature: createHmac('sha256', org.settings.clientSecret)
        .update(identityUrl + issuedAt)
        .digest('base64'),
      scope: 'api',
      instance_url: org.url,
      id: identityUrl,
      token_type: 'Bearer',
      issued_at: issuedAt,
      api_instance_url: 'https://api.salesforce.com',
    },
  };
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
