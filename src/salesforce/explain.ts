import { ReplayStopped } from '../core/errors.js';
import { isCertificateFailure, isNotTls, SignInError, type RequestFailure } from './errors.js';
import type { StopReason } from './retry.js';

interface StopDetails {
  /** The org's. */
  readonly host: string;
  /** What names that host: `org_url`, or where else it comes from. */
  readonly hostSetting: string;
  /** What the org said, redacted. */
  readonly message: string;
  /** What to do about a sign-in that is no longer accepted. */
  readonly revokedHint: string;
}

/** The sentence and the hint for a run that cannot go on. */
export function stopFor(
  reason: StopReason,
  failure: RequestFailure,
  { host, hostSetting, message, revokedHint }: StopDetails,
): ReplayStopped {
  switch (reason) {
    case 'ORG_UNREACHABLE':
      return new ReplayStopped(reason, `${host} cannot be reached: ${message}`, {
        hint: unreachableHint(failure, hostSetting),
        cause: failure.cause,
      });
    case 'ORG_REDIRECTED':
      return new ReplayStopped(reason, `${host} redirects to ${failure.location ?? 'another address'}: ${message}`, {
        hint: `Set ${hostSetting} to the My Domain address that the org has now. Redirects are not followed, so that the token stays with the org.`,
      });
    case 'SIGN_IN_REVOKED':
      return new ReplayStopped(reason, `${host} no longer accepts the sign-in: ${message}`, {
        hint: revokedHint,
      });
    case 'API_LIMIT_EXHAUSTED':
      return new ReplayStopped(reason, `The org's API allocation is used up: ${message}`, {
        hint: 'It is counted over the last 24 hours. Run again later, or have the limit raised.',
      });
    case 'STORAGE_EXHAUSTED':
      return new ReplayStopped(reason, `The org accepts no more records: ${message}`, {
        hint: 'Free data storage or licences in the org, then run again.',
      });
    case 'API_DISABLED':
      return new ReplayStopped(reason, `${host} does not let this user use the API: ${message}`, {
        hint: 'Check the edition of the org, the "API Enabled" permission and the password of the user.',
      });
    case 'API_VERSION_RETIRED':
      return new ReplayStopped(reason, `${host} has retired this REST API version: ${message}`, {
        hint: 'Raise restapi_version.',
      });
  }
}

/** Why a connection fails and what a person can do about it. */
function unreachableHint({ kind, reason = '' }: RequestFailure, hostSetting: string): string | undefined {
  if (kind !== 'not_sent') return undefined;
  if (reason === 'ERR_TLS_CERT_ALTNAME_INVALID' || reason === 'HOSTNAME_MISMATCH') {
    return `The certificate is for another host name: set ${hostSetting} to a name in the certificate, or look for a proxy or a DNS entry that leads elsewhere.`;
  }
  if (isCertificateFailure(reason)) {
    return 'Its certificate is not trusted here. Name the certificate authority in http.tls.root_cas_file or NODE_EXTRA_CA_CERTS.';
  }
  if (isNotTls(reason)) return 'The port does not speak TLS: is it a plain http port, or a proxy?';
  if (reason === 'PROXY_REFUSED') return 'Check http.proxy_url or HTTPS_PROXY, and its user name and password.';
  if (reason.startsWith('PROXY_')) return 'Check http.proxy_url or HTTPS_PROXY.';
  if (reason === 'ENOTFOUND') return `There is no such host name: check ${hostSetting}.`;
  if (reason === 'ECONNREFUSED') return `Nothing listens there: check ${hostSetting} and its port.`;
  return undefined;
}

/** What a flow knows to say of a token endpoint that gives no token. */
export interface FlowHints {
  readonly hostSetting: string;
  /** What to do about an error code of the endpoint; its description only refines that. Undefined: nothing in particular. */
  readonly hint: (code: string, description: string) => string | undefined;
}

/** The sentence and hint for a sign-in that failed. `message` is what the org or the network said, redacted. */
export function tokenRefusal(failure: RequestFailure, host: string, message: string, flow: FlowHints): SignInError {
  const { kind, code, reason = '', status = 0, location, cause } = failure;
  const { hostSetting } = flow;
  const because = (errorCode: string, sentence: string, hint?: string) =>
    new SignInError(errorCode, sentence, { hint, cause });
  if (kind === 'not_sent') {
    const hint = unreachableHint(failure, hostSetting);
    if (isCertificateFailure(reason)) {
      return because('CERTIFICATE_REFUSED', `The certificate of ${host} is not accepted: ${message}`, hint);
    }
    if (isNotTls(reason)) {
      const [through = ''] = / \(through the proxy [^)]*\)$/.exec(message) ?? [];
      return because('NOT_TLS', `${host} does not speak https${through}.`, hint);
    }
    return because('ORG_UNREACHABLE', `${host} cannot be reached: ${message}`, hint);
  }
  if (kind === 'lost') {
    const hint = `Check ${hostSetting}; raise request_timeout if the org is only slow.`;
    return because('ORG_UNREACHABLE', `${host} did not answer the sign-in: ${message}`, hint);
  }
  if (location !== undefined) {
    const hint = `Set ${hostSetting} to the exact My Domain address (https://….my.salesforce.com). Redirects are not followed.`;
    return because('ORG_REDIRECTED', `${host} redirects the sign-in to ${location}.`, hint);
  }
  const isBusy = status >= 500 || status === 429;
  if (kind === 'unusable' || (failure.errors.length === 0 && !isBusy)) {
    const hint = `Check ${hostSetting}: it is the My Domain address of the org (https://….my.salesforce.com), not a Lightning or login page.`;
    return because('NOT_SALESFORCE', `${host} does not answer as Salesforce's token endpoint does: ${message}`, hint);
  }
  const hint = flow.hint(code, message) ?? commonHint(code, hostSetting);
  return because(isBusy ? 'ORG_UNREACHABLE' : 'SIGN_IN_REFUSED', `${host} refused the sign-in: ${message}`, hint);
}

/** What an error code means whatever the flow. */
function commonHint(code: string, hostSetting: string): string | undefined {
  switch (code) {
    case 'invalid_client':
      return 'The client_secret is wrong, or was rotated.';
    case 'invalid_client_id':
      return 'There is no app with this client_id in the org. A new app needs some minutes until it is known.';
    case 'app_not_found':
      return `The app of this client_id is not in this org: check ${hostSetting} and the client_id, or install the app in the org.`;
    case 'inactive_user':
    case 'inactive_org':
      return 'Activate it, or sign in to another one.';
    case 'invalid_scope':
      return 'Give the app the "api" scope.';
    default:
      return undefined;
  }
}
