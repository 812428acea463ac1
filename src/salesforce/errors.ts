import { SfreplayError, type ReplayStopped } from '../core/errors.js';

/** One error as Salesforce words it, of a whole request or of one record. */
export interface ApiError {
  readonly code: string;
  readonly message: string;
  readonly fields: readonly string[];
}

/**
 * What is known about a request that did not succeed.
 * - `refused`: a complete error reply; nothing was processed.
 * - `not_sent`: it never reached the org; nothing was processed.
 * - `unknown`: it, or an earlier attempt of it, was perhaps processed.
 */
export type RequestOutcome = 'refused' | 'unknown' | 'not_sent';

export interface RequestErrorDetails {
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
    this.name = 'RequestError';
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
export class SignInError extends SfreplayError {
  readonly code: string;

  constructor(code: string, message: string, options: { hint?: string | undefined; cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

/** A complete reply whose body is not what it must be (HTML, cut JSON, wrong length): nobody knows what was processed. */
export class UnusableReply extends Error {
  readonly code: string;

  constructor(code: 'HTML_REPLY' | 'UNUSABLE_REPLY', message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UnusableReply';
    this.code = code;
  }
}
