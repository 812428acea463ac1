import type { ApiError } from './errors.js';

/**
 * Reads the body of an error reply: an array of `{errorCode, message, fields}`, one such object, the token endpoint's
 * `{error, error_description}`, or XML. Anything else (HTML, nothing, cut JSON) gives an empty list.
 */
export function parseErrorBody(text: string): ApiError[] {
  const trimmed = text.trim();
  if (trimmed.startsWith('[') || trimmed.startsWith('{')) return parseJsonErrors(trimmed);
  return trimmed.startsWith('<') ? parseXmlErrors(trimmed) : [];
}

/** Reads one error object, with either naming: `statusCode` of records, `errorCode` of requests. */
export function parseApiError(value: unknown): ApiError | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { errorCode, statusCode, error, message, error_description: description, fields } = value as ErrorObject;
  const code = [errorCode, statusCode, error].find((candidate) => typeof candidate === 'string' && candidate !== '');
  if (typeof code !== 'string') return undefined;
  const text = [message, description].find((candidate) => typeof candidate === 'string');
  const words = `${typeof text === 'string' ? text : ''}${duplicatesText(value)}`;
  return { code, message: words, fields: parseFieldNames(fields) };
}

/** The first words of a body, on one line, at most 200 characters; without its markup, unless it is JSON. */
export function bodyExcerpt(text: string): string {
  if (/^\s*[[{]/.test(text)) return excerpt(text);
  return excerpt(
    text
      .slice(0, 20_000)
      .replace(/<(script|style|head)\b[\s\S]*?<\/\1>/gi, ' ')
      .replace(/<[^>]*>/g, ' '),
  );
}

/** The first words of a text that has no markup, likewise. */
export function excerpt(text: string): string {
  const words = text
    .slice(0, 20_000)
    // Foreign text may hold terminal control sequences.
    // eslint-disable-next-line no-control-regex
    .replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .trim();
  return words.length > 200 ? `${words.slice(0, 199)}…` : words;
}

/** Bulk API 2.0 writes `INVALIDJOBSTATE`, `InvalidJobState` and `INVALID_JOB_STATE` for one thing. */
export function isSameCode(left: string, right: string): boolean {
  return bareCode(left) === bareCode(right);
}

export function bareCode(code: string): string {
  return code.replaceAll('_', '').toUpperCase();
}

interface ErrorObject {
  readonly errorCode?: unknown;
  readonly statusCode?: unknown;
  readonly error?: unknown;
  readonly message?: unknown;
  readonly error_description?: unknown;
  readonly fields?: unknown;
}

function parseJsonErrors(text: string): ApiError[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return [];
  }
  const elements: unknown[] = Array.isArray(document) ? document : [document];
  return elements.map(parseApiError).filter((error) => error !== undefined);
}

/** The records that a duplicate rule has found; the platform spells it so. */
function duplicatesText(error: object): string {
  const { duplicateResut: found } = error as { duplicateResut?: { matchResults?: unknown } | null };
  const ids = listOf(found?.matchResults)
    .flatMap((result) => listOf((result as { matchRecords?: unknown } | null)?.matchRecords))
    .map((match) => (match as { record?: { Id?: unknown } | null } | null)?.record?.Id)
    .filter((id) => typeof id === 'string');
  return ids.length === 0 ? '' : ` (met ${[...new Set(ids)].slice(0, MOST_DUPLICATES).join(', ')})`;
}

const MOST_DUPLICATES = 5;

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function parseFieldNames(fields: unknown): string[] {
  return Array.isArray(fields) ? fields.filter((field) => typeof field === 'string') : [];
}

/** `<Errors><Error><errorCode>…</errorCode><message>…</message></Error></Errors>`, and Bulk's `<error><exceptionCode>`. */
function parseXmlErrors(text: string): ApiError[] {
  const errors: ApiError[] = [];
  for (const [, body = ''] of text.matchAll(/<error\b[^>]*>([\s\S]*?)<\/error>/gi)) {
    const code = xmlElement(body, 'errorCode') ?? xmlElement(body, 'exceptionCode');
    if (code === undefined) continue;
    const message = xmlElement(body, 'message') ?? xmlElement(body, 'exceptionMessage') ?? '';
    errors.push({ code, message, fields: [] });
  }
  return errors;
}

function xmlElement(text: string, name: string): string | undefined {
  const content = new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, 'i').exec(text)?.[1];
  return content
    ?.trim()
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}
