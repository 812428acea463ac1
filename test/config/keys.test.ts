import { describe, expect, it } from 'vitest';
import { configKeys } from '../../src/config/keys.js';

describe('configKeys', () => {
  const keys = configKeys();

  it('lists every key that a configuration can have', () => {
    expect(keys.map(({ key }) => key)).toEqual([
      'org_url',
      'client_id',
      'client_secret',
      'client_secret_file',
      'access_token',
      'target_org',
      'sfdx_auth_url',
      'sfdx_auth_url_file',
      'auth',
      'auth.flow',
      'auth.client_id',
      'auth.client_secret',
      'auth.client_secret_file',
      'auth.username',
      'auth.private_key_file',
      'auth.private_key',
      'auth.audience',
      'auth.refresh_token',
      'auth.refresh_token_file',
      'auth.sfdx_auth_url',
      'auth.sfdx_auth_url_file',
      'restapi_version',
      'api_version',
      'request_timeout',
      'max_retries',
      'bulk_batch_size',
      'max_concurrent_bulk_jobs',
      'bulk_poll_interval',
      'batch_period',
      'max_in_flight',
      'max_failures',
      'max_api_usage',
      'only_changes',
      'headers',
      'http.timeout',
      'http.backoff.max_retries',
      'http.proxy_url',
      'http.tls.root_cas_file',
      'envelope',
      'failures_file',
      'successes_file',
      'journal_file',
      'report_file',
      'shard',
      'unmapped_topics',
      'unwritable_fields',
      'topic_mappings',
      'topic_mappings[].topic',
      'topic_mappings[].sobject',
      'topic_mappings[].operation',
      'topic_mappings[].external_id_field',
      'topic_mappings[].fields',
      'topic_mappings[].set',
      'topic_mappings[].mode',
      'topic_mappings[].assignment_rule',
      'topic_mappings[].all_or_none',
      'topic_mappings[].depends_on',
      'topic_mappings[].tombstones',
      'topic_mappings[].insert_key',
      'topic_mappings[].compact',
    ]);
  });

  it('has a type and a description for each', () => {
    for (const { type, description } of keys) {
      expect(type).not.toBe('undefined');
      expect(description).not.toBe('');
    }
  });

  it('knows the defaults', () => {
    const defaults = Object.fromEntries(keys.map((key) => [key.key, key.default]));
    expect(defaults).toMatchObject({
      bulk_batch_size: '1000',
      request_timeout: '"30s"',
      'topic_mappings[].operation': '"upsert"',
      'topic_mappings[].all_or_none': 'false',
      org_url: undefined,
    });
  });
});
