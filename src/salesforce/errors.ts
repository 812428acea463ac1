import { CodedError, type ReplayStopped } from '../core/errors.js';

/** One error as Salesforce words it, of a whole request or of one record. */
export interface ApiError {
  readonly code: string;
  readonly message: string;
  readonly fields: readonly string[];
}

/** How an attempt failed, as far as the retry policy needs to know. */
export interface Failure {
  /**
   * - `not_sent`: nothing was written to a connection.
   * - `lost`: sent, wholly or in part, and no complete reply came.
   * - `unusable`: a complete reply that cannot be believed (HTML, cut JSON, wrong length): nobody knows what was processed.
   * - `status`: a complete error reply.
   */
  readonly kind: 'not_sent' | 'lost' | 'unusable' | 'status';
  /** Of `not_sent`: the code of what happened underneath, such as `ECONNREFUSED`, or one that begins with `PROXY_`. */
  readonly reason?: string | undefined;
  readonly status?: number | undefined;
  /** Empty when the body was HTML or nothing. */
  readonly errors: readonly ApiError[];
  readonly retryAfterMs?: number | undefined;
}

interface FailureDetails extends Partial<Omit<Failure, 'kind'>> {
  readonly location?: string | undefined;
  readonly cause?: unknown;
}

/**
 * One attempt of a request did not succeed. The message (`status 503, SERVER_UNAVAILABLE: …`, `connect ECONNREFUSED …`) and
 * the errors are the org's and unredacted.
 */
export class RequestFailure extends Error implements Failure {
  override readonly name = 'RequestFailure';
  readonly kind: Failure['kind'];
  /** For `RequestError.code`. */
  readonly code: string;
  readonly reason: string | undefined;
  /** Of a reply that was lost or unusable it becomes known later. */
  status: number | undefined;
  readonly errors: readonly ApiError[];
  readonly retryAfterMs: number | undefined;
  /** Where a redirect leads, without its query, which may hold a token. */
  readonly location: string | undefined;

  constructor(kind: Failure['kind'], code: string, message: string, details: FailureDetails = {}) {
    super(message, { cause: details.cause });
    this.kind = kind;
    this.code = code;
    this.reason = details.reason;
    this.status = details.status;
    this.errors = details.errors ?? [];
    this.retryAfterMs = details.retryAfterMs;
    this.location = details.location;
  }
}

/** A complete reply whose body is not what it must be. */
export function unusable(message: string, cause?: unknown): RequestFailure {
  return new RequestFailure('unusable', 'UNUSABLE_REPLY', message, { cause });
}

/**
 * What is known about a request that did not succeed.
 * - `refused`: a complete error reply; nothing was processed.
 * - `not_sent`: it never reached the org; nothing was processed.
 * - `unknown`: it, or an earlier attempt of it, was perhaps processed.
 */
export type RequestOutcome = 'refused' | 'unknown' | 'not_sent';

interface RequestErrorDetails {
  readonly outcome: RequestOutcome;
  readonly code: string;
  readonly status?: number | undefined;
  readonly errors?: readonly ApiError[];
  readonly attempts: number;
  readonly stop?: ReplayStopped | undefined;
  readonly waitMs?: number | undefined;
  readonly cause?: unknown;
}

/** A request to the org failed for good. The message names method, path, status and the org's own words; never a secret. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly outcome: RequestOutcome;
  /** The org's first error code, or one of `ORG_UNREACHABLE`, `REQUEST_TIMEOUT`, `CONNECTION_RESET`, `HTML_REPLY`,
   * `UNUSABLE_REPLY`, `HTTP_<status>`, `STOPPED`, `ABORTED`. */
  readonly code: string;
  /** HTTP status of the last reply, if there was one. */
  readonly status: number | undefined;
  readonly errors: readonly ApiError[];
  /** HTTP attempts made, 0 when the run was stopping already. */
  readonly attempts: number;
  /** Set when the whole run must stop. */
  readonly stop: ReplayStopped | undefined;
  /** How long the org should be left alone before the same work is tried in another request; undefined: no opinion. */
  readonly waitMs: number | undefined;

  constructor(message: string, details: RequestErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.outcome = details.outcome;
    this.code = details.code;
    this.status = details.status;
    this.errors = details.errors ?? [];
    this.attempts = details.attempts;
    this.stop = details.stop;
    this.waitMs = details.waitMs;
  }
}

/** Signing in, or making ready for it, failed: nothing was sent. The codes are the caller's to map; they are stable. */
export class SignInError extends CodedError {}

/** Is it the certificate that is not trusted? */
export function isCertificateFailure(reason: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|INVALID_CA|CRL_|HOSTNAME_MISMATCH/.test(reason);
}

/** Does the other side not speak TLS at all? */
export function isNotTls(reason: string): boolean {
  return /^(?:EPROTO|ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNSUPPORTED_PROTOCOL))$/.test(
    reason,
  );
}
