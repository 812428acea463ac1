import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { call, makeClient, requestError, startOrg, tokenNumber, type Handler } from '../test-org.js';
import { signInError } from './errors.js';

const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const privateKey = key.export({ type: 'pkcs8', format: 'pem' }).toString();
const signIn = {
  kind: 'jwt',
  clientId: '3MVG9+id/=',
  username: 'loader@acme.example',
  privateKey,
  audience: 'https://test.salesforce.com',
} as const;
const nowMs = Date.UTC(2026, 0, 1);
const never: Handler = () => {
  throw new Error('no data call was expected');
};

function assertionIn(body: string | undefined): { claims: unknown; header: unknown; isSigned: boolean } {
  const assertion = new URLSearchParams(body).get('assertion') ?? '';
  const [header = '', claims = '', signature = ''] = assertion.split('.');
  const parse = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
  const bytes = [Buffer.from(`${header}.${claims}`), Buffer.from(signature, 'base64url')] as const;
  const isSigned = verify('RSA-SHA256', bytes[0], createPublicKey(key), bytes[1]);
  return { header: parse(header), claims: parse(claims), isSigned };
}

describe('an assertion', () => {
  it('is signed, names app, user and audience, and expires within three minutes', async () => {
    const org = await startOrg(never);
    await makeClient(org.url, { signIn }).client.signIn();
    const form = new URLSearchParams(org.tokens[0]?.body);
    expect([...form.keys()]).toEqual(['grant_type', 'assertion']);
    expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    expect(assertionIn(org.tokens[0]?.body)).toEqual({
      header: { alg: 'RS256' },
      claims: {
        iss: '3MVG9+id/=',
        sub: 'loader@acme.example',
        aud: 'https://test.salesforce.com',
        exp: nowMs / 1000 + 120,
      },
      isSigned: true,
    });
  });

  it('is made anew for each attempt and each renewal', async () => {
    const org = await startOrg(({ seen, reply }) =>
      seen.headers.authorization === `Bearer ${tokenNumber(3)}`
        ? reply.json(200, {})
        : reply.json(401, [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }]),
    );
    org.onToken = ({ count, reply }) =>
      count === 1 ? reply.raw(503, '') : reply.json(200, { access_token: tokenNumber(count), instance_url: org.url });
    let seconds = 0;
    const { client } = makeClient(org.url, { signIn, now: () => nowMs + 60_000 * seconds++ });
    await client.request(call());
    const expiries = org.tokens.map(({ body }) => (assertionIn(body).claims as { exp: number }).exp);
    expect(new Set(expiries).size).toBe(3);
  });
});

describe('a refusal', () => {
  it.each([
    ['invalid_grant', "user hasn't approved this consumer", 'Pre-authorise loader@acme.example'],
    ['invalid_grant', 'user is not admin approved to access this app', 'Pre-authorise loader@acme.example'],
    ['invalid_app_access', undefined, 'Pre-authorise loader@acme.example'],
    ['invalid_grant', 'audience is invalid', 'The audience was https://test.salesforce.com.'],
    ['invalid_grant', 'invalid assertion', 'the private key belongs to the certificate'],
    ['invalid_grant', undefined, 'the clock of this machine'],
    ['invalid_client', 'invalid client credentials', 'the private key belongs to the certificate'],
    ['invalid_client_id', 'client identifier invalid', 'no app with this client_id'],
    ['unsupported_grant_type', 'grant type not supported', 'Enable the JWT bearer flow'],
    ['inactive_user', 'user is inactive', 'Activate it'],
  ])('%s (%s) is explained', async (error, description, hint) => {
    const org = await startOrg(never);
    org.onToken = ({ reply }) => reply.json(400, { error, error_description: description });
    const thrown = await signInError(makeClient(org.url, { signIn }).client);
    expect(thrown).toMatchObject({ code: 'SIGN_IN_REFUSED', message: expect.stringContaining(error) as string });
    expect(thrown.hint).toContain(hint);
    expect(org.tokens).toHaveLength(1);
  });

  it('shows neither the key nor the assertion', async () => {
    const org = await startOrg(never);
    org.onToken = ({ seen, reply }) => reply.raw(400, `<html>${seen.body} ${privateKey}</html>`);
    const { message } = await signInError(makeClient(org.url, { signIn }).client);
    expect(message).toContain('assertion=***');
    expect(message).not.toMatch(/eyJ|PRIVATE KEY/);
  });

  it('at a renewal ends the run', async () => {
    const org = await startOrg(({ reply }) => reply.json(401, [{ errorCode: 'INVALID_SESSION_ID', message: 'x' }]));
    org.onToken = ({ count, reply }) =>
      count === 1
        ? reply.json(200, { access_token: tokenNumber(1), instance_url: org.url })
        : reply.json(400, { error: 'inactive_user' });
    const error = await requestError(makeClient(org.url, { signIn }).client.request(call()));
    expect(error.stop).toMatchObject({ code: 'SIGN_IN_REVOKED' });
  });
});
