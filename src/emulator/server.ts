import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { ApiError } from './api-error.js';
import type { Org } from './org.js';
import { applyFault, replyTo, sendReply } from './reply.js';
import type { ApiRequest, ApiResponse, LoggedRequest, RequestKind } from './requests.js';
import { matchRoute, type Match } from './router.js';

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);
const MAX_HEADER_BYTES = 256 * 1024;
/** Requests of these kinds do not count against the daily allocation. */
const UNCOUNTED: ReadonlySet<RequestKind> = new Set(['token', 'versions', 'identity', 'unknown']);
/** What is known of a request that leads nowhere. */
const UNKNOWN = { kind: 'unknown', version: 0, parameters: {} } as const;

type LoggedFacts = Pick<LoggedRequest, 'path' | 'kind' | 'bodyBytes' | 'startedMs'>;

/** The HTTP side of the emulator: one exchange from the first byte to the last. */
export class HttpServer {
  readonly #org: Org;
  /** The latest, oldest first. */
  readonly requests: LoggedRequest[] = [];
  #requestCount = 0;
  readonly #server: Server;
  #port = 0;
  #reopening: NodeJS.Timeout | undefined;
  #dataCallsUnderWay = 0;

  constructor(org: Org) {
    this.#org = org;
    this.#server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: 30_000 }, (incoming, outgoing) => {
      this.#exchange(incoming, outgoing).catch(() => outgoing.destroy());
    });
  }

  /** The URL it listens on. */
  async listen(port: number): Promise<string> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Takes no more connections and keeps none. Requests that have come in are still answered. */
  refuse(): void {
    clearTimeout(this.#reopening);
    if (this.#server.listening) this.#server.close();
  }

  /** Takes connections again, on the port it had. */
  async accept(): Promise<void> {
    clearTimeout(this.#reopening);
    if (!this.#server.listening) await this.listen(this.#port);
  }

  async close(): Promise<void> {
    clearTimeout(this.#reopening);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #exchange(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const startedMs = performance.now();
    const { url: pathAndQuery = '/', method = 'GET' } = incoming;
    const [path = '', query = ''] = pathAndQuery.split(/\?(.*)/s);
    const match = tryMatch(method, path);
    const { kind, version, parameters } = match instanceof ApiError ? UNKNOWN : match;
    const { latencyMs, onRequest, apiLimit, limits } = this.#org.settings;
    const received = await readBody(incoming, kind === 'bulk-upload' ? limits.bulkUploadBytes : limits.collectionBytes);
    const headers = Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value = '']) => [name, [value].flat().join(', ')]),
    );
    const request: ApiRequest = {
      ...{ id: `r${++this.#requestCount}`, method, path, query: new URLSearchParams(query), headers },
      ...{ body: decompress(received ?? Buffer.alloc(0), headers), version, parameters },
    };
    const logged = this.#log(request, { path: pathAndQuery, kind, bodyBytes: received?.length ?? 0, startedMs });
    if (latencyMs > 0) await sleep(latencyMs, undefined, { ref: false });
    await onRequest?.(logged);
    const fault = this.#org.faults.forRequest(request, pathAndQuery, kind);
    if (fault) logged.fault = fault.kind;
    const serve = async (): Promise<ApiResponse> => {
      if (received === undefined) return gatewayPage(413, 'Request Entity Too Large');
      try {
        this.#checkHost(request);
        return this.#tooLong(request, pathAndQuery) ?? (await this.#serve(request, match));
      } catch (error) {
        if (error instanceof ApiError) return replyTo(error, kind, headers.accept);
        return replyTo(new ApiError(500, 'UNKNOWN_EXCEPTION', `Emulator: ${String(error)}`), kind);
      }
    };
    const reply = await applyFault(fault, kind, serve, (ms) => this.#refuseFor(ms));
    logged.status = typeof reply === 'string' ? 0 : reply.status;
    // Nobody is to write into a connection that is about to end.
    if (!this.#server.listening) outgoing.shouldKeepAlive = false;
    const isCounted = !UNCOUNTED.has(kind) && logged.status !== 401;
    const usage = isCounted ? `api-usage=${this.#org.apiUsed}/${apiLimit}` : undefined;
    await sendReply(incoming, outgoing, reply, usage);
    logged.ms = performance.now() - startedMs;
  }

  #refuseFor(ms: number): void {
    if (!this.#server.listening) return;
    this.refuse();
    this.#acceptAfter(ms);
  }

  /** Later still when somebody else has taken the port meanwhile. */
  #acceptAfter(ms: number): void {
    // The timer keeps the process: without a connection and without a listener nothing else does.
    this.#reopening = setTimeout(() => {
      this.accept().catch(() => this.#acceptAfter(ms));
    }, ms);
  }

  async #serve(request: ApiRequest, match: Match | ApiError): Promise<ApiResponse> {
    if (match instanceof ApiError) throw match;
    if (match.needsToken) this.#authorize(request);
    if (!match.isDataCall) return match.handler(this.#org, request);
    this.#checkAllowance();
    this.#dataCallsUnderWay++;
    try {
      const { recordTimeMs } = this.#org.settings;
      if (recordTimeMs > 0 && match.kind === 'collections') {
        await sleep(recordTimeMs * countRecords(request), undefined, { ref: false });
      }
      return match.handler(this.#org, request);
    } finally {
      this.#dataCallsUnderWay--;
    }
  }

  /** A web page may have a browser ask under a name of its own that leads here: it is to learn nothing. */
  #checkHost({ headers }: ApiRequest): void {
    const [, name = '', port = '80'] = /^(.*?)(?::(\d+))?$/.exec(headers.host ?? '') ?? [];
    if (LOOPBACK.has(name.toLowerCase()) && Number(port) === this.#port) return;
    throw new ApiError(403, 'FORBIDDEN', 'The emulator answers requests to 127.0.0.1, localhost and [::1] only.');
  }

  #authorize(request: ApiRequest): void {
    const header = request.headers.authorization ?? '';
    const token = /^(?:Bearer|OAuth) (\S+)$/i.exec(header)?.[1];
    if (token === undefined && header !== '') throw new ApiError(401, 'INVALID_AUTH_HEADER', 'INVALID_HEADER_TYPE');
    if (token === undefined || !this.#org.tokens.use(token)) {
      throw new ApiError(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
    }
  }

  #checkAllowance(): void {
    const org = this.#org;
    if (org.apiUsed >= org.settings.apiLimit) {
      throw new ApiError(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.');
    }
    org.apiUsed++;
    if (this.#dataCallsUnderWay >= org.settings.limits.concurrentRequests) {
      throw new ApiError(403, 'REQUEST_LIMIT_EXCEEDED', 'ConcurrentPerOrgLongTxn Limit exceeded.');
    }
  }

  /** What the gateway says to a URI or headers that are too long. */
  #tooLong(request: ApiRequest, pathAndQuery: string): ApiResponse | undefined {
    const { uriBytes } = this.#org.settings.limits;
    if (pathAndQuery.length > uriBytes) return gatewayPage(414, 'URI Too Long');
    const headers = Object.entries(request.headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
    if (pathAndQuery.length + headers.length <= uriBytes) return undefined;
    return gatewayPage(431, 'Request Header Fields Too Large');
  }

  #log({ id, method, headers, body }: ApiRequest, facts: LoggedFacts): LoggedRequest {
    const { recordBodies, maxRequests } = this.#org.settings;
    const logged: LoggedRequest = {
      ...{ id, method, ...facts, status: 0, ms: 0 },
      headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'authorization')),
      ...(recordBodies && facts.kind !== 'token' ? { body: body.toString('utf8') } : {}),
    };
    this.requests.push(logged);
    if (this.requests.length > maxRequests) this.requests.shift();
    return logged;
  }
}

function gatewayPage(status: number, text: string): ApiResponse {
  const html = `<html><body><h1>${status} ${text}</h1></body></html>`;
  return { status, contentType: 'text/html', chunks: [Buffer.from(html)] };
}

/** What a request leads to, or why it leads nowhere. */
function tryMatch(method: string, path: string): Match | ApiError {
  try {
    return matchRoute(method, path);
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

/** The whole body, or undefined when it is over the limit; the rest is then read and thrown away. */
async function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  return bytes > maxBytes ? undefined : Buffer.concat(chunks, bytes);
}

/** JSON bodies may be compressed; a bulk upload may not, and is left for its route to refuse. */
function decompress(body: Buffer, headers: Readonly<Record<string, string>>): Buffer {
  const isJson = /^application\/json\b/i.test(headers['content-type'] ?? '');
  if (headers['content-encoding'] !== 'gzip' || !isJson) return body;
  try {
    return gunzipSync(body);
  } catch {
    return Buffer.from('not gzip');
  }
}

function countRecords(request: ApiRequest): number {
  if (request.method === 'DELETE') return (request.query.get('ids') ?? '').split(',').length;
  return request.body.toString('utf8').split('"attributes"').length - 1;
}
