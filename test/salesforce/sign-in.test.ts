import { describe, expect, it } from 'vitest';
import { SignInError } from '../../src/salesforce/errors.js';
import { signInError } from './sign-in/errors.js';
import {
  call,
  clientSecret,
  freePort,
  makeClient,
  requestError,
  startOrg,
  tokenNumber,
  type Handler,
} from './test-org.js';

const expired: Handler = ({ reply }) =>
  reply.json(401, [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }]);
const never: Handler = () => {
  throw new Error('no data call was expected');
};

describe('signing in', () => {
  it('encodes id and secret, and obeys instance_url', async () => {
    const instance = await startOrg(({ reply }) => reply.json(200, {}));
    const org = await startOrg(never);
    org.onToken = ({ reply }) => reply.json(200, { access_token: tokenNumber(1), instance_url: `${instance.url}/` });
    const { client } = makeClient(`${org.url}/`);
    expect(await client.signIn()).toEqual({ instanceUrl: instance.url });
    await client.request(call());
    expect(org.tokens).toHaveLength(1);
    expect(org.tokens[0]).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    const form = Object.fromEntries(new URLSearchParams(org.tokens[0]?.body));
    expect(form).toEqual({ grant_type: 'client_credentials', client_id: '3MVG9+id/=', client_secret: clientSecret });
    expect(instance.seen[0]?.headers.authorization).toBe(`Bearer ${tokenNumber(1)}`);
  });

  it('stays on the org where the reply names no instance', async () => {
    const org = await startOrg(never);
    org.onToken = ({ reply }) => reply.json(200, { access_token: 'jwt.token.text' });
    expect(await makeClient(org.url).client.signIn()).toEqual({ instanceUrl: org.url });
  });

  it.each(['http://evil.example', 'ftp://127.0.0.1', 'not a url', 'https://u:p@acme.my.salesforce.com'])(
    'refuses the instance %s',
    async (instanceUrl) => {
      const org = await startOrg(never);
      org.onToken = ({ reply }) => reply.json(200, { access_token: tokenNumber(1), instance_url: instanceUrl });
      expect(await signInError(makeClient(org.url).client)).toMatchObject({ code: 'INSTANCE_URL_REFUSED' });
    },
  );

  it.each([
    [400, 'invalid_client', 'invalid client credentials', 'client_secret is wrong'],
    [401, 'invalid_client', 'invalid client credentials', 'client_secret is wrong'],
    [400, 'invalid_client_id', 'client identifier invalid', 'no app with this client_id'],
    [400, 'app_not_found', 'External client app is not installed in this org', 'check org_url and the client_id'],
    [400, 'invalid_grant', 'no client credentials user enabled', '"Run As"'],
    [400, 'invalid_grant', 'request not supported on this domain', 'My Domain'],
    [400, 'invalid_grant', undefined, '"Run As"'],
    [400, 'unsupported_grant_type', 'grant type not supported', 'Enable the client credentials flow'],
    [400, 'invalid_app_access', 'user is not admin approved', 'Pre-authorise'],
    [400, 'inactive_org', 'no', 'Activate'],
  ])('%i %s (%s) is final and explained', async (status, error, description, hint) => {
    const org = await startOrg(never);
    org.onToken = ({ reply }) => reply.json(status, { error, error_description: description });
    const thrown = await signInError(makeClient(org.url).client);
    expect(thrown).toMatchObject({ code: 'SIGN_IN_REFUSED', message: expect.stringContaining(error) as string });
    expect(thrown.hint).toContain(hint);
    expect(org.tokens).toHaveLength(1);
  });

  it.each([
    ['rate limit', ({ reply }) => reply.json(400, { error: 'rate_limit_exceeded' })],
    ['503', ({ reply }) => reply.raw(503, '')],
    ['500', ({ reply }) => reply.raw(500, '')],
    ['reset', ({ socket }) => void socket.resetAndDestroy()],
    ['cut reply', ({ reply }) => reply.raw(200, '{"access_token":', { 'content-type': 'application/json' })],
    ['reply without a token', ({ reply }) => reply.json(200, {})],
  ] satisfies [string, Handler][])('tries again after a %s', async (_name, fail) => {
    const org = await startOrg(never);
    org.onToken = (exchange) =>
      exchange.count === 1
        ? fail(exchange)
        : exchange.reply.json(200, { access_token: tokenNumber(2), instance_url: org.url });
    const { client, delays } = makeClient(org.url);
    await client.signIn();
    expect(delays).toEqual([250]);
    expect(client.usage).toMatchObject({ calls: 2, retries: 1 });
  });

  it.each([
    [
      'a web site',
      ({ reply }) => reply.raw(404, '<html>Not here</html>', { 'content-type': 'text/html' }),
      'NOT_SALESFORCE',
      1,
    ],
    [
      'a login page',
      ({ reply }) => reply.raw(200, '<html>Log in</html>', { 'content-type': 'text/html' }),
      'NOT_SALESFORCE',
      4,
    ],
    ['an empty 400', ({ reply }) => reply.raw(400, ''), 'NOT_SALESFORCE', 1],
    [
      'a redirect',
      ({ reply }) => reply.raw(301, '', { location: 'https://new.my.salesforce.com/x?y=z' }),
      'ORG_REDIRECTED',
      1,
    ],
    ['an overloaded org', ({ reply }) => reply.raw(503, ''), 'ORG_UNREACHABLE', 4],
  ] satisfies [string, Handler, string, number][])('explains %s', async (_name, handler, code, attempts) => {
    const org = await startOrg(never);
    org.onToken = handler;
    const { client } = makeClient(org.url, { maxRetries: 10 });
    const error = await signInError(client);
    expect(error).toMatchObject({ code });
    expect(client.usage.calls).toBe(attempts);
    expect(error.message).not.toContain('y=z');
  });

  it('does not take minutes to find that nothing is there', async () => {
    const { client, delays } = makeClient(`http://127.0.0.1:${await freePort()}`, { maxRetries: 10 });
    const error = await signInError(client);
    expect(error).toMatchObject({
      code: 'ORG_UNREACHABLE',
      hint: expect.stringContaining('Nothing listens') as string,
    });
    expect(delays).toHaveLength(3);
  });

  it('says which host does not exist', async () => {
    const { client } = makeClient('https://no-such-org.invalid', { maxRetries: 0 });
    const error = await signInError(client);
    expect(error).toMatchObject({
      code: 'ORG_UNREACHABLE',
      message: expect.stringContaining('no-such-org.invalid') as string,
    });
  });

  it('ends when it is cancelled', async () => {
    const abort = new AbortController();
    const org = await startOrg(never);
    org.onToken = () => abort.abort();
    await expect(makeClient(org.url).client.signIn(abort.signal)).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('never shows the secret', async () => {
    const org = await startOrg(never);
    org.onToken = ({ seen, reply }) => reply.raw(400, `<html>${seen.body} ${clientSecret}</html>`);
    const error = await signInError(makeClient(org.url).client);
    const shown = [error.message, error.stack, String(error.cause)].join();
    expect(shown).toContain('***');
    expect(shown).not.toContain(clientSecret);
    expect(shown).not.toContain(encodeURIComponent(clientSecret));
  });

  it.each(['http://acme.my.salesforce.com', 'acme', 'https://user:pw@acme.my.salesforce.com'])(
    'refuses the org_url %s',
    (url) => {
      expect(() => makeClient(url)).toThrow(SignInError);
    },
  );

  it.each(['[REDACTED] use …', 'two words', 'new\nline', ''])('refuses the access token %j', (accessToken) => {
    expect(() =>
      makeClient('https://acme.my.salesforce.com', { signIn: { kind: 'access_token', accessToken } }),
    ).toThrow(expect.objectContaining({ code: 'ACCESS_TOKEN_UNUSABLE' }) as Error);
  });
});

describe('an expired session', () => {
  it('is renewed once for all requests that find it so', async () => {
    let valid = tokenNumber(1);
    const org = await startOrg(async (exchange) => {
      // All eight are under way before the first is answered.
      if (exchange.count === 8) allArrived();
      await arrived;
      if (exchange.seen.headers.authorization === `Bearer ${valid}`) exchange.reply.json(200, {});
      else await expired(exchange);
    });
    let allArrived: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => (allArrived = resolve));
    const { client, delays } = makeClient(org.url);
    await client.signIn();
    valid = tokenNumber(2);
    const replies = await Promise.all(Array.from({ length: 8 }, () => client.request(call({ repeatable: false }))));
    expect(replies.map(({ attempts, mayHaveRunBefore }) => [attempts, mayHaveRunBefore])).toEqual(
      Array.from({ length: 8 }, () => [2, false]),
    );
    expect(org.tokens).toHaveLength(2);
    expect(org.seen).toHaveLength(16);
    expect(delays).toEqual([]);
    expect(client.usage).toMatchObject({ calls: 18, retries: 8 });
  });

  it('is not renewed by a request that was under way with the older token', async () => {
    let late: () => void = () => undefined;
    const lateMayAnswer = new Promise<void>((resolve) => (late = resolve));
    const org = await startOrg(async (exchange) => {
      const isOld = exchange.seen.headers.authorization === `Bearer ${tokenNumber(1)}`;
      if (isOld && exchange.seen.url.endsWith('/late')) await lateMayAnswer;
      if (isOld) await expired(exchange);
      else exchange.reply.json(200, {});
    });
    const { client } = makeClient(org.url);
    await client.signIn();
    const slow = client.request(call({ path: 'late' }));
    await client.request(call());
    late();
    expect(await slow).toMatchObject({ attempts: 2 });
    expect(org.tokens).toHaveLength(2);
  });

  it('may expire again later in the same request', async () => {
    const org = await startOrg((exchange) => {
      if (exchange.count === 1 || exchange.count === 3) return expired(exchange);
      exchange.reply.raw(exchange.count === 2 ? 503 : 200, '{}');
      return undefined;
    });
    expect(await makeClient(org.url).client.request(call())).toMatchObject({ attempts: 4 });
    expect(org.tokens).toHaveLength(3);
  });

  it('may have expired again before a request that waited long comes to use it', async () => {
    let late: () => void = () => undefined;
    const lateMayAnswer = new Promise<void>((resolve) => (late = resolve));
    let valid = tokenNumber(2);
    const org = await startOrg(async (exchange) => {
      const isOld = exchange.seen.headers.authorization === `Bearer ${tokenNumber(1)}`;
      if (isOld && exchange.seen.url.endsWith('/late')) await lateMayAnswer;
      if (exchange.seen.headers.authorization === `Bearer ${valid}`) exchange.reply.json(200, {});
      else await expired(exchange);
    });
    const { client } = makeClient(org.url);
    await client.signIn();
    const slow = client.request(call({ path: 'late' }));
    await client.request(call());
    valid = tokenNumber(3);
    late();
    expect(await slow).toMatchObject({ attempts: 3 });
    expect(org.tokens).toHaveLength(3);
  });

  it('is not renewed without end for a request that alone is refused', async () => {
    const org = await startOrg(async (exchange) => {
      if (!exchange.seen.url.endsWith('/alone')) exchange.reply.json(200, {});
      else {
        // Each token is accepted for something else before it is refused here.
        await client.request(call());
        await expired(exchange);
      }
    });
    const { client } = makeClient(org.url);
    const error = await requestError(client.request(call({ path: 'alone' })));
    expect(error).toMatchObject({ attempts: 11, stop: { code: 'SIGN_IN_REVOKED' } });
    expect(org.tokens).toHaveLength(11);
  });

  it('stops the run when the new token is refused as well', async () => {
    const org = await startOrg(expired);
    const error = await requestError(makeClient(org.url).client.request(call()));
    expect(error).toMatchObject({ outcome: 'refused', status: 401, attempts: 2, stop: { code: 'SIGN_IN_REVOKED' } });
    expect(org.tokens).toHaveLength(2);
  });

  it('stops the run when there is no new token', async () => {
    const org = await startOrg(expired);
    const { client } = makeClient(org.url);
    await client.signIn();
    org.onToken = ({ reply }) => reply.json(400, { error: 'inactive_user', error_description: 'user is inactive' });
    const error = await requestError(client.request(call({ repeatable: false })));
    expect(error).toMatchObject({ outcome: 'not_sent', code: 'SIGN_IN_REVOKED', stop: { code: 'SIGN_IN_REVOKED' } });
    expect(error.stop?.message).toContain('user is inactive');
  });

  it('is not renewed when the session lacks the API scope', async () => {
    const message = 'This session is not valid for use with the REST API';
    const org = await startOrg(({ reply }) => reply.json(401, [{ errorCode: 'INVALID_SESSION_ID', message }]));
    const error = await requestError(makeClient(org.url).client.request(call()));
    expect(error).toMatchObject({ attempts: 1, stop: { code: 'SIGN_IN_REVOKED' } });
    expect(error.stop?.hint).toContain('"api" scope');
  });

  it('cannot be renewed with a given token', async () => {
    const org = await startOrg(expired);
    const { client } = makeClient(org.url, { signIn: { kind: 'access_token', accessToken: tokenNumber(7) } });
    expect(await client.signIn()).toEqual({ instanceUrl: org.url });
    const error = await requestError(client.request(call()));
    expect(error).toMatchObject({ attempts: 1, stop: { code: 'SIGN_IN_REVOKED' } });
    expect(error.stop?.hint).toContain('cannot be renewed');
    expect(org.tokens).toEqual([]);
    expect(error.message).not.toContain(tokenNumber(7));
  });
});
