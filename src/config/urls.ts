import { isLoopback } from '../core/loopback.js';

/** A base URL for the org, or what is wrong with it. */
type OrgUrl = { readonly url: string; readonly warning?: string } | { readonly problem: string };

/**
 * Reads the org's base URL: `https`, or `http` on a loopback host. Path, query and trailing slash are dropped, since
 * people copy the address of the page they look at.
 */
export function readOrgUrl(written: string): OrgUrl {
  const url = parse(written.trim());
  if (url === undefined) {
    const withScheme = parse(`https://${written.trim()}`);
    const isHost = withScheme !== undefined && /^[a-z0-9.-]+(:\d+)?(\/.*)?$/i.test(written.trim());
    return {
      problem: isHost
        ? `expected a URL such as ${withScheme.origin}`
        : 'expected a URL such as https://acme.my.salesforce.com',
    };
  }
  if (url.username !== '' || url.password !== '') return { problem: 'expected a URL without user name and password' };
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return { problem: `expected https, since a token must not be sent unencrypted: https://${url.host}` };
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return { problem: 'expected a URL that begins with https://' };
  }
  const lightning = /^(.+)\.lightning\.force\.com$/.exec(url.hostname)?.[1];
  if (lightning === undefined) return { url: url.origin };
  const warning = `org_url is the address of the Lightning pages; the API of that org is at https://${lightning}.my.salesforce.com`;
  return { url: url.origin, warning };
}

/** `http://proxy.example:3128`, or without its scheme. */
export function isProxyUrl(written: string): boolean {
  const url = parse(written.includes('://') ? written : `http://${written}`);
  return url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:');
}

function parse(text: string): URL | undefined {
  // `acme.my.salesforce.com:443` parses as a URL of the scheme `acme.my.salesforce.com:`.
  if (!text.includes('://')) return undefined;
  try {
    const url = new URL(text);
    return url.hostname === '' ? undefined : url;
  } catch {
    return undefined;
  }
}

/** Where sign-ins that work for every org are asked for, unless told. */
export const LOGIN_URL = 'https://login.salesforce.com';
const TEST_URL = 'https://test.salesforce.com';

/**
 * The audience of an assertion for the host that is asked: the login host that is in charge of it. A host that is none of
 * Salesforce's (an Experience Cloud site, an emulator) is its own audience.
 */
export function audienceFor(url: string): string {
  const { hostname, origin } = new URL(url);
  if (origin === LOGIN_URL || origin === TEST_URL || isLoopback(hostname)) return origin;
  if (!/\.(?:salesforce|force|cloudforce|database)\.com$/.test(hostname)) return origin;
  // acme--uat.sandbox.my.salesforce.com, of older orgs acme--uat.my.salesforce.com and cs42.salesforce.com.
  const isTest = /--|\.(?:sandbox|scratch)\.|^cs\d+[.-]/.test(hostname);
  return isTest ? TEST_URL : LOGIN_URL;
}
