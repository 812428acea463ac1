import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
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
    ['sfreplay.config.mjs', 'export default { a: 1, b: }', "SyntaxError: Unexpected token '}'"],
    ['sfreplay.config.mjs', 'throw new Error("the vault is shut");', 'the vault is shut (line 1)'],
    ['sfreplay.config.cjs', 'const a = {}; a.b = a; module.exports = a;', 'b refers to itself'],
    [
      'sfreplay.config.mjs',
      'await new Promise((resolve) => setTimeout(resolve, 1e6)); export default {};',
      'it did not finish within 15 s',
    ],
    ['.sfreplayrc.yaml', 'a: &x {b: *x}', 'a.b refers to itself'],
    ['.sfreplayrc.yaml', `a: ${'['.repeat(60)}${']'.repeat(60)}`, 'it has more than 50 levels'],
    [
      '.sfreplayrc.yaml',
      'client_secret: {{ HUSH }}',
      'line 1, column 17: a list or a map where a key belongs; put quotes around it',
    ],
  ])('%s of %j is told in a sentence', async (name, content, sentence) => {
    const scene = await stage([account('A-1')]);
    scene.write(name, content);
    const run = await scene.run(['dump.ndjson'], { environment: {} });
    expect(run).toEqual({ status: 2, stdout: '', stderr: `sfreplay: error: Cannot understand ${name}: ${sentence}\n` });
  });

  it('of Redpanda Connect may have the sink at the top, and what has no effect is told', async () => {
    const scene = await stage([account('A-1')]);
    scene.write(
      'pipeline.yaml',
      `pipeline: { processors: [{ mapping: root = this }, { sleep: {} }] }
salesforce_sink:
  org_url: ${scene.org.url}
  client_id: \${SALESFORCE_CLIENT_ID}
  client_secret: \${SALESFORCE_CLIENT_SECRET}
  headers: { Sforce-Auto-Assign: "FALSE" }
  topic_mappings:
    - { topic: accounts, sobject: Account, external_id_field: External_Id__c, mode: bulk, all_or_none: true }
`,
    );
    const { status, stderr, topic } = await scene.runJson(['-c', 'pipeline.yaml', '-q', 'dump.ndjson']);
    expect({ status, ...topic() }).toMatchObject({ status: 0, mode: 'bulk', succeeded: 1 });
    expect(stderr.split('\n').filter((line) => line.includes('warning'))).toEqual([
      'sfreplay: warning: pipeline.processors[0] (mapping), pipeline.processors[1] (sleep) are not run: records are sent as they are in the input',
      'sfreplay: warning: topic_mappings[0].all_or_none has no effect in bulk mode: a bulk job writes each record on its own',
      'sfreplay: warning: headers.Sforce-Auto-Assign has no effect on topics in bulk mode (accounts): Bulk API 2.0 ignores it',
    ]);
  });

  it('is looked through by check --offline, the sign-in too', async () => {
    const scene = await stage();
    configure(
      scene,
      '.sfreplayrc.yaml',
      'client_secret: { a: b }',
      'external_id: X',
      'bulk_batchsize:',
      `topic_mappings: [${MAPPING}]`,
    );
    const { status, stderr } = await scene.run(['check', '--offline', '--org-url', 'http://acme.example'], {
      environment: {},
    });
    expect(status).toBe(2);
    expect(stderr.split('\n')).toEqual([
      'sfreplay: error: There are 4 mistakes in the configuration (.sfreplayrc.yaml).',
      '  in .sfreplayrc.yaml:',
      '    client_secret   expected the consumer secret, in quotes; found an object that is not shown',
      '    external_id     unknown key',
      '    bulk_batchsize  unknown key. Did you mean "bulk_batch_size"?',
      '  in --org-url:',
      '    org_url  expected https, since a token must not be sent unencrypted: https://acme.example; found "http://acme.example"',
      '',
    ]);
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

describe('the way to the org', () => {
  it('leads through no proxy where the org is on this machine', async () => {
    const scene = await stage([account('A-1')]);
    const seen: string[] = [];
    const proxy = createServer((request) => void seen.push(request.url ?? '')).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    onTestFinished(() => void proxy.close());
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    configure(scene, '.sfreplayrc', `http: { proxy_url: "${url}" }`, `topic_mappings: [${MAPPING}]`);
    const environment = { ...scene.signIn, HTTPS_PROXY: url, HTTP_PROXY: url };
    expect(await scene.run(['-q', 'dump.ndjson'], { environment })).toMatchObject({ status: 0, stderr: '' });
    expect(seen).toEqual([]);
  });

  it('tells the proxy that it fails behind', async () => {
    const scene = await stage([account('A-1')]);
    const proxy = createServer().on('connect', (_, socket) => void socket.end('HTTP/1.1 403 No\r\n\r\n'));
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void proxy.close());
    const { port } = proxy.address() as AddressInfo;
    const environment = {
      ...scene.signIn,
      SALESFORCE_ORG_URL: 'https://org.example',
      HTTPS_PROXY: `http://u:hush@127.0.0.1:${port}`,
    };
    const { status, stderr } = await scene.run([...UPSERT_ACCOUNTS, 'dump.ndjson'], { environment });
    expect(status).toBe(2);
    expect(stderr).toContain(`org.example cannot be reached: the proxy 127.0.0.1:${port} answered CONNECT with 403\n`);
    expect(stderr).not.toContain('hush');
  });

  it('tells a certificate of another host from one that is not trusted', async () => {
    const scene = await stage([account('A-1')]);
    const fixture = (name: string) => fileURLToPath(new URL(`../../salesforce/fixtures/${name}`, import.meta.url));
    const credentials = { key: readFileSync(fixture('server.key')), cert: readFileSync(fixture('server.pem')) };
    const server = createHttpsServer(credentials).listen(0, '0.0.0.0');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const told = async (host: string, environment: Record<string, string> = {}) =>
      (
        await scene.run([...UPSERT_ACCOUNTS, 'dump.ndjson'], {
          environment: { ...scene.signIn, SALESFORCE_ORG_URL: `https://${host}:${port}`, ...environment },
        })
      ).stderr.split('\n')[1];
    expect(await told('127.0.0.2', { NODE_EXTRA_CA_CERTS: fixture('authority.pem') })).toBe(
      '  hint: The certificate is for another host name: set org_url to a name in the certificate, or look for a proxy or a DNS entry that leads elsewhere.',
    );
    expect(await told('127.0.0.1')).toMatch(/^ {2}hint: Its certificate is not trusted here\./);
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
    // What only reminds of a secret stays.
    expect(expired.stderr).toContain('INVALID_SESSION_ID: Session expired or invalid');
  });
});
