import { describe, expect, it } from 'vitest';
import { account, stage, until, UPSERT_ACCOUNTS } from '../stage.js';

describe('exit status', () => {
  it('is 0 when every mapped record was written', async () => {
    const scene = await stage([account('A-1'), { topic: 'other', data: { x: 1 } }]);
    const { status, stderr } = await scene.run([...UPSERT_ACCOUNTS, '-q', 'dump.ndjson']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(scene.org.records('Account')).toHaveLength(1);
  });

  it('is 1 when a record failed', async () => {
    const scene = await stage([account('A-1', { Name: null }), account('A-2')]);
    expect((await scene.run([...UPSERT_ACCOUNTS, '-q', 'dump.ndjson'])).status).toBe(1);
  });

  it('is 1 when a line is malformed', async () => {
    const scene = await stage([account('A-1'), 'no JSON']);
    expect((await scene.run([...UPSERT_ACCOUNTS, '-q', 'dump.ndjson'])).status).toBe(1);
  });

  it('is 2 when nothing was sent', async () => {
    const scene = await stage([account('A-1')]);
    const { status, stdout } = await scene.run(['--map', 'accounts=Acount:insert', 'dump.ndjson']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(scene.org.requests.filter(({ kind }) => kind === 'collections')).toEqual([]);
  });

  it('is 3 when the run stopped part-way', async () => {
    const scene = await stage([account('A-1')]);
    scene.org.addFault('403:on=collections:count=0');
    expect((await scene.run([...UPSERT_ACCOUNTS, '-q', 'dump.ndjson'])).status).toBe(3);
  });
});

describe('the command replay', () => {
  it('is the default, and may be named', async () => {
    const scene = await stage([account('A-1')]);
    expect((await scene.run(['replay', ...UPSERT_ACCOUNTS, '-q', 'dump.ndjson'])).status).toBe(0);
    expect((await scene.run([...UPSERT_ACCOUNTS, '-q', 'dump.ndjson'])).status).toBe(0);
    expect(scene.org.history('Account').map(({ change }) => change)).toEqual(['created', 'updated']);
  });

  it('writes nothing with --dry-run', async () => {
    const scene = await stage([account('A-1'), account('')]);
    const { status, stdout } = await scene.run([...UPSERT_ACCOUNTS, '--dry-run', '--json', 'dump.ndjson']);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      topics: [{ read: 2, would_send: 1, would_fail: 1, errors: [{ code: 'MISSING_KEY', line: 2 }] }],
    });
    expect(scene.org.records('Account')).toEqual([]);
  });
});

describe('the command check', () => {
  it('says what would be sent, dropped and rejected, and writes nothing', async () => {
    const scene = await stage([
      account('A-1', { CreatedDate: '2020-01-01T00:00:00Z', Nope__c: 1 }),
      { topic: 'accounts', data: { Name: 'no key' } },
      { topic: 'other', data: {} },
      'no JSON',
    ]);
    const { status, stdout, stderr } = await scene.run(['check', ...UPSERT_ACCOUNTS, '--json', 'dump.ndjson']);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      exit_code: 1,
      org: { url: scene.org.url, instance_url: scene.org.url, api_version: 'v65.0', sign_in: 'client credentials' },
      input: { lines: 4, malformed: 1, unmapped: 1, files: [{ path: 'dump.ndjson', lines: 4 }] },
      topics: [
        {
          topic: 'accounts',
          sobject: 'Account',
          operation: 'upsert',
          mode: 'realtime',
          key_field: 'External_Id__c',
          read: 2,
          would_send: 1,
          would_fail: 1,
          errors: [{ code: 'MISSING_KEY', count: 1, line: 2 }],
          dropped_fields: { CreatedDate: 1 },
          unknown_fields: { Nope__c: 1 },
        },
      ],
    });
    expect(scene.org.records('Account')).toEqual([]);
    expect(scene.failures()).toEqual([]);
  });

  it('needs no files', async () => {
    const scene = await stage([]);
    const { status, stdout } = await scene.run(['check', ...UPSERT_ACCOUNTS, '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ input: null, topics: [{ sobject: 'Account', read: null }] });
  });

  it('leaves the org out with --offline', async () => {
    const scene = await stage([account('A-1')]);
    const { status, stdout } = await scene.run(['check', '--offline', ...UPSERT_ACCOUNTS, '--json', 'dump.ndjson']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ org: null, topics: [{ read: 1, would_send: 1 }] });
    expect(scene.org.requests).toEqual([]);
  });

  it.each([
    ['an sObject that is none', 'accounts=Acount:insert', 'The org has no sObject Acount'],
    ['a field that is none', 'accounts=Account:upsert:Nope__c', 'Account has no field Nope__c'],
    ['a field that is no external id', 'accounts=Account:upsert:Phone', 'Phone'],
  ])('reports %s', async (_, mapping, message) => {
    const scene = await stage([]);
    const { status, stdout, stderr } = await scene.run(['check', '--map', mapping]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('the command demo', () => {
  it('shows successes, failures and a malformed line, and exits with 0', async () => {
    const scene = await stage([]);
    const { status, stdout } = await scene.run(['demo'], { environment: { TMPDIR: scene.folder } });
    expect(status).toBe(0);
    for (const word of ['insert', 'update', 'upsert', 'delete', 'realtime', 'bulk', 'Malformed', 'Failures']) {
      expect(stdout).toContain(word);
    }
  });
});

describe('the command emulator', () => {
  it('sfreplay emulator serves another sfreplay', async () => {
    const scene = await stage([account('A-1')]);
    const emulator = scene.start(['emulator', '--fault', '503:on=collections:retry-after=0']);
    await until(() => emulator.stdout.includes('\n'));
    const { url, client_id: id, client_secret: secret } = JSON.parse(emulator.stdout) as Record<string, string>;
    const environment = { SALESFORCE_ORG_URL: url!, SALESFORCE_CLIENT_ID: id!, SALESFORCE_CLIENT_SECRET: secret! };
    const { status, stdout } = await scene.run([...UPSERT_ACCOUNTS, '--json', 'dump.ndjson'], { environment });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ totals: { succeeded: 1 }, api: { retries: 1 } });
    emulator.signal('SIGTERM');
    expect((await emulator.ended).status).toBe(143);
  });
});
