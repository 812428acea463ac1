import { ReplayStopped } from '../core/errors.js';
import type { FailedAttempt } from './failure.js';
import type { StopReason } from './retry.js';
import { isCertificateFailure, isNotTls, isOtherHost } from './tls-failure.js';

export interface StopWords {
  /** The org's. */
  readonly host: string;
  /** What names that host: `org_url`, or where else it comes from. */
  readonly hostIn: string;
  /** What the org said, redacted. */
  readonly words: string;
  /** What to do about a sign-in that is no longer accepted. */
  readonly revokedHint: string;
}

/** The sentence and the hint for a run that cannot go on. */
export function stopFor(
  reason: StopReason,
  attempt: FailedAttempt,
  { host, hostIn, words, revokedHint }: StopWords,
): ReplayStopped {
  switch (reason) {
    case 'ORG_UNREACHABLE':
      return new ReplayStopped(reason, `${host} cannot be reached: ${words}`, {
        hint: unreachableHint(attempt, hostIn),
        cause: attempt.cause,
      });
    case 'ORG_REDIRECTED':
      return new ReplayStopped(reason, `${host} redirects to ${attempt.location ?? 'another address'}: ${words}`, {
        hint: `Set ${hostIn} to the My Domain address that the org has now. Redirects are not followed, so that the token stays with the org.`,
      });
    case 'SIGN_IN_REVOKED':
      return new ReplayStopped(reason, `${host} no longer accepts the sign-in: ${words}`, {
        hint: revokedHint,
      });
    case 'API_LIMIT_EXHAUSTED':
      return new ReplayStopped(reason, `The org's API allocation is used up: ${words}`, {
        hint: 'It is counted over the last 24 hours. Run again later, or have the limit raised.',
      });
    case 'STORAGE_EXHAUSTED':
      return new ReplayStopped(reason, `The org takes no more records: ${words}`, {
        hint: 'Free data storage or licences in the org, then run again.',
      });
    case 'API_DISABLED':
      return new ReplayStopped(reason, `${host} does not let this user use the API: ${words}`, {
        hint: 'Check the edition of the org, the "API Enabled" permission and the password of the user.',
      });
    case 'API_VERSION_RETIRED':
      return new ReplayStopped(reason, `${host} has retired this REST API version: ${words}`, {
        hint: 'Raise restapi_version.',
      });
  }
}

/** Why a connection fails and what a person can do about it. */
export function unreachableHint(attempt: FailedAttempt, hostIn: string): string | undefined {
  const { failure } = attempt;
  if (failure.kind !== 'not_opened') return undefined;
  const { code } = failure;
  if (isOtherHost(code)) {
    return `The certificate is for another host name: set ${hostIn} to a name that it holds, or look for a proxy or a DNS entry that leads elsewhere.`;
  }
  if (isCertificateFailure(code)) {
    return 'Its certificate is not trusted here. Name the certificate authority in http.tls.root_cas_file or NODE_EXTRA_CA_CERTS.';
  }
  if (isNotTls(code)) return 'The port does not speak TLS: is it a plain http port, or a proxy?';
  if (code === 'PROXY_REFUSED') return 'Check http.proxy_url or HTTPS_PROXY, and its user name and password.';
  if (code.startsWith('PROXY_')) return 'Check http.proxy_url or HTTPS_PROXY.';
  if (code === 'ENOTFOUND') return `There is no such host name: check ${hostIn}.`;
  if (code === 'ECONNREFUSED') return `Nothing listens there: check ${hostIn} and its port.`;
  return undefined;
}
