import { isLoopback } from '../core/loopback.js';
import { SignInError } from './errors.js';

/** Checks the base of requests that carry a token or a secret. Returns it without a trailing slash. */
export function safeBaseUrl(text: string, code: string, what: string): string {
  const hint = 'It must be https://…, or http:// on a loopback host, without user name and password.';
  if (!URL.canParse(text)) throw new SignInError(code, `${what} is not a URL.`, { hint });
  const url = new URL(text);
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  if (!isSafe || url.username !== '' || url.password !== '') {
    throw new SignInError(code, `${what} would send secrets over an unsafe way (${url.protocol}//${url.host}).`, {
      hint,
    });
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
