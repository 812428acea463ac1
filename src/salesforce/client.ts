import { ReplayStopped } from '../core/errors.js';
import { untilAborted } from './abort.js';
import { requestHeaders, requestName, type ApiReply, type ApiRequest, type Interruption } from './api-request.js';
import { GaveUp, Repeater } from './attempts.js';
import { safeBaseUrl } from './base-url.js';
import { Caller, type Called } from './caller.js';
import { RequestError, SignInError } from './errors.js';
import type { FailedAttempt } from './failure.js';
import { Secrets } from '../core/secrets.js';
import { SessionHolder, type Session } from './session.js';
import { refuseOtherOrg } from './sign-in/same-org.js';
import { makeSignIn, noteSecrets, type SignIn, type SignInOptions } from './sign-in/sign-in.js';
import { stopFor } from './stops.js';
import { Transport } from './transport.js';
import type { Usage } from './usage.js';
import { sleep, Waiting, type Wait } from './wait.js';

/** Whose session it is, as far as signing in has told. */
export type SignedIn = Omit<Session, 'accessToken'>;

export interface ClientOptions {
  /**
   * My Domain URL of the org: `https`, or `http` on a loopback host. Where the sign-in says by itself which org it is
   * (`cli`, `sfdx_url`), it may be left out; a session of another org is refused otherwise.
   */
  readonly orgUrl: string | undefined;
  readonly signIn: SignInOptions;
  /** For example `v65.0`. */
  readonly restapiVersion: string;
  /** Per HTTP attempt; for large bodies the longest silence instead of the whole time. */
  readonly requestTimeoutMs: number;
  readonly maxRetries: number;
  readonly proxyUrl?: string | undefined;
  readonly rootCasFile?: string | undefined;
  readonly userAgent: string;
  /** Read for `HTTPS_PROXY`, `NO_PROXY` and `NODE_EXTRA_CA_CERTS`; what the Salesforce CLI runs in. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Ends early when its signal is aborted. */
  readonly sleep?: (delayMs: number, signal: AbortSignal) => Promise<void>;
  readonly random?: () => number;
  readonly now?: () => number;
  /** Told of the longest wait under way, and with undefined when there is none any more. */
  readonly onWait?: (wait: Wait | undefined) => void;
}

const connectTimeoutMs = 10_000;
/** In a row, for one request. */
const MAX_RENEWALS = 10;

/** Calls the data APIs of one org: signs in, repeats what is safe to repeat, and says what is known about the rest. */
export class SalesforceClient {
  /** Counted and noted while the client works. */
  readonly usage: Usage = { calls: 0, retries: 0, congestions: 0, used: null, limit: null };
  readonly #options: ClientOptions;
  readonly #secrets = new Secrets();
  readonly #transport: Transport;
  readonly #caller: Caller;
  readonly #waiting: Waiting;
  readonly #repeater: Repeater;
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
    const timeoutMs = Math.min(connectTimeoutMs, requestTimeoutMs);
    this.#transport = new Transport({ orgUrl, connectTimeoutMs: timeoutMs, proxyUrl, rootCasFile, env });
    this.#caller = new Caller(this.#transport, this.usage, now);
    const onWait = options.onWait ?? (() => undefined);
    this.#waiting = new Waiting({ sleep: options.sleep ?? sleep, now, onWait });
    this.random = options.random ?? Math.random;
    this.#repeater = new Repeater({ waiting: this.#waiting, random: this.random, usage: this.usage });
    const tools = { caller: this.#caller, repeater: this.#repeater, secrets: this.#secrets };
    const { signal } = this.#closing;
    const means = { ...tools, userAgent, requestTimeoutMs, maxRetries, signal, now, env };
    this.#signIn = makeSignIn(signIn, orgUrl, means);
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

  /** Makes one API call. Throws a {@link RequestError}, and what `read` throws besides `UnusableReply`. */
  async request<T>(request: ApiRequest<T>): Promise<ApiReply<T>> {
    const { signal, stopping, repeatable, onlyIfNotSent = false } = request;
    const { maxRetries } = this.#options;
    let renewals = 0;
    try {
      return await this.#repeater.run<Session, T>({
        ...{ repeatable, onlyIfNotSent, maxRetries, signal, stopping },
        begin: () => untilAborted(this.#sessions.get(), signal),
        attempt: (session) => this.#attempt(request, session),
        recover: async (failed, session) => {
          // A token that is refused straight after its renewal will not be accepted later either. One that was accepted for
          // others is one more that has expired; the limit is for a request that alone is refused.
          const isHopeful = renewals === 0 || (renewals < MAX_RENEWALS && this.#sessions.wasAccepted(session));
          const mayRenew = failed.status === 401 && isHopeful && this.#canRenew(failed);
          renewals = mayRenew ? renewals + 1 : 0;
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
    return this.#signIn.canRenew && !/not valid for use with/i.test(sentence);
  }

  async #attempt<T>(request: ApiRequest<T>, session: Session): Promise<Called<T> | FailedAttempt> {
    const { requestTimeoutMs, restapiVersion, userAgent } = this.#options;
    const base = request.path.startsWith('/') ? '' : `/services/data/${restapiVersion}/`;
    const url = new URL(`${session.instanceUrl}${base}${request.path}`);
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
    const { method, timeoutKind = 'total', signal } = request;
    const authorization = `Bearer ${session.accessToken}`;
    const headers = { ...requestHeaders(request), authorization, 'user-agent': userAgent };
    const body = request.json ?? request.csv;
    const call = { method, url, headers, body, timeoutMs: requestTimeoutMs, timeoutKind, signal };
    const result = await this.#caller.call(call, request);
    if ('value' in result) this.#sessions.noteAccepted(session);
    return result;
  }

  async #openSession(refused: Session | undefined): Promise<Session> {
    const session = await this.#signIn.open(refused);
    const { orgUrl, signIn } = this.#options;
    const saysWhichOrg = signIn.kind === 'cli' || signIn.kind === 'sfdx_url';
    refuseOtherOrg(session, saysWhichOrg ? orgUrl : undefined, refused);
    return session;
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
    const { instanceUrl } = this.#sessions.current ?? {};
    const host = new URL(instanceUrl ?? this.#options.orgUrl ?? '').host;
    return stopFor(reason, failed, { host, words, hostIn: this.#signIn.hostIn, revokedHint: this.#signIn.revokedHint });
  }
}
