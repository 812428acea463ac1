import { isObject } from './path.js';
import { isLoopback } from '../core/loopback.js';

/** What an SFDX auth URL holds. */
export interface SfdxUrl {
  readonly loginUrl: string;
  readonly clientId: string;
  /** Undefined where the app has none, as that of the Salesforce CLI. */
  readonly clientSecret: string | undefined;
  readonly refreshToken: string;
}

// No URL in the sense of the URL standard: its password may be empty and its parts may hold "=".
const PATTERN = /^force:\/\/([\w.-]+={0,2}):([\w.-]*={0,2}):([\w.-]+={0,2})@([\w.-]+(?::\d{1,5})?)\/?$/;

/** Reads `force://<client id>:<client secret>:<refresh token>@<host>`, or says what is wrong. Never quotes the text. */
export function readSfdxUrl(text: string): SfdxUrl | { readonly problem: string } {
  const url = text.trim();
  if (url.startsWith('[REDACTED]')) {
    return { problem: 'is a placeholder; get the URL with `sf org auth show-sfdx-auth-url --json`' };
  }
  const [, clientId, clientSecret, refreshToken, host] = PATTERN.exec(url) ?? [];
  if (clientId === undefined || refreshToken === undefined || host === undefined) {
    return { problem: 'expected force://<client id>:<client secret>:<refresh token>@<host>' };
  }
  const loginUrl = `https://${host}`;
  if (!URL.canParse(loginUrl)) return { problem: 'expected a host name behind the @' };
  return {
    // An emulator on this machine speaks plain http.
    loginUrl: isLoopback(new URL(loginUrl).hostname) ? `http://${host}` : loginUrl,
    clientId,
    clientSecret: clientSecret === '' ? undefined : clientSecret,
    refreshToken,
  };
}

/** The URL in a file: the file's text, or a part of the JSON that `sf org auth show-sfdx-auth-url --json` prints. */
export function findSfdxUrl(text: string): string {
  if (!text.trimStart().startsWith('{')) return text;
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return text;
  }
  const { result = document } = document as { result?: unknown };
  return isObject(result) && typeof result.sfdxAuthUrl === 'string' ? result.sfdxAuthUrl : text;
}
