import type { Secrets } from '../../core/secrets.js';
import { SignInError } from '../errors.js';
import { isAccessToken, safeBaseUrl, type Session, type SignIn } from '../session.js';
import { runCli, type CliReply, type CommandContext } from './cli-command.js';

interface SalesforceCliContext extends Omit<CommandContext, 'timeoutMs'> {
  /** Of each command. */
  readonly requestTimeoutMs: number;
  readonly secrets: Secrets;
}

/** Takes the login that the Salesforce CLI has of an org. The CLI renews it whenever it is asked for its token. */
export class SalesforceCliSignIn implements SignIn {
  readonly canRenew = true;
  readonly hostSetting = 'the login of the Salesforce CLI';
  readonly revokedHint: string;
  readonly #org: string;
  readonly #context: SalesforceCliContext;

  /** `targetOrg`: an alias or a user name. */
  constructor(targetOrg: string, context: SalesforceCliContext) {
    this.#org = targetOrg;
    this.#context = context;
    this.revokedHint = this.#loginHint();
  }

  async open(refused: Session | undefined): Promise<Session> {
    const shown = await this.#run('sf', ['org', 'auth', 'show-access-token']);
    if (shown?.kind === 'failed' || shown?.kind === 'late') throw this.#failure(shown);
    // An older version answers that it has no such command, one way or another.
    const display = await this.#display(shown === undefined);
    if (display.kind !== 'done') throw this.#failure(display);
    const token = this.#token(shown?.kind === 'done' ? shown : display, display);
    this.#context.secrets.add(token);
    if (token === refused?.accessToken) throw this.#stale(display);
    const { instanceUrl, id, username } = display.result;
    if (typeof instanceUrl !== 'string')
      throw this.#failure({ kind: 'unreadable', message: 'there is no instanceUrl' });
    return {
      accessToken: token,
      instanceUrl: safeBaseUrl(instanceUrl, 'INSTANCE_URL_REFUSED', `The instance URL of ${this.#name()}`),
      orgId: typeof id === 'string' ? id : undefined,
      username: typeof username === 'string' ? username : undefined,
    };
  }

  /** Where the org is, and with older versions its token. `sfdx` alone is installed on machines of long ago. */
  async #display(isSfMissing: boolean): Promise<CliReply> {
    const reply = isSfMissing
      ? await this.#run('sfdx', ['force:org:display'])
      : await this.#run('sf', ['org', 'display']);
    if (reply !== undefined) return reply;
    throw new SignInError('SALESFORCE_CLI_MISSING', `The Salesforce CLI (sf) is not installed, or not on the PATH.`, {
      hint: `target_org ${this.#org} needs it. Install it with npm install --global @salesforce/cli, or sign in another way.`,
    });
  }

  #run(program: string, command: readonly string[]): Promise<CliReply | undefined> {
    const flag = program === 'sfdx' ? '--targetusername' : '--target-org';
    const { requestTimeoutMs, env, signal } = this.#context;
    return runCli(program, [...command, flag, this.#org, '--json'], { env, signal, timeoutMs: requestTimeoutMs });
  }

  #token(from: CliReply, display: CliReply): string {
    const token = from.kind === 'done' ? from.result.accessToken : undefined;
    if (typeof token === 'string' && isAccessToken(token)) return token;
    const isHidden = typeof token === 'string' && token.startsWith('[REDACTED]');
    const given = isHidden ? 'a placeholder for the' : 'no usable';
    const message = `The Salesforce CLI gives ${given} access token of ${this.#name()}.`;
    const hint =
      from === display
        ? 'Update it to a version with `sf org auth show-access-token`: sf update (or npm install --global @salesforce/cli).'
        : this.#loginHint();
    throw new SignInError('SALESFORCE_CLI_TOKEN', message, { hint });
  }

  #stale(display: CliReply & { readonly kind: 'done' }): SignInError {
    const { connectedStatus: status } = display.result;
    const said = typeof status === 'string' && status !== 'Connected' ? ` Its status: ${this.#redact(status)}.` : '';
    return new SignInError(
      'SALESFORCE_CLI_TOKEN',
      `The org no longer accepts the login of the Salesforce CLI to ${this.#name()}, and the CLI cannot renew it.${said}`,
      { hint: this.#loginHint() },
    );
  }

  #failure(reply: Exclude<CliReply, { kind: 'done' }>): SignInError {
    const said = this.#redact(reply.message);
    if (reply.kind === 'unreadable') {
      return new SignInError('SALESFORCE_CLI_FAILED', `The output of the Salesforce CLI cannot be read: ${said}`, {
        hint: `See its output: sf org display --target-org ${quoted(this.#org)} --json`,
      });
    }
    if (reply.kind === 'late') {
      return new SignInError('SALESFORCE_CLI_FAILED', `The Salesforce CLI ${said}.`, {
        hint: `See whether it works: sf org display --target-org ${quoted(this.#org)}. Raise request_timeout if it is only slow.`,
      });
    }
    return new SignInError('SALESFORCE_CLI_FAILED', `The Salesforce CLI cannot sign in to ${this.#name()}: ${said}`, {
      hint: `${this.#loginHint()} To list the logins: sf org list`,
    });
  }

  #loginHint(): string {
    // An alias can be given anew; a user name is the login's own.
    const alias = this.#org.includes('@') ? '' : ` --alias ${quoted(this.#org)}`;
    return `Log in again: sf org login web${alias} (for a sandbox with --instance-url https://test.salesforce.com).`;
  }

  #name(): string {
    return `target org ${this.#org}`;
  }

  #redact(message: string): string {
    return this.#context.secrets.redact(message);
  }
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `"${word}"`;
}
