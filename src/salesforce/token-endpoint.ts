import { GaveUp, type Repeater } from './attempts.js';
import { safeBaseUrl } from './base-url.js';
import type { Called, Caller } from './caller.js';
import { UnusableReply } from './errors.js';
import type { HttpRequest } from './exchange.js';
import type { FailedAttempt } from './failure.js';
import type { Secrets } from '../core/secrets.js';
import type { Session } from './session.js';
import { tokenRefusal, type RefusalWords } from './token-refusal.js';

const tokenPath = '/services/oauth2/token';
/** Retries of the first sign-in: a mistyped host should not take minutes to be found. */
const firstSignInRetries = 3;

export interface TokenEndpointMeans {
  readonly caller: Caller;
  readonly repeater: Repeater;
  /** Learns every token that the endpoint gives. */
  readonly secrets: Secrets;
  readonly userAgent: string;
  readonly requestTimeoutMs: number;
  readonly maxRetries: number;
  readonly signal: AbortSignal;
}

/** What the endpoint gave. */
export interface TokenReply extends Session {
  /** Where refresh tokens are rotated: the one that takes the place of the one used. */
  readonly refreshToken?: string | undefined;
}

/** An OAuth 2.0 token endpoint; every flow that posts a form to it does so here. */
export class TokenEndpoint {
  #hasSignedIn = false;

  constructor(
    /** Of its host, without a trailing slash. */
    private readonly baseUrl: string,
    private readonly means: TokenEndpointMeans,
  ) {}

  /** Asks for a token, with a form made anew for each attempt. Rejects with a `SignInError` in the words of the flow. */
  async request(form: () => Readonly<Record<string, string>>, words: RefusalWords): Promise<TokenReply> {
    const { repeater, maxRetries, signal, secrets } = this.means;
    try {
      const { value } = await repeater.run<undefined, TokenReply>({
        repeatable: true,
        onlyIfNotSent: false,
        maxRetries: this.#hasSignedIn ? maxRetries : Math.min(maxRetries, firstSignInRetries),
        signal,
        begin: () => Promise.resolve(undefined),
        attempt: () => this.#post(form()),
      });
      this.#hasSignedIn = true;
      return value;
    } catch (error) {
      if (!(error instanceof GaveUp)) throw error;
      throw tokenRefusal(error, new URL(this.baseUrl).host, secrets.redact(error.message), words);
    }
  }

  #post(form: Readonly<Record<string, string>>): Promise<Called<TokenReply> | FailedAttempt> {
    const { caller, secrets, userAgent, requestTimeoutMs, signal } = this.means;
    const headers = {
      accept: 'application/json',
      'accept-encoding': 'gzip',
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': userAgent,
    };
    const http: HttpRequest = {
      method: 'POST',
      url: new URL(this.baseUrl + tokenPath),
      headers,
      // Ids and secrets may hold `+`, `/` and `=`.
      body: new URLSearchParams(form).toString(),
      timeoutMs: requestTimeoutMs,
      timeoutKind: 'total',
      signal,
    };
    return caller.call(http, {
      read: async (reply) => {
        const token = parseTokenReply(await reply.json(), this.baseUrl);
        secrets.add(token.accessToken);
        if (token.refreshToken !== undefined) secrets.add(token.refreshToken);
        return token;
      },
    });
  }
}

/** Reads a 2xx token reply. Throws {@link UnusableReply}, or a `SignInError` for an instance URL that must not be used. */
export function parseTokenReply(document: unknown, baseUrl: string): TokenReply {
  const fields = (document ?? {}) as Readonly<Record<string, unknown>>;
  const accessToken = textOf(fields['access_token']);
  if (accessToken === undefined) throw new UnusableReply('UNUSABLE_REPLY', 'a token reply without access_token');
  const base = textOf(fields['instance_url']) ?? baseUrl;
  const refreshToken = textOf(fields['refresh_token']);
  return {
    accessToken,
    instanceUrl: safeBaseUrl(base, 'INSTANCE_URL_REFUSED', 'The instance_url of the token reply'),
    ...parseIdentityUrl(textOf(fields['id'])),
    ...(refreshToken === undefined ? {} : { refreshToken }),
  };
}

/** Org and user of `https://login.salesforce.com/id/00D…/005…`; nothing for any other text. */
export function parseIdentityUrl(text: string | undefined): Pick<Session, 'orgId' | 'userId'> {
  const [, orgId, userId] =
    /\/id\/(00D[a-zA-Z0-9]{12,15})\/(005[a-zA-Z0-9]{12,15})\/?(?:\?.*)?$/.exec(text ?? '') ?? [];
  return orgId === undefined ? {} : { orgId, userId };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
