import { bodyExcerpt, excerpt, parseErrorBody } from './error-body.js';
import { UnusableReply, type ApiError } from './errors.js';
import { ExchangeError } from './exchange.js';
import { isHtml, type RawReply } from './reply.js';
import { parseRetryAfter, type Failure } from './retry.js';
import { isCertificateFailure, isNotTls } from './tls-failure.js';

/** A failure with what a person needs to know of it. Texts are the org's and unredacted. */
export interface FailedAttempt {
  readonly failure: Failure;
  /** For example `status 503, SERVER_UNAVAILABLE: …` or `connect ECONNREFUSED 127.0.0.1:1`. */
  readonly sentence: string;
  /** The code for `RequestError.code`. */
  readonly code: string;
  readonly status?: number | undefined;
  readonly errors: readonly ApiError[];
  /** Where a redirect leads, without its query, which may hold a token. */
  readonly location?: string | undefined;
  readonly cause?: unknown;
}

/** Reads a complete error reply. Throws what reading its body throws. */
export async function failedStatus(reply: RawReply, nowMs: number): Promise<FailedAttempt> {
  const text = await reply.text();
  const { status, headers } = reply;
  const errors = parseErrorBody(text);
  const [first] = errors;
  const retryAfterMs = parseRetryAfter(headers['retry-after'], nowMs);
  const words = first === undefined ? bodyExcerpt(text) : `${first.code}: ${excerpt(first.message)}`;
  return {
    failure: { kind: 'status', status, errors, retryAfterMs },
    sentence: words === '' ? `status ${status}` : `status ${status}, ${words}`,
    code: first?.code ?? (isHtml(reply) && status < 400 ? 'HTML_REPLY' : `HTTP_${status}`),
    status,
    errors,
    location: headers['location']?.replace(/[?#].*$/s, ''),
  };
}

/** What went wrong while sending a request or reading its reply; undefined for a bug, which is not ours to hide. */
export function failedExchange(error: unknown, status: number | undefined): FailedAttempt | undefined {
  if (error instanceof UnusableReply) {
    const { code, message } = error;
    return { failure: { kind: 'unusable', code }, sentence: message, code, status, errors: [] };
  }
  if (!(error instanceof ExchangeError)) return undefined;
  const base = { sentence: error.message, status, errors: [], cause: error };
  if (!error.wasSent) {
    const failure: Failure = { kind: 'not_opened', code: error.reason, final: isFinal(error.reason) };
    return { ...base, failure, code: 'ORG_UNREACHABLE' };
  }
  const code = error.kind === 'timeout' ? 'REQUEST_TIMEOUT' : 'CONNECTION_RESET';
  return { ...base, failure: { kind: 'lost', code }, code };
}

/** A connection that will not open however often it is tried. What is not recognised may pass. */
function isFinal(reason: string): boolean {
  return (
    isCertificateFailure(reason) || isNotTls(reason) || reason === 'PROXY_REFUSED' || reason === 'UND_ERR_INVALID_ARG'
  );
}
