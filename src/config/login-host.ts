import { isLoopback } from '../core/loopback.js';

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
