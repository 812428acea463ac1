import { ReplayStopped } from '../errors.js';
import { untilAborted } from './abort.js';
import { requestHeaders, requestName, type ApiReply, type ApiRequest, type Interruption } from './api-request.js';
import { GaveUp, Repeater } from './attempts.js';
import { RequestError, SignInError } from './errors.js';
import type { HttpRequest } from './exchange.js';
import { failedExchange, failedStatus, type FailedAttempt } from './failure.js';
import { asReplyError, openReply, type RawReply } from './reply.js';
import { Secrets } from './secrets.js';
import { SessionHolder, type Session } from './session.js';
import { revokedTokenHint, stopFor } from './stops.js';
import * as tokenEndpoint from './token-endpoint.js';
import { Transport } from './transport.js';
import { noteLimitInfo, type Usage } from './usage.js';
import { sleep, Waiting, type Wait } from './wait.js';

export interface ClientOptions {
  /** My Domain URL of the org: `https`, or `http` on a loopback host. */
  readonly orgUrl: string;
  readonly signIn: tokenEndpoint.ClientCredentials | { readonly kind: 'access_token'; readonly accessToken: string };
  /** For example `v65.0`. */
  readonly restapiVersion: string;
  /** Per HTTP attempt; for large bodies the longest silence instead of the whole time. */
  readonly requestTimeoutMs: number;
  readonly maxRetries: number;
  readonly proxyUrl?: string | undefined;
  readonly rootCasFile?: string | undefined;
  readonly userAgent: string;
  /** Read for `HTTPS_PROXY`, `NO_PROXY` and `NODE_EXTRA_CA_CERTS`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Ends early when its signal is aborted. */
  readonly sleep?: (delayMs: number, signal: AbortSignal) => Promise<void>;
  readonly random?: () => number;
  readonly now?: () => number;
  /** Told of the longest wait under way, and with undefined when there is none any more. */
  readonly onWait?: (wait: Wait | undefined) => void;
}

/** Retries of the first sign-in: a mistyped host should not take minutes to be found. */
const firstSignInRetries = 3;
const connectTimeoutMs = 10_000;

/** Calls the data APIs of one org: signs in, repeats what is safe to repeat, and says what is known about the rest. */
export class SalesforceClient {
  /** Counted and noted while the client works. */
  readonly usage: Usage = { calls: 0, retries: 0, congestions: 0, used: null, limit: null };
  readonly #options: ClientOptions;
  readonly #orgUrl: string;
  readonly #now: () => number;
  readonly #secrets = new Secrets();
  readonly #transport: Transport;
  readonly #waiting: Waiting;
  readonly #repeater: Repeater;
  readonly #sessions: SessionHolder;
  readonly #closing = new AbortController();
  #hasSignedIn = false;

  /** Throws a {@link SignInError} for an unsafe org URL, an unusable token, proxy or certificate file. */
  constructor(options: ClientOptions) {
    const { signIn, requestTimeoutMs, proxyUrl, rootCasFile, env = {} } = options;
    this.#options = options;
    this.#orgUrl = tokenEndpoint.safeBaseUrl(options.orgUrl, 'ORG_URL_REFUSED', 'The org_url');
    if (signIn.kind === 'access_token') tokenEndpoint.checkAccessToken(signIn.accessToken);
    this.#secrets.add(signIn.kind === 'access_token' ? signIn.accessToken : signIn.clientSecret);
    this.#now = options.now ?? Date.now;
    const timeoutMs = Math.min(connectTimeoutMs, requestTimeoutMs);
    this.#transport = new Transport({ orgUrl: this.#orgUrl, connectTimeoutMs: timeoutMs, proxyUrl, rootCasFile, env });
    const onWait = options.onWait ?? (() => undefined);
    this.#waiting = new Waiting({ sleep: options.sleep ?? sleep, now: this.#now, onWait });
    this.random = options.random ?? Math.random;
    this.#repeater = new Repeater({ waiting: this.#waiting, random: this.random, usage: this.usage });
    this.#sessions = new SessionHolder(() => this.#openSession());
  }

  /** Signs in, unless that is done. A given access token is not tried here. Throws a {@link SignInError}. */
  async signIn(signal?: AbortSignal): Promise<{ instanceUrl: string }> {
    try {
      const { instanceUrl } = await untilAborted(this.#sessions.get(), signal);
      return { instanceUrl };
    } catch (error) {
      if (error instanceof SignInError || signal?.aborted !== true) throw error;
      throw new SignInError('ABORTED', 'Signing in was interrupted.');
    }
  }

  /** Makes one API call. Throws a {@link RequestError}, and what `read` throws besides `UnusableReply`. */
  async request<T>(request: ApiRequest<T>): Promise<ApiReply<T>> {
    const { signal, stopping, repeatable, onlyIfNotSent = false } = request;
    const { maxRetries } = this.#options;
    let isFresh = false;
    try {
      return await this.#repeater.run<Session, T>({
        ...{ repeatable, onlyIfNotSent, maxRetries, signal, stopping },
        begin: () => untilAborted(this.#sessions.get(), signal),
        attempt: (session) => this.#attempt(request, session),
        recover: async (failed, session) => {
          const mayRenew = failed.status === 401 && !isFresh && this.#canRenew(failed);
          // A token that is refused straight after its renewal will not be accepted later either.
          isFresh = mayRenew;
          if (mayRenew) await untilAborted(this.#sessions.renew(session), signal);
          return mayRenew;
        },
      });
    } catch (error) {
      throw error instanceof GaveUp ? this.#requestError(error, request) : error;
    }
  }

  get maxRetries(): number {
    return this.#options.maxRetries;
  }

  /** In [0, 1). */
  readonly random: () => number;

  /** Waits before work is tried anew, visibly to `onWait`; ends early when a signal is aborted. */
  async wait(wait: Omit<Wait, 'until'>, { signal, stopping }: Interruption = {}): Promise<void> {
    await this.#waiting.wait(wait, [signal, stopping]);
  }

  /** Ends every connection; requests under way fail. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#transport.close();
  }

  #canRenew({ sentence }: FailedAttempt): boolean {
    // A session without the API scope is refused in these words; a new one would be no better.
    return this.#options.signIn.kind === 'client_credentials' && !/not valid for use with/i.test(sentence);
  }

  async #attempt<T>(request: ApiRequest<T>, session: Session): Promise<{ value: T; status: number } | FailedAttempt> {
    const { requestTimeoutMs, restapiVersion, userAgent } = this.#options;
    const url = new URL(`${session.instanceUrl}/services/data/${restapiVersion}/${request.path}`);
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
    const { method, timeoutKind = 'total', signal } = request;
    const authorization = `Bearer ${session.accessToken}`;
    const headers = { ...requestHeaders(request), authorization, 'user-agent': userAgent };
    const body = request.json ?? request.csv;
    return this.#exchange({ method, url, headers, body, timeoutMs: requestTimeoutMs, timeoutKind, signal }, request);
  }

  /** Sends and reads; every failure that is not a bug becomes data. */
  async #exchange<T>(
    http: HttpRequest,
    reader: Pick<ApiRequest<T>, 'read' | 'readError'>,
  ): Promise<{ value: T; status: number } | FailedAttempt> {
    let reply: RawReply | undefined;
    try {
      const received = await this.#transport.send(http);
      try {
        reply = openReply(received);
        const { status, headers } = reply;
        noteLimitInfo(this.usage, headers['sforce-limit-info']);
        if (status >= 200 && status < 300) return { value: await reader.read(reply), status };
        const failed = await failedStatus(reply, this.#now());
        const { errors } = failed;
        const recognised = status < 400 ? undefined : reader.readError?.({ status, errors, text: await reply.text() });
        return recognised === undefined ? failed : { value: recognised.value, status };
      } finally {
        received.body.destroy();
      }
    } catch (error) {
      const failed = failedExchange(asReplyError(error), reply?.status);
      if (failed === undefined) throw error;
      return failed;
    }
  }

  async #openSession(): Promise<Session> {
    const { signIn, maxRetries } = this.#options;
    if (signIn.kind === 'access_token') return { accessToken: signIn.accessToken, instanceUrl: this.#orgUrl };
    try {
      const { value } = await this.#repeater.run<undefined, Session>({
        repeatable: true,
        onlyIfNotSent: false,
        maxRetries: this.#hasSignedIn ? maxRetries : Math.min(maxRetries, firstSignInRetries),
        signal: this.#closing.signal,
        begin: () => Promise.resolve(undefined),
        attempt: () => this.#requestToken(signIn),
      });
      this.#hasSignedIn = true;
      return value;
    } catch (error) {
      if (!(error instanceof GaveUp)) throw error;
      throw tokenEndpoint.tokenRefusal(error, new URL(this.#orgUrl).host, this.#secrets.redact(error.message));
    }
  }

  #requestToken(
    credentials: tokenEndpoint.ClientCredentials,
  ): Promise<{ value: Session; status: number } | FailedAttempt> {
    const headers = {
      accept: 'application/json',
      'accept-encoding': 'gzip',
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': this.#options.userAgent,
    };
    const http: HttpRequest = {
      method: 'POST',
      url: new URL(this.#orgUrl + tokenEndpoint.tokenPath),
      headers,
      body: tokenEndpoint.tokenForm(credentials),
      timeoutMs: this.#options.requestTimeoutMs,
      timeoutKind: 'total',
      signal: this.#closing.signal,
    };
    return this.#exchange(http, {
      read: async (reply) => {
        const session = tokenEndpoint.parseTokenReply(await reply.json(), this.#orgUrl);
        this.#secrets.add(session.accessToken);
        return session;
      },
    });
  }

  #requestError({ details }: GaveUp, request: ApiRequest<unknown>): RequestError {
    const { ending, failed, outcome, attempts, signInError, waitMs } = details;
    const name = requestName(request);
    if (ending === 'stopping' || ending === 'aborted') {
      const code = ending === 'stopping' ? 'STOPPED' : 'ABORTED';
      const message = ending === 'stopping' ? 'not sent, because the run is stopping' : 'cancelled';
      return new RequestError(`${name}: ${message}`, { outcome, code, attempts });
    }
    if (signInError !== undefined) {
      const { code, message, hint } = signInError;
      const stopCode = code === 'ORG_UNREACHABLE' ? code : 'SIGN_IN_REVOKED';
      const stop = new ReplayStopped(stopCode, message, { hint, cause: signInError });
      return new RequestError(`${name}: ${message}`, { outcome, code: stopCode, attempts, stop });
    }
    const words = this.#secrets.redact(failed?.sentence ?? '');
    const errors = failed?.errors.map((error) => ({ ...error, message: this.#secrets.redact(error.message) })) ?? [];
    const stop = failed && details.stop && this.#stop(details.stop, failed, words);
    const { code = 'UNKNOWN', status, cause } = failed ?? {};
    return new RequestError(`${name}: ${words}`, { outcome, code, status, errors, attempts, stop, waitMs, cause });
  }

  #stop(reason: NonNullable<GaveUp['details']['stop']>, failed: FailedAttempt, words: string): ReplayStopped {
    const hint = reason === 'SIGN_IN_REVOKED' ? revokedTokenHint(this.#options.signIn.kind) : undefined;
    return stopFor(reason, failed, new URL(this.#orgUrl).host, words, hint);
  }
}
