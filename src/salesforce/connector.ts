import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import { rootCertificates } from 'node:tls';
import { buildConnector } from 'undici';
import { isLoopback } from '../core/loopback.js';
import { reasonOf } from '../core/unknown.js';
import { isCertificateFailure, isNotTls, SignInError } from './errors.js';

/** A connection could not be opened. `reason` is the code of what happened underneath, or begins with `PROXY_`. */
export class ConnectionFailure extends Error {
  // Not the underlying code: undici connects again and again, without end, after some codes.
  readonly code = 'CONNECTION_FAILED';
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConnectionFailure';
    this.reason = reason;
  }
}

interface ConnectorOptions {
  readonly connectTimeoutMs: number;
  readonly authorities: readonly string[] | undefined;
  /** The proxy for a target, or undefined for a direct connection. */
  readonly proxyFor: (target: URL) => URL | undefined;
}

/**
 * Opens sockets for undici: directly, or through a proxy by a CONNECT tunnel.
 */
export function makeConnector(options: ConnectorOptions): buildConnector.connector {
  const { connectTimeoutMs, authorities } = options;
  const connectDirectly = buildConnector({
    timeout: connectTimeoutMs,
    ...(authorities === undefined ? {} : { ca: [...authorities] }),
  });
  return (target, callback) => {
    const fail = (error: Error) => callback(connectionFailure(error), null);
    const connect = (through: Partial<buildConnector.Options>) => {
      connectDirectly({ ...target, ...through }, (...[error, socket]) =>
        error === null ? callback(null, socket) : fail(error),
      );
    };
    let proxy: URL | undefined;
    try {
      proxy = options.proxyFor(targetUrl(target));
    } catch (error) {
      fail(error as Error);
      return;
    }
    if (proxy === undefined) connect({});
    else openTunnel(proxy, target, options).then((httpSocket) => connect({ httpSocket }), fail);
  };
}

function targetUrl({ protocol, hostname, port }: buildConnector.Options): URL {
  return new URL(`${protocol}//${hostname.includes(':') ? `[${hostname}]` : hostname}${port === '' ? '' : `:${port}`}`);
}

function openTunnel(proxy: URL, target: buildConnector.Options, options: ConnectorOptions): Promise<Socket> {
  const { hostname, port } = target;
  const authority = `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port === '' ? '443' : port}`;
  const authorization = proxyAuthorization(proxy);
  return new Promise((resolve, reject) => {
    const send = proxy.protocol === 'https:' ? requestHttps : requestHttp;
    const request = send({
      hostname: proxy.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: proxy.port === '' ? (proxy.protocol === 'https:' ? 443 : 80) : proxy.port,
      method: 'CONNECT',
      path: authority,
      agent: false,
      headers: { host: authority, ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }) },
      ...(options.authorities === undefined ? {} : { ca: [...options.authorities] }),
    });
    const timer = setTimeout(() => {
      request.destroy(new ConnectionFailure('PROXY_TIMEOUT', `the proxy ${proxy.host} did not answer in time`));
    }, options.connectTimeoutMs);
    request.once('close', () => clearTimeout(timer));
    request.once('error', (error) => reject(proxyFailure(proxy, error)));
    request.once('response', (response) => {
      response.destroy();
      reject(refusedByProxy(proxy, response.statusCode));
    });
    request.once('connect', (response, socket) => {
      clearTimeout(timer);
      if (response.statusCode === 200) {
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(refusedByProxy(proxy, response.statusCode));
    });
    request.end();
  });
}

function refusedByProxy(proxy: URL, status: number | undefined): ConnectionFailure {
  // A gateway error of the proxy is about the way to the org and may pass; a refusal is about us and will not.
  const reason = status !== undefined && status >= 500 ? 'PROXY_GATEWAY' : 'PROXY_REFUSED';
  return new ConnectionFailure(reason, `the proxy ${proxy.host} answered CONNECT with ${status ?? 'an invalid reply'}`);
}

function proxyFailure(proxy: URL, error: Error): ConnectionFailure {
  if (error instanceof ConnectionFailure) return error;
  const failure = connectionFailure(error);
  const reason =
    isCertificateFailure(failure.reason) || isNotTls(failure.reason) ? failure.reason : 'PROXY_UNREACHABLE';
  return new ConnectionFailure(reason, `the proxy ${proxy.host}: ${failure.message}`, { cause: error });
}

function connectionFailure(error: Error): ConnectionFailure {
  if (error instanceof ConnectionFailure) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
  // Node's error for several addresses tried in vain has no message of its own.
  return new ConnectionFailure(code, error.message === '' ? code : error.message, { cause: error });
}

/**
 * The certificate authorities to trust: Node's own, `NODE_EXTRA_CA_CERTS` and the configured file. Undefined when the
 * file is not set: then Node's default applies, which knows `NODE_EXTRA_CA_CERTS` and the system's store by itself.
 * Throws a {@link SignInError} for a file that cannot be read or holds no certificate.
 */
export function trustedAuthorities(
  rootCasFile: string | undefined,
  extraCasFile: string | undefined,
): string[] | undefined {
  const extra = extraCasFile === undefined || extraCasFile === '' ? undefined : readExtra(extraCasFile);
  if (rootCasFile === undefined || rootCasFile === '') return extra && [...rootCertificates, ...extra];
  return [...rootCertificates, ...(extra ?? []), ...readConfigured(rootCasFile)];
}

function readConfigured(file: string): string[] {
  const hint = 'http.tls.root_cas_file must name a PEM file of certificate authorities.';
  let certificates: string[];
  try {
    certificates = readCertificates(file);
  } catch (cause) {
    const reason = reasonOf(cause);
    throw new SignInError('ROOT_CAS_FILE', `The certificates in ${file} cannot be read: ${reason}`, { hint, cause });
  }
  if (certificates.length === 0) throw new SignInError('ROOT_CAS_FILE', `${file} holds no certificate.`, { hint });
  return certificates;
}

/** Node itself warns about an unreadable `NODE_EXTRA_CA_CERTS` and goes on; so do we. */
function readExtra(file: string): string[] | undefined {
  try {
    return readCertificates(file);
  } catch {
    return undefined;
  }
}

function readCertificates(file: string): string[] {
  const blocks =
    readFileSync(file, 'latin1').match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block).toString());
}

interface ProxySettings {
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
function proxyAuthorization(proxy: URL): string | undefined {
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
