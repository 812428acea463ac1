import { isObject } from '../core/unknown.js';
import { createPrivateKey } from 'node:crypto';
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { isLoopback } from '../core/loopback.js';

const MAX_SECRET_BYTES = 64 * 1024;

/** The secret that a file holds, without the line end that editors add; or why it cannot be had. */
export function readSecretFile(path: string): { readonly text: string } | { readonly problem: string } {
  const read = readTextFile(path);
  if ('problem' in read || !/[\r\n\0]/.test(read.text)) return read;
  return { problem: `expected a file that holds the secret alone; ${path} has several lines` };
}

/** Likewise where the secret may have several lines, as a PEM file has. */
export function readTextFile(path: string): { readonly text: string } | { readonly problem: string } {
  try {
    const bytes = readFileSync(path);
    const text = bytes
      .subarray(0, MAX_SECRET_BYTES)
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .trim();
    if (text === '') return { problem: `expected a file that holds the secret; ${path} is empty` };
    if (bytes.length <= MAX_SECRET_BYTES) return { text };
    return { problem: `expected a file that holds the secret alone; ${path} is too large for that` };
  } catch (error) {
    return { problem: unreadable(path, error) };
  }
}

/** Why a file cannot be read, or undefined when it can. */
export function whyUnreadable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isDirectory() ? `${path} is a folder, not a file` : undefined;
  } catch (error) {
    return unreadable(path, error);
  }
}

/** What a system error says of a file, in words. */
export function unreadable(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') return `there is no file ${path}`;
  if (code === 'EISDIR') return `${path} is a folder, not a file`;
  if (code === 'EACCES' || code === 'EPERM') return `${path} cannot be read: permission denied`;
  if (code === 'ENOTDIR') return `there is no file ${path}: a part of the path is not a folder`;
  return `${path} cannot be read (${code === '' ? String(error) : code})`;
}

/** An RSA key as PEM, not encrypted; or what is wrong with it. Never quotes the text. */
export function readPrivateKey(text: string): { readonly pem: string } | { readonly problem: string } {
  // A variable holds it in one line where its line ends are written out.
  const pem = text.includes('\n') ? text : text.replaceAll('\\n', '\n');
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: .*ENCRYPTED/m.test(pem)) {
    const command = 'openssl pkey -in encrypted.key -out server.key';
    return { problem: `expected a key that is not encrypted; remove its passphrase with ${command}` };
  }
  if (/-----BEGIN (?:CERTIFICATE|(?:RSA )?PUBLIC KEY)-----/.test(pem) && !pem.includes('PRIVATE KEY-----')) {
    return { problem: 'expected the private key; found the certificate or public key, which is for the app' };
  }
  try {
    const { asymmetricKeyType: type } = createPrivateKey(pem);
    return type === 'rsa' ? { pem } : { problem: `expected an RSA key; found a key of the type ${String(type)}` };
  } catch {
    return { problem: 'expected an RSA key as PEM, which begins with -----BEGIN PRIVATE KEY-----' };
  }
}

/** What an SFDX auth URL holds. */
interface SfdxUrl {
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
  if (!URL.canParse(loginUrl)) return { problem: 'expected a host name after the @' };
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
