import { describe, expect, it } from 'vitest';
import { checkAccess, readLimits } from '../../src/salesforce/limits.js';
import { makeClient, requestError, startOrg, tokenNumber, type Handler } from './test-org.js';

const document = {
  DailyApiRequests: { Max: 100000, Remaining: 89982, 'Some App': { Max: 0, Remaining: 0 } },
  DailyBulkApiBatches: { Max: 15000 },
  DataStorageMB: { Max: 10240, Remaining: 812 },
};

describe('readLimits', () => {
  it('reads what is there', async () => {
    const org = await startOrg(({ reply }) => reply.json(200, document));
    expect(await readLimits(makeClient(org.url).client)).toEqual({
      dailyApiRequests: { max: 100000, remaining: 89982 },
      dataStorageMb: { max: 10240, remaining: 812 },
    });
  });

  it.each([null, [], { DailyApiRequests: null }])('reads nothing from %j', async (odd) => {
    const org = await startOrg(({ reply }) => reply.json(200, odd));
    expect(await readLimits(makeClient(org.url).client)).toEqual({});
  });
});

describe('checkAccess', () => {
  const check = async (handler: Handler) => {
    const org = await startOrg(handler);
    const signIn = { kind: 'access_token', accessToken: tokenNumber(1) } as const;
    return checkAccess(makeClient(org.url, { signIn }).client, 'v65.0');
  };

  it('gives the limits', async () => {
    expect(await check(({ reply }) => reply.json(200, document))).toHaveProperty('dailyApiRequests');
  });

  it('is content without them', async () => {
    expect(await check(({ reply }) => reply.json(403, [{ errorCode: 'INSUFFICIENT_ACCESS', message: '' }]))).toEqual(
      {},
    );
  });

  it.each([
    [401, 'INVALID_SESSION_ID', 'ACCESS_TOKEN_REFUSED'],
    [404, 'NOT_FOUND', 'API_VERSION_UNKNOWN'],
    [410, 'UNSUPPORTED_API_VERSION', 'API_VERSION_RETIRED'],
    [403, 'API_DISABLED_FOR_ORG', 'API_DISABLED'],
    [503, 'SERVER_UNAVAILABLE', 'ORG_UNREACHABLE'],
  ])('explains %i %s', async (status, errorCode, code) => {
    const checked = check(({ reply }) => reply.json(status, [{ errorCode, message: 'no' }]));
    await expect(checked).rejects.toMatchObject({
      name: 'SignInError',
      code,
      hint: code === 'ORG_UNREACHABLE' ? undefined : (expect.any(String) as string),
    });
  });

  it('passes on what it does not know', async () => {
    expect(
      await requestError(check(({ reply }) => reply.json(400, [{ errorCode: 'ODD', message: '' }]))),
    ).toMatchObject({ code: 'ODD' });
  });
});
