import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { stringify } from 'lossless-json';
import type { ApiError } from './api-error.js';
import { PAGES, REFUSALS, type Fault } from './faults.js';
import type { ApiResponse } from './requests.js';

const COMPRESSED_FROM_BYTES = 1000;
const JSON_TYPE = 'application/json;charset=UTF-8';
/** Of the faults that wait. */
const DEFAULT_MS = 1000;

/** What goes back over the wire: an answer, whole or cut short, nothing at all, or a reset connection. */
export type Reply =
  | { readonly kind: 'response'; readonly response: ApiResponse; readonly isCutShort: boolean }
  | { readonly kind: 'silence' }
  | { readonly kind: 'reset' };

/** A refused request as an answer: JSON, unless XML alone is asked for. */
export function replyTo({ status, errors, headers }: ApiError, accept = ''): ApiResponse {
  if (!/\bapplication\/xml\b/i.test(accept) || /\bjson\b|\*\/\*/i.test(accept))
    return { status, json: errors, headers };
  const items = errors.map(
    ({ errorCode, message }) =>
      `\n\t<Error>\n\t\t<errorCode>${errorCode}</errorCode>\n\t\t<message>${escaped(message)}</message>\n\t</Error>`,
  );
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Errors>${items.join('')}\n</Errors>`;
  return { status, contentType: 'application/xml', chunks: [Buffer.from(xml)], headers };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Sends the answer, or whatever a fault made of it. */
export async function sendReply(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  reply: Reply,
  usage: string | undefined,
): Promise<void> {
  switch (reply.kind) {
    case 'silence':
      return;
    case 'reset':
      incoming.socket.resetAndDestroy();
      return;
    case 'response':
      await send(incoming, outgoing, reply.response, reply.isCutShort, usage);
  }
}

async function send(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  response: ApiResponse,
  isCutShort: boolean,
  usage: string | undefined,
): Promise<void> {
  const { body, headers } = encode(response, incoming.headers['accept-encoding']?.toString() ?? '');
  if (usage !== undefined) headers['sforce-limit-info'] = usage;
  outgoing.writeHead(response.status, headers);
  if (isCutShort) {
    const whole = Buffer.concat(body);
    outgoing.write(whole.subarray(0, Math.floor(whole.length / 2)), () => incoming.socket.destroy());
  } else {
    // A client that hangs up early is no business of the emulator's.
    await pipeline(Readable.from(body), outgoing).catch(() => outgoing.destroy());
  }
}

function encode(
  response: ApiResponse,
  acceptEncoding: string,
): { body: readonly Buffer[]; headers: Record<string, string> } {
  const headers: Record<string, string> = { ...response.headers };
  if (response.status === 204 || response.status === 304) return { body: [], headers };
  let body = response.chunks ?? [Buffer.from(stringify(response.json) ?? '')];
  headers['content-type'] = response.contentType ?? JSON_TYPE;
  const bytes = body.reduce((sum, chunk) => sum + chunk.length, 0);
  if (bytes > COMPRESSED_FROM_BYTES && /\bgzip\b/i.test(acceptEncoding)) {
    // The fastest level: the emulator is there to exercise clients, not to save bandwidth. Members may be joined.
    body = body.map((chunk) => gzipSync(chunk, { level: 1 }));
    headers['content-encoding'] = 'gzip';
  }
  headers['content-length'] = String(body.reduce((sum, chunk) => sum + chunk.length, 0));
  return { body, headers };
}

/**
 * Does the work, or not, and gives the reply that the fault makes of it. `refuse` shuts the door behind the request: no
 * connection is taken for so many milliseconds.
 */
export async function applyFault(
  fault: Fault | undefined,
  serve: () => Promise<ApiResponse>,
  refuse: (ms: number) => void,
): Promise<Reply> {
  if (!fault) return answer(await serve());
  switch (fault.kind) {
    case 'reset-before':
      return { kind: 'reset' };
    case 'reset-after':
      await serve();
      return { kind: 'reset' };
    case 'timeout-before':
      return { kind: 'silence' };
    case 'timeout-after':
      await serve();
      return { kind: 'silence' };
    case 'truncate':
      return answer(await serve(), true);
    case 'slow':
      await sleep(fault.ms ?? DEFAULT_MS, undefined, { ref: false });
      return answer(await serve());
    case 'refused':
      refuse(fault.ms ?? DEFAULT_MS);
      return answer(await serve());
    case 'garbage':
      await serve();
      return answer(html(200, 'We are down for maintenance.'));
    case 'empty':
      await serve();
      return answer({ status: 200, chunks: [] });
    case 'results-empty':
      return answer({ ...(await serve()), chunks: [] });
    case 'results-truncate':
      return answer(halved(await serve()));
    default:
      if (fault.processed) await serve();
      return answer(errorResponse(fault));
  }
}

function answer(response: ApiResponse, isCutShort = false): Reply {
  return { kind: 'response', response, isCutShort };
}

function errorResponse({ kind, code, message, on, retryAfter }: Fault): ApiResponse {
  const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  if (!(kind in REFUSALS)) {
    const [status, text] = PAGES[kind as keyof typeof PAGES];
    return { ...html(status, message ?? text), headers };
  }
  const [status, errorCode, text] = REFUSALS[kind as keyof typeof REFUSALS];
  const [error, description] = [code ?? errorCode, message ?? text];
  // The token endpoint has a form of its own.
  const json =
    on === 'token' ? { error, error_description: description } : [{ errorCode: error, message: description }];
  return { status, json, headers };
}

function html(status: number, text: string): ApiResponse {
  const page = `<!DOCTYPE html><html><head><title>${status}</title></head><body><h1>${text}</h1></body></html>`;
  return { status, contentType: 'text/html; charset=UTF-8', chunks: [Buffer.from(page)] };
}

/** The first half of a CSV answer, up to the end of a line: a complete reply that does not hold everything. */
function halved(response: ApiResponse): ApiResponse {
  const whole = Buffer.concat(response.chunks ?? []);
  const end = whole.lastIndexOf(0x0a, Math.floor(whole.length / 2)) + 1;
  return { ...response, chunks: [whole.subarray(0, end)] };
}
