import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/core/errors.js';
import { settingsFromObject } from '../../src/config/load.js';

const mapping = { topic: 'accounts', sobject: 'Account', external_id_field: 'External_Id__c' };
const minimal = {
  org_url: 'https://acme.my.salesforce.com',
  client_id: 'an-id',
  client_secret: 'a-secret-of-ours',
  topic_mappings: [mapping],
};

function issuesOf(config: unknown): string[] {
  try {
    settingsFromObject(config);
  } catch (error) {
    if (error instanceof ConfigError) return error.issues.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

describe('settingsFromObject', () => {
  it('fills in the defaults', () => {
    expect(settingsFromObject(minimal)).toEqual({
      org: {
        orgUrl: 'https://acme.my.salesforce.com',
        signIn: { kind: 'client_credentials', clientId: 'an-id', clientSecret: 'a-secret-of-ours' },
        restapiVersion: 'v65.0',
        requestTimeoutMs: 30_000,
        maxRetries: 10,
        proxyUrl: undefined,
        rootCasFile: undefined,
        headers: {},
      },
      mappings: [
        {
          topic: 'accounts',
          sobject: 'Account',
          operation: 'upsert',
          externalIdField: 'External_Id__c',
          mode: 'realtime',
          allOrNone: false,
          compact: false,
          tombstones: 'fail',
          dependsOn: [],
        },
      ],
      bulkBatchSize: 1000,
      maxConcurrentBulkJobs: 10,
      bulkPollIntervalMs: 5_000,
      batchPeriodMs: 5_000,
      maxInFlight: 1,
      onlyChanges: false,
      envelope: 'auto',
      shard: { index: 1, count: 1 },
      unmappedTopics: 'skip',
      unwritableFields: 'drop',
      failuresFile: undefined,
      successesFile: undefined,
    });
  });

  it.each<[string, unknown, string, unknown]>([
    ['bulk_batch_size', 1, 'bulkBatchSize', 1],
    ['bulk_batch_size', ' 250 ', 'bulkBatchSize', 250],
    ['bulk_batch_size', 'auto', 'bulkBatchSize', 'auto'],
    ['max_concurrent_bulk_jobs', '3', 'maxConcurrentBulkJobs', 3],
    ['max_in_flight', 8, 'maxInFlight', 8],
    ['max_in_flight', 'auto', 'maxInFlight', 'auto'],
    ['bulk_poll_interval', '500ms', 'bulkPollIntervalMs', 500],
    ['batch_period', '1m30s', 'batchPeriodMs', 90_000],
    ['envelope', 'kcat', 'envelope', 'kcat'],
    ['shard', ' 2/8', 'shard', { index: 2, count: 8 }],
    ['unmapped_topics', 'fail', 'unmappedTopics', 'fail'],
    ['unwritable_fields', 'send', 'unwritableFields', 'send'],
    ['failures_file', 'failed.ndjson', 'failuresFile', 'failed.ndjson'],
    ['successes_file', 'ok.ndjson', 'successesFile', 'ok.ndjson'],
    ['max_in_flight', null, 'maxInFlight', 1],
    ['max_in_flight', '', 'maxInFlight', 1],
  ])('reads %s: %j', (key, value, setting, expected) => {
    expect(settingsFromObject({ ...minimal, [key]: value })).toHaveProperty(setting, expected);
  });

  it.each<[Record<string, unknown>, string, unknown]>([
    [{ restapi_version: 65 }, 'restapiVersion', 'v65.0'],
    [{ restapi_version: '62.0' }, 'restapiVersion', 'v62.0'],
    [{ restapi_version: 'v61.0' }, 'restapiVersion', 'v61.0'],
    [{ restapi_version: 'V61' }, 'restapiVersion', 'v61.0'],
    [{ api_version: 'v60.0' }, 'restapiVersion', 'v60.0'],
    [{ request_timeout: '1m' }, 'requestTimeoutMs', 60_000],
    [{ http: { timeout: '7s' } }, 'requestTimeoutMs', 7_000],
    [{ max_retries: 0 }, 'maxRetries', 0],
    [{ http: { backoff: { max_retries: '4' } } }, 'maxRetries', 4],
    [{ http: { proxy_url: 'http://me:word@proxy.example:3128' } }, 'proxyUrl', 'http://me:word@proxy.example:3128'],
    [{ http: { proxy_url: 'proxy.example:3128' } }, 'proxyUrl', 'proxy.example:3128'],
    [{ http: { proxy_url: '' } }, 'proxyUrl', undefined],
    [
      { headers: { 'Sforce-Auto-Assign': false, 'sforce-duplicate-rule-header': 'allowSave=true' } },
      'headers',
      { 'Sforce-Auto-Assign': 'FALSE', 'sforce-duplicate-rule-header': 'allowSave=true' },
    ],
    [{ org_url: 'http://127.0.0.1:9000/' }, 'orgUrl', 'http://127.0.0.1:9000'],
    [{ access_token: '00D!token' }, 'signIn', { kind: 'access_token', accessToken: '00D!token' }],
  ])('reads %j', (keys, setting, expected) => {
    expect(settingsFromObject({ ...minimal, ...keys }).org).toHaveProperty(setting, expected);
  });

  it.each<[Record<string, unknown>, Record<string, unknown>]>([
    [
      { operation: 'insert', external_id_field: '' },
      { operation: 'insert', externalIdField: '' },
    ],
    [{ operation: 'update' }, { operation: 'update', externalIdField: 'External_Id__c' }],
    [
      { operation: 'delete', external_id_field: undefined, mode: 'bulk' },
      { operation: 'delete', mode: 'bulk' },
    ],
    [{ external_id_field: 'Id' }, { externalIdField: 'Id' }],
    [{ all_or_none: 'true' }, { allOrNone: true }],
    [
      { all_or_none: true, mode: 'bulk' },
      { allOrNone: false, mode: 'bulk' },
    ],
    [
      { all_or_none: 'False', mode: 'bulk' },
      { allOrNone: false, mode: 'bulk' },
    ],
    [{ topic: 42 }, { topic: '42' }],
    [{ operation: 'delete' }, { operation: 'delete', externalIdField: 'External_Id__c' }],
    [
      { operation: 'delete', external_id_field: 'id' },
      { operation: 'delete', externalIdField: '' },
    ],
    [{ compact: true }, { compact: true }],
    [{ tombstones: 'delete' }, { tombstones: 'delete' }],
    [{ tombstones: 'delete', operation: 'update' }, { tombstones: 'fail' }],
    [{ compact: true, operation: 'insert' }, { compact: false }],
  ])('reads a mapping with %j', (keys, expected) => {
    expect(settingsFromObject({ ...minimal, topic_mappings: [{ ...mapping, ...keys }] }).mappings[0]).toMatchObject(
      expected,
    );
  });

  it.each<[Record<string, unknown>, string]>([
    [{ bulk_batch_size: 0 }, 'bulk_batch_size: expected an integer of at least 1, or auto; found 0'],
    [{ bulk_batch_size: 'max' }, 'bulk_batch_size: expected an integer of at least 1, or auto; found "max"'],
    [{ max_concurrent_bulk_jobs: 'auto' }, 'max_concurrent_bulk_jobs: expected an integer of at least 1; found "auto"'],
    [{ bulk_batch_size: 1.5 }, 'bulk_batch_size: expected an integer of at least 1, or auto; found 1.5'],
    [{ max_retries: -1 }, 'max_retries: expected an integer of at least 0; found -1'],
    [{ max_in_flight: [1] }, 'max_in_flight: expected an integer of at least 1, or auto; found a list'],
    [{ max_concurrent_bulk_jobs: true }, 'max_concurrent_bulk_jobs: expected an integer of at least 1; found true'],
    [{ request_timeout: 30 }, 'request_timeout: expected a duration with its unit, such as 30s; found 30'],
    [{ request_timeout: 'soon' }, 'request_timeout: expected a duration such as 500ms, 5s or 1m30s; found "soon"'],
    [{ batch_period: '0s' }, 'batch_period: expected a duration longer than 0, such as 5s; found "0s"'],
    [{ batch_period: '999h' }, 'batch_period: expected a duration of at most 596h; found "999h"'],
    [{ http: { timeout: 'x' } }, 'http.timeout: expected a duration such as 500ms, 5s or 1m30s; found "x"'],
    [{ restapi_version: 'latest' }, 'restapi_version: expected a REST API version such as v65.0; found "latest"'],
    [{ api_version: '65.1' }, 'api_version: expected a REST API version such as v65.0; found "65.1"'],
    [
      { api_version: 'v64.0', restapi_version: 'v65.0' },
      'api_version: has the same meaning as restapi_version, which is given too; keep one of them',
    ],
    [
      { envelope: 'native2' },
      'envelope: expected one of auto, native, kcat, rpk; found "native2". Did you mean "native"?',
    ],
    [{ unmapped_topics: 'drop' }, 'unmapped_topics: expected one of skip, fail; found "drop"'],
    [{ unwritable_fields: 1 }, 'unwritable_fields: expected one of drop, fail, send; found 1'],
    [{ headers: 'x' }, 'headers: expected keys and values; found "x"'],
    [{ headers: { Authorization: 'x' } }, 'headers.Authorization: expected a header whose name begins with Sforce-'],
    [
      { headers: { 'Sforce-A': 'x\r\ny' } },
      'headers.Sforce-A: expected text of printable ASCII characters; found "x\\r\\ny"',
    ],
    [{ headers: { 'Sforce-A': '1', 'sforce-a': '2' } }, 'headers.sforce-a: is given twice, in different case'],
    [
      { http: { proxy_url: 'ftp://p.example' } },
      'http.proxy_url: expected a URL such as http://proxy.example:3128; found text that is not shown',
    ],
    [{ http: { tls: { root_cas_file: '/no/such.pem' } } }, 'http.tls.root_cas_file: there is no file /no/such.pem'],
    [{ http: { timout: '5s' } }, 'http.timout: unknown key. Did you mean "timeout"?'],
    [{ http: 5 }, 'http: expected keys and values; found 5'],
    [
      { org_url: 'acme.my.salesforce.com' },
      'org_url: expected a URL such as https://acme.my.salesforce.com; found "acme.my.salesforce.com"',
    ],
    [
      { org_url: 'https://u:hushhush@acme.my.salesforce.com' },
      'org_url: expected a URL without user name and password',
    ],
    [
      { org_url: null },
      'org_url: is missing; expected the URL of the org, here, as SALESFORCE_ORG_URL or with --org-url',
    ],
    [
      { client_id: '' },
      'client_id: is missing; expected the consumer key, here, as SALESFORCE_CLIENT_ID or with --client-id',
    ],
    [
      { client_secret: null },
      'client_secret: is missing; expected the consumer secret, here, as SALESFORCE_CLIENT_SECRET or in a file named with --client-secret-file',
    ],
    [
      { client_id: null, client_secret: null },
      'client_id: no sign-in is configured; expected client_id and client_secret (SALESFORCE_CLIENT_ID, SALESFORCE_CLIENT_SECRET), access_token (SALESFORCE_ACCESS_TOKEN), target_org (--target-org, SF_TARGET_ORG), sfdx_auth_url_file (--sfdx-auth-url-file, SFDX_AUTH_URL), or auth',
    ],
    [
      { client_secret: ['a-secret-of-ours'] },
      'client_secret: expected the consumer secret, in quotes; found a list that is not shown',
    ],
    [
      { client_secret: 1.5 },
      'client_secret: expected the consumer secret, in quotes; found a number that is not shown',
    ],
    [{ client_secret_file: 'x' }, 'client_secret_file: conflicts with client_secret; keep one of them'],
    [{ topic_mapping: [] }, 'topic_mapping: unknown key. Did you mean "topic_mappings"?'],
    [{ wholly_unknown_thing: 'x' }, 'wholly_unknown_thing: unknown key'],
    [{ topic_mappings: null }, 'topic_mappings: is missing; expected a list of mappings'],
    [{ topic_mappings: [] }, 'topic_mappings: expected at least one topic mapping'],
    [{ topic_mappings: {} }, 'topic_mappings: expected a list of mappings; found an object'],
    [{ topic_mappings: ['accounts'] }, 'topic_mappings[0]: expected keys and values; found "accounts"'],
  ])('refuses %j', (keys, issue) => {
    expect(issuesOf({ ...minimal, ...keys })).toEqual([issue]);
  });

  it.each<[Record<string, unknown>, string[]]>([
    [{ topic: undefined }, ['topic: is missing; expected the name of a Kafka topic']],
    [{ topic: '' }, ['topic: expected the name of a Kafka topic; found ""']],
    [
      { sobject: undefined },
      ['sobject: is missing; expected the API name of an sObject, of letters, digits and underscores'],
    ],
    [
      { sobject: '../Account' },
      ['sobject: expected the API name of an sObject, of letters, digits and underscores; found "../Account"'],
    ],
    [
      { operation: 'upsrt' },
      ['operation: expected one of insert, update, upsert, delete; found "upsrt". Did you mean "upsert"?'],
    ],
    [
      { operation: 'UPSERT' },
      ['operation: expected one of insert, update, upsert, delete; found "UPSERT". Did you mean "upsert"?'],
    ],
    [{ mode: 'batch' }, ['mode: expected one of realtime, bulk; found "batch"']],
    [{ external_id_field: '' }, ['external_id_field: is required for upsert: the field that identifies records']],
    [{ external_id_field: 'a b' }, ['external_id_field: expected the API name of an external id field; found "a b"']],
    [{ all_or_none: 'maybe' }, ['all_or_none: expected true or false; found "maybe"']],
    [
      { operatoin: null, nonsense: undefined },
      ['operatoin: unknown key. Did you mean "operation"?', 'nonsense: unknown key'],
    ],
    [
      { external_id_field: '', external_id: 'Key__c' },
      [
        'external_id: unknown key. Did you mean "external_id_field"?',
        'external_id_field: is required for upsert: the field that identifies records',
      ],
    ],
    [{ operatoin: 'insert' }, ['operatoin: unknown key. Did you mean "operation"?']],
    [{ tombstones: 'drop' }, ['tombstones: expected one of delete, skip, fail; found "drop"']],
    [{ depends_on: 'accounts' }, ['depends_on: expected a list of topics; found "accounts"']],
    [{ depends_on: ['accounts', 'leads'] }, ['depends_on[1]: no mapping names the topic "leads"']],
    [
      { depends_on: [null, 'leads'] },
      [
        'depends_on[0]: expected the name of a Kafka topic; found nothing',
        'depends_on[1]: no mapping names the topic "leads"',
      ],
    ],
    [{ depends_on: ['contacts'] }, ['depends_on: topics depend on one another: contacts → contacts']],
    [{ compact: 'maybe' }, ['compact: expected true or false; found "maybe"']],
    [
      { operation: 'delet', mode: 'bilk', topic: null },
      [
        'topic: is missing; expected the name of a Kafka topic',
        'operation: expected one of insert, update, upsert, delete; found "delet". Did you mean "delete"?',
        'mode: expected one of realtime, bulk; found "bilk". Did you mean "bulk"?',
      ],
    ],
  ])('refuses a mapping with %j', (keys, issues) => {
    const second = { ...mapping, topic: 'contacts', ...keys };
    expect(issuesOf({ ...minimal, topic_mappings: [mapping, second] })).toEqual(
      issues.map((issue) => `topic_mappings[1].${issue}`),
    );
  });

  it('refuses a topic that is mapped twice', () => {
    const issue = 'topic_mappings[1].topic: expected each topic once; topic_mappings[0] maps "accounts" already';
    expect(issuesOf({ ...minimal, topic_mappings: [mapping, mapping] })).toEqual([issue]);
  });

  it('tells all mistakes at once', () => {
    const config = { max_in_flight: 0, nonsense: 1, topic_mappings: [{ topic: 'a', mode: 'bulk', all_or_none: true }] };
    expect(issuesOf(config)).toEqual([
      'max_in_flight: expected an integer of at least 1, or auto; found 0',
      'topic_mappings[0].sobject: is missing; expected the API name of an sObject, of letters, digits and underscores',
      'nonsense: unknown key',
      'topic_mappings[0].external_id_field: is required for upsert: the field that identifies records',
      'org_url: is missing; expected the URL of the org, here, as SALESFORCE_ORG_URL or with --org-url',
      'client_id: no sign-in is configured; expected client_id and client_secret (SALESFORCE_CLIENT_ID, SALESFORCE_CLIENT_SECRET), access_token (SALESFORCE_ACCESS_TOKEN), target_org (--target-org, SF_TARGET_ORG), sfdx_auth_url_file (--sfdx-auth-url-file, SFDX_AUTH_URL), or auth',
    ]);
  });

  it('tells unknown keys without a value', () => {
    const config = {
      ...minimal,
      bulk_batchsize: null,
      $schema: null,
      journal_file: null,
      http: { tmeout: null, timeout: null },
    };
    expect(issuesOf({ ...config, auth: { flow: 'jwt', user: null } })).toEqual(
      expect.arrayContaining([
        'bulk_batchsize: unknown key. Did you mean "bulk_batch_size"?',
        'http.tmeout: unknown key. Did you mean "timeout"?',
        'auth.user: unknown key. Did you mean "username"?',
      ]) as string[],
    );
    expect(issuesOf(config)).toHaveLength(2);
  });

  it('refuses what refers to itself, does not end or cannot be read', () => {
    const ring: Record<string, unknown> = { ...minimal };
    ring.headers = { 'Sforce-Mru': ring };
    const endless = (): object => ({
      get more() {
        return endless();
      },
    });
    const throwing = {
      get org_url(): string {
        throw new Error('the vault is shut');
      },
    };
    const told = (config: unknown) => {
      try {
        settingsFromObject(config);
      } catch (error) {
        return error;
      }
      return undefined;
    };
    const start = 'Cannot understand the configuration: ';
    expect(told(ring)).toMatchObject({ name: 'ConfigError', message: `${start}headers.Sforce-Mru refers to itself` });
    expect(told({ http: endless() })).toMatchObject({ message: `${start}it has more than 50 levels` });
    expect(told(throwing)).toMatchObject({ message: `${start}it cannot be read: the vault is shut` });
  });

  it.each([undefined, null, 'x', []])('refuses %j', (config) => {
    expect(() => settingsFromObject(config)).toThrow('The configuration must be an object.');
  });
});
