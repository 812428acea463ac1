import type { Session } from '../session.js';
import type { TokenEndpoint } from '../token-endpoint.js';
import type { SignIn } from './sign-in.js';

/** The OAuth 2.0 refresh token flow. */
export interface RefreshToken {
  readonly kind: 'refresh_token';
  readonly clientId: string;
  /** Undefined where the app asks for none. */
  readonly clientSecret: string | undefined;
  readonly refreshToken: string;
}

/** The same with everything from an SFDX auth URL. */
export interface SfdxUrl extends Omit<RefreshToken, 'kind'> {
  readonly kind: 'sfdx_url';
  /** Base of the host that the URL names, without a trailing slash. */
  readonly loginUrl: string;
}

export class RefreshTokenSignIn implements SignIn {
  readonly canRenew = true;
  readonly hostIn: string;
  readonly revokedHint: string;
  /** Where the org rotates refresh tokens, each works once: the last one that it gave. */
  #refreshToken: string;

  constructor(
    private readonly options: RefreshToken | SfdxUrl,
    private readonly endpoint: TokenEndpoint,
  ) {
    this.#refreshToken = options.refreshToken;
    this.hostIn = options.kind === 'sfdx_url' ? 'the SFDX auth URL' : 'org_url';
    this.revokedHint = `Check that the user is active and may use the API. ${this.#anewHint()}`;
  }

  async open(): Promise<Session> {
    const { clientId, clientSecret } = this.options;
    const form = {
      grant_type: 'refresh_token',
      client_id: clientId,
      ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
    };
    const hint = (code: string) => this.#refusalHint(code);
    const reply = await this.endpoint.request(() => ({ ...form, refresh_token: this.#refreshToken }), {
      hostIn: this.hostIn,
      hint,
    });
    const { refreshToken = this.#refreshToken, ...session } = reply;
    this.#refreshToken = refreshToken;
    return session;
  }

  #refusalHint(code: string): string | undefined {
    switch (code) {
      case 'invalid_grant':
        return `The refresh token was revoked, has expired or is of another org${this.options.kind === 'sfdx_url' ? '' : ' than org_url'}. ${this.#anewHint()}`;
      case 'invalid_client':
        return this.options.clientSecret === undefined
          ? 'The app wants its client_secret, too.'
          : 'The client_secret is wrong, or was rotated.';
      case 'invalid_app_access':
        return 'Pre-authorise the user for the app (profile or permission set).';
      default:
        return undefined;
    }
  }

  #anewHint(): string {
    return this.options.kind === 'sfdx_url'
      ? 'Get a new URL: sf org login web, then sf org auth show-sfdx-auth-url --json (older CLI: sf org display --verbose --json).'
      : 'Get a new one by authorising the app again.';
  }
}
