import type { Session } from '../session.js';
import type { TokenEndpoint } from '../token-endpoint.js';
import type { SignIn } from './sign-in.js';

/** The OAuth 2.0 client credentials flow. */
export interface ClientCredentials {
  readonly kind: 'client_credentials';
  readonly clientId: string;
  readonly clientSecret: string;
}

export class ClientCredentialsSignIn implements SignIn {
  readonly canRenew = true;
  readonly hostIn = 'org_url';
  readonly revokedHint = 'Check that the integration user is active and that the app still allows it the "api" scope.';

  constructor(
    private readonly credentials: ClientCredentials,
    private readonly endpoint: TokenEndpoint,
  ) {}

  open(): Promise<Session> {
    const { clientId, clientSecret } = this.credentials;
    const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
    return this.endpoint.request(() => form, { hostIn: this.hostIn, hint: refusalHint });
  }
}

function refusalHint(code: string, description: string): string | undefined {
  switch (code) {
    case 'invalid_grant':
      if (/no client credentials user/i.test(description)) {
        return 'Set a "Run As" user for the client credentials flow in the policies of the app.';
      }
      if (/not supported on this domain/i.test(description))
        return 'Use the My Domain address as org_url, not login or test.salesforce.com.';
      return 'Check that the client credentials flow has a "Run As" user, and that the user is active and may log in from here.';
    case 'unsupported_grant_type':
      return 'Enable the client credentials flow in the app, and use the exact My Domain address as org_url.';
    case 'invalid_app_access':
      return 'Pre-authorise the "Run As" user for the app (profile or permission set).';
    default:
      return undefined;
  }
}
