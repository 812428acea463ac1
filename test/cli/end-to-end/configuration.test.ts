import { describe, expect, it } from 'vitest';
import { account, stage, UPSERT_ACCOUNTS, type Stage } from '../stage.js';

const MAPPING = '{ topic: accounts, sobject: Account, external_id_field: External_Id__c }';

/** The configuration file of these lines, with the emulator's address. */
function configure(scene: Stage, name: string, ...lines: string[]): void {
  scene.write(name, [`org_url: ${scene.org.url}`, ...lines, ''].join('\n'));
}

describe('the configuration', () => {
  it('is found from below by its name, and its ${VAR:default} are filled in', async () => {
    const scene = await stage([account('A-1')]);
    configure(
      scene,
      '.config/sfreplayrc.yaml',
      'client_id: ${CLIENT}',
      'client_secret: ${SECRET}',
      'failures_file: ${FAILURES:failed.ndjson}',
      `topic_mappings: [${MAPPING}]`,
    );
    const environment = { CLIENT: scene.org.clientId, SECRET: scene.org.clientSecret };
    expect(await scene.run(['-q', 'dump.ndjson'], { environment })).toMatchObject({ status: 0, stderr: '' });
    expect(scene.org.records('Account')).toHaveLength(1);
  });

  it('takes a flag before the environment before the file before the default', async () => {
    const scene = await stage([account('A-1'), account('A-2'), account('A-3')]);
    configure(
      scene,
      'sfreplay.yaml',
      'client_id: not-this-one',
      'client_secret: nor-this-secret',
      'bulk_batch_size: 1',
      'restapi_version: v61.0',
      `topic_mappings: [${MAPPING}]`,
    );
    const environment = {
      SALESFORCE_CLIENT_ID: 'nor-this-one',
      SALESFORCE_CLIENT_SECRET: scene.org.clientSecret,
      SALESFORCE_ORG_URL: scene.org.url,
    };
    const flags = ['-c', 'sfreplay.yaml', '--client-id', scene.org.clientId, '--bulk-batch-size', '2'];
    const { summary, topic } = await scene.runJson([...flags, 'dump.ndjson'], { environment });
    expect(summary.totals.succeeded).toBe(3);
    expect(topic().batches).toBe(2);
    expect(scene.org.requests.filter(({ kind }) => kind === 'collections')[0]!.path).toContain('/v61.0/');
  });

  it('reads the secret from a file, and a token in the place of both', async () => {
    const scene = await stage([account('A-1')]);
    scene.write('secret', `${scene.org.clientSecret}\n`);
    const flags = ['--org-url', scene.org.url, '--client-id', scene.org.clientId, '--client-secret-file', 'secret'];
    const withFile = await scene.run([...UPSERT_ACCOUNTS, ...flags, '-q', 'dump.ndjson'], { environment: {} });
    expect(withFile.status).toBe(0);

    const environment = { SALESFORCE_ORG_URL: scene.org.url, SALESFORCE_ACCESS_TOKEN: scene.org.issueToken() };
    const before = scene.org.requests.length;
    const withToken = await scene.run([...UPSERT_ACCOUNTS, '-q', 'dump.ndjson'], { environment });
    expect(withToken.status).toBe(0);
    expect(scene.org.requests.slice(before).filter(({ kind }) => kind === 'token')).toEqual([]);
  });

  it('may be a Redpanda Connect pipeline, older keys and newer ones', async () => {
    const scene = await stage([account('A-1'), { topic: 'leads', data: { LastName: 'L', Company: 'C' } }]);
    scene.write(
      'pipeline.yaml',
      `input:
  kafka_franz: { seed_brokers: [localhost:9092], topics: [accounts] }
output:
  broker:
    outputs:
      - drop: {}
      - salesforce_sink:
          org_url: ${scene.org.url}
          client_id: \${SALESFORCE_CLIENT_ID}
          client_secret: \${SALESFORCE_CLIENT_SECRET}
          api_version: "64"
          http:
            timeout: 20s
            backoff: { max_retries: 3, initial_interval: 1s }
          bulk_poll_interval: 50ms
          topic_mappings:
            - ${MAPPING}
            - topic: leads
              sobject: Lead
              operation: insert
              mode: bulk
`,
    );
    const { status, stderr, summary } = await scene.runJson(['-c', 'pipeline.yaml', '-q', 'dump.ndjson']);
    expect({ status, succeeded: summary.totals.succeeded }).toEqual({ status: 0, succeeded: 2 });
    expect(stderr).toContain('http.backoff.initial_interval has no effect in sfreplay');
    expect(scene.org.requests.some(({ path }) => path.includes('/v64.0/jobs/ingest'))).toBe(true);
  });

  it('is --map alone where there is no file, and replaces a mapping of the same topic', async () => {
    const scene = await stage([{ topic: 'accounts', data: { LastName: 'L', Company: 'C' } }]);
    configure(scene, 'sfreplay.yaml', `topic_mappings: [${MAPPING}]`);
    const flags = ['-c', 'sfreplay.yaml', '--map', 'accounts=Lead:insert', 'dump.ndjson'];
    const { topic } = await scene.runJson(flags);
    expect(topic()).toMatchObject({ sobject: 'Lead', operation: 'insert', mode: 'realtime', succeeded: 1 });
  });

  it('names the variable that is not set, and its key', async () => {
    const scene = await stage([account('A-1')]);
    configure(scene, 'sfreplay.yaml', 'client_id: ${NOT_SET}', `topic_mappings: [${MAPPING}]`);
    const { status, stderr } = await scene.run(['-c', 'sfreplay.yaml', 'dump.ndjson'], { environment: {} });
    expect(status).toBe(2);
    expect(stderr).toContain('NOT_SET');
    expect(stderr).toContain('client_id');
  });

  it.each([
    ['empty', '', 'org_url'],
    ['no YAML', 'a: [', 'sfreplay.yaml'],
    ['a list', '- a\n', 'sfreplay.yaml'],
  ])('that is %s gets a clear sentence', async (_, content, part) => {
    const scene = await stage([account('A-1')]);
    scene.write('sfreplay.yaml', content);
    const run = await scene.run(['-c', 'sfreplay.yaml', 'dump.ndjson'], { environment: {} });
    expect(run).toMatchObject({ status: 2, stdout: '' });
    expect(run.stderr).toMatch(/^sfreplay: error: /);
    expect(run.stderr).toContain(part);
    expect(run.stderr).not.toMatch(/\n {4}at /);
  });
});

describe('secrets', () => {
  it('are nowhere to be seen, not even when the org repeats them', async () => {
    const secret = 'S3cret-That-Nobody-May-See';
    const scene = await stage([account('A-1'), account('A-2')], { clientSecret: secret });
    scene.org.addFault({ kind: 'record-error', key: 'A-1', code: 'X_FAILED', message: `client_secret=${secret}` });
    const environment = { ...scene.signIn, SFREPLAY_DEBUG: '1' };
    const ran = await scene.run([...UPSERT_ACCOUNTS, 'dump.ndjson'], { environment });
    expect(ran.status).toBe(1);
    expect(ran.stdout + ran.stderr).not.toContain(secret);

    const wrong = { ...environment, SALESFORCE_CLIENT_SECRET: `${secret}-but-wrong` };
    const refused = await scene.run([...UPSERT_ACCOUNTS, 'dump.ndjson'], { environment: wrong });
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('invalid client credentials');
    expect(refused.stdout + refused.stderr).not.toContain(secret);

    const token = scene.org.issueToken();
    scene.org.expireTokens();
    const stale = { SALESFORCE_ORG_URL: scene.org.url, SALESFORCE_ACCESS_TOKEN: token, SFREPLAY_DEBUG: '1' };
    const expired = await scene.run([...UPSERT_ACCOUNTS, 'dump.ndjson'], { environment: stale });
    expect(expired.status).toBe(2);
    expect(expired.stdout + expired.stderr).not.toContain(token);
  });
});
