import { resolve } from 'node:path';
import type { ConfigIssue } from '../core/errors.js';
import type { OrgSettings } from '../core/settings.js';
import { whyUnreadable } from './files.js';
import { issueAt, mismatchAt, type IssueContext } from './issues.js';
import type { Merged } from './layers.js';
import { isProxyUrl, LOGIN_URL, readOrgUrl } from './urls.js';
import type { CheckedConfig } from './schema.js';
import { chooseSignIn, namesOrg, readSignIn, type SignInChoice } from './sign-in.js';

/** What the org's own keys say. */
export type CheckedOrg = Pick<OrgSettings, 'orgUrl' | 'signIn' | 'proxyUrl' | 'rootCasFile'>;

export interface OrgSource {
  readonly config: Partial<CheckedConfig>;
  readonly merged: Merged;
  readonly context: IssueContext;
  /** Where relative paths of the file begin, and where all others do. */
  readonly folder: string;
  readonly cwd: string;
  /** The org is left out: what is not there is not missed, and no file is looked at. */
  readonly offline: boolean;
  /** These two take what is to be told. */
  readonly issues: ConfigIssue[];
  readonly warnings: string[];
}

/** How to reach the org and sign in, or undefined after telling what is wrong. */
export function readOrg(source: OrgSource): CheckedOrg | undefined {
  const { config, merged, context, offline, issues } = source;
  const absolute = (key: string, path: string) =>
    resolve(merged.isFrom('file', key) ? source.folder : source.cwd, path);
  const choice = chooseSignIn(merged);
  const found: ConfigIssue[] = [];
  const org = readUrl(source, choice, found);
  const signIn = readSignIn(choice, {
    config,
    merged,
    context,
    offline,
    issues,
    resolve: absolute,
    orgUrl: org?.orgUrl,
  });
  issues.push(...found);
  const variable = choice.keys.find((key) => merged.rankOf(key) === choice.rank && merged.isFrom('environment', key));
  if (variable !== undefined && merged.isFrom('file', 'auth') && !choice.keys.includes('auth')) {
    source.warnings.push(`auth has no effect: ${merged.originOf(variable) ?? variable} gives another sign-in`);
  }
  const proxyUrl = config.http?.proxy_url;
  if (proxyUrl !== undefined && !isProxyUrl(proxyUrl)) {
    issues.push(mismatchAt(['http', 'proxy_url'], 'expected a URL such as http://proxy.example:3128', context));
  }
  const rootCas = config.http?.tls?.root_cas_file;
  const rootCasFile = rootCas === undefined ? undefined : absolute('http', rootCas);
  const problem = rootCasFile === undefined || offline ? undefined : whyUnreadable(rootCasFile);
  if (problem !== undefined) issues.push(issueAt(['http', 'tls', 'root_cas_file'], problem, context));
  if (org === undefined || signIn === undefined) return undefined;
  return { orgUrl: org.orgUrl, signIn, proxyUrl, rootCasFile };
}

/** The host to ask, or the org that the sign-in must lead to; undefined after telling what is wrong. */
function readUrl(
  { config, merged, context, offline, warnings }: OrgSource,
  choice: SignInChoice,
  issues: ConfigIssue[],
): Pick<OrgSettings, 'orgUrl'> | undefined {
  const rank = merged.rankOf('org_url');
  if (rank === undefined) {
    if (namesOrg(choice)) return { orgUrl: undefined };
    if (choice.kind === 'jwt' || choice.kind === 'refresh_token') return { orgUrl: loginUrl(config) };
    const message = 'is missing; expected the URL of the org, here, as SALESFORCE_ORG_URL or with --org-url';
    if (!offline) issues.push(issueAt(['org_url'], message, context));
    return undefined;
  }
  if (namesOrg(choice) && rank > choice.rank) {
    const key = choice.keys.find((one) => merged.rankOf(one) === choice.rank) ?? '';
    // What is no URL, such as a variable that is not set, was not meant to have an effect here.
    if ('url' in readOrgUrl(String(config.org_url)))
      warnings.push(`org_url has no effect: ${key}, which takes precedence, names the org`);
    return { orgUrl: undefined };
  }
  if (config.org_url === undefined) return undefined;
  const orgUrl = readOrgUrl(config.org_url);
  if ('problem' in orgUrl) {
    const hasPassword = config.org_url.includes('@');
    issues.push((hasPassword ? issueAt : mismatchAt)(['org_url'], orgUrl.problem, context));
    return undefined;
  }
  if (orgUrl.warning !== undefined) warnings.push(orgUrl.warning);
  return { orgUrl: orgUrl.url };
}

/** Without an org_url these are asked for where a person logs in: for a sandbox, that is its audience. */
function loginUrl({ auth }: Partial<CheckedConfig>): string {
  const audience = auth?.audience === undefined ? undefined : readOrgUrl(auth.audience);
  return audience !== undefined && 'url' in audience ? audience.url : LOGIN_URL;
}
