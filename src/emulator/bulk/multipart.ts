import { ApiError } from '../api-error.js';

/**
 * The two parts of a multipart job: its description and its data, untouched.
 * @throws ApiError 400 for a body that is not in order
 */
export function parseMultipart(body: Buffer, contentType: string): { readonly job: string; readonly content: Buffer } {
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark === undefined) throw malformed('no boundary in the content type');
  const parts = new Map<string, Buffer>();
  let at = body.indexOf(`--${mark}`);
  while (at >= 0) {
    const start = at + mark.length + 2;
    const next = body.indexOf(`\r\n--${mark}`, start);
    if (next < 0) break;
    const headerEnd = body.indexOf('\r\n\r\n', start);
    if (headerEnd < 0 || headerEnd > next) throw malformed('a part has no headers');
    const name = /name="([^"]+)"/i.exec(body.toString('utf8', start, headerEnd))?.[1];
    if (name === undefined) throw malformed('a part has no name');
    parts.set(name, body.subarray(headerEnd + 4, next));
    at = next + 2;
  }
  const job = parts.get('job');
  const content = parts.get('content');
  if (!job || !content) throw malformed('the parts "job" and "content" are needed');
  return { job: job.toString('utf8'), content };
}

function malformed(problem: string): ApiError {
  return new ApiError(400, 'INVALID_MULTIPART_REQUEST', `Multipart request is malformed: ${problem}`);
}
