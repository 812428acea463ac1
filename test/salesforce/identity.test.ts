import { expect, it } from 'vitest';
import { readIdentity } from '../../src/salesforce/identity.js';
import { makeClient, startOrg, type Handler } from './test-org.js';

const orgId = '00D5e000000abcdEAA';
const userId = '0055e000001xyzaAAA';
const username = 'loader@acme.example';
const nobody = { orgId: null, userId: null, username: null };

/** Answers the paths that are named, and 403 to all others. */
const knows =
  (answers: Readonly<Record<string, unknown>>): Handler =>
  ({ seen, reply }) => {
    const found = Object.entries(answers).find(([path]) => seen.url.replace(/\?.*/, '').endsWith(path));
    if (found === undefined) reply.json(403, [{ errorCode: 'FORBIDDEN', message: 'no' }]);
    else reply.json(200, found[1]);
  };
const resources = { '/v65.0/': { identity: `https://login.salesforce.com/id/${orgId}/${userId}` } };
const user = { '/query': { done: true, records: [{ Username: username }] } };
const userinfo = { '/userinfo': { organization_id: orgId, user_id: userId, preferred_username: username } };

it.each<[string, object, Readonly<Record<string, unknown>>, object, number]>([
  ['all that signing in told', { orgId, username }, {}, { orgId, userId: null, username }, 0],
  ['the name by SOQL', { orgId, userId }, user, { orgId, userId, username }, 1],
  ['the Ids from the resources', {}, { ...resources, ...user }, { orgId, userId, username }, 2],
  ['all from userinfo', {}, userinfo, { orgId, userId, username }, 2],
  ['the Ids alone', {}, resources, { orgId, userId, username: null }, 3],
  ['nothing', {}, {}, nobody, 2],
  ['odd answers', {}, { '/v65.0/': [], '/userinfo': null, '/query': {} }, nobody, 2],
])('finds %s', async (_name, told, answers, expected, calls) => {
  const org = await startOrg(knows(answers));
  const { client } = makeClient(org.url);
  await client.signIn();
  expect(await readIdentity(client, { instanceUrl: org.url, ...told })).toEqual(expected);
  expect(org.seen).toHaveLength(calls);
});

it('asks SOQL for the one user', async () => {
  const org = await startOrg(knows(user));
  const { client } = makeClient(org.url);
  await readIdentity(client, { instanceUrl: org.url, orgId, userId });
  expect(new URL(org.seen[0]!.url, org.url).searchParams.get('q')).toBe(
    `SELECT Username FROM User WHERE Id = '${userId}'`,
  );
});

it('does not wait for an org that is slow to tell', async () => {
  const org = await startOrg(() => undefined);
  const { client } = makeClient(org.url);
  await client.signIn();
  const signal = AbortSignal.timeout(50);
  expect(await readIdentity(client, { instanceUrl: org.url }, { signal })).toEqual(nobody);
});
