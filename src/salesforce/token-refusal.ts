import type { GaveUp } from './attempts.js';
import { SignInError } from './errors.js';
import { unreachableHint } from './stops.js';
import { isCertificateFailure, isNotTls } from './tls-failure.js';

/** What a flow knows to say of a token endpoint that gives no token. */
export interface RefusalWords {
  /** What names the host: `org_url`, or where else it comes from. */
  readonly hostIn: string;
  /** What to do about an error code of the endpoint; its description only refines that. Undefined: nothing in particular. */
  readonly hint: (code: string, description: string) => string | undefined;
}

/** The sentence and hint for a sign-in that failed. `words` is what the org or the network said, redacted. */
export function tokenRefusal({ details }: GaveUp, host: string, words: string, flow: RefusalWords): SignInError {
  const { failed, ending } = details;
  if (ending === 'aborted' || failed === undefined) return new SignInError('ABORTED', 'Signing in was interrupted.');
  const { failure, location, cause } = failed;
  if (failure.kind === 'not_opened') {
    const hint = unreachableHint(failed, flow.hostIn);
    if (isCertificateFailure(failure.code)) {
      return new SignInError('CERTIFICATE_REFUSED', `The certificate of ${host} is not accepted: ${words}`, {
        hint,
        cause,
      });
    }
    if (isNotTls(failure.code)) {
      const [through = ''] = / \(through the proxy [^)]*\)$/.exec(words) ?? [];
      return new SignInError('NOT_TLS', `${host} does not speak https${through}.`, { hint, cause });
    }
    return new SignInError('ORG_UNREACHABLE', `${host} cannot be reached: ${words}`, { hint, cause });
  }
  if (failure.kind === 'lost') {
    const hint = `Check ${flow.hostIn}; raise request_timeout if the org is only slow.`;
    return new SignInError('ORG_UNREACHABLE', `${host} did not answer the sign-in: ${words}`, { hint, cause });
  }
  if (failure.kind === 'unusable') return notSalesforce(host, words, flow, cause);
  if (location !== undefined) {
    return new SignInError('ORG_REDIRECTED', `${host} redirects the sign-in to ${location}.`, {
      hint: `Set ${flow.hostIn} to the exact My Domain address (https://….my.salesforce.com). Redirects are not followed.`,
    });
  }
  if (failed.errors.length === 0 && failure.status < 500 && failure.status !== 429)
    return notSalesforce(host, words, flow, cause);
  const code = failure.status >= 500 || failure.status === 429 ? 'ORG_UNREACHABLE' : 'SIGN_IN_REFUSED';
  const hint = flow.hint(failed.code, words) ?? commonHint(failed.code, flow);
  return new SignInError(code, `${host} refused the sign-in: ${words}`, { hint, cause });
}

function notSalesforce(host: string, words: string, { hostIn }: RefusalWords, cause: unknown): SignInError {
  return new SignInError('NOT_SALESFORCE', `${host} does not answer as Salesforce's token endpoint does: ${words}`, {
    hint: `Check ${hostIn}: it is the My Domain address of the org (https://….my.salesforce.com), not a Lightning or login page.`,
    cause,
  });
}

/** What an error code means whatever the flow. */
function commonHint(code: string, { hostIn }: RefusalWords): string | undefined {
  switch (code) {
    case 'invalid_client':
      return 'The client_secret is wrong, or was rotated.';
    case 'invalid_client_id':
      return 'There is no app with this client_id in the org. A new app needs some minutes until it is known.';
    case 'app_not_found':
      return `The app of this client_id is not in this org: check ${hostIn} and the client_id, or install the app in the org.`;
    case 'inactive_user':
    case 'inactive_org':
      return 'Activate it, or sign in to another one.';
    case 'invalid_scope':
      return 'Give the app the "api" scope.';
    default:
      return undefined;
  }
}
