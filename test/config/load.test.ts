import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/core/errors.js';
import { loadSettings, type TypedOptions } from '../../src/config/load.js';
import type { Environment } from '../../src/config/environment.js';
import { folderWith } from './folder.js';

const signIn = `org_url: https://acme.my.salesforce.com
client_id: an-id
client_secret: a-secret-of-ours
`;
const mapping = `topic_mappings:
  - topic: accounts
    sobject: Account
    external_id_field: External_Id__c
`;

async function load(
  files: Record<string, string>,
  typed: TypedOptions = {},
  environment: Environment = {},
  { offline = false, below = '.' } = {},
) {
  const folder = folderWith(files);
  mkdirSync(join(folder, below), { recursive: true });
  return loadSettings(typed, environment, join(folder, below), { offline });
}

async function failureOf(...given: Parameters<typeof load>): Promise<ConfigError> {
  const error: unknown = await load(...given).catch((thrown: unknown) => thrown);
  if (!(error instanceof ConfigError)) throw new Error('expected a ConfigError', { cause: error });
  return error;
}

function linesOf({ issues }: ConfigError): string[] {
  return issues.map(({ path, message, origin }) => `${path}: ${message}${origin === undefined ? '' : ` [${origin}]`}`);
}

describe('the search for a configuration file', () => {
  const json = JSON.stringify({
    org_url: 'https://acme.my.salesforce.com',
    access_token: 'a-token',
    topic_mappings: [{ topic: 'a', sobject: 'Account', operation: 'insert' }],
  });
  it.each([
    ['package.json', `{"name": "x", "sfreplay": ${json}}`],
    ['.sfreplayrc', signIn + mapping],
    ['.sfreplayrc.json', json],
    ['.sfreplayrc.yaml', signIn + mapping],
    ['.sfreplayrc.yml', signIn + mapping],
    ['.sfreplayrc.mjs', `export default ${json};`],
    ['.sfreplayrc.cjs', `module.exports = ${json};`],
    ['.sfreplayrc.js', `module.exports = ${json};`],
    ['.config/sfreplayrc', signIn + mapping],
    ['.config/sfreplayrc.yaml', signIn + mapping],
    ['sfreplay.config.js', `module.exports = ${json};`],
    ['sfreplay.config.mjs', `export default ${json};`],
    ['sfreplay.config.cjs', `module.exports = ${json};`],
  ])('finds %s', async (name, content) => {
    const { settings, configPath } = await load({ [name]: content });
    expect(configPath).toBe(name);
    expect(settings.org?.orgUrl).toBe('https://acme.my.salesforce.com');
  });

  it('goes up to the root of the repository', async () => {
    const { configPath } = await load({ '.sfreplayrc': signIn + mapping }, {}, {}, { below: 'a' });
    expect(configPath).toBe(join('..', '.sfreplayrc'));
  });

  it('goes no further', async () => {
    const folder = folderWith({ '.sfreplayrc': signIn + mapping, 'inner/.git/HEAD': '' });
    await expect(loadSettings({}, {}, join(folder, 'inner'), { offline: false })).rejects.toThrow(
      'There is no configuration',
    );
  });

  it('says what to do when there is none', async () => {
    const error = await failureOf({ 'package.json': '{"name": "x"}' });
    expect(error.headline).toBe('There is no configuration: no file was found and no --map is given.');
    expect(error.hint).toContain('--config FILE');
    expect(linesOf(error)).toContain('topic_mappings: is missing; expected a list of mappings');
  });

  it('does not pass over an empty one', async () => {
    const error = await failureOf({ '.sfreplayrc.yaml': '# nothing yet\n' });
    expect(error.headline).toBe('There are 3 mistakes in the configuration (.sfreplayrc.yaml).');
  });
});

describe('--config', () => {
  it.each(['sfreplay.yaml', 'sfreplay.conf', 'sfreplay'])('reads %s as YAML', async (name) => {
    const { configPath } = await load({ [name]: signIn + mapping }, { config: name });
    expect(configPath).toBe(name);
  });

  it.each([
    ['missing.yaml', 'Cannot read the configuration: there is no file missing.yaml.'],
    ['missing.conf', 'Cannot read the configuration: there is no file missing.conf.'],
    ['folder', 'Cannot read the configuration: folder is a folder, not a file.'],
    [
      'folder/a.yaml/b',
      'Cannot read the configuration: there is no file folder/a.yaml/b: a part of the path is not a folder.',
    ],
    ['bad.yaml', 'Cannot understand bad.yaml: line 2, column 16: Nested mappings are not allowed in compact mappings'],
    ['bad.json', 'Cannot understand bad.json: line 1, column '],
    ['bad.mjs', 'Cannot understand bad.mjs: the vault is shut'],
    ['text.yaml', 'text.yaml is not a configuration: expected keys and values, such as "org_url: https://…".'],
    ['list.yaml', 'list.yaml is not a configuration: expected keys and values, such as "org_url: https://…".'],
  ])('refuses %s', async (config, message) => {
    const files = {
      'folder/a.yaml': '',
      'bad.yaml': 'org_url: x\nclient_secret: s3cr3t: x\n',
      'bad.json': '{"client_secret": "s3cr3t',
      'bad.mjs': 'throw new Error("the vault is shut");',
      'text.yaml': 's3cr3t',
      'list.yaml': '- s3cr3t',
    };
    const error = await failureOf(files, { config });
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('s3cr3t');
  });
});

describe('precedence', () => {
  const file = { '.sfreplayrc': `${signIn}${mapping}max_in_flight: 2\n` };

  it('is flag, environment, file, default', async () => {
    const environment = { SALESFORCE_ORG_URL: 'https://env.my.salesforce.com', SALESFORCE_CLIENT_ID: 'env-id' };
    const { settings } = await load(file, { orgUrl: 'https://flag.my.salesforce.com' }, environment);
    expect(settings.org?.orgUrl).toBe('https://flag.my.salesforce.com');
    expect(settings.org?.signIn).toEqual({
      kind: 'client_credentials',
      clientId: 'env-id',
      clientSecret: 'a-secret-of-ours',
    });
    expect(settings.maxInFlight).toBe(2);
    expect(settings.bulkBatchSize).toBe(1000);
  });

  it.each<[keyof TypedOptions, string, string, unknown]>([
    ['envelope', 'rpk', 'envelope', 'rpk'],
    ['restapiVersion', '66', 'org.restapiVersion', 'v66.0'],
    ['requestTimeout', '1s', 'org.requestTimeoutMs', 1000],
    ['maxRetries', '3', 'org.maxRetries', 3],
    ['clientId', 'flag-id', 'org.signIn.clientId', 'flag-id'],
    ['bulkBatchSize', '7', 'bulkBatchSize', 7],
    ['maxConcurrentBulkJobs', '4', 'maxConcurrentBulkJobs', 4],
    ['bulkPollInterval', '2s', 'bulkPollIntervalMs', 2000],
    ['batchPeriod', '3s', 'batchPeriodMs', 3000],
    ['maxInFlight', '9', 'maxInFlight', 9],
    ['failures', 'f.ndjson', 'failuresFile', 'f.ndjson'],
    ['successes', 's.ndjson', 'successesFile', 's.ndjson'],
    ['unmapped', 'fail', 'unmappedTopics', 'fail'],
    ['unwritable', 'send', 'unwritableFields', 'send'],
  ])('of the flag %s', async (option, value, setting, expected) => {
    const { settings } = await load(file, { [option]: value });
    expect(settings).toHaveProperty(setting, expected);
  });

  it('of a flag holds against another spelling in the file', async () => {
    const { settings } = await load(
      { '.sfreplayrc': `${signIn}${mapping}http: {timeout: 9s}\n` },
      { requestTimeout: '1s' },
    );
    expect(settings.org?.requestTimeoutMs).toBe(1000);
  });

  it.each<[string, string, TypedOptions, Environment, object]>([
    [
      'a token in the environment beats a file',
      signIn,
      {},
      { SALESFORCE_ACCESS_TOKEN: 'tok' },
      { kind: 'access_token' },
    ],
    ['a token wins within one source', `${signIn}access_token: tok\n`, {}, {}, { kind: 'access_token' }],
    [
      'credentials in the environment beat a token in the file',
      'org_url: https://acme.my.salesforce.com\naccess_token: tok\n',
      {},
      { SALESFORCE_CLIENT_ID: 'id', SALESFORCE_CLIENT_SECRET: 'secret' },
      { clientId: 'id', clientSecret: 'secret' },
    ],
    [
      'a secret file on the command line beats a secret in the environment',
      signIn,
      { clientSecretFile: 'secret.txt' },
      { SALESFORCE_CLIENT_SECRET: 'other', SALESFORCE_ACCESS_TOKEN: 'tok' },
      { clientId: 'an-id', clientSecret: 'from the file' },
    ],
    [
      'a secret in the environment beats a secret file of the configuration',
      'org_url: https://acme.my.salesforce.com\nclient_id: an-id\nclient_secret_file: missing.txt\n',
      {},
      { SALESFORCE_CLIENT_SECRET: 'other' },
      { clientSecret: 'other' },
    ],
  ])('of sign-ins: %s', async (_, config, typed, environment, expected) => {
    const files = { '.sfreplayrc': config + mapping, 'secret.txt': 'from the file\n' };
    const { settings } = await load(files, typed, environment);
    expect(settings.org?.signIn).toMatchObject(expected);
  });
});

describe('paths in a configuration', () => {
  it('begin at its folder, those of flags at the working folder', async () => {
    const files = {
      '.sfreplayrc': `org_url: https://acme.my.salesforce.com\nclient_id: x\nclient_secret_file: keys/secret\n${mapping}`,
      'keys/secret': 'outer secret\n',
      'inner/mine': 'inner secret\n',
    };
    const fromFile = await load(files, {}, {}, { below: 'inner' });
    expect(fromFile.settings.org?.signIn).toMatchObject({ clientSecret: 'outer secret' });
    const fromFlag = await load(files, { clientSecretFile: 'mine' }, {}, { below: 'inner' });
    expect(fromFlag.settings.org?.signIn).toMatchObject({ clientSecret: 'inner secret' });
  });

  it.each([
    ['missing', 'there is no file'],
    ['empty', 'expected a file that holds the secret;'],
    ['folder', 'is a folder, not a file'],
    ['several', 'has several lines'],
  ])('of a secret are checked: %s', async (name, message) => {
    const files = { '.sfreplayrc': signIn + mapping, empty: '\n', 'folder/x': '', several: 's3cr3t\nx\n' };
    const [issue = ''] = linesOf(await failureOf(files, { clientSecretFile: name }));
    expect(issue).toContain(`client_secret_file: `);
    expect(issue).toContain(message);
    expect(issue).toContain('[--client-secret-file]');
    expect(issue).not.toContain('s3cr3t');
  });
});

describe('--map', () => {
  it('needs no file', async () => {
    const typed = { map: ['accounts=Account:upsert:External_Id__c:bulk', 'leads=Lead:insert'] };
    const environment = { SALESFORCE_ORG_URL: 'https://acme.my.salesforce.com', SALESFORCE_ACCESS_TOKEN: 'tok' };
    const { settings, configPath } = await load({}, typed, environment);
    expect(configPath).toBeUndefined();
    expect(settings.mappings).toEqual([
      {
        topic: 'accounts',
        sobject: 'Account',
        operation: 'upsert',
        externalIdField: 'External_Id__c',
        mode: 'bulk',
        allOrNone: false,
        compact: false,
        tombstones: 'fail',
        dependsOn: [],
      },
      {
        topic: 'leads',
        sobject: 'Lead',
        operation: 'insert',
        externalIdField: '',
        mode: 'realtime',
        allOrNone: false,
        compact: false,
        tombstones: 'fail',
        dependsOn: [],
      },
    ]);
  });

  it('replaces a mapping of the same topic whole, in its place, and adds others', async () => {
    const config = `${signIn}${mapping}    all_or_none: true\n  - {topic: leads, sobject: Lead, operation: insert}\n`;
    const { settings } = await load(
      { '.sfreplayrc': config },
      { map: ['cases=Case:insert', 'accounts=Account:delete'] },
    );
    expect(settings.mappings.map(({ topic, operation, allOrNone }) => [topic, operation, allOrNone])).toEqual([
      ['accounts', 'delete', false],
      ['leads', 'insert', false],
      ['cases', 'insert', false],
    ]);
  });

  it('forgives the mistakes of a mapping it replaces', async () => {
    const config = `${signIn}topic_mappings: [{topic: a, sobject: "\${UNSET}", operation: upsrt}]`;
    const { settings } = await load({ '.sfreplayrc': config }, { map: ['a=Account:insert'] });
    expect(settings.mappings).toHaveLength(1);
  });

  it('tells its mistakes with what was typed, beside all others', async () => {
    const map = ['accounts', 'a=Account', 'b=Account:upsrt:X__c', 'c=Account:delete:X__c', 'd=Lead:insert::x'];
    const error = await failureOf({ '.sfreplayrc': `${signIn}max_in_flight: x\n` }, { map, requestTimeout: '9' });
    expect(linesOf(error)).toEqual([
      '--map accounts: expected TOPIC=SOBJECT[:OPERATION[:EXTERNAL_ID_FIELD[:MODE]]]; found no "=" between the topic and the sObject [--map]',
      'request_timeout: expected a duration with its unit, such as 9s; found "9" [--request-timeout]',
      'max_in_flight: expected an integer of at least 1, or auto; found "x" [.sfreplayrc]',
      '--map b=Account:upsrt:X__c: operation: expected one of insert, update, upsert, delete; found "upsrt". Did you mean "upsert"? [--map]',
      '--map d=Lead:insert::x: mode: expected one of realtime, bulk; found "x" [--map]',
      '--map a=Account: external_id_field: is required for upsert: the field that identifies records, as in --map accounts=Account:upsert:External_Id__c [--map]',
    ]);
  });
});

describe('variables', () => {
  const config = `org_url: "\${ORG}"
client_id: \${ID:an-id}
client_secret: \${SECRET}
max_in_flight: \${N:4}
${mapping}    mode: \${MODE}
    all_or_none: \${ALL:false}
`;

  it('are replaced, and their text read as numbers and booleans', async () => {
    const environment = { ORG: 'https://acme.my.salesforce.com', SECRET: 's3cr3t', MODE: 'bulk', N: '8' };
    const { settings } = await load({ '.sfreplayrc': config }, {}, environment);
    expect(settings.org?.signIn).toMatchObject({ clientId: 'an-id', clientSecret: 's3cr3t' });
    expect(settings.maxInFlight).toBe(8);
    expect(settings.mappings[0]).toMatchObject({ mode: 'bulk', allOrNone: false });
  });

  it('that are not set are told by name and key, and with nothing else', async () => {
    const error = await failureOf({ '.sfreplayrc': config });
    expect(linesOf(error)).toEqual([
      'org_url: the environment variable ORG is not set; org_url needs it, or a default as in ${ORG:…} [.sfreplayrc]',
      'client_secret: the environment variable SECRET is not set; client_secret needs it, or a default as in ${SECRET:…} [.sfreplayrc]',
      'topic_mappings[0].mode: the environment variable MODE is not set; topic_mappings[0].mode needs it, or a default as in ${MODE:…} [.sfreplayrc]',
    ]);
  });

  it('are not missed where a stronger source gives the key', async () => {
    const environment = { SALESFORCE_ACCESS_TOKEN: 'tok', MODE: 'bulk' };
    const { settings } = await load({ '.sfreplayrc': config }, { orgUrl: 'https://x.my.salesforce.com' }, environment);
    expect(settings.org).toMatchObject({ orgUrl: 'https://x.my.salesforce.com', signIn: { accessToken: 'tok' } });
  });

  it('of the org are not missed offline', async () => {
    const { settings } = await load({ '.sfreplayrc': config }, {}, { MODE: 'bulk' }, { offline: true });
    expect(settings.org).toBeUndefined();
    expect(settings.mappings).toHaveLength(1);
  });
});

describe('secrets', () => {
  it('are in no message, wherever they turn up', async () => {
    const config = `org_url: \${TOKEN}
client_secret: "pre-\${SECRET}-post"
max_in_flight: \${SECRET}
failures_file: []
pre-s3cr3t-post: 1
topic_mappings:
  - {topic: a, sobject: "x \${SECRET} x", operation: "\${TOKEN}"}
`;
    const environment = { SECRET: 's3cr3t', TOKEN: 't0k3n', SALESFORCE_ACCESS_TOKEN: 't0k3n' };
    const error = await failureOf({ '.sfreplayrc': config }, {}, environment);
    const shown = JSON.stringify([error.message, error.hint, error.issues]);
    expect(shown).toContain('found \\"***\\"');
    expect(shown).toContain('x *** x');
    expect(shown).not.toContain('s3cr3t');
    expect(shown).not.toContain('t0k3n');
  });
});

describe('offline', () => {
  it('asks for no org, and looks for no file of it', async () => {
    const config = `${mapping}client_id: x\nauth: {flow: jwt, private_key_file: missing.pem}\nhttp: {tls: {root_cas_file: missing.pem}}\n`;
    for (const text of [mapping, config]) {
      const { settings } = await load({ '.sfreplayrc': text }, {}, {}, { offline: true });
      expect(settings.org).toBeUndefined();
    }
  });

  it.each([
    ['org_url: http://acme.my.salesforce.com', 'org_url: expected https, since a token must not be sent unencrypted'],
    ['org_url: nonsense', 'org_url: expected a URL such as https://nonsense; found "nonsense"'],
    [
      'auth: {flow: implicit}',
      'auth.flow: expected one of client_credentials, jwt, refresh_token, sfdx_url; found "implicit"',
    ],
    ['auth: {flow: jwt, password: x}', 'auth.password: unknown key'],
    [
      'client_secret: {a: b}',
      'client_secret: expected the consumer secret, in quotes; found an object that is not shown',
    ],
    ['access_token: [x]', 'access_token: expected an access token; found a list that is not shown'],
    ['auth: {flow: jwt, private_key: nonsense}', 'auth.private_key: expected an RSA key as PEM'],
    ['sfdx_auth_url: nonsense', 'sfdx_auth_url: expected force://'],
    ['client_id: x\ntarget_org: y', 'target_org: conflicts with client_id'],
    ['http: {proxy_url: "ftp://x"}', 'http.proxy_url: expected a URL such as http://proxy.example:3128'],
  ])('calls a nonsensical sign-in wrong: %s', async (lines, message) => {
    const file = { '.sfreplayrc': `${mapping}${lines}\n` };
    await expect(load(file, {}, {}, { offline: true })).rejects.toThrow(message);
  });

  it('waits for no variable of the org', async () => {
    const config = `${mapping}org_url: \${URL}\nclient_id: x\nauth: {flow: "\${FLOW}", username: "\${USER_NAME}"}\nhttp: {proxy_url: "\${PROXY}"}\n`;
    const { settings } = await load({ '.sfreplayrc': config }, {}, {}, { offline: true });
    expect(settings.mappings).toHaveLength(1);
    const missing = load({ '.sfreplayrc': `${mapping}failures_file: \${FILE}\n` }, {}, {}, { offline: true });
    await expect(missing).rejects.toThrow('the environment variable FILE is not set');
  });
});

describe('warnings', () => {
  it('name what has no effect', async () => {
    const config = `${signIn}http: {tps_limit: 5, backoff: {initial_interval: 1s}}
topic_mappings: [{topic: a, sobject: Account, operation: insert, external_id_field: X__c}]
`;
    const { warnings } = await load({ '.sfreplayrc': config });
    expect(warnings).toEqual([
      'http.tps_limit, http.backoff.initial_interval have no effect in sfreplay',
      'topic_mappings[0].external_id_field has no effect with insert',
    ]);
  });

  it('name what Bulk API 2.0 does not heed', async () => {
    const headers =
      '{sforce-auto-assign: "FALSE", Sforce-Duplicate-Rule-Header: allowSave=true, Sforce-Call-Options: client=x}';
    const bulk = '{topic: a, sobject: Account, operation: insert, mode: bulk, all_or_none: true}';
    const realtime = '{topic: b, sobject: Account, operation: insert, all_or_none: true}';
    const { warnings } = await load({
      '.sfreplayrc': `${signIn}headers: ${headers}\ntopic_mappings: [${realtime}, ${bulk}]\n`,
    });
    expect(warnings).toEqual([
      'topic_mappings[1].all_or_none has no effect in bulk mode: a bulk job writes each record on its own',
      'headers.sforce-auto-assign, headers.Sforce-Duplicate-Rule-Header have no effect on topics in bulk mode (a): Bulk API 2.0 ignores them',
    ]);
    expect(
      (await load({ '.sfreplayrc': `${signIn}headers: ${headers}\ntopic_mappings: [${realtime}]\n` })).warnings,
    ).toEqual([]);
  });
});
