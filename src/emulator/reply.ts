import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { stringify } from 'lossless-json';
import { ApiError } from './api-error.js';
import { PAGES, REFUSALS, type Fault } from './faults.js';
import type { ApiResponse, RequestKind } from './requests.js';

const COMPRESSED_FROM_BYTES = 1000;
const JSON_TYPE = 'application/json;charset=UTF-8';
/** Of the faults that wait. */
const DEFAULT_MS = 1000;

/** What goes back over the wire: an answer, nothing at all, or a reset connection. */
export type Reply = ApiResponse | 'silence' | 'reset';

/** A refused request as an answer: JSON, unless XML alone is asked for. The token endpoint has a form of its own. */
export function replyTo({ status, errors, headers }: ApiError, kind: RequestKind, accept = ''): ApiResponse {
  if (kind === 'token') {
    const [error] = errors;
    return { status, json: { error: error?.errorCode, error_description: error?.message }, headers };
  }
  if (!/\bapplication\/xml\b/i.test(accept) || /\bjson\b|\*\/\*/i.test(accept)) {
    return { status, json: errors, headers };
  }
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
  if (reply === 'silence') return;
  if (reply === 'reset') {
    incoming.socket.resetAndDestroy();
    return;
  }
  const { body, headers } = encode(reply, incoming.headers['accept-encoding']?.toString() ?? '');
  if (usage !== undefined) headers['sforce-limit-info'] = usage;
  outgoing.writeHead(reply.status, headers);
  if (reply.isCutShort) {
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
  const lengthOf = (chunks: readonly Buffer[]): number => chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (lengthOf(body) > COMPRESSED_FROM_BYTES && /\bgzip\b/i.test(acceptEncoding)) {
    // The fastest level: the emulator is there to exercise clients, not to save bandwidth. Members may be joined.
    body = body.map((chunk) => gzipSync(chunk, { level: 1 }));
    headers['content-encoding'] = 'gzip';
  }
  headers['content-length'] = String(lengthOf(body));
  return { body, headers };
}

/**
 * Does the work, or not, and gives the reply that the fault makes of it. `refuse` shuts the door behind the request: no
 * connection is taken for so many milliseconds.
 */
export async function applyFault(
  fault: Fault | undefined,
  kind: RequestKind,
  serve: () => Promise<ApiResponse>,
  refuse: (ms: number) => void,
): Promise<Reply> {
  if (!fault) return serve();
  const { ms = DEFAULT_MS } = fault;
  switch (fault.kind) {
    case 'reset-before':
      return 'reset';
    case 'timeout-before':
      return 'silence';
    case 'reset-after':
    case 'timeout-after':
      await serve();
      return fault.kind === 'reset-after' ? 'reset' : 'silence';
    case 'truncate':
      return { ...(await serve()), isCutShort: true };
    case 'slow':
      await sleep(ms, undefined, { ref: false });
      return serve();
    case 'refused':
      refuse(ms);
      return serve();
    case 'garbage':
      await serve();
      return page(200, 'We are down for maintenance.');
    case 'empty':
      await serve();
      return { status: 200, chunks: [] };
    case 'results-empty':
      return { ...(await serve()), chunks: [] };
    case 'results-truncate':
      return halved(await serve());
    default:
      if (fault.processed) await serve();
      return errorResponse(fault, kind);
  }
}

function errorResponse({ kind, code, message, retryAfter }: Fault, requestKind: RequestKind): ApiResponse {
  const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  if (!(kind in REFUSALS)) {
    const [status, text] = PAGES[kind as keyof typeof PAGES];
    return { ...page(status, message ?? text), headers };
  }
  const [status, errorCode, text] = REFUSALS[kind as keyof typeof REFUSALS];
  return replyTo(new ApiError(status, code ?? errorCode, message ?? text, { headers }), requestKind);
}

function page(status: number, text: string): ApiResponse {
  const html = `<!DOCTYPE html><html><head><title>${status}</title></head><body><h1>${text}</h1></body></html>`;
  return { status, contentType: 'text/html; charset=UTF-8', chunks: [Buffer.from(html)] };
}

/** The first half of a CSV answer, up to the end of a line: a complete reply that does not hold everything. */
function halved(response: ApiResponse): ApiResponse {
  const whole = Buffer.concat(response.chunks ?? []);
  const end = whole.lastIndexOf(0x0a, Math.floor(whole.length / 2)) + 1;
  return { ...response, chunks: [whole.subarray(0, end)] };
}
