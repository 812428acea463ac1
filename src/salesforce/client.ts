import { ConfigError, PreflightError, ReplayStopped } from '../core/errors.js';
import { Secrets } from '../core/secrets.js';
import type { Settings, SignInSettings } from '../core/settings.js';
import { readVersion } from '../core/version.js';
import { requestHeaders, requestName, type ApiReply, type ApiRequest, type Interruption } from './api-request.js';
import { RequestError, SignInError, type RequestFailure } from './errors.js';
import { stopFor } from './explain.js';
import { Http } from './http.js';
import type { StopReason } from './retry.js';
import { withRetries, type RetryEnd, type RetryTools } from './retry-loop.js';
import { SessionHolder, safeBaseUrl, type Session, type SignIn } from './session.js';
import { makeSignIn, noteSecrets, refuseOtherOrg } from './sign-in/sign-in.js';
import { Usage } from './usage.js';
import { sleep, untilAborted, Waiting, type Wait } from './wait.js';

/** Whose session it is, as far as signing in has told. */
export type SignedIn = Omit<Session, 'accessToken'>;

export interface ClientOptions {
  /**
   * My Domain URL of the org: `https`, or `http` on a loopback host. Where the sign-in says by itself which org it is
   * (`cli`, `sfdx_url`), it may be left out; a session of another org is refused otherwise.
   */
  readonly orgUrl: string | undefined;
  readonly signIn: SignInSettings;
  /** For example `v65.0`. */
  readonly restapiVersion: string;
  /** Per HTTP attempt; for large bodies the longest silence instead of the whole time. */
  readonly requestTimeoutMs: number;
  readonly maxRetries: number;
  /** The share of the org's API calls from which on no call is made but those that follow a bulk job. */
  readonly maxApiUsage?: number | undefined;
  readonly proxyUrl?: string | undefined;
  readonly rootCasFile?: string | undefined;
  readonly userAgent: string;
  /** Read for `HTTPS_PROXY`, `NO_PROXY` and `NODE_EXTRA_CA_CERTS`; what the Salesforce CLI runs in. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Ends early when its signal is aborted. */
  readonly sleep?: (delayMs: number, signal: AbortSignal) => Promise<void>;
  readonly random?: () => number;
  readonly now?: () => number;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** In a row, for one request. */
const MAX_RENEWALS = 10;

/** Calls the data APIs of one org: signs in, repeats what is safe to repeat, and says what is known about the rest. */
export class SalesforceClient {
  /** Counted and noted while the client works. */
  readonly usage = new Usage();
  readonly #options: ClientOptions;
  readonly #secrets = new Secrets();
  readonly #http: Http;
  readonly #retryTools: RetryTools;
  readonly #signIn: SignIn;
  readonly #sessions: SessionHolder;
  readonly #closing = new AbortController();

  /** Throws a {@link SignInError} for an unsafe org URL, an unusable token, proxy or certificate file. */
  constructor(options: ClientOptions) {
    const { signIn, requestTimeoutMs, maxRetries, userAgent, proxyUrl, rootCasFile, env = {} } = options;
    const orgUrl =
      options.orgUrl === undefined ? undefined : safeBaseUrl(options.orgUrl, 'ORG_URL_REFUSED', 'The org_url');
    this.#options = options;
    noteSecrets(signIn, this.#secrets);
    const now = options.now ?? Date.now;
    const timeoutMs = Math.min(CONNECT_TIMEOUT_MS, requestTimeoutMs);
    const { usage } = this;
    this.#http = new Http({ orgUrl, connectTimeoutMs: timeoutMs, proxyUrl, rootCasFile, env, usage, now });
    const waiting = new Waiting({ sleep: options.sleep ?? sleep, now });
    this.#retryTools = { waiting, random: options.random ?? Math.random, usage };
    this.#signIn = makeSignIn(signIn, orgUrl, {
      http: this.#http,
      retryTools: this.#retryTools,
      secrets: this.#secrets,
      signal: this.#closing.signal,
      ...{ userAgent, requestTimeoutMs, maxRetries, now, env },
    });
    this.#sessions = new SessionHolder((refused) => this.#openSession(refused));
  }

  /** Signs in, unless that is done. A given access token is not tried here. Throws a {@link SignInError}. */
  async signIn(signal?: AbortSignal): Promise<SignedIn> {
    try {
      const { instanceUrl, orgId, userId, username } = await untilAborted(this.#sessions.get(), signal);
      return { instanceUrl, orgId, userId, username };
    } catch (error) {
      if (error instanceof SignInError || signal?.aborted !== true) throw error;
      throw new SignInError('ABORTED', 'Signing in was interrupted.');
    }
  }

  /** Makes one API call. Throws a {@link RequestError}, and what `read` throws besides `RequestFailure`. */
  async request<T>(request: ApiRequest<T>): Promise<ApiReply<T>> {
    const { signal, stopping, repeatable, onlyIfNotSent = false } = request;
    const { maxRetries, maxApiUsage } = this.#options;
    let renewals = 0;
    const plan = {
      ...{ repeatable, onlyIfNotSent, maxRetries, signal, stopping },
      begin: () => untilAborted(this.#sessions.get(), signal),
      forbid: () => (request.followsJob === true ? undefined : this.usage.reached(maxApiUsage)),
      attempt: (session: Session) => this.#attempt(request, session),
      recover: async (failure: RequestFailure, session: Session) => {
        // A token that is refused straight after its renewal will not be accepted later either. One that was accepted for
        // others is one more that has expired; the limit is for a request that alone is refused.
        const isHopeful = renewals === 0 || (renewals < MAX_RENEWALS && this.#sessions.wasAccepted(session));
        const mayRenew = failure.status === 401 && isHopeful && this.#canRenew(failure);
        renewals = mayRenew ? renewals + 1 : 0;
        if (mayRenew) await untilAborted(this.#sessions.renew(session), signal);
        return mayRenew;
      },
      explain: (end: RetryEnd) => this.#explain(end, request),
    };
    return withRetries(plan, this.#retryTools);
  }

  get maxRetries(): number {
    return this.#options.maxRetries;
  }

  /** In [0, 1). */
  get random(): () => number {
    return this.#retryTools.random;
  }

  /** The longest wait for a retry under way, in words. */
  get waiting(): string | undefined {
    const wait = this.#retryTools.waiting.longest;
    if (wait === undefined) return undefined;
    const { reason, retry, maxRetries, until } = wait;
    const time = new Date(until).toISOString().slice(11, 19);
    return `waiting for the org (${reason}), retry ${retry} of ${maxRetries} at ${time} UTC`;
  }

  /** Waits before work is tried anew, visibly in `waiting`; ends early when a signal is aborted. */
  async wait(wait: Omit<Wait, 'until'>, { signal, stopping }: Interruption = {}): Promise<void> {
    await this.#retryTools.waiting.wait(wait, [signal, stopping]);
  }

  /** Ends every connection; requests under way fail. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#http.close();
  }

  #canRenew({ message }: RequestFailure): boolean {
    // A session without the API scope is refused in these words; a new one would be no better.
    return this.#signIn.canRenew && !/not valid for use with/i.test(message);
  }

  async #attempt<T>(request: ApiRequest<T>, session: Session) {
    const { requestTimeoutMs, restapiVersion, userAgent } = this.#options;
    const base = request.path.startsWith('/') ? '' : `/services/data/${restapiVersion}/`;
    const url = new URL(`${session.instanceUrl}${base}${request.path}`);
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
    const { method, timeoutKind = 'total', signal } = request;
    const authorization = `Bearer ${session.accessToken}`;
    const headers = { ...requestHeaders(request), authorization, 'user-agent': userAgent };
    const body = request.json ?? request.csv;
    const call = { method, url, headers, body, timeoutMs: requestTimeoutMs, timeoutKind, signal };
    const result = await this.#http.call(call, request);
    this.#sessions.noteAccepted(session);
    return result;
  }

  async #openSession(refused: Session | undefined): Promise<Session> {
    const session = await this.#signIn.open(refused);
    const { orgUrl, signIn } = this.#options;
    const saysWhichOrg = signIn.kind === 'cli' || signIn.kind === 'sfdx_url';
    refuseOtherOrg(session, saysWhichOrg ? orgUrl : undefined, refused);
    return session;
  }

  #explain(end: RetryEnd, request: ApiRequest<unknown>): RequestError {
    const { ending, failure, outcome, attempts, signInError, forbidden } = end;
    const name = requestName(request);
    const waitMs = failure?.retryAfterMs;
    if (ending === 'stopping' || ending === 'aborted') {
      const code = ending === 'stopping' ? 'STOPPED' : 'ABORTED';
      const message = ending === 'stopping' ? 'not sent, because the run is stopping' : 'cancelled';
      return new RequestError(`${name}: ${message}`, { outcome, code, attempts });
    }
    if (forbidden !== undefined) {
      const { code, message } = forbidden;
      return new RequestError(`${name}: ${message}`, { outcome, code, attempts, stop: forbidden });
    }
    if (signInError !== undefined) {
      const { code, message, hint } = signInError;
      const stopCode = code === 'ORG_UNREACHABLE' ? code : 'SIGN_IN_REVOKED';
      const stop = new ReplayStopped(stopCode, message, { hint, cause: signInError });
      return new RequestError(`${name}: ${message}`, { outcome, code: stopCode, attempts, stop });
    }
    const message = this.#secrets.redact(failure?.message ?? '');
    const errors = failure?.errors.map((error) => ({ ...error, message: this.#secrets.redact(error.message) })) ?? [];
    const stop = failure && end.stop && this.#stop(end.stop, failure, message);
    const { code = 'UNKNOWN', status, cause } = failure ?? {};
    return new RequestError(`${name}: ${message}`, { outcome, code, status, errors, attempts, stop, waitMs, cause });
  }

  #stop(reason: StopReason, failure: RequestFailure, message: string): ReplayStopped {
    const { instanceUrl } = this.#sessions.current ?? {};
    const host = new URL(instanceUrl ?? this.#options.orgUrl ?? '').host;
    const { hostSetting, revokedHint } = this.#signIn;
    return stopFor(reason, failure, { host, message, hostSetting, revokedHint });
  }
}

/** A client for the org of the settings. Throws `PreflightError`. */
export function openClient(
  { org, maxApiUsage }: Settings,
  env: Readonly<Record<string, string | undefined>>,
  chance: Pick<ClientOptions, 'sleep' | 'random'> = {},
): SalesforceClient {
  if (org === undefined) throw new ConfigError('No org is configured', [{ path: 'org_url', message: 'is required' }]);
  try {
    return new SalesforceClient({
      orgUrl: org.orgUrl,
      signIn: org.signIn,
      restapiVersion: org.restapiVersion,
      requestTimeoutMs: org.requestTimeoutMs,
      maxRetries: org.maxRetries,
      maxApiUsage,
      proxyUrl: org.proxyUrl,
      rootCasFile: org.rootCasFile,
      userAgent: `sfreplay/${readVersion()}`,
      env,
      ...chance,
    });
  } catch (error) {
    if (!(error instanceof SignInError)) throw error;
    throw new PreflightError(error.code, error.message, { hint: error.hint, cause: error });
  }
}
