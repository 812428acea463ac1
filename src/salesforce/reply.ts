import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { bodyExcerpt, excerpt } from './error-body.js';
import { RequestFailure, unusable } from './errors.js';
import type { HttpReply } from './exchange.js';

/** A reply as an API call reads it: decoded, bounded, its type checked. */
export interface RawReply {
  readonly status: number;
  readonly headers: HttpReply['headers'];
  /** The whole body, at most 64 MiB after decoding. Throws a {@link RequestFailure}. */
  text(): Promise<string>;
  /** The whole body as JSON. Throws a {@link RequestFailure} when it is HTML, cut off, or otherwise none. */
  json(): Promise<unknown>;
  /** The decoded body. Errors that it fails with go through {@link asReplyError}. */
  stream(): Readable;
}

const MAX_TEXT_BYTES = 64 * 1024 * 1024;

export function openReply(reply: HttpReply): RawReply {
  let text: Promise<string> | undefined;
  const readText = () => (text ??= collectText(decodedBody(reply)));
  return {
    status: reply.status,
    headers: reply.headers,
    text: readText,
    json: async () => parseJson(await readText(), reply),
    stream: () => decodedBody(reply),
  };
}

/** Does the reply call itself a web page? Login and maintenance pages come with status 200, too. */
export function isHtml(reply: Pick<RawReply, 'headers'>): boolean {
  return /\b(?:html|xhtml)\b/i.test(reply.headers['content-type'] ?? '');
}

export function htmlReply(status: number, text: string): RequestFailure {
  const message = `a web page instead of data (status ${status}): ${bodyExcerpt(text)}`;
  return new RequestFailure('unusable', 'HTML_REPLY', message);
}

/** What a failure while reading a body means: a lost connection stays what it is, bad compression makes the reply unusable. */
export function asReplyError(error: unknown): unknown {
  if (error instanceof RequestFailure || !(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (!code.startsWith('Z_')) return error;
  return unusable(`a body whose gzip compression is broken (${error.message})`, error);
}

function decodedBody({ headers, body }: HttpReply): Readable {
  const encoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return body;
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    body.destroy();
    throw unusable(`a body in the encoding ${excerpt(encoding)}, which was not asked for`);
  }
  const gunzip = createGunzip();
  gunzip.on('error', () => undefined);
  pipeline(body, gunzip, () => undefined);
  return gunzip;
}

async function collectText(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.byteLength;
      if (bytes > MAX_TEXT_BYTES) throw unusable(`a body of more than ${MAX_TEXT_BYTES} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw asReplyError(error);
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
}

function parseJson(text: string, reply: HttpReply): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    if (isHtml(reply) || /^\s*<(?:!doctype|html)\b/i.test(text)) throw htmlReply(reply.status, text);
    const start = text.trim() === '' ? 'nothing' : bodyExcerpt(text.slice(0, 200));
    throw unusable(`a body that is not complete JSON (status ${reply.status}): ${start}`);
  }
}
