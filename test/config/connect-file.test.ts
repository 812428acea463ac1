import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/load.js';
import { folderWith } from './folder.js';

const environment = {
  SALESFORCE_ORG_URL: 'https://acme.my.salesforce.com',
  SALESFORCE_CLIENT_ID: 'an-id',
  SALESFORCE_CLIENT_SECRET: 'a-secret-of-ours',
};

const flat = `salesforce_sink:
  org_url: "\${SALESFORCE_ORG_URL}"
  client_id: "\${SALESFORCE_CLIENT_ID}"
  client_secret: "\${SALESFORCE_CLIENT_SECRET}"
  restapi_version: "v62.0"
  request_timeout: "45s"
  max_retries: 5
  max_in_flight: 10
  bulk_batch_size: 200
  max_concurrent_bulk_jobs: 30
  topic_mappings:
    - topic: bench-account
      sobject: Account
      operation: upsert
      external_id_field: External_ID__c
      mode: "\${BENCH_WRITE_MODE:realtime}"
      all_or_none: false
`;

const nested = `salesforce_sink:
  org_url: \${SALESFORCE_ORG_URL}
  client_id: \${SALESFORCE_CLIENT_ID}
  client_secret: \${SALESFORCE_CLIENT_SECRET}
  api_version: v62.0
  bulk_batch_size: 200
  max_concurrent_bulk_jobs: 30
  bulk_poll_interval: 5s
  batch_period: 5s
  max_in_flight: 10
  topic_mappings:
    - topic: bench-account
      sobject: Account
      operation: upsert
      external_id_field: External_ID__c
  http:
    timeout: 45s
    tls:
      enabled: true
      skip_cert_verify: false
      enable_renegotiation: false
      root_cas: ""
      root_cas_file: "./ca.pem"
      client_certs: []
    proxy_url: "http://proxy.example:3128"
    disable_http2: false
    tps_limit: 0
    tps_burst: 1
    backoff: {initial_interval: 1s, max_interval: 30s, max_retries: 5}
    tcp:
      connect_timeout: 0s
      keep_alive: {idle: 15s, interval: 15s, count: 9}
    http:
      max_idle_conns: 100
      h2: {ping_timeout: 15s}
    access_log_level: ""
    access_log_body_limit: 0
`;

const around = `http:
  debug_endpoints: true
input:
  kafka_franz:
    seed_brokers: [\${BROKERS_THAT_NOBODY_SET}]
    topics: [bench-account]
  processors:
    - mapping: |
        root.topic = @kafka_topic
        root.data = this
pipeline: {processors: []}
metrics: {prometheus: {}}
`;

function indent(text: string, by: number): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(by));
}

/** As an item of a YAML list at that depth. */
function item(text: string, by: number): string {
  return `${' '.repeat(by)}- ${indent(text, by + 2).trimStart()}`;
}

/** What is told of the processors of `around`, and of these. */
function notRun(...others: string[]): string {
  const all = ['input.processors[0] (mapping)', ...others];
  return `${all.join(', ')} ${all.length === 1 ? 'is' : 'are'} not run: records are sent as they are in the input`;
}

async function load(pipeline: string) {
  const folder = folderWith({ 'pipelines/connect.yaml': pipeline, 'ca.pem': 'certificates' });
  const loaded = await loadSettings({ config: 'pipelines/connect.yaml' }, environment, folder, { offline: false });
  return { ...loaded, folder };
}

describe('a Redpanda Connect pipeline', () => {
  it.each<[string, string, string[]?]>([
    ['output', `output:\n${indent(flat, 2)}`],
    ['outputs, as the documentation prints it', `outputs:\n  label: ""\n${indent(flat, 2)}`],
    ['a list of outputs', `outputs:\n${item(flat, 2)}`],
    ['the sink alone at the top', flat],
    [
      'output with a label and processors',
      `output:\n  label: sf\n  processors: [{log: {}}, {label: x, branch: {processors: [{noop: {}}]}}, nonsense]\n  batching: {count: 5}\n${indent(flat, 2)}`,
      ['output.processors[0] (log)', 'output.processors[1] (branch)', 'output.processors[2]'],
    ],
    ['output.broker', `output:\n  broker:\n    pattern: fan_out\n    outputs:\n      - drop: {}\n${item(flat, 6)}`],
    [
      'output.switch',
      `output:\n  switch:\n    cases:\n      - check: this.topic == "x"\n        output:\n${indent(flat, 10)}      - output: {drop: {}}\n`,
    ],
    ['output.fallback', `output:\n  fallback:\n${item(flat, 4)}    - drop: {}\n`],
    ['output_resources', `output: {resource: sf}\noutput_resources:\n  - label: sf\n${indent(flat, 4)}`],
  ])('is taken as it is: %s', async (_, output, processors = []) => {
    const { settings, warnings } = await load(around + output);
    expect(settings.org).toMatchObject({
      orgUrl: 'https://acme.my.salesforce.com',
      restapiVersion: 'v62.0',
      requestTimeoutMs: 45_000,
      maxRetries: 5,
    });
    expect(settings).toMatchObject({ maxInFlight: 10, bulkBatchSize: 200, maxConcurrentBulkJobs: 30 });
    expect(settings.mappings[0]).toMatchObject({ topic: 'bench-account', externalIdField: 'External_ID__c' });
    expect(warnings).toEqual([notRun(...processors)]);
  });

  it('is taken in its newer spelling, with a warning of what has no effect', async () => {
    const { settings, warnings, folder } = await load(`${around}output:\n${indent(nested, 2)}`);
    expect(settings.org).toMatchObject({
      restapiVersion: 'v62.0',
      requestTimeoutMs: 45_000,
      maxRetries: 5,
      proxyUrl: 'http://proxy.example:3128',
      rootCasFile: join(folder, 'ca.pem'),
    });
    expect(warnings).toEqual([
      notRun(),
      'http.tls.enabled, http.tls.skip_cert_verify, http.tls.enable_renegotiation, http.tls.client_certs, ' +
        'http.disable_http2, http.tps_limit, http.tps_burst, http.backoff.initial_interval, http.backoff.max_interval, ' +
        'http.tcp, http.http, http.access_log_body_limit have no effect in sfreplay',
    ]);
  });

  it.each([
    [
      'no sink',
      `output: {drop: {}}`,
      'pipelines/connect.yaml is a Redpanda Connect pipeline without a salesforce_sink output.',
    ],
    [
      'two sinks',
      `output:\n  broker:\n    outputs:\n${item(flat, 6)}${item(flat, 6)}`,
      'pipelines/connect.yaml has 2 salesforce_sink outputs: output.broker.outputs[0].salesforce_sink and output.broker.outputs[1].salesforce_sink.',
    ],
  ])('is refused with %s', async (_, output, message) => {
    await expect(load(around + output)).rejects.toThrow(message);
  });

  it.each([
    ['output: {salesforce_sink: text}', 'output.salesforce_sink', 'text'],
    ['output: {salesforce_sink: [{max_in_flight: 1}]}', 'output.salesforce_sink', 'a list'],
    ['output:\n  salesforce_sink:\n', 'output.salesforce_sink', 'nothing'],
    ['salesforce_sink: 5', 'salesforce_sink', 'a number'],
  ])('is refused with a sink that is none: %s', async (output, path, found) => {
    await expect(load(output)).rejects.toMatchObject({
      issues: [{ path, message: `expected keys and values; found ${found}`, origin: 'pipelines/connect.yaml' }],
    });
  });

  it('has its mistakes told with the place of the sink', async () => {
    const pipeline = `output:\n  salesforce_sink: {max_in_flight: none, topic_mappings: [{topic: a, sobject: A, operation: x}]}`;
    await expect(load(pipeline)).rejects.toMatchObject({
      issues: [
        { path: 'max_in_flight', origin: 'pipelines/connect.yaml, output.salesforce_sink' },
        { path: 'topic_mappings[0].operation', origin: 'pipelines/connect.yaml, output.salesforce_sink' },
      ],
    });
  });
});
