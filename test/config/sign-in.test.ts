import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/core/errors.js';
import type { Environment } from '../../src/config/environment.js';
import { loadSettings, settingsFromObject, type TypedOptions } from '../../src/config/load.js';
import { folderWith } from './folder.js';

const orgUrl = 'https://acme.my.salesforce.com';
const mappings = { topic_mappings: [{ topic: 'a', sobject: 'Account', operation: 'insert' }] };
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const sfdxUrl = 'force://PlatformCLI::5Aep861token==@acme.my.salesforce.com';
const fromSfdx = { kind: 'sfdx_url', clientId: 'PlatformCLI', loginUrl: orgUrl, refreshToken: '5Aep861token==' };
const credentials = { client_id: 'an-id', client_secret: 'a-secret-of-ours' };
const jwt = { flow: 'jwt', client_id: 'an-id', username: 'loader@acme.example', private_key: pem };
const refresh = { flow: 'refresh_token', client_id: 'an-id', refresh_token: '5Aep861token' };

/** The org's settings, and the warnings. */
async function load(
  file: object,
  {
    typed = {},
    environment = {},
    files = {},
  }: { typed?: TypedOptions; environment?: Environment; files?: object } = {},
) {
  const folder = folderWith({ '.sfreplayrc.json': JSON.stringify({ ...file, ...mappings }), ...files });
  const { settings, warnings } = await loadSettings(typed, environment, folder, { offline: false });
  return { org: settings.org, warnings, folder };
}

async function issuesOf(...given: Parameters<typeof load>): Promise<string[]> {
  const error: unknown = await load(...given).catch((thrown: unknown) => thrown);
  if (!(error instanceof ConfigError)) throw new Error('expected a ConfigError', { cause: error });
  return error.issues.map(({ path, message }) => `${path}: ${message}`);
}

describe('the strongest source wins:', () => {
  const secretFile = { 'secret.txt': 'from the file', 'url.txt': `${sfdxUrl}\n` };
  it.each<[string, object, TypedOptions, Environment, object]>([
    ['--target-org', { org_url: orgUrl, ...credentials }, { targetOrg: 'uat' }, {}, { kind: 'cli', targetOrg: 'uat' }],
    ['--target-org over a token', {}, { targetOrg: 'uat' }, { SALESFORCE_ACCESS_TOKEN: 'tok' }, { kind: 'cli' }],
    ['--sfdx-auth-url-file', { target_org: 'prod' }, { sfdxAuthUrlFile: 'url.txt' }, {}, fromSfdx],
    ['--sfdx-auth-url-file over SFDX_AUTH_URL', {}, { sfdxAuthUrlFile: 'url.txt' }, { SFDX_AUTH_URL: 'x' }, fromSfdx],
    [
      'a token in the environment over auth',
      { org_url: orgUrl, auth: jwt },
      {},
      { SALESFORCE_ACCESS_TOKEN: 'tok' },
      { kind: 'access_token' },
    ],
    [
      'client credentials in the environment over auth',
      { org_url: orgUrl, auth: jwt },
      {},
      { SALESFORCE_CLIENT_ID: 'env-id', SALESFORCE_CLIENT_SECRET: 'env-secret' },
      { kind: 'client_credentials', clientId: 'env-id' },
    ],
    [
      'but a client_id alone is a part of the flow',
      { org_url: orgUrl, auth: jwt },
      {},
      { SALESFORCE_CLIENT_ID: 'env-id' },
      { kind: 'jwt', clientId: 'env-id' },
    ],
    [
      'and so is a client_secret of a refresh token',
      { org_url: orgUrl, auth: refresh },
      { clientSecretFile: 'secret.txt' },
      { SALESFORCE_CLIENT_SECRET: 'env-secret' },
      { kind: 'refresh_token', clientSecret: 'from the file' },
    ],
    [
      'target_org of the file over SF_TARGET_ORG',
      { target_org: 'uat' },
      {},
      { SF_TARGET_ORG: 'prod' },
      { targetOrg: 'uat' },
    ],
    ['SF_TARGET_ORG where there is nothing else', {}, {}, { SF_TARGET_ORG: 'uat' }, { kind: 'cli', targetOrg: 'uat' }],
    ['SFDX_AUTH_URL over SF_TARGET_ORG', {}, {}, { SFDX_AUTH_URL: sfdxUrl, SF_TARGET_ORG: 'uat' }, fromSfdx],
    [
      'the file over the variables of the Salesforce CLI',
      { org_url: orgUrl, ...credentials },
      {},
      { SFDX_AUTH_URL: sfdxUrl, SF_TARGET_ORG: 'uat' },
      { kind: 'client_credentials' },
    ],
    [
      'and so do the variables of sfreplay',
      { org_url: orgUrl },
      {},
      { SF_TARGET_ORG: 'uat', SALESFORCE_ACCESS_TOKEN: 'tok' },
      { kind: 'access_token' },
    ],
    [
      'a token within one source',
      { org_url: orgUrl, access_token: 'tok', auth: jwt },
      {},
      {},
      { kind: 'access_token' },
    ],
  ])('%s', async (_name, file, typed, environment, expected) => {
    const { org } = await load(file, { typed, environment, files: secretFile });
    expect(org?.signIn).toMatchObject(expected);
  });

  it('auth that the environment overrules is warned of', async () => {
    const environment = { SALESFORCE_CLIENT_ID: 'env-id', SALESFORCE_CLIENT_SECRET: 'env-secret' };
    const { warnings } = await load({ org_url: orgUrl, auth: jwt }, { environment });
    expect(warnings).toEqual(['auth has no effect: environment variable SALESFORCE_CLIENT_ID gives another sign-in']);
    const { SALESFORCE_CLIENT_ID } = environment;
    expect((await load({ org_url: orgUrl, auth: jwt }, { environment: { SALESFORCE_CLIENT_ID } })).warnings).toEqual(
      [],
    );
  });

  it.each<[object, TypedOptions, string]>([
    [{ ...credentials, target_org: 'uat' }, {}, 'target_org: conflicts with client_id'],
    [{ auth: jwt, target_org: 'uat' }, {}, 'target_org: conflicts with auth'],
    [{ auth: jwt, client_secret: 'a-secret' }, {}, 'client_secret: conflicts with auth'],
    [{ auth: refresh, sfdx_auth_url: sfdxUrl }, {}, 'sfdx_auth_url: conflicts with auth'],
    [{}, { targetOrg: 'uat', sfdxAuthUrlFile: 'x' }, 'target_org: conflicts with sfdx_auth_url_file'],
  ])('any other two within one source are a mistake: %j %j', async (file, typed, issue) => {
    expect(await issuesOf({ org_url: orgUrl, ...file }, { typed })).toEqual([
      `${issue}: each is a sign-in of its own; keep one of them`,
    ]);
  });

  it('an incomplete sign-in is not passed over for a weaker one', async () => {
    const environment = { SF_TARGET_ORG: 'prod' };
    expect(await issuesOf({ org_url: orgUrl, client_id: 'an-id' }, { environment })).toEqual([
      expect.stringMatching(/^client_secret: is missing/) as string,
    ]);
    const config = { org_url: '${ORG}', client_id: '${ID}', client_secret: '${SECRET}' };
    expect(await issuesOf(config, { environment })).toHaveLength(3);
  });

  it('its variables are not missed where another sign-in wins', async () => {
    const config = {
      org_url: '${ORG}',
      client_id: '${ID}',
      auth: { flow: 'jwt', private_key: '${KEY}', username: 'u' },
    };
    const { org, warnings } = await load(config, { typed: { targetOrg: 'uat' } });
    expect(org).toMatchObject({ orgUrl: undefined, signIn: { kind: 'cli' } });
    expect(warnings).toEqual([]);
  });
});

describe('the org', () => {
  it('of a weaker source has no effect, which is told', async () => {
    const { warnings } = await load({ org_url: orgUrl, ...credentials }, { typed: { targetOrg: 'uat' } });
    expect(warnings).toEqual(['org_url has no effect: target_org, which takes precedence, names the org']);
  });

  it.each<[string, object, TypedOptions, Environment, string | undefined]>([
    ['is the one of the CLI', {}, { targetOrg: 'uat' }, {}, undefined],
    ['is held against an org_url of the same source', { org_url: orgUrl, target_org: 'uat' }, {}, {}, orgUrl],
    ['is held against an org_url of a stronger source', { org_url: orgUrl }, {}, { SF_TARGET_ORG: 'uat' }, orgUrl],
    ['is not held against one of a weaker source', {}, { targetOrg: 'uat' }, { SALESFORCE_ORG_URL: 'x' }, undefined],
    ['is asked at the login host for jwt', { auth: jwt }, {}, {}, 'https://login.salesforce.com'],
    [
      'is asked at the audience for jwt',
      { auth: { ...jwt, audience: 'https://test.salesforce.com' } },
      {},
      {},
      'https://test.salesforce.com',
    ],
    ['is asked at the login host for a refresh token', { auth: refresh }, {}, {}, 'https://login.salesforce.com'],
    ['is asked where org_url says', { auth: refresh, org_url: orgUrl }, {}, {}, orgUrl],
  ])('%s', async (_name, file, typed, environment, expected) => {
    expect((await load(file, { typed, environment })).org).toMatchObject({ orgUrl: expected });
  });
});

describe('jwt', () => {
  const audienceOf = (org_url: string, auth: object = jwt): unknown =>
    settingsFromObject({ org_url, auth, ...mappings }).org?.signIn;

  it.each([
    ['https://acme.my.salesforce.com', 'https://login.salesforce.com'],
    ['https://login.salesforce.com', 'https://login.salesforce.com'],
    ['https://test.salesforce.com', 'https://test.salesforce.com'],
    ['https://acme--uat.sandbox.my.salesforce.com', 'https://test.salesforce.com'],
    ['https://acme--uat.my.salesforce.com', 'https://test.salesforce.com'],
    ['https://dream-app-1.scratch.my.salesforce.com', 'https://test.salesforce.com'],
    ['https://cs42.salesforce.com', 'https://test.salesforce.com'],
    ['https://acme-dev-ed.develop.my.salesforce.com', 'https://login.salesforce.com'],
    ['http://127.0.0.1:8090', 'http://127.0.0.1:8090'],
    ['https://site.example', 'https://site.example'],
  ])('of %s has the audience %s', (org_url, audience) => {
    expect(audienceOf(org_url)).toMatchObject({ audience });
  });

  it('takes the audience that is given', () => {
    const audience = 'https://acme.my.site.com/customers/';
    expect(audienceOf(orgUrl, { ...jwt, audience })).toMatchObject({ audience: 'https://acme.my.site.com/customers' });
  });

  it('reads the key from a file beside the configuration, or from a variable in one line', async () => {
    const auth = { ...jwt, private_key: undefined };
    const files = { 'server.key': pem };
    const fromFile = await load({ org_url: orgUrl, auth: { ...auth, private_key_file: 'server.key' } }, { files });
    expect(fromFile.org?.signIn).toEqual({
      kind: 'jwt',
      clientId: 'an-id',
      username: 'loader@acme.example',
      privateKey: pem.trim(),
      audience: 'https://login.salesforce.com',
    });
    const environment = { KEY: pem.replaceAll('\n', '\\n') };
    const fromVariable = await load({ org_url: orgUrl, auth: { ...auth, private_key: '${KEY}' } }, { environment });
    expect(fromVariable.org?.signIn).toMatchObject({ privateKey: pem });
  });

  const encrypted = privateKey
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'p' })
    .toString();
  const encryptedOld = privateKey
    .export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'p' })
    .toString();
  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  it.each([
    ['encrypted', encrypted, 'not encrypted; remove its passphrase with openssl pkey'],
    ['encrypted in the old way', encryptedOld, 'not encrypted; remove its passphrase with openssl pkey'],
    ['public', publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'found the certificate or public key'],
    ['elliptic', elliptic.export({ type: 'pkcs8', format: 'pem' }).toString(), 'found a key of the type ec'],
    ['cut off', pem.slice(0, 200), 'expected an RSA key as PEM'],
    ['no key', 's3cr3t', 'expected an RSA key as PEM'],
    ['empty', '\n', 'server.key is empty'],
  ])('refuses a key file that is %s', async (_name, text, message) => {
    const auth = { ...jwt, private_key: undefined };
    const config = { org_url: orgUrl, auth: { ...auth, private_key_file: 'server.key' } };
    const issues = await issuesOf(config, { files: { 'server.key': text } });
    expect(issues).toEqual([expect.stringMatching(/^auth\.private_key_file: /)]);
    expect(issues[0]).toContain(message);
    expect(issues[0]).not.toContain('s3cr3t');
  });
});

describe('an SFDX auth URL', () => {
  it.each<[string, object]>([
    [sfdxUrl, fromSfdx],
    [
      'force://3MVG9.x_y-z:1A2B3C=:5Aep861.a_b-c==@acme--uat.sandbox.my.salesforce.com:8443/',
      {
        clientId: '3MVG9.x_y-z',
        clientSecret: '1A2B3C=',
        refreshToken: '5Aep861.a_b-c==',
        loginUrl: 'https://acme--uat.sandbox.my.salesforce.com:8443',
      },
    ],
    ['force://PlatformCLI::5Aep861@127.0.0.1:8090', { loginUrl: 'http://127.0.0.1:8090' }],
  ])('%s is read', (sfdx_auth_url, expected) => {
    expect(settingsFromObject({ sfdx_auth_url, ...mappings }).org?.signIn).toMatchObject(expected);
  });

  it.each([
    ['alone', `${sfdxUrl}\n`],
    [
      'in the JSON of show-sfdx-auth-url',
      JSON.stringify({ status: 0, result: { sfdxAuthUrl: sfdxUrl }, warnings: [] }),
    ],
    ['in JSON of its own', JSON.stringify({ sfdxAuthUrl: sfdxUrl })],
  ])('is read from a file, %s', async (_name, text) => {
    const config = { auth: { flow: 'sfdx_url', sfdx_auth_url_file: 'url' } };
    expect((await load(config, { files: { url: text } })).org?.signIn).toMatchObject(fromSfdx);
  });

  it.each([
    ['https://acme.my.salesforce.com', 'expected force://'],
    ['force://PlatformCLI:5Aep861@acme.my.salesforce.com', 'expected force://'],
    ['force://a:b:c d@acme.my.salesforce.com', 'expected force://'],
    ['[REDACTED] Use "sf org auth show-sfdx-auth-url"', 'is a placeholder'],
    ['{"status":1}', 'expected force://'],
  ])('%s is refused, and not shown', async (text, message) => {
    const issues = await issuesOf({}, { typed: { sfdxAuthUrlFile: 'url' }, files: { url: text } });
    expect(issues).toEqual([expect.stringMatching(/^sfdx_auth_url_file: /)]);
    expect(issues[0]).toContain(message);
    expect(issues[0]).not.toContain(text);
  });
});

it.each<[object, string[]]>([
  [
    { auth: { client_id: 'x' } },
    ['auth.flow: is missing; expected one of client_credentials, jwt, refresh_token, sfdx_url'],
  ],
  [
    { auth: { flow: 'JWT' } },
    ['auth.flow: expected one of client_credentials, jwt, refresh_token, sfdx_url; found "JWT". Did you mean "jwt"?'],
  ],
  [{ auth: 'jwt' }, ['auth: expected keys and values; found "jwt"']],
  [{ auth: { ...jwt, private_keyfile: 'x' } }, ['auth.private_keyfile: unknown key. Did you mean "private_key_file"?']],
  [
    { auth: { flow: 'jwt' } },
    [
      'client_id: is missing; expected the consumer key, here, as SALESFORCE_CLIENT_ID or with --client-id',
      'auth.username: is missing; expected the name of the user to sign in as',
      'auth.private_key_file: is missing; expected the PEM file of the key',
    ],
  ],
  [
    { auth: { ...jwt, private_key_file: 'x' } },
    ['auth.private_key_file: conflicts with private_key; keep one of them'],
  ],
  [{ auth: { ...jwt, refresh_token: 'x' } }, ['auth.refresh_token: does not apply to the flow jwt']],
  [{ auth: { ...jwt, audience: 'login' } }, ['auth.audience: expected a URL such as https://login; found "login"']],
  [
    { auth: { flow: 'refresh_token', client_id: 'x' } },
    ['auth.refresh_token_file: is missing; expected the file of the refresh token'],
  ],
  [
    { auth: { ...refresh, refresh_token: null, refresh_token_file: 'missing' } },
    [expect.stringMatching(/^auth\.refresh_token_file: there is no file .*missing$/) as string],
  ],
  [
    { auth: { flow: 'sfdx_url' } },
    ['sfdx_auth_url_file: is missing; expected the file of the SFDX auth URL, here or as SFDX_AUTH_URL'],
  ],
  [
    { auth: { flow: 'client_credentials', ...credentials, username: 'x' } },
    ['auth.username: does not apply to the flow client_credentials'],
  ],
  [
    { client_id: 'x', auth: { ...jwt } },
    ['auth.client_id: has the same meaning as client_id, which is given too; keep one of them'],
  ],
  [{ target_org: '--help' }, ['target_org: expected an alias or user name of the Salesforce CLI; found "--help"']],
])('%j is refused', async (config, issues) => {
  expect(await issuesOf({ org_url: orgUrl, ...config })).toEqual(issues);
});

it('client credentials may stand in auth, too', () => {
  const auth = { flow: 'client_credentials', ...credentials } as const;
  expect(settingsFromObject({ org_url: orgUrl, auth, ...mappings }).org?.signIn).toEqual({
    kind: 'client_credentials',
    clientId: 'an-id',
    clientSecret: 'a-secret-of-ours',
  });
});

it('no secret is in a message', () => {
  const config = {
    org_url: 'x 5Aep861token x',
    failures_file: [],
    max_in_flight: '5Aep861token',
    auth: { ...refresh, flow: 'refresh', private_key: 'k3y-of-ours', sfdx_auth_url: ['u'] },
    topic_mappings: [{ topic: 'a', sobject: 'x k3y-of-ours x' }],
  };
  const error: unknown = (() => {
    try {
      settingsFromObject(config);
    } catch (thrown) {
      return thrown;
    }
    return undefined;
  })();
  expect(error).toBeInstanceOf(ConfigError);
  const shown = JSON.stringify((error as ConfigError).issues);
  expect(shown).toContain('***');
  expect(shown).not.toMatch(/5Aep861token|k3y-of-ours/);
});

it('a path of a flag begins at the working folder', async () => {
  const folder = folderWith({ '.sfreplayrc.json': JSON.stringify(mappings), 'inner/url': sfdxUrl });
  const typed = { sfdxAuthUrlFile: 'url' };
  const { settings } = await loadSettings(typed, {}, join(folder, 'inner'), { offline: false });
  expect(settings.org?.signIn).toMatchObject(fromSfdx);
});
