import { chmodSync, constants, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CheckedOrg, CheckReport } from '../../../src/accounting/check-report.js';
import type { EmulatorOptions } from '../../../src/emulator/index.js';
import { currentCli, fails, olderCli, StandInCli, type Answers } from '../../salesforce/sign-in/stand-in-cli.js';
import { account, stage, until, UPSERT_ACCOUNTS, type Stage } from '../stage.js';

/** A scene with a way to sign in to its org. */
interface SignedIn {
  readonly scene: Stage;
  /** Flags and environment that sign in. */
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

const lines = Array.from({ length: 6 }, (_, i) => account(`A-${i}`));

function configured(scene: Stage, config: object): void {
  const mapping = { topic: 'accounts', sobject: 'Account', external_id_field: 'External_Id__c' };
  scene.write('.sfreplayrc.json', JSON.stringify({ ...config, topic_mappings: [mapping] }));
}

function cliFor(scene: Stage, version = currentCli(scene.org.url)): StandInCli {
  const cli = new StandInCli(version);
  cli.giveTokens(...Array.from({ length: 20 }, () => scene.org.issueToken()));
  return cli;
}

/** Every way to sign in, by the name that `check` has for it. */
const WAYS: Readonly<Record<CheckedOrg['sign_in'], (scene: Stage) => Omit<SignedIn, 'scene'>>> = {
  'access token': (scene) => ({
    words: [],
    environment: { SALESFORCE_ORG_URL: scene.org.url, SALESFORCE_ACCESS_TOKEN: scene.org.issueToken() },
  }),
  'client credentials': (scene) => ({ words: [], environment: scene.signIn }),
  'JWT bearer': (scene) => {
    const { url, clientId, username, privateKey = '' } = scene.org;
    scene.write('server.key', privateKey);
    configured(scene, {
      org_url: url,
      auth: { flow: 'jwt', client_id: clientId, username, private_key_file: 'server.key' },
    });
    return { words: [], environment: {} };
  },
  'refresh token': (scene) => {
    configured(scene, { org_url: scene.org.url, auth: { flow: 'refresh_token', refresh_token: '${REFRESH}' } });
    const { clientId, clientSecret, refreshToken } = scene.org;
    return {
      words: ['--client-id', clientId],
      environment: { REFRESH: refreshToken, SALESFORCE_CLIENT_SECRET: clientSecret },
    };
  },
  'SFDX auth URL': (scene) => {
    scene.write('url', JSON.stringify({ status: 0, result: { sfdxAuthUrl: scene.org.sfdxAuthUrl } }));
    return { words: ['--sfdx-auth-url-file', 'url'], environment: {} };
  },
  'Salesforce CLI': (scene) => ({ words: ['--target-org', 'uat'], environment: cliFor(scene).environment }),
};
const ways = Object.entries(WAYS);

async function signedIn(make: (typeof WAYS)[CheckedOrg['sign_in']], options: EmulatorOptions = {}): Promise<SignedIn> {
  const scene = await stage(lines, options);
  return { scene, ...make(scene) };
}

describe.each(ways)('signing in by %s', (name, make) => {
  it('writes, and check says who did', async () => {
    const { scene, words, environment } = await signedIn(make);
    const all = ['-q', ...words, ...UPSERT_ACCOUNTS, 'dump.ndjson'];
    const isCli = name === 'Salesforce CLI';
    const { status, stdout } = await scene.run([...all, '--dry-run', '--json'], { environment });
    expect(status, stdout).toBe(0);
    expect((JSON.parse(stdout) as CheckReport).org).toMatchObject({
      ...{ url: scene.org.url, instance_url: scene.org.url, sign_in: name, target_org: isCli ? 'uat' : null },
      org_id: expect.stringMatching(/^00D/) as string,
      username: isCli ? 'loader@acme.example' : 'loader@emulator.example',
    });

    const calls = scene.org.requests.length;
    const { summary } = await scene.runJson(all, { environment });
    expect(summary.totals).toMatchObject({ read: 6, succeeded: 6 });
    // A describe and a write. Beside them signing in and a question for the user's name; with a token that was given, two
    // questions; and where the Salesforce CLI has told all, nothing.
    expect(scene.org.requests.length - calls).toBe(isCli ? 2 : 4);
    expect(summary.org).toEqual({
      url: scene.org.url,
      user: isCli ? 'loader@acme.example' : 'loader@emulator.example',
    });
  });
});

describe.each(ways.filter(([name]) => name !== 'access token'))('a session by %s', (_name, make) => {
  it('is renewed in the middle of a run', async () => {
    const { scene, words, environment } = await signedIn(make, { tokenLifetimeRequests: 2, rotateRefreshTokens: true });
    const slow = ['--bulk-batch-size', '1', '--max-in-flight', '2'];
    const { summary } = await scene.runJson(['-q', ...words, ...slow, ...UPSERT_ACCOUNTS, 'dump.ndjson'], {
      environment,
    });
    expect(summary.totals).toMatchObject({ read: 6, succeeded: 6 });
    expect(scene.org.requests.filter(({ status }) => status === 401).length).toBeGreaterThan(1);
    expect(scene.org.records('Account')).toHaveLength(6);
  });
});

describe('a session that cannot be renewed stops the run', () => {
  const slow = ['--bulk-batch-size', '1', '--max-retries', '0', ...UPSERT_ACCOUNTS, 'dump.ndjson'];

  it('where the token endpoint refuses', async () => {
    const { scene, words, environment } = await signedIn(WAYS['JWT bearer'], { tokenLifetimeRequests: 3 });
    scene.org.addFault('400:on=token:after=1:count=0');
    const { status, summary } = await scene.runJson(['-q', ...words, ...slow], { environment });
    expect(status).toBe(3);
    expect(summary.run.stopped?.code).toBe('SIGN_IN_REVOKED');
    expect(summary.totals).toMatchObject({ read: 6, succeeded: 1, unsent: 5 });
  });

  it('where the Salesforce CLI gives the same token again', async () => {
    const scene = await stage(lines, { tokenLifetimeRequests: 2 });
    const cli = new StandInCli(currentCli(scene.org.url));
    cli.giveTokens(scene.org.issueToken());
    const { status, stdout } = await scene.run(['-q', '--target-org', 'uat', ...slow], cli);
    expect(status).toBe(3);
    expect(stdout).toContain('The org no longer accepts the login of the Salesforce CLI to target org uat');
  });
});

describe('a target org', () => {
  it('may come from SF_TARGET_ORG, and from an older CLI', async () => {
    const scene = await stage(lines);
    const { environment } = cliFor(scene, olderCli(scene.org.url));
    const { summary } = await scene.runJson([...UPSERT_ACCOUNTS, 'dump.ndjson'], {
      environment: { ...environment, SF_TARGET_ORG: 'uat' },
    });
    expect(summary.totals.succeeded).toBe(6);
  });

  it('of SF_TARGET_ORG must be the org that is configured', async () => {
    const scene = await stage(lines);
    const { environment } = cliFor(scene);
    const { status, stdout, stderr } = await scene.run([...UPSERT_ACCOUNTS, 'dump.ndjson'], {
      environment: { ...environment, SF_TARGET_ORG: 'uat', SALESFORCE_ORG_URL: 'https://acme.my.salesforce.com' },
    });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe(
      `sfreplay: error: The sign-in is for ${scene.org.url}, but org_url is https://acme.my.salesforce.com.\n` +
        '  hint: Set org_url to the org that you mean, or leave it out to use the one of the sign-in.\n',
    );
  });

  it.each<[string, Readonly<Record<string, Answers>>, string]>([
    [
      'no CLI',
      {},
      `sfreplay: error: The Salesforce CLI (sf) is not installed, or not on the PATH.
  hint: target_org uat needs it. Install it with npm install --global @salesforce/cli, or sign in another way.
`,
    ],
    [
      'an unknown org',
      {
        sf: {
          'org auth show-access-token': fails('NamedOrgNotFoundError', 'No authorization information found for uat.'),
        },
      },
      `sfreplay: error: The Salesforce CLI cannot sign in to target org uat: NamedOrgNotFoundError: No authorization information found for uat.
  hint: Log in again: sf org login web --alias uat (for a sandbox with --instance-url https://test.salesforce.com). To list the logins: sf org list
`,
    ],
  ])('with %s is status 2', async (_name, programs, text) => {
    const scene = await stage(lines);
    const { environment } = new StandInCli(programs);
    const ended = await scene.run(['--target-org', 'uat', ...UPSERT_ACCOUNTS, 'dump.ndjson'], { environment });
    expect(ended).toEqual({ status: 2, stdout: '', stderr: text });
  });

  it('whose token is refused from the start is status 2, even where nothing is described', async () => {
    const scene = await stage(lines);
    const cli = new StandInCli(currentCli(scene.org.url, { connectedStatus: 'RefreshTokenAuthError' }));
    cli.giveTokens('00D000000000001!stale');
    for (const more of [[], ['--unwritable', 'send']]) {
      const words = ['--target-org', 'uat', ...more, ...UPSERT_ACCOUNTS, 'dump.ndjson'];
      const { status, stderr } = await scene.run(words, cli);
      expect(status).toBe(2);
      expect(stderr).toContain('the CLI cannot renew it. Its status: RefreshTokenAuthError.');
      expect(stderr).toContain('hint: Log in again: sf org login web --alias uat');
      expect(stderr).not.toContain('stale');
    }
  });

  it('is waited for no longer than until Ctrl-C', async () => {
    const scene = await stage(lines);
    const cli = new StandInCli({ sf: { 'org auth show-access-token': 'sleep 60 & sleep 60' } });
    const play = scene.start(['--target-org', 'uat', ...UPSERT_ACCOUNTS, 'dump.ndjson'], cli);
    await until(() => cli.calls.length > 0);
    play.signal('SIGINT');
    const { status, stdout } = await play.ended;
    expect(status).toBe(130);
    expect(stdout).toContain('Stopped: The run was stopped by SIGINT. (SIGINT)\n  No records to write (0 lines read');
  });
});

describe('the journal', () => {
  it('is bound to the org that an alias led to', async () => {
    const scene = await stage(lines);
    const words = ['--target-org', 'uat', '--journal', 'journal', ...UPSERT_ACCOUNTS, 'dump.ndjson'];
    const first = cliFor(scene);
    expect((await scene.run(words, first)).status).toBe(0);
    expect(scene.read('journal')).toContain(`"org_url":"${scene.org.url}"`);
    expect(scene.read('journal')).not.toContain(readFileSync(join(first.folder, 'tokens'), 'utf8').split('\n')[0]);

    const again = await scene.run(words, first);
    expect(again).toMatchObject({ status: 0, stderr: expect.stringContaining('is finished') as string });

    const other = await stage();
    const { status, stderr } = await scene.run(words, cliFor(other));
    expect(status).toBe(2);
    expect(stderr).toContain(`org_url was "${scene.org.url}", is "${other.org.url}"`);
    expect(other.org.requests).toEqual([]);
  });

  it('tells of a sign-in that fails, and is not begun then', async () => {
    const scene = await stage(lines);
    scene.write('url', 'force://PlatformCLI::5Aep861gone@127.0.0.1:1');
    const words = ['--sfdx-auth-url-file', 'url', '--max-retries', '0', '--journal', 'journal'];
    const ended = await scene.run([...words, ...UPSERT_ACCOUNTS, 'dump.ndjson'], { environment: {} });
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain('hint: Nothing listens there: check the SFDX auth URL and its port.');
    expect(scene.exists('journal')).toBe(false);
  });
});

it('no secret is shown, with SFREPLAY_DEBUG either', async () => {
  const scene = await stage(lines);
  configured(scene, {
    org_url: scene.org.url,
    auth: { flow: 'refresh_token', client_id: 'PlatformCLI', refresh_token: '${REFRESH}' },
  });
  const environment = { REFRESH: '5Aep861of-another-org', SFREPLAY_DEBUG: '1' };
  const { status, stdout, stderr } = await scene.run(['check'], { environment });
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain('invalid_grant: expired access/refresh token');
  expect(stderr).toContain('caused by');
  expect(stderr).not.toContain('5Aep861');
});

describe('sfreplay emulator --auth-files', () => {
  it('writes what each flow needs', async () => {
    const scene = await stage(lines);
    const emulator = scene.start(['emulator', '--auth-files', 'auth']);
    await until(() => emulator.stdout.includes('\n'));
    const { url, client_id: id } = JSON.parse(emulator.stdout) as { url: string; client_id: string };
    expect(emulator.stderr).toBe(`Sign in with
  auth/emulator.key  JWT bearer, for the user loader@emulator.example
  auth/emulator.refresh-token  refresh token
  auth/emulator.sfdx-auth-url  SFDX auth URL
`);
    for (const name of ['key', 'refresh-token', 'sfdx-auth-url']) {
      expect(statSync(scene.path(`auth/emulator.${name}`)).mode & 0o777).toBe(0o600);
    }
    const auths = [
      { flow: 'jwt', username: 'loader@emulator.example', private_key_file: 'auth/emulator.key' },
      { flow: 'refresh_token', refresh_token_file: 'auth/emulator.refresh-token' },
    ];
    for (const auth of auths) {
      configured(scene, { org_url: url, auth: { ...auth, client_id: id } });
      expect(await scene.run(['check'], { environment: {} })).toMatchObject({ status: 0, stderr: '' });
    }
    configured(scene, {});
    const words = ['check', '--sfdx-auth-url-file', 'auth/emulator.sfdx-auth-url'];
    expect(await scene.run(words, { environment: {} })).toMatchObject({ status: 0, stderr: '' });
    emulator.signal('SIGTERM');
    expect((await emulator.ended).status).toBe(143);
  });

  it('does not write through links, nor into what others may read, and takes the secret it is given', async () => {
    const scene = await stage(lines);
    mkdirSync(scene.path('auth'));
    scene.write('precious.txt', 'mine');
    symlinkSync('../precious.txt', scene.path('auth/emulator.key'));
    scene.write('auth/emulator.refresh-token', 'old');
    chmodSync(scene.path('auth/emulator.refresh-token'), 0o644);
    const emulator = scene.start(['emulator', '--auth-files', 'auth', '--client-secret', 'rehearsal']);
    await until(() => emulator.stdout.includes('\n'));
    emulator.signal('SIGTERM');
    await emulator.ended;
    expect(JSON.parse(emulator.stdout)).toMatchObject({ client_secret: 'rehearsal' });
    expect(readFileSync(scene.path('precious.txt'), 'utf8')).toBe('mine');
    for (const name of ['key', 'refresh-token']) {
      const { mode } = lstatSync(scene.path(`auth/emulator.${name}`));
      expect(mode).toBe(constants.S_IFREG | 0o600);
    }
  });

  it('says where they cannot be written', async () => {
    const scene = await stage(lines);
    const { status, stdout, stderr } = await scene.run(['emulator', '--auth-files', 'dump.ndjson/auth']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('Cannot write the files of --auth-files: ');
  });
});
