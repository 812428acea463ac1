import { isUtf8 } from 'node:buffer';
import type { DeadLetter, JsonObject, JsonValue, LinePosition, MalformedLine, Message } from '../core/record.js';
import type { Input, Line } from './input.js';
import { endOfString, endOfValue, isJsonObject, parseJson, skipBlanks } from './json.js';
import { malformedBytes } from './lines.js';

/** Lines that sfreplay itself wrote: a source line with one member more, `error` in a failures file or `diff` in what `diff` wrote. */

type DeadLetterError = JsonObject & { readonly code: string; readonly message: string };
export type DeadLetterObject = JsonObject & { readonly error: DeadLetterError };

/** The line of the failures file: the object that was read, unchanged, and `error`; or what could not be read (contract section 6). */
export function deadLetterText(letter: DeadLetter | MalformedLine): string {
  if (!('kind' in letter)) {
    const { text } = letter;
    // The common case is text work: the object stays as it was written, to the letter.
    const body = /"error"\s*:/.test(text) ? cutOut(text, membersNamed(text, 'error')) : text;
    return withMember(body, 'error', errorOf(letter));
  }
  const { position, code, message, raw, rawBase64 } = letter;
  const error = errorOf({ position, error: { code, message }, outcome: 'failed', attempts: 0 });
  return JSON.stringify({ topic: null, raw, ...(rawBase64 !== undefined && { raw_base64: rawBase64 }), error });
}

function errorOf({ position, error, outcome, attempts, insertKey }: Omit<DeadLetter, 'text'>): object {
  const { code, message, fields = [] } = error;
  return {
    code,
    message,
    ...(fields.length > 0 && { fields }),
    outcome,
    source: { file: position.file, line: position.line },
    attempts,
    ...(insertKey !== undefined && { insert_key: insertKey }),
  };
}

/** The text of an object with one more member. Its others stay as they are, to the letter. */
function withMember(text: string, name: string, value: object): string {
  const body = text.slice(0, text.lastIndexOf('}'));
  return `${body}${/\{\s*$/.test(body) ? '' : ','}"${name}":${JSON.stringify(value)}}`;
}

/** A line of sfreplay's own failures file: a source line's object, and `error`, which says what became of it. */
export function isDeadLetter(line: JsonObject): line is DeadLetterObject {
  return isError(line['error']);
}

function isError(error: JsonValue | undefined): error is DeadLetterError {
  return (
    isJsonObject(error) &&
    typeof error['code'] === 'string' &&
    typeof error['message'] === 'string' &&
    OUTCOMES.has(error['outcome'])
  );
}

/**
 * The source line that a dead letter's text was made of, to the letter. Its own `error`, which was there before, stays; more
 * than one of ours are gone at once, since to read the line anew for each could take for ever.
 */
export function sourceText(text: string): string {
  const errors = membersNamed(text, 'error');
  const own = errors.findLastIndex(
    ({ valueStart, end }) => !isError(JSON.parse(text.slice(valueStart, end)) as JsonValue),
  );
  return cutOut(text, errors.slice(own + 1));
}

/** The text without these of its members, to the letter. */
function cutOut(text: string, members: readonly Member[]): string {
  const kept: string[] = [];
  let copied = 0;
  for (const { separator, start, end } of members) {
    const hasComma = text[separator] === ',' && separator >= copied;
    kept.push(text.slice(copied, hasComma ? separator : start));
    const next = skipBlanks(text, end);
    copied = !hasComma && text[next] === ',' ? next + 1 : end;
  }
  kept.push(text.slice(copied));
  return kept.join('');
}

/**
 * The line that was malformed when the dead letter was written, to be read again: its `raw` may have been put right since.
 * Undefined for the dead letter of a message.
 */
export function malformedSource(line: DeadLetterObject, position: LinePosition): Line | undefined {
  const { topic, raw, error } = line;
  if (topic !== null || typeof raw !== 'string') return undefined;
  // Its raw text is only a beginning: even if that were JSON, it would not be the record.
  if (error.code === 'LINE_TOO_LONG') {
    return { kind: 'malformed', position, code: error.code, message: error.message, raw };
  }
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

/** Is there a line of a failures file in the input, or no line at all? Reads as far as it takes to know. */
export async function looksLikeFailures(input: Input): Promise<boolean> {
  let isEmpty = true;
  for await (const piece of input.pieces(new AbortController().signal)) {
    if (piece.some(isFailureLine)) return true;
    isEmpty &&= piece.length === 0;
  }
  return isEmpty;
}

/** What a dead letter, or the line of a comparison, tells of its record. */
export function toldOf({ error, diff }: JsonObject): Pick<Message, 'doubt' | 'insertKey'> {
  if (!isError(error)) return { insertKey: keyIn(diff) };
  const { outcome, code, message, fields, attempts } = error;
  if (outcome !== 'in_doubt') return { insertKey: keyIn(error) };
  const names = Array.isArray(fields) ? fields.filter((name) => typeof name === 'string') : [];
  return {
    insertKey: keyIn(error),
    doubt: {
      error: { code, message, ...(names.length > 0 && { fields: names }) },
      attempts: typeof attempts === 'number' ? attempts : 0,
    },
  };
}

function keyIn(told: JsonValue | undefined): string | undefined {
  const value = isJsonObject(told) ? told['insert_key'] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The object of a line that an sfreplay wrote into a failures file; undefined for every other line. */
export function readDeadLetter(text: string): DeadLetterObject | undefined {
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
  readonly valueStart: number;
  readonly end: number;
}

/** The top-level members of that name, in their order: the last one counts. `text` must be a valid JSON object. */
export function membersNamed(text: string, name: string): Member[] {
  const found: Member[] = [];
  let separator = text.indexOf('{');
  for (;;) {
    const start = skipBlanks(text, separator + 1);
    if (text[start] !== '"') return found;
    const endOfName = endOfString(text, start);
    const valueStart = skipBlanks(text, skipBlanks(text, endOfName) + 1);
    const end = endOfValue(text, valueStart);
    if (JSON.parse(text.slice(start, endOfName)) === name) found.push({ separator, start, valueStart, end });
    separator = skipBlanks(text, end);
    if (text[separator] === '}') return found;
  }
}

/** A line end that an editor brought in stands between two words of JSON or in a text that is none. */
function textLine(text: string, position: LinePosition): Line {
  return { kind: 'text', position, text: text.replaceAll(/\r?\n/g, ' ') };
}

/** What a line is for, in the file of lines that make the org equal to the input. */
export type DiffAction = 'create' | 'update' | 'delete';

const ACTIONS = new Set<unknown>(['create', 'update', 'delete'] satisfies DiffAction[]);

/** The line with the member that says what it is for. Its other members stay as they are, to the letter. */
export function withDiff(text: string, action: DiffAction, insertKey?: string): string {
  return withMember(text, 'diff', { action, insert_key: insertKey });
}

/** Is there such a member? Another one of that name is the line's own. */
export function hasDiff({ diff }: JsonObject): boolean {
  return (
    isJsonObject(diff) &&
    ACTIONS.has(diff['action']) &&
    Object.keys(diff).every((name) => name === 'action' || name === 'insert_key')
  );
}

/** The line as it was before. */
export function withoutDiff(text: string): string {
  return cutOut(text, membersNamed(text, 'diff'));
}
