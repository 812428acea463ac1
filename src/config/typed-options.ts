/** The flags that stand for configuration keys, as typed. Their values are checked like those of a file. */
export interface TypedOptions {
  /** `-c, --config FILE`: the configuration file; without it one is searched. */
  readonly config?: string | undefined;
  /** `--map TOPIC=SOBJECT[:OPERATION[:EXTERNAL_ID_FIELD[:MODE]]]`, in the order typed. */
  readonly map?: readonly string[] | undefined;
  readonly envelope?: string | undefined;
  readonly orgUrl?: string | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecretFile?: string | undefined;
  readonly targetOrg?: string | undefined;
  readonly sfdxAuthUrlFile?: string | undefined;
  readonly restapiVersion?: string | undefined;
  readonly requestTimeout?: string | undefined;
  readonly maxRetries?: string | undefined;
  readonly bulkBatchSize?: string | undefined;
  readonly maxConcurrentBulkJobs?: string | undefined;
  readonly bulkPollInterval?: string | undefined;
  readonly batchPeriod?: string | undefined;
  readonly maxInFlight?: string | undefined;
  readonly maxFailures?: string | undefined;
  readonly maxApiUsage?: string | undefined;
  readonly failures?: string | undefined;
  readonly successes?: string | undefined;
  readonly journal?: string | undefined;
  readonly report?: string | undefined;
  readonly shard?: string | undefined;
  readonly unmapped?: string | undefined;
  readonly unwritable?: string | undefined;
}

interface KeyFlag {
  readonly option: Exclude<keyof TypedOptions, 'config' | 'map'>;
  readonly flag: string;
  readonly key: string;
}

const KEY_FLAGS: readonly KeyFlag[] = [
  { option: 'envelope', flag: '--envelope', key: 'envelope' },
  { option: 'orgUrl', flag: '--org-url', key: 'org_url' },
  { option: 'clientId', flag: '--client-id', key: 'client_id' },
  { option: 'clientSecretFile', flag: '--client-secret-file', key: 'client_secret_file' },
  { option: 'targetOrg', flag: '--target-org', key: 'target_org' },
  { option: 'sfdxAuthUrlFile', flag: '--sfdx-auth-url-file', key: 'sfdx_auth_url_file' },
  { option: 'restapiVersion', flag: '--restapi-version', key: 'restapi_version' },
  { option: 'requestTimeout', flag: '--request-timeout', key: 'request_timeout' },
  { option: 'maxRetries', flag: '--max-retries', key: 'max_retries' },
  { option: 'bulkBatchSize', flag: '--bulk-batch-size', key: 'bulk_batch_size' },
  { option: 'maxConcurrentBulkJobs', flag: '--max-concurrent-bulk-jobs', key: 'max_concurrent_bulk_jobs' },
  { option: 'bulkPollInterval', flag: '--bulk-poll-interval', key: 'bulk_poll_interval' },
  { option: 'batchPeriod', flag: '--batch-period', key: 'batch_period' },
  { option: 'maxInFlight', flag: '--max-in-flight', key: 'max_in_flight' },
  { option: 'maxFailures', flag: '--max-failures', key: 'max_failures' },
  { option: 'maxApiUsage', flag: '--max-api-usage', key: 'max_api_usage' },
  { option: 'failures', flag: '--failures', key: 'failures_file' },
  { option: 'successes', flag: '--successes', key: 'successes_file' },
  { option: 'journal', flag: '--journal', key: 'journal_file' },
  { option: 'report', flag: '--report', key: 'report_file' },
  { option: 'shard', flag: '--shard', key: 'shard' },
  { option: 'unmapped', flag: '--unmapped', key: 'unmapped_topics' },
  { option: 'unwritable', flag: '--unwritable', key: 'unwritable_fields' },
];

/** The flags given, under the names of the keys they stand for. */
export function keysFromFlags(typed: TypedOptions): Record<string, string> {
  const given = KEY_FLAGS.flatMap(({ option, key }): [string, string][] => {
    const value = typed[option];
    return value === undefined ? [] : [[key, value]];
  });
  return Object.fromEntries(given);
}

/** `request_timeout` → `--request-timeout`; undefined for a key that no flag stands for. */
export function flagOf(key: string): string | undefined {
  return KEY_FLAGS.find((flag) => flag.key === key)?.flag;
}
