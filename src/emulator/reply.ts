import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { stringify } from 'lossless-json';
import type { ApiError } from './api-error.js';
import type { Reply } from './faults/apply.js';
import type { ApiResponse } from './requests.js';

const COMPRESSED_FROM_BYTES = 1000;
const JSON_TYPE = 'application/json;charset=UTF-8';

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
