import { SignInError } from '../errors.js';
import type { Session } from '../session.js';

/**
 * Refuses a session of another org than was meant, so that nothing is written there: than `orgUrl` names, where the
 * sign-in itself says which org it is, and than the session before was of. Throws a {@link SignInError}.
 */
export function refuseOtherOrg(session: Session, orgUrl: string | undefined, before: Session | undefined): void {
  if (orgUrl !== undefined && !isLoginHost(orgUrl) && hostOf(orgUrl) !== hostOf(session.instanceUrl)) {
    throw new SignInError('OTHER_ORG', `The sign-in leads to ${session.instanceUrl}, but org_url is ${orgUrl}.`, {
      hint: 'Set org_url to the org that is meant, or leave it out to take the one of the sign-in.',
    });
  }
  const [idBefore, id] = [before?.orgId?.slice(0, 15), session.orgId?.slice(0, 15)];
  if (idBefore === undefined || id === undefined || idBefore === id) return;
  throw new SignInError(
    'OTHER_ORG',
    `The sign-in leads to another org than when the run began: ${session.instanceUrl}.`,
    {
      hint: 'Its name was given to another org meanwhile. What was written so far is in the first one.',
    },
  );
}

function isLoginHost(url: string): boolean {
  return /^(?:login|test)\.salesforce\.com(?::\d+)?$/.test(hostOf(url));
}

function hostOf(url: string): string {
  return new URL(url).host;
}
