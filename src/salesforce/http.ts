import { Agent } from 'undici';
import type { ApiRequest } from './api-request.js';
import { makeConnector, proxyFor, trustedAuthorities } from './connector.js';
import { bodyExcerpt, excerpt, parseErrorBody } from './error-body.js';
import { RequestFailure } from './errors.js';
import { Exchange, isPieces, type HttpReply, type HttpRequest } from './exchange.js';
import { asReplyError, isHtml, openReply, type RawReply } from './reply.js';
import { parseRetryAfter } from './retry.js';
import type { Usage } from './usage.js';

interface HttpOptions {
  /** Undefined as long as nobody knows which org it will be. */
  readonly orgUrl: string | undefined;
  readonly connectTimeoutMs: number;
  readonly proxyUrl?: string | undefined;
  readonly rootCasFile?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes note of what the org says of its API calls. */
  readonly usage: Usage;
  readonly now: () => number;
}

/**
 * Sends single HTTP requests over kept-alive connections: a pool per host, one request at a time on each connection,
 * as many connections as there are requests under way. Nothing is repeated and no redirect is followed here.
 *
 * An idle connection is closed after undici's four seconds, or a second before the server said that it would: a request
 * written into a connection that the server is just closing is one of which nobody knows whether it was processed.
 */
export class Http {
  readonly #agent: Agent;
  readonly #proxyFor: (target: URL) => URL | undefined;
  readonly #usage: Usage;
  readonly #now: () => number;

  /** Throws a `SignInError` for an unusable proxy or certificate file. */
  constructor(options: HttpOptions) {
    this.#usage = options.usage;
    this.#now = options.now;
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

  /** Sends a request and reads its reply. Rejects with a {@link RequestFailure}; with anything else only for bugs. */
  async call<T>(
    request: HttpRequest,
    reader: Pick<ApiRequest<T>, 'read' | 'readError'>,
  ): Promise<{ readonly value: T; readonly status: number }> {
    let status: number | undefined;
    let isLost = false;
    const begun = this.#usage.begin();
    try {
      const received = await this.#send(request);
      try {
        ({ status } = received);
        const reply = openReply(received);
        this.#usage.note(reply.headers['sforce-limit-info'], begun);
        if (status >= 200 && status < 300) return { value: await reader.read(reply), status };
        const failure = await statusFailure(reply, this.#now());
        const { errors } = failure;
        const recognised = status < 400 ? undefined : reader.readError?.({ status, errors, text: await reply.text() });
        if (recognised === undefined) throw failure;
        return { value: recognised.value, status };
      } finally {
        received.body.destroy();
      }
    } catch (error) {
      const failure = asReplyError(error);
      if (failure instanceof RequestFailure) {
        isLost = failure.kind === 'lost' && status === undefined;
        failure.status ??= status;
      }
      throw failure;
    } finally {
      this.#usage.end(isLost);
    }
  }

  /** Ends every connection; requests under way fail. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  /** Resolves when status and headers are here. The body must be read or destroyed. */
  #send(request: HttpRequest): Promise<HttpReply> {
    const { url, method, body } = request;
    const exchange = new Exchange(request, this.#proxyFor(url)?.host);
    const length = isPieces(body) ? { 'content-length': String(totalBytes(body)) } : {};
    const headers = { ...request.headers, ...length };
    this.#agent.dispatch(
      { origin: url.origin, path: `${url.pathname}${url.search}`, method, headers, body: exchange.body },
      exchange,
    );
    return exchange.reply;
  }
}

/** Reads a complete error reply. Throws what reading its body throws. */
async function statusFailure(reply: RawReply, nowMs: number): Promise<RequestFailure> {
  const text = await reply.text();
  const { status, headers } = reply;
  const errors = parseErrorBody(text);
  const [first] = errors;
  const words = first === undefined ? bodyExcerpt(text) : `${first.code}: ${excerpt(first.message)}`;
  const code = first?.code ?? (isHtml(reply) && status < 400 ? 'HTML_REPLY' : `HTTP_${status}`);
  return new RequestFailure('status', code, words === '' ? `status ${status}` : `status ${status}, ${words}`, {
    status,
    errors,
    retryAfterMs: parseRetryAfter(headers['retry-after'], nowMs),
    location: headers['location']?.replace(/[?#].*$/s, ''),
  });
}

function totalBytes(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((total, chunk) => total + chunk.byteLength, 0);
}
