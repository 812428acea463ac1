import type { Secrets } from '../../core/secrets.js';
import { SignInError, unusable } from '../errors.js';
import { tokenRefusal, type FlowHints } from '../explain.js';
import type { Http } from '../http.js';
import { withRetries, type RetryEnd, type RetryTools } from '../retry-loop.js';
import { safeBaseUrl, type Session, type SignIn } from '../session.js';

const TOKEN_PATH = '/services/oauth2/token';
/** Retries of the first sign-in: a mistyped host should not take minutes to be found. */
const FIRST_SIGN_IN_RETRIES = 3;

/** What tells one OAuth 2.0 flow from another. */
export interface OAuthFlow extends FlowHints {
  readonly revokedHint: string;
  /** What is posted to the token endpoint; made anew for each attempt. */
  form(): Readonly<Record<string, string>>;
  /** Takes note of a token that was given. */
  onReply?(reply: TokenReply): void;
}

export interface OAuthContext {
  readonly http: Http;
  readonly retryTools: RetryTools;
  /** Learns every token that the endpoint gives. */
  readonly secrets: Secrets;
  readonly userAgent: string;
  readonly requestTimeoutMs: number;
  readonly maxRetries: number;
  readonly signal: AbortSignal;
}

/** What the endpoint gave. */
export interface TokenReply {
  readonly session: Session;
  /** Where refresh tokens are rotated: the one that takes the place of the one used. */
  readonly refreshToken?: string | undefined;
}

/** Signs in at an OAuth 2.0 token endpoint. */
export class OAuthSignIn implements SignIn {
  readonly canRenew = true;
  readonly hostSetting: string;
  readonly revokedHint: string;
  readonly #flow: OAuthFlow;
  readonly #baseUrl: string;
  readonly #context: OAuthContext;
  #hasSignedIn = false;

  /** `baseUrl`: of the endpoint's host, safe, without a trailing slash. */
  constructor(flow: OAuthFlow, baseUrl: string, context: OAuthContext) {
    this.#flow = flow;
    this.hostSetting = flow.hostSetting;
    this.revokedHint = flow.revokedHint;
    this.#baseUrl = baseUrl;
    this.#context = context;
  }

  async open(): Promise<Session> {
    const { retryTools, maxRetries, signal } = this.#context;
    const { value } = await withRetries<undefined, TokenReply>(
      {
        repeatable: true,
        onlyIfNotSent: false,
        maxRetries: this.#hasSignedIn ? maxRetries : Math.min(maxRetries, FIRST_SIGN_IN_RETRIES),
        signal,
        begin: () => Promise.resolve(undefined),
        attempt: () => this.#post(),
        explain: (end) => this.#explain(end),
      },
      retryTools,
    );
    this.#hasSignedIn = true;
    this.#flow.onReply?.(value);
    return value.session;
  }

  #post(): Promise<{ readonly value: TokenReply; readonly status: number }> {
    const { http, secrets, userAgent, requestTimeoutMs, signal } = this.#context;
    const request = {
      method: 'POST',
      url: new URL(this.#baseUrl + TOKEN_PATH),
      headers: {
        accept: 'application/json',
        'accept-encoding': 'gzip',
        'content-type': 'application/x-www-form-urlencoded',
        'user-agent': userAgent,
      },
      // Ids and secrets may hold `+`, `/` and `=`.
      body: new URLSearchParams(this.#flow.form()).toString(),
      timeoutMs: requestTimeoutMs,
      timeoutKind: 'total',
      signal,
    } as const;
    return http.call(request, {
      read: async (reply) => {
        const token = parseTokenReply(await reply.json(), this.#baseUrl);
        secrets.add(token.session.accessToken);
        secrets.add(token.refreshToken);
        return token;
      },
    });
  }

  #explain({ ending, failure }: RetryEnd): SignInError {
    if (ending === 'aborted' || failure === undefined) return new SignInError('ABORTED', 'Signing in was interrupted.');
    const message = this.#context.secrets.redact(failure.message);
    return tokenRefusal(failure, new URL(this.#baseUrl).host, message, this.#flow);
  }
}

/** Reads a 2xx token reply. Throws a `RequestFailure`, or a `SignInError` for an instance URL that must not be used. */
function parseTokenReply(document: unknown, baseUrl: string): TokenReply {
  const fields = (document ?? {}) as Readonly<Record<string, unknown>>;
  const accessToken = textOf(fields['access_token']);
  if (accessToken === undefined) throw unusable('a token reply without access_token');
  const base = textOf(fields['instance_url']) ?? baseUrl;
  const instanceUrl = safeBaseUrl(base, 'INSTANCE_URL_REFUSED', 'The instance_url of the token reply');
  return {
    session: { accessToken, instanceUrl, ...parseIdentityUrl(textOf(fields['id'])) },
    refreshToken: textOf(fields['refresh_token']),
  };
}

/** Org and user of `https://login.salesforce.com/id/00D…/005…`; nothing for any other text. */
export function parseIdentityUrl(text: string | undefined): Pick<Session, 'orgId' | 'userId'> {
  const [, orgId, userId] =
    /\/id\/(00D[a-zA-Z0-9]{12,15})\/(005[a-zA-Z0-9]{12,15})\/?(?:\?.*)?$/.exec(text ?? '') ?? [];
  return orgId === undefined ? {} : { orgId, userId };
}

/** A text that says something. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
