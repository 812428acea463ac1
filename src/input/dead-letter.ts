import { isUtf8 } from 'node:buffer';
import type { JsonObject, LinePosition, MalformedLine, RecordError } from '../record.js';
import type { Line } from './input.js';
import { isJsonObject, parseJson } from './json.js';
import { CLOSE_BRACE, COMMA, QUOTE, endOfString, endOfValue, skipBlanks } from './json-text.js';
import { malformedBytes } from './lines.js';

type DeadLetterError = JsonObject & { readonly code: string; readonly message: string };
export type DeadLetter = JsonObject & { readonly error: DeadLetterError };

/** A line of sfreplay's own failures file: a source line's object, and `error`, which says what became of it. */
export function isDeadLetter(line: JsonObject): line is DeadLetter {
  const { error } = line;
  return (
    isJsonObject(error) &&
    typeof error['code'] === 'string' &&
    typeof error['message'] === 'string' &&
    OUTCOMES.has(error['outcome'])
  );
}

/** The source line that a dead letter's text was made of, to the letter. */
export function sourceText(text: string): string {
  const error = lastMember(text, 'error');
  if (error === undefined) return text;
  if (text.charCodeAt(error.separator) === COMMA) return text.slice(0, error.separator) + text.slice(error.end);
  const next = skipBlanks(text, error.end);
  const rest = text.charCodeAt(next) === COMMA ? next + 1 : error.end;
  return text.slice(0, error.start) + text.slice(rest);
}

/**
 * The line that was malformed when the dead letter was written, to be read again: its `raw` may have been put right since.
 * Undefined for the dead letter of a message.
 */
export function malformedSource(line: DeadLetter, position: LinePosition): Line | undefined {
  const { topic, raw, error } = line;
  if (topic !== null || typeof raw !== 'string') return undefined;
  // Its raw text is only a beginning: even if that were JSON, it would not be the record.
  if (error['code'] === 'LINE_TOO_LONG') return stillTooLong(raw, error, position);
  const encoded = line['raw_base64'];
  if (typeof encoded === 'string') {
    const bytes = Buffer.from(encoded, 'base64');
    if (isUtf8(bytes)) return textLine(bytes.toString('utf8'), position);
    if (bytes.toString('utf8') === raw) return malformedBytes(position, bytes);
  }
  return textLine(raw, position);
}

/** Is it a line that an sfreplay wrote into a failures file? */
export function isFailureLine(line: Line): boolean {
  return line.kind === 'text' && readDeadLetter(line.text) !== undefined;
}

/** Why an earlier run left the record of a line in doubt, and how often it had sent it. */
export interface Doubt {
  readonly error: RecordError;
  readonly attempts: number;
}

/** The doubt that a line of a failures file tells of; undefined for every other line. */
export function doubtOf(line: Line): Doubt | undefined {
  if (line.kind === 'malformed' || !line.text.includes('in_doubt')) return undefined;
  const letter = readDeadLetter(line.text);
  if (letter === undefined) return undefined;
  const source = malformedSource(letter, line.position);
  if (source !== undefined) return doubtOf(source);
  const { outcome, code, message, fields, attempts } = letter.error;
  if (outcome !== 'in_doubt') return undefined;
  const names = Array.isArray(fields) ? fields.filter((name) => typeof name === 'string') : [];
  return {
    error: { code, message, ...(names.length > 0 && { fields: names }) },
    attempts: typeof attempts === 'number' ? attempts : 0,
  };
}

function readDeadLetter(text: string): DeadLetter | undefined {
  try {
    const value = parseJson(text);
    return isJsonObject(value) && isDeadLetter(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const OUTCOMES = new Set<unknown>(['failed', 'in_doubt', 'unsent']);

interface Member {
  /** Index of the comma before the member, or of the opening brace. */
  readonly separator: number;
  /** From the name's opening quote to the end of the value. */
  readonly start: number;
  readonly end: number;
}

/** The last top-level member of that name, which is the one that counts. `text` must be a valid JSON object. */
function lastMember(text: string, name: string): Member | undefined {
  let found: Member | undefined;
  let separator = text.indexOf('{');
  for (;;) {
    const start = skipBlanks(text, separator + 1);
    if (text.charCodeAt(start) !== QUOTE) return found;
    const endOfName = endOfString(text, start);
    const colon = skipBlanks(text, endOfName);
    const end = endOfValue(text, skipBlanks(text, colon + 1));
    if (JSON.parse(text.slice(start, endOfName)) === name) found = { separator, start, end };
    separator = skipBlanks(text, end);
    if (text.charCodeAt(separator) === CLOSE_BRACE) return found;
  }
}

function stillTooLong(raw: string, error: DeadLetterError, position: LinePosition): MalformedLine {
  const { message } = error;
  return { kind: 'malformed', position, code: 'LINE_TOO_LONG', message, raw };
}

/** A line end that an editor brought in stands between two words of JSON or in a text that is none. */
function textLine(text: string, position: LinePosition): Line {
  return { kind: 'text', position, text: text.replaceAll(/\r?\n/g, ' ') };
}
