import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addFlags } from '../../src/cli/flags.js';
import { typedFlags } from '../../src/cli/retry-command.js';
import { configKeys } from '../../src/config/keys.js';

const command = new Command('replay');
await addFlags(command);

describe('the flags of replay', () => {
  const keys = configKeys().filter(({ flag }) => flag !== undefined);

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
      'only_changes',
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

  it.each(keys)('tell the default of $key: $default', ({ flag, default: value }) => {
    const option = command.options.find(({ long }) => long === flag?.name);
    expect(option).toBeDefined();
    if (value !== undefined) expect(option?.description).toContain(`(default: ${value.replaceAll('"', '')})`);
  });
});

describe('typedFlags', () => {
  it('gives what was typed, and no default', () => {
    command.parse(['--map', 'a=A', '-q', '--config', 'x.yaml', '--map', 'b=B'], { from: 'user' });
    expect(typedFlags(command)).toEqual([
      { flag: '-c', value: 'x.yaml' },
      { flag: '--map', value: 'a=A' },
      { flag: '--map', value: 'b=B' },
      { flag: '-q' },
    ]);
  });
});
