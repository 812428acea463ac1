import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { call, makeClient, requestError, startOrg, tokenNumber, type Handler, type TestClient } from '../test-org.js';
import { signInError } from './errors.js';
import {
  currentCli,
  displayed,
  fails,
  olderCli,
  prints,
  REDACTED,
  sfdxCli,
  StandInCli,
  type Answers,
} from './stand-in-cli.js';

const ok: Handler = ({ reply }) => reply.json(200, {});
const expired: Handler = ({ reply }) =>
  reply.json(401, [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }]);
const SHOW = 'org auth show-access-token';

/** A client that signs in by these programs, to target org `uat`. */
function clientOf(
  programs: Readonly<Record<string, Answers>>,
  options: Parameters<typeof makeClient>[1] = {},
): TestClient & { cli: StandInCli } {
  const cli = new StandInCli(programs);
  cli.giveTokens(tokenNumber(1));
  const signIn = { kind: 'cli', targetOrg: 'uat' } as const;
  return { cli, ...makeClient(undefined, { signIn, env: cli.environment, ...options }) };
}

describe('the token and the instance come', () => {
  it.each([
    ['the current CLI', currentCli, [`sf ${SHOW} --target-org uat --json`, 'sf org display --target-org uat --json']],
    ['an older CLI', olderCli, [`sf ${SHOW} --target-org uat --json`, 'sf org display --target-org uat --json']],
    ['sfdx alone', sfdxCli, ['sfdx force:org:display --targetusername uat --json']],
  ])('from %s', async (_name, version, calls) => {
    const org = await startOrg(ok);
    const { client, cli } = clientOf(version(org.url));
    expect(await client.signIn()).toEqual({
      instanceUrl: org.url,
      orgId: '00D5e000000abcdEAA',
      username: 'loader@acme.example',
    });
    await client.request(call());
    expect(org.seen[0]?.headers.authorization).toBe(`Bearer ${tokenNumber(1)}`);
    expect(org.tokens).toEqual([]);
    expect(cli.calls).toEqual(calls);
  });

  it.each([
    [
      'a warning before it',
      `echo 'Warning: {update available} from 2.1 to 2.2'; echo; ${prints({ status: 0, result: { accessToken: 'TOKEN' } })}`,
    ],
    ['text behind it', `${prints({ status: 0, result: { accessToken: 'TOKEN' } })}\necho Done.`],
    [
      'warnings on standard error',
      `echo '{"status":1}' >&2; ${prints({ status: 0, result: { accessToken: 'TOKEN' } })}`,
    ],
    ['colours', `printf '\\033[97m'; ${prints({ status: 0, result: { accessToken: 'TOKEN' } })}\nprintf '\\033[39m'`],
  ])('with %s', async (_name, script) => {
    const org = await startOrg(ok);
    const { sf } = currentCli(org.url);
    const { client } = clientOf({ sf: { ...sf, [SHOW]: script } });
    expect(await client.signIn()).toMatchObject({ instanceUrl: org.url });
  });

  it('for a name that a shell would take apart', async () => {
    const org = await startOrg(ok);
    const signIn = { kind: 'cli', targetOrg: '$(touch x); "a b" & ünï' } as const;
    const { client, cli } = clientOf(currentCli(org.url), { signIn });
    await client.signIn();
    expect(cli.calls[0]).toBe(`sf ${SHOW} --target-org $(touch x); "a b" & ünï --json`);
  });
});

describe('what fails is told with what to do next:', () => {
  const url = 'https://acme.my.salesforce.com';
  const { sf } = currentCli(url);

  it.each<[string, Readonly<Record<string, Answers>>, string, string, string]>([
    ['no CLI', {}, 'SALESFORCE_CLI_MISSING', 'is not installed', 'npm install --global @salesforce/cli'],
    [
      'an org that it does not know',
      { sf: { ...sf, [SHOW]: fails('NamedOrgNotFoundError', 'No authorization information found for uat.') } },
      'SALESFORCE_CLI_FAILED',
      'cannot sign in to target org uat: NamedOrgNotFoundError: No authorization information found for uat.',
      'sf org login web --alias uat',
    ],
    [
      'the same with an older CLI',
      { sf: { 'org display': fails('NamedOrgNotFoundError', 'No authorization information found for uat.') } },
      'SALESFORCE_CLI_FAILED',
      'NamedOrgNotFoundError',
      'sf org list',
    ],
    [
      'an error on standard error alone',
      { sfdx: { 'force:org:display': `exec >&2; ${fails('NoOrgFound', 'No org configuration')}` } },
      'SALESFORCE_CLI_FAILED',
      'NoOrgFound: No org configuration',
      'sf org login web',
    ],
    [
      'a token that it hides',
      { sf: { 'org display': prints(displayed(url, REDACTED)) } },
      'SALESFORCE_CLI_TOKEN',
      'a placeholder for the access token of target org uat',
      'sf update',
    ],
    [
      'a token that is hidden where it should not be',
      { sf: { ...sf, [SHOW]: prints({ status: 0, result: { accessToken: REDACTED } }) } },
      'SALESFORCE_CLI_TOKEN',
      'gives a placeholder for the access token of target org uat',
      'sf org login web --alias uat',
    ],
    [
      'no token',
      { sf: { ...sf, [SHOW]: prints({ status: 0, result: {} }) } },
      'SALESFORCE_CLI_TOKEN',
      'gives no usable access token of target org uat',
      'sf org login web --alias uat',
    ],
    [
      'no instance',
      { sf: { ...sf, 'org display': prints({ status: 0, result: { accessToken: REDACTED } }) } },
      'SALESFORCE_CLI_FAILED',
      'there is no instanceUrl',
      'sf org display --target-org uat --json',
    ],
    [
      'an unsafe instance',
      { sf: { ...sf, 'org display': prints(displayed('http://acme.my.salesforce.com', REDACTED)) } },
      'INSTANCE_URL_REFUSED',
      'would not send secrets safely',
      'https://',
    ],
    [
      'no JSON',
      { sf: { [SHOW]: 'echo Segmentation fault; exit 139', 'org display': 'echo Segmentation fault; exit 139' } },
      'SALESFORCE_CLI_FAILED',
      'cannot be read: sf org display --target-org uat --json answers Segmentation fault',
      'sf org display --target-org uat --json',
    ],
    [
      'nothing at all',
      { sf: { 'org display': 'exit 0' } },
      'SALESFORCE_CLI_FAILED',
      'answers nothing',
      'sf org display --target-org uat --json',
    ],
    [
      'far too much',
      { sf: { [SHOW]: 'yes' } },
      'SALESFORCE_CLI_FAILED',
      'wrote more than 1048576 bytes',
      'See whether it works',
    ],
  ])('%s', async (_name, programs, code, message, hint) => {
    const { client } = clientOf(programs);
    const error = await signInError(client);
    expect(error).toMatchObject({ code });
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });

  it('a file that is no program', async () => {
    const { client, cli } = clientOf({ sf: {} });
    chmodSync(`${cli.folder}/sf`, 0o644);
    expect(await signInError(client)).toMatchObject({ code: 'SALESFORCE_CLI_FAILED' });
  });

  it('a user name is no alias', async () => {
    const signIn = { kind: 'cli', targetOrg: 'loader@acme.example' } as const;
    const { client } = clientOf({ sf: { [SHOW]: fails('NamedOrgNotFoundError', 'none') } }, { signIn });
    expect((await signInError(client)).hint).toContain('sf org login web (');
  });

  it('no secret of its words is shown', async () => {
    const said = 'force://PlatformCLI::5Aep861tokentokentoken@acme.example and 00D5e000000abcd!AQEAQ.secret in it';
    const { client } = clientOf({ sf: { [SHOW]: fails('Odd', said) } });
    expect((await signInError(client)).message).toContain('Odd: force://***@acme.example and 00D…!*** in it');
  });
});

describe('a CLI that hangs', () => {
  // What it has started holds its outputs open.
  const hanging = { sf: { [SHOW]: 'sleep 30 & sleep 30' } };

  it('is given up after request_timeout', async () => {
    const { client } = clientOf(hanging, { requestTimeoutMs: 300 });
    const error = await signInError(client);
    expect(error).toMatchObject({ code: 'SALESFORCE_CLI_FAILED' });
    expect(error.message).toBe('The Salesforce CLI did not answer within 0.3 s.');
    expect(error.hint).toContain('request_timeout');
  });

  it('ends with the client', async () => {
    const { client } = clientOf(hanging);
    const error = signInError(client);
    await client.close();
    expect(await error).toMatchObject({ code: 'ABORTED' });
  });

  it('does not keep a cancelled sign-in', async () => {
    const abort = new AbortController();
    const { client } = clientOf(hanging);
    const signedIn = client.signIn(abort.signal);
    abort.abort();
    await expect(signedIn).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('an expired session', () => {
  it('is renewed through the CLI, once for all requests that find it so', async () => {
    const org = await startOrg((exchange) =>
      exchange.seen.headers.authorization === `Bearer ${tokenNumber(2)}` ? ok(exchange) : expired(exchange),
    );
    const { client, cli } = clientOf(currentCli(org.url));
    await client.signIn();
    cli.giveTokens(tokenNumber(2), tokenNumber(3));
    const replies = await Promise.all(Array.from({ length: 5 }, () => client.request(call())));
    expect(replies.map(({ attempts }) => attempts)).toEqual([2, 2, 2, 2, 2]);
    expect(cli.calls).toHaveLength(4);
  });

  it('that the CLI cannot renew ends the run, with the next step', async () => {
    const org = await startOrg(expired);
    const { client, cli } = clientOf(currentCli(org.url, { connectedStatus: 'RefreshTokenAuthError' }));
    const error = await requestError(client.request(call()));
    expect(error).toMatchObject({ outcome: 'not_sent', stop: { code: 'SIGN_IN_REVOKED' } });
    expect(error.stop?.message).toBe(
      'The org no longer accepts the login of the Salesforce CLI to target org uat, and the CLI cannot renew it. Its status: RefreshTokenAuthError.',
    );
    expect(error.stop?.hint).toContain('sf org login web --alias uat');
    expect(cli.calls).toHaveLength(4);
    expect(error.message).not.toContain(tokenNumber(1));
  });
});

describe('another org', () => {
  it('than org_url names is refused', async () => {
    const org = await startOrg(ok);
    const signIn = { kind: 'cli', targetOrg: 'uat' } as const;
    const cli = new StandInCli(currentCli(org.url));
    cli.giveTokens(tokenNumber(1));
    const { client } = makeClient('https://acme.my.salesforce.com', { signIn, env: cli.environment });
    expect(await signInError(client)).toMatchObject({
      code: 'OTHER_ORG',
      message: `The sign-in is for ${org.url}, but org_url is https://acme.my.salesforce.com.`,
    });
  });

  it.each(['https://login.salesforce.com', undefined])('is not meant by %s', async (orgUrl) => {
    const org = await startOrg(ok);
    const signIn = { kind: 'cli', targetOrg: 'uat' } as const;
    const cli = new StandInCli(currentCli(org.url));
    cli.giveTokens(tokenNumber(1));
    const { client } = makeClient(orgUrl, { signIn, env: cli.environment });
    expect(await client.signIn()).toMatchObject({ instanceUrl: org.url });
  });

  it('than when the run began is refused: the alias was given away meanwhile', async () => {
    const org = await startOrg(expired);
    const ids = ['00D5e000000abcdEAA', '00D5e000000zzzzEAA'];
    const displays = ids.map((id) => prints(displayed(org.url, REDACTED, { id })));
    const script = `if [ -e "$here/again" ]; then ${displays[1] ?? ''}\nelse touch "$here/again"; ${displays[0] ?? ''}\nfi`;
    const { sf } = currentCli(org.url);
    const { client, cli } = clientOf({ sf: { ...sf, 'org display': script } });
    await client.signIn();
    cli.giveTokens(tokenNumber(2));
    const error = await requestError(client.request(call()));
    expect(error.stop?.message).toContain('is now for another org than when the run began');
  });
});
