import { ConfigError, PreflightError } from '../core/errors.js';
import { SalesforceClient, type ClientOptions } from './client.js';
import { SignInError } from './errors.js';
import type { Settings } from '../core/settings.js';
import { readVersion } from '../core/version.js';

/** A client for the org of the settings. `onNotice` is told while requests wait to be repeated. Throws `PreflightError`. */
export function openClient(
  { org }: Settings,
  env: Readonly<Record<string, string | undefined>>,
  onNotice: (notice: string | undefined) => void = () => undefined,
  chance: Pick<ClientOptions, 'sleep' | 'random'> = {},
): SalesforceClient {
  if (org === undefined) throw new ConfigError('No org is configured', [{ path: 'org_url', message: 'is required' }]);
  try {
    return new SalesforceClient({
      orgUrl: org.orgUrl,
      signIn: org.signIn,
      restapiVersion: org.restapiVersion,
      requestTimeoutMs: org.requestTimeoutMs,
      maxRetries: org.maxRetries,
      proxyUrl: org.proxyUrl,
      rootCasFile: org.rootCasFile,
      userAgent: `sfreplay/${readVersion()}`,
      env,
      ...chance,
      onWait: (wait) => {
        const text = wait && `waiting for the org (${wait.reason}), retry ${wait.retry} of ${wait.maxRetries}`;
        onNotice(text && `${text} at ${new Date(wait.until).toISOString().slice(11, 19)} UTC`);
      },
    });
  } catch (error) {
    if (error instanceof SignInError)
      throw new PreflightError(error.code, error.message, { hint: error.hint, cause: error });
    throw error;
  }
}
