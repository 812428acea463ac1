import { ApiError } from './api-error.js';

/** A JSON value that remembers where it stood and how its numbers were written. */
export type JsonNode = { readonly offset: number } & (
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'object'; readonly entries: readonly JsonEntry[] }
);

interface JsonEntry {
  readonly key: string;
  readonly value: JsonNode;
}

export type JsonObject = Extract<JsonNode, { kind: 'object' }>;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;
// eslint-disable-next-line no-control-regex -- they may not stand in a string
const STRING = /"[^"\\\u0000-\u001f]*(?:\\.[^"\\\u0000-\u001f]*)*"/y;
const MAX_DEPTH = 200;
const VALUE_EXPECTED = "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

/** @throws ApiError 400 JSON_PARSER_ERROR for everything that RFC 8259 forbids */
export function parseJson(text: string): JsonNode {
  return new Reader(text).document();
}

export function jsonParserError(message: string, text: string, offset: number): ApiError {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  return new ApiError(400, 'JSON_PARSER_ERROR', `${message} at [line:${line}, column:${column}]`);
}

/** The entry of an object, the last one where a key was repeated. */
export function entryOf(node: JsonObject, key: string): JsonNode | undefined {
  return node.entries.findLast((entry) => entry.key === key)?.value;
}

/** What the `attributes` of a record say, where that is a text. */
export function attributeOf(record: JsonObject, key: string): string | undefined {
  const attributes = entryOf(record, 'attributes');
  const value = attributes?.kind === 'object' ? entryOf(attributes, key) : undefined;
  return value?.kind === 'string' ? value.value : undefined;
}

/** The value of a key that must hold a text; undefined when it is absent or null. */
export function textEntry(node: JsonObject, key: string): string | undefined {
  const value = entryOf(node, key);
  if (!value || value.kind === 'null') return undefined;
  if (value.kind !== 'string') throw new ApiError(400, 'JSON_PARSER_ERROR', `"${key}" must be a string`);
  return value.value;
}

/** How the org's reader names a value in its messages. */
export function tokenOf(node: JsonNode): { readonly name: string; readonly text: string } {
  if (node.kind === 'array') return { name: 'START_ARRAY', text: '[' };
  if (node.kind === 'object') return { name: 'START_OBJECT', text: '{' };
  if (node.kind === 'string') return { name: 'VALUE_STRING', text: node.value };
  if (node.kind === 'number') {
    return { name: /[.eE]/.test(node.text) ? 'VALUE_NUMBER_FLOAT' : 'VALUE_NUMBER_INT', text: node.text };
  }
  const text = node.kind === 'null' ? 'null' : String(node.value);
  return { name: `VALUE_${text.toUpperCase()}`, text };
}

class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonNode {
    const node = this.#value();
    if (this.#next() !== undefined) throw this.#unexpected(VALUE_EXPECTED);
    return node;
  }

  #value(): JsonNode {
    const next = this.#next();
    const offset = this.#at;
    if (next === '"') return { kind: 'string', value: this.#string(), offset };
    if (next === '[') return { kind: 'array', items: this.#list(']', 'Array', () => this.#value()), offset };
    if (next === '{') return { kind: 'object', entries: this.#list('}', 'Object', () => this.#entry()), offset };
    const literal = this.#match(LITERAL);
    if (literal === 'null') return { kind: 'null', offset };
    if (literal !== undefined) return { kind: 'boolean', value: literal === 'true', offset };
    const text = this.#match(NUMBER);
    if (text === undefined) throw this.#unexpected(VALUE_EXPECTED);
    return { kind: 'number', text, offset };
  }

  #entry(): JsonEntry {
    if (this.#next() !== '"') throw this.#unexpected('was expecting double-quote to start field name');
    const key = this.#string();
    this.#expect(':', 'was expecting a colon to separate field name and value');
    return { key, value: this.#value() };
  }

  #list<T>(close: string, what: string, readOne: () => T): T[] {
    if (++this.#depth > MAX_DEPTH) throw jsonParserError('Nesting too deep', this.#text, this.#at);
    this.#at++;
    const all: T[] = [];
    if (this.#next() !== close) {
      all.push(readOne());
      while (this.#next() === ',') {
        this.#at++;
        all.push(readOne());
      }
    }
    this.#expect(close, `was expecting comma to separate ${what} entries`);
    this.#depth--;
    return all;
  }

  #string(): string {
    const start = this.#at;
    const token = this.#match(STRING);
    if (token === undefined) {
      throw jsonParserError('Unterminated string or control character in string', this.#text, start);
    }
    if (!token.includes('\\')) return token.slice(1, -1);
    try {
      return JSON.parse(token) as string;
    } catch {
      throw jsonParserError('Unrecognized character escape', this.#text, start);
    }
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #expect(character: string, expected: string): void {
    if (this.#next() !== character) throw this.#unexpected(expected);
    this.#at++;
  }

  /** The next character that is no blank, which comes next then. */
  #next(): string | undefined {
    while (' \t\n\r'.includes(this.#text[this.#at] ?? 'x')) this.#at++;
    return this.#text[this.#at];
  }

  #unexpected(expected: string): ApiError {
    const found = this.#text[this.#at];
    if (found === undefined) return jsonParserError('Unexpected end-of-input', this.#text, this.#at);
    const character = `('${found}' (code ${found.charCodeAt(0)}))`;
    return jsonParserError(`Unexpected character ${character}: ${expected}`, this.#text, this.#at);
  }
}
