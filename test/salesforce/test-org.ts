import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { SalesforceClient, type ClientOptions } from '../../src/salesforce/client.js';
import { RequestError } from '../../src/salesforce/errors.js';
import type { ApiRequest } from '../../src/salesforce/api-request.js';

/** A request as the server got it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Answers one request. `count` is the number of this request among those to data APIs, from 1. */
export type Handler = (exchange: { seen: Seen; reply: Reply; socket: Socket; count: number }) => void | Promise<void>;

export interface Reply {
  json(status: number, document: unknown, headers?: Record<string, string>): void;
  raw(status: number, body: string | Buffer, headers?: Record<string, string>): void;
  readonly response: ServerResponse;
}

export interface TestOrg {
  readonly url: string;
  readonly server: Server;
  /** Requests to data APIs. */
  readonly seen: Seen[];
  /** Requests to the token endpoint. */
  readonly tokens: Seen[];
  /** Replaces the token endpoint's usual answer. */
  onToken?: Handler;
}

/** A small org on a free port of 127.0.0.1: a token endpoint, and `handler` for everything else. */
export async function startOrg(handler: Handler): Promise<TestOrg> {
  const seen: Seen[] = [];
  const tokens: Seen[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then(async (body) => {
      const { method = '', url = '', headers } = request;
      const entry: Seen = { method, url, headers, body };
      const reply = makeReply(response);
      const isToken = url === '/services/oauth2/token';
      (isToken ? tokens : seen).push(entry);
      const count = isToken ? tokens.length : seen.length;
      const usual: Handler = () => reply.json(200, { access_token: tokenNumber(count), instance_url: `${org.url}/` });
      await (isToken ? (org.onToken ?? usual) : handler)({ seen: entry, reply, socket: request.socket, count });
    }, ignoreCutRequest);
  });
  const org: TestOrg = { url: await listen(server), server, seen, tokens };
  return org;
}

export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A port of 127.0.0.1 on which nothing listens. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export function tokenNumber(count: number): string {
  return `00D000000000001!AQEAQtoken${count}`;
}

export const clientSecret = 'se/cr+et=ABCDEF';

export interface TestClient {
  readonly client: SalesforceClient;
  /** Delays that were asked for, in order; none was waited for. */
  readonly delays: number[];
  /** What the client said of each wait while it lasted. */
  readonly waits: (string | undefined)[];
}

/** A client whose waits take no time, whose chance is always one half, and whose clock stands still. */
export function makeClient(orgUrl: string | undefined, options: Partial<ClientOptions> = {}): TestClient {
  const delays: number[] = [];
  const waits: (string | undefined)[] = [];
  const client: SalesforceClient = new SalesforceClient({
    orgUrl,
    signIn: { kind: 'client_credentials', clientId: '3MVG9+id/=', clientSecret },
    restapiVersion: 'v65.0',
    requestTimeoutMs: 5_000,
    maxRetries: 3,
    userAgent: 'sfreplay/test',
    sleep: (delayMs) => {
      delays.push(delayMs);
      waits.push(client.waiting);
      return Promise.resolve();
    },
    random: () => 0.5,
    now: () => Date.UTC(2026, 0, 1),
    ...options,
  });
  onTestFinished(() => client.close());
  return { client, delays, waits };
}

/** A small call that reads JSON. */
export function call(overrides: Partial<ApiRequest<unknown>> = {}): ApiRequest<unknown> {
  return {
    method: 'POST',
    path: 'thing',
    json: '{"a":1}',
    repeatable: true,
    read: (reply) => reply.json(),
    ...overrides,
  };
}

/** The `RequestError` that a promise rejects with. */
export async function requestError(promise: Promise<unknown>): Promise<RequestError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof RequestError) return error;
  throw new Error(`expected a RequestError, got ${String(error)}`, { cause: error });
}

function makeReply(response: ServerResponse): Reply {
  const raw: Reply['raw'] = (status, body, headers = {}) => {
    response.writeHead(status, { 'content-length': String(Buffer.byteLength(body)), ...headers });
    response.end(body);
  };
  return {
    response,
    raw,
    json: (status, document, headers) => {
      raw(status, JSON.stringify(document), { 'content-type': 'application/json;charset=UTF-8', ...headers });
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function ignoreCutRequest(error: unknown): void {
  const isCut = error instanceof Error && 'code' in error && error.code === 'ECONNRESET';
  if (!isCut) throw error;
}
