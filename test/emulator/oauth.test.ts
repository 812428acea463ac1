import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import jsforce from 'jsforce';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Emulator, type EmulatorOptions } from '../../src/emulator/index.js';

async function start(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await Emulator.start(options);
  onTestFinished(() => emulator.stop());
  return emulator;
}

interface Answer {
  readonly status: number;
  readonly json: Readonly<Record<string, string>>;
}

async function ask(emulator: Emulator, form: Record<string, string>): Promise<Answer> {
  const body = new URLSearchParams(form);
  const response = await fetch(`${emulator.url}/services/oauth2/token`, { method: 'POST', body });
  return { status: response.status, json: (await response.json()) as Answer['json'] };
}

async function works(emulator: Emulator, token: string | undefined): Promise<boolean> {
  const headers = { authorization: `Bearer ${String(token)}` };
  return (await fetch(`${emulator.url}/services/oauth2/userinfo`, { headers })).ok;
}

/** An assertion as the emulator wants it, but for these claims. */
function assertion(emulator: Emulator, claims: object = {}, key = emulator.privateKey ?? '', alg = 'RS256'): string {
  const exp = Math.floor(Date.now() / 1000) + 120;
  const all = { iss: emulator.clientId, sub: emulator.username, aud: 'https://login.salesforce.com', exp, ...claims };
  const signed = [{ alg }, all].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), createPrivateKey(key)).toString('base64url')}`;
}

const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

describe('JWT bearer', () => {
  it.each(['https://login.salesforce.com', 'https://test.salesforce.com', undefined])(
    'gives a token that works for the audience %s',
    async (aud) => {
      const emulator = await start({ username: 'me@acme.example' });
      const { status, json } = await ask(emulator, {
        grant_type,
        assertion: assertion(emulator, { aud: aud ?? emulator.url }),
      });
      expect(status).toBe(200);
      expect(json).toMatchObject({ instance_url: emulator.url, token_type: 'Bearer' });
      expect(json).not.toHaveProperty('refresh_token');
      expect(await works(emulator, json.access_token)).toBe(true);
    },
  );

  it('takes an expiry in milliseconds, as the Salesforce CLI sends it', async () => {
    const emulator = await start();
    const answer = await ask(emulator, { grant_type, assertion: assertion(emulator, { exp: Date.now() + 300 }) });
    expect(answer.status).toBe(200);
  });

  const now = (): number => Math.floor(Date.now() / 1000);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const otherKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  it.each<[string, (emulator: Emulator) => string, string]>([
    ['another key', (emulator) => assertion(emulator, {}, otherKey), 'invalid_grant: invalid assertion signature'],
    [
      'another algorithm',
      (emulator) => assertion(emulator, {}, undefined, 'HS256'),
      'invalid_grant: invalid assertion',
    ],
    [
      'another audience',
      (emulator) => assertion(emulator, { aud: 'https://x.example' }),
      'invalid_grant: Audience validation failed',
    ],
    ['the past', (emulator) => assertion(emulator, { exp: now() - 1 }), 'invalid_grant: expired authorization code'],
    [
      'the far future',
      (emulator) => assertion(emulator, { exp: now() + 600 }),
      'invalid_grant: expired authorization code',
    ],
    ['no end', (emulator) => assertion(emulator, { exp: undefined }), 'invalid_grant: expired authorization code'],
    [
      'another user',
      (emulator) => assertion(emulator, { sub: 'x@y.example' }),
      "invalid_grant: user hasn't approved this consumer",
    ],
    ['another app', (emulator) => assertion(emulator, { iss: 'x' }), 'invalid_client_id: client identifier invalid'],
    ['no JWT', () => 'a.b', 'invalid_grant: invalid assertion'],
  ])('refuses %s', async (_name, make, expected) => {
    const emulator = await start();
    const { status, json } = await ask(emulator, { grant_type, assertion: make(emulator) });
    expect({ status, said: `${String(json.error)}: ${String(json.error_description)}` }).toEqual({
      status: 400,
      said: expected,
    });
  });

  it('checks with the certificate that it was given', async () => {
    const { privateKey: own, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const emulator = await start({ jwtCertificate: publicKey.export({ type: 'spki', format: 'pem' }).toString() });
    expect(emulator.privateKey).toBeUndefined();
    const key = own.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect((await ask(emulator, { grant_type, assertion: assertion(emulator, {}, key) })).status).toBe(200);
  });

  it.each([
    ['nonsense', 'not a PEM'],
    [generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'not for an RSA key'],
  ])('wants a certificate: %s', async (jwtCertificate, message) => {
    await expect(Emulator.start({ jwtCertificate })).rejects.toThrow(message);
  });
});

describe('refresh token', () => {
  const formOf = ({ clientId, refreshToken }: Emulator) => ({
    grant_type: 'refresh_token',
    client_id: clientId,
    refresh_token: refreshToken,
  });

  it('gives tokens again and again', async () => {
    const emulator = await start();
    for (const more of [{}, { client_secret: emulator.clientSecret }, { client_id: 'PlatformCLI' }]) {
      const { status, json } = await ask(emulator, { ...formOf(emulator), ...more });
      expect({ status, next: json.refresh_token }).toEqual({ status: 200, next: undefined });
      expect(await works(emulator, json.access_token)).toBe(true);
    }
  });

  it('is rotated where that is asked for', async () => {
    const emulator = await start({ rotateRefreshTokens: true });
    const first = formOf(emulator);
    const { json } = await ask(emulator, first);
    expect(json.refresh_token).toBe(emulator.refreshToken);
    expect((await ask(emulator, first)).json).toMatchObject({ error: 'invalid_grant' });
    expect((await ask(emulator, formOf(emulator))).status).toBe(200);
  });

  it.each<[EmulatorOptions, Record<string, string>, string]>([
    [{}, { client_id: 'x' }, 'invalid_client_id'],
    [{}, { client_secret: 'x' }, 'invalid_client'],
    [{ refreshNeedsSecret: true }, {}, 'invalid_client'],
    [{}, { refresh_token: 'x' }, 'invalid_grant'],
    [{}, { grant_type: 'password' }, 'unsupported_grant_type'],
  ])('with %j and %j is refused', async (options, more, error) => {
    const emulator = await start(options);
    const { status, json } = await ask(emulator, { ...formOf(emulator), ...more });
    expect({ status, error: json.error }).toEqual({ status: 400, error });
  });

  it('ends with the client', async () => {
    const emulator = await start();
    emulator.revokeClient();
    expect((await ask(emulator, formOf(emulator))).json.error).toBe('invalid_grant');
    expect((await ask(emulator, { grant_type, assertion: assertion(emulator) })).json.error).toBe('invalid_grant');
  });

  it('is what jsforce renews a session with', async () => {
    const emulator = await start();
    const { url, clientId, clientSecret, refreshToken } = emulator;
    const connection = new jsforce.Connection({
      oauth2: { loginUrl: url, clientId, clientSecret, redirectUri: 'http://localhost' },
      instanceUrl: url,
      accessToken: '00D000000000001!expired',
      refreshToken,
    });
    expect((await connection.identity()).username).toBe('loader@emulator.example');
  });
});

describe('revoke', () => {
  const revoke = (emulator: Emulator, init: RequestInit, query = ''): Promise<Response> =>
    fetch(`${emulator.url}/services/oauth2/revoke${query}`, init);

  it.each(['POST', 'GET'])('ends an access token, by %s', async (method) => {
    const emulator = await start();
    const token = emulator.issueToken();
    const body = new URLSearchParams({ token });
    const send = () =>
      method === 'POST' ? revoke(emulator, { method, body }) : revoke(emulator, {}, `?${body.toString()}`);
    expect((await send()).status).toBe(200);
    expect(await works(emulator, token)).toBe(false);
    const again = await send();
    expect([again.status, await again.json()]).toMatchObject([400, { error: 'invalid_token' }]);
  });

  it('ends a refresh token', async () => {
    const emulator = await start();
    const { refreshToken } = emulator;
    const body = new URLSearchParams({ token: refreshToken });
    expect((await revoke(emulator, { method: 'POST', body })).status).toBe(200);
    const { status } = await ask(emulator, {
      grant_type: 'refresh_token',
      client_id: emulator.clientId,
      refresh_token: refreshToken,
    });
    expect(status).toBe(400);
  });
});
