import type { OrgSettings } from '../core/settings.js';
import { whyUnreadable } from './files.js';
import type { ValidPart } from './rules.js';
import { chooseSignIn, namesOrg, readSignIn, type SignInChoice, type SignInSource } from './sign-in.js';
import { isProxyUrl, LOGIN_URL, readOrgUrl } from './urls.js';

/** What the org's own keys say. */
export type CheckedOrg = Pick<OrgSettings, 'orgUrl' | 'signIn' | 'proxyUrl' | 'rootCasFile'>;

interface OrgSource extends SignInSource {
  /** Takes what has no effect. */
  readonly warnings: string[];
}

/** How to reach the org and sign in, or undefined after telling what is wrong. */
export function readOrg(source: OrgSource): CheckedOrg | undefined {
  const { config, merged, offline, issues, absolute } = source;
  const choice = chooseSignIn(merged);
  const org = readUrl(source, choice);
  const signIn = readSignIn(choice, source, org?.orgUrl);
  const variable = choice.keys.find((key) => merged.rankOf(key) === choice.rank && merged.isFrom('environment', key));
  if (variable !== undefined && merged.isFrom('file', 'auth') && !choice.keys.includes('auth')) {
    source.warnings.push(`auth has no effect: ${merged.originOf(variable) ?? variable} gives another sign-in`);
  }
  const proxyUrl = config.http?.proxy_url;
  if (proxyUrl !== undefined && !isProxyUrl(proxyUrl)) {
    issues.addMismatch(['http', 'proxy_url'], 'expected a URL such as http://proxy.example:3128');
  }
  const rootCas = config.http?.tls?.root_cas_file;
  const rootCasFile = rootCas === undefined ? undefined : absolute('http', rootCas);
  const problem = rootCasFile === undefined || offline ? undefined : whyUnreadable(rootCasFile);
  if (problem !== undefined) issues.add(['http', 'tls', 'root_cas_file'], problem);
  return org && signIn && { orgUrl: org.orgUrl, signIn, proxyUrl, rootCasFile };
}

/** The host to ask, or the org that the sign-in must lead to; undefined after telling what is wrong. */
function readUrl(
  { config, merged, offline, issues, warnings }: OrgSource,
  choice: SignInChoice,
): Pick<OrgSettings, 'orgUrl'> | undefined {
  const rank = merged.rankOf('org_url');
  if (rank === undefined) {
    if (namesOrg(choice)) return { orgUrl: undefined };
    if (choice.kind === 'jwt' || choice.kind === 'refresh_token') return { orgUrl: loginUrl(config) };
    const message = 'is missing; expected the URL of the org, here, as SALESFORCE_ORG_URL or with --org-url';
    if (!offline) issues.add(['org_url'], message);
    return undefined;
  }
  const orgUrl = config.org_url === undefined ? undefined : readOrgUrl(config.org_url);
  if (namesOrg(choice) && rank > choice.rank) {
    const key = choice.keys.find((one) => merged.rankOf(one) === choice.rank) ?? '';
    // What is no URL, such as a variable that is not set, was not meant to have an effect here.
    if (orgUrl !== undefined && 'url' in orgUrl)
      warnings.push(`org_url has no effect: ${key}, which takes precedence, names the org`);
    return { orgUrl: undefined };
  }
  if (orgUrl === undefined) return undefined;
  if ('problem' in orgUrl) {
    // It is not shown where it holds a password.
    if (config.org_url?.includes('@') === true) issues.add(['org_url'], orgUrl.problem);
    else issues.addMismatch(['org_url'], orgUrl.problem);
    return undefined;
  }
  if (orgUrl.warning !== undefined) warnings.push(orgUrl.warning);
  return { orgUrl: orgUrl.url };
}

/** Without an org_url these are asked for where a person logs in: for a sandbox, that is its audience. */
function loginUrl({ auth }: ValidPart): string {
  const audience = auth?.audience === undefined ? undefined : readOrgUrl(auth.audience);
  return audience !== undefined && 'url' in audience ? audience.url : LOGIN_URL;
}
