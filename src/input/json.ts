import { randomUUID } from 'node:crypto';
import { LosslessNumber, parse as parseLossless } from 'lossless-json';
import type { JsonObject, JsonValue } from '../core/record.js';

/** Deeper than any record, and shallow enough for every function that calls itself. */
const MAX_DEPTH = 1000;
/** So many digits survive in a double, whatever they are. */
const MAX_PLAIN_CHARACTERS = 15;
/** A text that is shorter holds so few that they need not be counted. */
const MAX_UNCOUNTED_CHARACTERS = 1024 * 1024;
/** More than any record holds. Each takes up to a hundred times its text in memory. */
const MAX_VALUES = 250_000;
/** Longer texts are refused without saying where, since finding the place costs many times the text in memory. */
const MAX_LOCATED_CHARACTERS = 100_000;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Nobody who writes a line can know it. */
const MARK = randomUUID();

const BACKSLASH = 0x5c;
const CLOSE_BRACE = 0x7d;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const MINUS = 0x2d;
const NINE = 0x39;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const POINT = 0x2e;
const QUOTE = 0x22;
const ZERO = 0x30;

/**
 * Reads JSON as `JSON.parse` does, except that a number which that would change (`0.10`, `12345678901234567890`, `1e3`)
 * becomes a `LosslessNumber` with the digits as written: a plain `number` always prints as it was written.
 * Throws a `SyntaxError` with a short message, which holds at most a few characters of the text.
 */
export function parseJson(text: string): JsonValue {
  const marked = withMarkedNumbers(text);
  try {
    const holder: JsonObject = { value: JSON.parse(marked) as JsonValue };
    if (marked !== text) unmark(holder);
    return holder['value'] as JsonValue;
  } catch (error) {
    throw new SyntaxError(describeMistake(text), { cause: error });
  }
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof LosslessNumber);
}

/**
 * The text with the numbers that `JSON.parse` would change as marked strings, to be made numbers again. So everything else,
 * keys that come twice and `__proto__` included, is as in `JSON.parse`, and at half the cost of a parser written in
 * JavaScript. An exact look costs less than a regular expression that is careful enough: strings are most of a line, and
 * jumping over them is nearly free. The text may be no JSON, and is none afterwards either, but for marks that are names.
 *
 * Throws where it holds more than can be borne: once it is parsed it is too late.
 */
function withMarkedNumbers(text: string): string {
  let marked = '';
  let copied = 0;
  let depth = 0;
  let count = 0;
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
      if (at === 0) return text;
      continue;
    }
    if (isDigit(code) || code === MINUS) {
      const end = endOfWord(text, at);
      if (isChanged(text, at, end)) {
        marked += `${text.slice(copied, at)}"${MARK}${text.slice(at, end)}"`;
        copied = end;
      }
      at = end;
      continue;
    }
    const isOpening = code === OPEN_BRACE || code === OPEN_BRACKET;
    if (isOpening || code === COMMA) {
      count++;
      if (count > MAX_VALUES && text.length > MAX_UNCOUNTED_CHARACTERS) {
        throw new SyntaxError(`more than ${MAX_VALUES} values`);
      }
    }
    if (isOpening && ++depth > MAX_DEPTH) {
      throw new SyntaxError(`nested more than ${MAX_DEPTH} deep, at column ${at + 1}`);
    }
    if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--;
    at++;
  }
  return copied === 0 ? text : marked + text.slice(copied);
}

/** Is it a number, and one that `JSON.parse` changes? */
function isChanged(text: string, start: number, end: number): boolean {
  if (end - start <= MAX_PLAIN_CHARACTERS && isPlain(text, start, end)) return false;
  const digits = text.slice(start, end);
  return NUMBER.test(digits) && String(Number(digits)) !== digits;
}

/** Whole numbers but -0, and fractions from 1 up that do not end in 0: they make up most lines, and need no closer look. */
function isPlain(text: string, start: number, end: number): boolean {
  const first = text.charCodeAt(start);
  let hasPoint = false;
  for (let at = start + 1; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === POINT) hasPoint = true;
    else if (!isDigit(code)) return false;
  }
  if (hasPoint) return text.charCodeAt(end - 1) !== ZERO && first !== ZERO && first !== MINUS;
  return first !== MINUS || text.charCodeAt(start + 1) !== ZERO;
}

function unmark(container: JsonObject | JsonValue[]): void {
  const values = container as JsonObject;
  for (const name of Object.keys(values)) {
    if (name.startsWith(MARK)) throw new SyntaxError('a number is no name');
    const value = values[name];
    if (typeof value === 'string') {
      if (value.startsWith(MARK)) values[name] = new LosslessNumber(value.slice(MARK.length));
    } else if (typeof value === 'object' && value !== null) {
      unmark(value as JsonObject | JsonValue[]);
    }
  }
}

/** `JSON.parse` words its errors differently in every version of Node, with a piece of the text and often without the place. */
function describeMistake(text: string): string {
  if (text.trim() === '') return 'only blanks';
  if (/^\s*[{[]\s*$/.test(text)) return 'only the beginning of a value: is one object spread over several lines?';
  if (text.length > MAX_LOCATED_CHARACTERS) return 'not valid JSON';
  try {
    parseLossless(text, undefined, { parseNumber: Number, onDuplicateKey: ({ newValue }) => newValue });
  } catch (error) {
    if (error instanceof SyntaxError) return inColumns(error.message);
    if (error instanceof RangeError) return 'nested too deep';
    throw error;
  }
  return 'not valid JSON';
}

function inColumns(message: string): string {
  const short = message.length > 120 ? message.slice(message.lastIndexOf(' at position')) : message;
  return short.replace(/ at position (\d+)$/, (_, index: string) => ` at column ${Number(index) + 1}`).trim();
}

// Finding one's way in a text that is known to be valid JSON, without reading it into values.

/** The index after the closing quote of the string whose opening quote stands at `start`. */
export function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote + 1;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

export function skipBlanks(text: string, start: number): number {
  let at = start;
  while (text.charCodeAt(at) <= 0x20) at++;
  return at;
}

/** The index after the value, of any kind, that starts at `start`. */
export function endOfValue(text: string, start: number): number {
  let depth = 0;
  let at = start;
  do {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
    } else if (depth === 0 && code !== OPEN_BRACE && code !== OPEN_BRACKET) {
      at = endOfWord(text, at);
    } else {
      if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
      else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--;
      at++;
    }
  } while (depth > 0);
  return at;
}

/** Numbers and the words true, false and null. */
function endOfWord(text: string, start: number): number {
  let at = start;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET || isBlank(code)) break;
  }
  return at;
}

function isBlank(code: number): boolean {
  return code <= 0x20;
}

/** Whether the quote at `at` belongs to the string: an odd number of backslashes stands before it. */
function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}
