import { describe, expect, it } from 'vitest';
import { call, makeClient, startOrg, tokenNumber, type Handler } from '../test-org.js';
import { signInError } from './errors.js';

const refreshToken = '5Aep861+first/token==';
const signIn = { kind: 'refresh_token', clientId: '3MVG9+id/=', clientSecret: undefined, refreshToken } as const;
const never: Handler = () => {
  throw new Error('no data call was expected');
};
const expiredUpTo =
  (last: number): Handler =>
  ({ seen, reply }) =>
    Number(/token(\d+)$/.exec(seen.headers.authorization ?? '')?.[1]) > last
      ? reply.json(200, {})
      : reply.json(401, [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }]);

describe('the form', () => {
  it.each([
    ['has no secret where there is none', undefined, {}],
    ['has the secret', 'se/cr+et=', { client_secret: 'se/cr+et=' }],
  ])('%s', async (_name, clientSecret, more) => {
    const org = await startOrg(never);
    await makeClient(org.url, { signIn: { ...signIn, clientSecret } }).client.signIn();
    const form = Object.fromEntries(new URLSearchParams(org.tokens[0]?.body));
    expect(form).toEqual({
      grant_type: 'refresh_token',
      client_id: '3MVG9+id/=',
      refresh_token: refreshToken,
      ...more,
    });
  });

  it('of an SFDX auth URL goes to its host, whatever org_url is', async () => {
    const org = await startOrg(never);
    const sfdx = { ...signIn, kind: 'sfdx_url', loginUrl: org.url } as const;
    expect(await makeClient(undefined, { signIn: sfdx }).client.signIn()).toMatchObject({ instanceUrl: org.url });
    const other = makeClient('https://acme.my.salesforce.com', { signIn: sfdx });
    expect(await signInError(other.client)).toMatchObject({ code: 'OTHER_ORG' });
    expect(org.tokens).toHaveLength(2);
  });
});

describe('a renewal', () => {
  it('uses the same refresh token, and the instance that the org has now', async () => {
    const moved = await startOrg(expiredUpTo(1));
    const org = await startOrg(expiredUpTo(1));
    org.onToken = ({ count, reply }) =>
      reply.json(200, { access_token: tokenNumber(count), instance_url: count === 1 ? org.url : moved.url });
    const { client } = makeClient(org.url, { signIn });
    await client.request(call());
    expect(org.tokens.map(({ body }) => new URLSearchParams(body).get('refresh_token'))).toEqual([
      refreshToken,
      refreshToken,
    ]);
    expect(moved.seen).toHaveLength(1);
  });

  it('uses the refresh token that the org gave in place of the first', async () => {
    const org = await startOrg(expiredUpTo(2));
    org.onToken = ({ count, reply }) =>
      reply.json(200, {
        ...{ access_token: tokenNumber(count), instance_url: org.url },
        ...(count === 2 ? {} : { refresh_token: `5Aep861next${count}` }),
      });
    const { client } = makeClient(org.url, { signIn });
    await client.signIn();
    await client.request(call({ path: 'a' })).catch(() => undefined);
    await client.request(call({ path: 'b' }));
    const used = org.tokens.map(({ body }) => new URLSearchParams(body).get('refresh_token'));
    expect(used).toEqual([refreshToken, '5Aep861next1', '5Aep861next1']);
  });
});

describe('a refusal', () => {
  const sfdx = { ...signIn, kind: 'sfdx_url', loginUrl: '' } as const;
  it.each([
    [signIn, 'invalid_grant', 'expired access/refresh token', 'of another org than org_url'],
    [sfdx, 'invalid_grant', 'expired access/refresh token', 'sf org auth show-sfdx-auth-url'],
    [signIn, 'invalid_client', 'invalid client credentials', 'The app also needs its client_secret'],
    [{ ...signIn, clientSecret: 'wrong' }, 'invalid_client', 'invalid', 'The client_secret is wrong'],
    [signIn, 'invalid_client_id', 'client identifier invalid', 'no app with this client_id'],
    [signIn, 'invalid_app_access', undefined, 'Pre-authorise the user'],
  ])('of %j with %s is explained', async (given, error, description, hint) => {
    const org = await startOrg(never);
    org.onToken = ({ reply }) => reply.json(400, { error, error_description: description });
    const own = given.kind === 'sfdx_url' ? { ...given, loginUrl: org.url } : given;
    const thrown = await signInError(makeClient(org.url, { signIn: own }).client);
    expect(thrown).toMatchObject({ code: 'SIGN_IN_REFUSED' });
    expect(thrown.hint).toContain(hint);
  });

  it('shows no refresh token, the first and the next', async () => {
    const org = await startOrg(expiredUpTo(9));
    org.onToken = ({ count, seen, reply }) =>
      count === 1
        ? reply.json(200, { access_token: tokenNumber(1), instance_url: org.url, refresh_token: '5Aep861next' })
        : reply.raw(400, `<html>${seen.body} ${refreshToken}</html>`);
    const { client } = makeClient(org.url, { signIn });
    const error: unknown = await client.request(call()).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('refresh_token=***');
    expect(String(error)).not.toContain('5Aep861');
  });

  it('names the SFDX auth URL where its host is none', async () => {
    const given = { ...sfdx, loginUrl: 'https://no-such-org.invalid' };
    const error = await signInError(makeClient(undefined, { signIn: given, maxRetries: 0 }).client);
    expect(error).toMatchObject({ code: 'ORG_UNREACHABLE' });
    expect(error.hint ?? '').not.toContain('org_url');
  });
});
