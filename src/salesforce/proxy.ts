import { isLoopback } from '../core/loopback.js';
import { SignInError } from './errors.js';

export interface ProxySettings {
  /** The configured proxy: wins over the environment, NO_PROXY included. */
  readonly proxyUrl?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The proxy for a request to `target`, or undefined for a direct connection. Requests to this machine itself never leave it:
 * their secrets are not encrypted. From the environment `HTTPS_PROXY` is used, but for hosts that `NO_PROXY` names.
 * Throws a {@link SignInError} for a proxy URL that is none.
 */
export function proxyFor(target: URL, settings: ProxySettings): URL | undefined {
  if (target.protocol !== 'https:' || isLoopback(target.hostname)) return undefined;
  if (settings.proxyUrl !== undefined && settings.proxyUrl !== '')
    return parseProxyUrl(settings.proxyUrl, 'http.proxy_url');
  const { env } = settings;
  const name = ['HTTPS_PROXY', 'https_proxy'].find((candidate) => (env[candidate] ?? '') !== '');
  if (name === undefined || isExempt(target, env['NO_PROXY'] ?? env['no_proxy'] ?? '')) return undefined;
  return parseProxyUrl(env[name] ?? '', name);
}

/** The value of a `Proxy-Authorization` header, if the proxy's URL carries credentials. */
export function proxyAuthorization(proxy: URL): string | undefined {
  if (proxy.username === '' && proxy.password === '') return undefined;
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

function parseProxyUrl(text: string, origin: string): URL {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const hint = 'Give it as http://host:port or https://host:port.';
  // The text may hold a password, so it is not repeated.
  if (!URL.canParse(withScheme))
    throw new SignInError('PROXY_INVALID', `The proxy in ${origin} is not a URL.`, { hint });
  const url = new URL(withScheme);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new SignInError('PROXY_INVALID', `The proxy in ${origin} has the unsupported scheme ${url.protocol}//.`, {
      hint,
    });
  }
  return url;
}

/** `NO_PROXY`: hosts or domains with or without a leading dot, optionally with a port, separated by commas; `*` is all. */
function isExempt(target: URL, noProxy: string): boolean {
  const hostname = target.hostname.toLowerCase();
  const port = target.port === '' ? '443' : target.port;
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '*') return true;
      const [, pattern = '', entryPort] = /^(?:\*?\.)?(.+?)(?::(\d+))?$/.exec(entry) ?? [];
      if (pattern === '' || (entryPort !== undefined && entryPort !== port)) return false;
      return hostname === pattern || hostname.endsWith(`.${pattern}`);
    });
}
