// The whole of undici, with fetch, WebSocket and caches, takes a tenth of the time in which a small replay is done.
import Agent from 'undici/lib/dispatcher/agent.js';
import { trustedAuthorities } from './certificates.js';
import { makeConnector } from './connector.js';
import { Exchange, isPieces, type HttpReply, type HttpRequest } from './exchange.js';
import { proxyFor } from './proxy.js';

export interface TransportOptions {
  /** Undefined as long as nobody knows which org it will be. */
  readonly orgUrl: string | undefined;
  readonly connectTimeoutMs: number;
  readonly proxyUrl?: string | undefined;
  readonly rootCasFile?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Sends single HTTP requests over kept-alive connections: a pool per host, one request at a time on each connection,
 * as many connections as there are requests under way. Nothing is repeated and no redirect is followed here.
 *
 * An idle connection is closed after undici's four seconds, or a second before the server said that it would: a request
 * written into a connection that the server is just closing is one of which nobody knows whether it was processed.
 */
export class Transport {
  readonly #agent: Agent;
  readonly #proxyFor: (target: URL) => URL | undefined;

  /** Throws a `SignInError` for an unusable proxy or certificate file. */
  constructor(options: TransportOptions) {
    this.#proxyFor = (target) => proxyFor(target, options);
    // A proxy that is none is found now, not after some attempts.
    if (options.orgUrl !== undefined) this.#proxyFor(new URL(options.orgUrl));
    const authorities = trustedAuthorities(options.rootCasFile, options.env['NODE_EXTRA_CA_CERTS']);
    const { connectTimeoutMs } = options;
    this.#agent = new Agent({
      pipelining: 1,
      // The exchange has its own clock, which also covers waiting for a connection.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: makeConnector({ connectTimeoutMs, authorities, proxyFor: this.#proxyFor }),
    });
  }

  /** Resolves when status and headers are here; rejects with an `ExchangeError`. The body must be read or destroyed. */
  async send(request: HttpRequest): Promise<HttpReply> {
    const { url, method, body } = request;
    const exchange = new Exchange(request, this.#proxyFor(url)?.host);
    this.#agent.dispatch(
      {
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method,
        headers: {
          ...request.headers,
          ...(isPieces(body) ? { 'content-length': String(totalBytes(body)) } : {}),
        },
        body: exchange.body,
      },
      exchange,
    );
    return exchange.reply;
  }

  /** Ends every connection; requests under way fail. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

function totalBytes(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((total, chunk) => total + chunk.byteLength, 0);
}
