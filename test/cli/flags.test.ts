import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addReplayFlags, typedFlags } from '../../src/cli/flags.js';
import { configKeys } from '../../src/config/schema.js';
import { flagOf } from '../../src/config/typed-options.js';

describe('the flags of replay', () => {
  const command = addReplayFlags(new Command());
  const keys = configKeys().filter(({ key }) => flagOf(key) !== undefined);

  it('stand for these keys', () => {
    expect(keys.map(({ key }) => key)).toEqual([
      'org_url',
      'client_id',
      'client_secret_file',
      'target_org',
      'sfdx_auth_url_file',
      'restapi_version',
      'request_timeout',
      'max_retries',
      'bulk_batch_size',
      'max_concurrent_bulk_jobs',
      'bulk_poll_interval',
      'batch_period',
      'max_in_flight',
      'max_failures',
      'max_api_usage',
      'envelope',
      'failures_file',
      'successes_file',
      'journal_file',
      'report_file',
      'shard',
      'unmapped_topics',
      'unwritable_fields',
    ]);
  });

  it.each(keys.map((key) => [key.key, key.default] as const))('tell the default of %s: %s', (key, value) => {
    const option = command.options.find(({ long }) => long === flagOf(key));
    expect(option).toBeDefined();
    if (value !== undefined) expect(option?.description).toContain(`(default: ${value.replaceAll('"', '')})`);
  });
});

describe('typedFlags', () => {
  it('gives what was typed, and no default', () => {
    const command = addReplayFlags(new Command());
    command.parse(['--map', 'a=A', '-q', '--config', 'x.yaml', '--map', 'b=B'], { from: 'user' });
    expect(typedFlags(command)).toEqual([
      { flag: '-c', value: 'x.yaml' },
      { flag: '--map', value: 'a=A' },
      { flag: '--map', value: 'b=B' },
      { flag: '-q' },
    ]);
  });
});
