import type { ApiError } from '../api-error.js';
import { queryError } from './errors.js';

export interface Token {
  readonly kind: 'text' | 'moment' | 'number' | 'word' | 'sign';
  readonly text: string;
  readonly at: number;
}

const KINDS = ['text', 'moment', 'number', 'word', 'sign'] as const;
const BLANKS = /\s*/y;
const TOKEN =
  /('(?:[^'\\]|\\.)*')|(\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:?\d{2}))?|\d{2}:\d{2}:\d{2}(?:\.\d+)?Z)|([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)|([A-Za-z_][\w.]*)|(<=|>=|!=|<>|[=<>(),:])/sy;

/** The tokens of a statement, one after the other. Words are compared without regard to case. */
export class Tokens {
  readonly text: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  /** @throws ApiError 400 MALFORMED_QUERY for what is no token */
  constructor(text: string) {
    this.text = text;
    this.#tokens = tokenize(text);
  }

  get next(): Token | undefined {
    return this.#tokens[this.#at];
  }

  peek(text: string, ahead = 0): boolean {
    const token = this.#tokens[this.#at + ahead];
    return token !== undefined && token.kind !== 'text' && token.text.toUpperCase() === text;
  }

  take(text: string): boolean {
    const isThere = this.peek(text);
    if (isThere) this.#at++;
    return isThere;
  }

  need(text: string): void {
    if (!this.take(text)) throw this.unexpected();
  }

  takeKind(kind: Token['kind']): Token | undefined {
    const token = this.next;
    if (token?.kind !== kind) return undefined;
    this.#at++;
    return token;
  }

  word(): Token {
    const token = this.takeKind('word');
    if (!token) throw this.unexpected();
    return token;
  }

  wholeNumber(): number {
    const token = this.takeKind('number');
    if (!token || !/^\d+$/.test(token.text)) throw this.unexpected(token);
    return Number(token.text);
  }

  unexpected(token = this.next): ApiError {
    if (!token) return queryError('MALFORMED_QUERY', "unexpected token: '<EOF>'", this.text, this.text.length);
    return queryError('MALFORMED_QUERY', `unexpected token: '${token.text}'`, this.text, token.at);
  }
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    BLANKS.lastIndex = at;
    BLANKS.exec(text);
    at = BLANKS.lastIndex;
    if (at >= text.length) return tokens;
    TOKEN.lastIndex = at;
    const groups: (string | undefined)[] = TOKEN.exec(text)?.slice(1) ?? [];
    const index = groups.findIndex((group) => group !== undefined);
    const kind = KINDS[index];
    if (!kind) throw queryError('MALFORMED_QUERY', `unexpected token: '${text[at] ?? ''}'`, text, at);
    tokens.push({ kind, text: groups[index] ?? '', at });
    at = TOKEN.lastIndex;
  }
}
