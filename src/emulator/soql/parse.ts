import type { ApiError } from '../api-error.js';
import { PERIOD } from './conditions.js';
import {
  AGGREGATES,
  OPERATORS,
  queryError,
  type Condition,
  type FieldItem,
  type Literal,
  type Name,
  type Operand,
  type Order,
  type Query,
  type SelectItem,
} from './query.js';

interface Token {
  readonly kind: 'text' | 'moment' | 'number' | 'word' | 'sign';
  readonly text: string;
  readonly at: number;
}

const KINDS = ['text', 'moment', 'number', 'word', 'sign'] as const;
const TOKEN =
  /\s*(?:('(?:[^'\\]|\\.)*')|(\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:?\d{2}))?|\d{2}:\d{2}:\d{2}(?:\.\d+)?Z)|([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)|([A-Za-z_][\w.]*)|(<=|>=|!=|<>|[=<>(),:]))/sy;
const MAX_OFFSET = 2000;
/** Words that end what stands before them; no alias can be one. */
const CLAUSES = new Set(['FROM', 'WHERE', 'GROUP', 'HAVING', 'ORDER', 'LIMIT', 'OFFSET', 'FOR', 'WITH', 'USING']);
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

/** @throws ApiError 400 MALFORMED_QUERY */
export function parseSoql(text: string): Query {
  return new Parser(text).statement();
}

/** Reads a statement from left to right, a method for each part of it. Words are compared without regard to case. */
class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  statement(): Query {
    const query = this.#query();
    if (this.#next) throw this.#unexpected();
    return query;
  }

  #query(): Query {
    this.#need('SELECT');
    const items = this.#list(() => this.#item());
    this.#need('FROM');
    const aliases = new Map<string, string>();
    const [from] = this.#list(() => this.#from(aliases)) as [Name];
    const where = this.#take('WHERE') ? this.#condition() : undefined;
    const groupBy = this.#take('GROUP') ? this.#by((): FieldItem => ({ kind: 'field', path: this.#name() })) : [];
    const having = this.#take('HAVING') ? this.#condition() : undefined;
    const orderBy = this.#take('ORDER') ? this.#by(() => this.#order()) : [];
    const limit = this.#take('LIMIT') ? this.#wholeNumber() : undefined;
    const offset = this.#take('OFFSET') ? this.#offset() : 0;
    // `FOR VIEW` and its like are accepted; recently viewed records are not kept.
    while (this.#take('FOR')) this.#oneOf(['VIEW', 'REFERENCE', 'UPDATE']);
    return { text: this.#text, items, from, aliases, where, groupBy, having, orderBy, limit, offset };
  }

  #item(): SelectItem {
    if (this.#take('(')) return { kind: 'children', query: this.#closed(this.#query()) };
    if (this.#take('TYPEOF')) return this.#typeOf();
    if (this.#peek('FIELDS') && this.#peek('(', 1)) {
      this.#at += 2;
      return { kind: 'fields', group: this.#closed(this.#name()) };
    }
    const operand = this.#operand();
    const alias = this.#alias();
    return alias === undefined ? operand : { ...operand, alias };
  }

  #typeOf(): SelectItem {
    const path = this.#name();
    const cases = [];
    while (this.#take('WHEN')) {
      const type = this.#word().text;
      this.#need('THEN');
      cases.push({ type, paths: this.#list(() => this.#name()) });
    }
    const otherwise = this.#take('ELSE') ? this.#list(() => this.#name()) : undefined;
    this.#need('END');
    return { kind: 'typeof', path, cases, otherwise };
  }

  #operand(): Operand {
    const path = this.#name();
    if (!this.#take('(')) return { kind: 'field', path };
    const name = AGGREGATES.find((one) => one === path.text.toUpperCase());
    if (!name) throw this.#unexpected(path);
    const isBare = name === 'COUNT' && this.#peek(')');
    return { kind: 'aggregate', function: name, path: this.#closed(isBare ? undefined : this.#name()) };
  }

  #from(aliases: Map<string, string>): Name {
    const name = this.#name();
    this.#take('AS');
    const alias = this.#alias();
    if (alias !== undefined) aliases.set(alias.toLowerCase(), aliases.size === 0 ? '' : expanded(name.text, aliases));
    return name;
  }

  /** What follows WHERE or HAVING, or stands in brackets. AND and OR do not mix without brackets. */
  #condition(): Condition {
    const first = this.#single();
    const kind = this.#peek('AND') ? 'and' : 'or';
    const others: Condition[] = [];
    while (this.#take(kind.toUpperCase())) others.push(this.#single());
    if (this.#peek('AND') || this.#peek('OR')) throw this.#unexpected();
    return others.length === 0 ? first : { kind, conditions: [first, ...others] };
  }

  #single(): Condition {
    if (this.#take('NOT')) return { kind: 'not', conditions: [this.#single()] };
    if (this.#take('(')) return this.#closed(this.#condition());
    const operand = this.#operand();
    const comparison = { kind: 'comparison', operand, isNegated: false } as const;
    if (this.#take('!=') || this.#take('<>')) {
      return { ...comparison, operator: '=', isNegated: true, literals: [this.#literal()] };
    }
    const isNegated = this.#take('NOT');
    if (isNegated || this.#peek('IN')) {
      this.#need('IN');
      this.#need('(');
      const query = this.#peek('SELECT') ? this.#closed(this.#query()) : undefined;
      return { ...comparison, operator: 'IN', isNegated, ...(query ? { query, literals: [] } : this.#literals()) };
    }
    const isExcluding = this.#take('EXCLUDES');
    if (isExcluding || this.#take('INCLUDES')) {
      this.#need('(');
      return { ...comparison, operator: 'INCLUDES', isNegated: isExcluding, ...this.#literals() };
    }
    return { ...comparison, operator: this.#oneOf(OPERATORS), literals: [this.#literal()] };
  }

  #literals(): { literals: Literal[] } {
    return { literals: this.#closed(this.#list(() => this.#literal())) };
  }

  #literal(): Literal {
    const token = this.#next;
    if (token?.kind === 'sign' || !token) throw this.#unexpected();
    this.#at++;
    const { kind, text, at } = token;
    if (kind === 'text') return { kind, text: unescaped(text.slice(1, -1)), raw: text.slice(1, -1), at };
    if (kind !== 'word') return { kind, text, at };
    const name = text.toUpperCase();
    if (name === 'TRUE' || name === 'FALSE') return { kind: 'boolean', value: name === 'TRUE', at };
    if (name === 'NULL') return { kind: 'null', at };
    if (!PERIOD.test(name)) throw this.#unexpected(token);
    return { kind: 'period', name, count: this.#take(':') ? this.#wholeNumber() : undefined, at };
  }

  #order(): Order {
    const operand = this.#operand();
    const isDescending = this.#take('DESC');
    if (!isDescending) this.#take('ASC');
    const nullsLast = this.#take('NULLS') && this.#oneOf(['FIRST', 'LAST']) === 'LAST';
    return { operand, isDescending, nullsLast };
  }

  #offset(): number {
    const at = this.#next?.at ?? 0;
    const offset = this.#wholeNumber();
    const message = `Maximum SOQL offset allowed is ${MAX_OFFSET}`;
    if (offset > MAX_OFFSET) throw queryError('NUMBER_OUTSIDE_VALID_RANGE', message, { text: this.#text }, at);
    return offset;
  }

  #by<T>(parse: () => T): T[] {
    this.#need('BY');
    return this.#list(parse);
  }

  #list<T>(parse: () => T): T[] {
    const all = [parse()];
    while (this.#take(',')) all.push(parse());
    return all;
  }

  /** The part that was parsed last, of which the closing bracket is still to come. */
  #closed<T>(part: T): T {
    this.#need(')');
    return part;
  }

  #name(): Name {
    if (this.#peek('FROM')) throw this.#unexpected();
    const { text, at } = this.#word();
    return { text, at };
  }

  #alias(): string | undefined {
    const next = this.#next;
    return next?.kind === 'word' && !CLAUSES.has(next.text.toUpperCase()) ? this.#word().text : undefined;
  }

  get #next(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #peek(text: string, ahead = 0): boolean {
    const token = this.#tokens[this.#at + ahead];
    return token !== undefined && token.kind !== 'text' && token.text.toUpperCase() === text;
  }

  #take(text: string): boolean {
    const isThere = this.#peek(text);
    if (isThere) this.#at++;
    return isThere;
  }

  #need(text: string): void {
    if (!this.#take(text)) throw this.#unexpected();
  }

  #oneOf<T extends string>(words: readonly T[]): T {
    const word = words.find((one) => this.#take(one));
    if (word === undefined) throw this.#unexpected();
    return word;
  }

  #word(): Token {
    const token = this.#next;
    if (token?.kind !== 'word') throw this.#unexpected();
    this.#at++;
    return token;
  }

  #wholeNumber(): number {
    const token = this.#next;
    if (token?.kind !== 'number' || !/^\d+$/.test(token.text)) throw this.#unexpected();
    this.#at++;
    return Number(token.text);
  }

  #unexpected({ text, at }: Name = this.#next ?? { text: '<EOF>', at: this.#text.length }): ApiError {
    return queryError('MALFORMED_QUERY', `unexpected token: '${text}'`, { text: this.#text }, at);
  }
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < end;) {
    const start = TOKEN.lastIndex;
    const groups: (string | undefined)[] = TOKEN.exec(text)?.slice(1) ?? [];
    const index = groups.findIndex((group) => group !== undefined);
    const [kind, found = ''] = [KINDS[index], groups[index]];
    if (!kind) {
      const at = start + text.slice(start).search(/\S/);
      throw queryError('MALFORMED_QUERY', `unexpected token: '${text[at] ?? ''}'`, { text }, at);
    }
    tokens.push({ kind, text: found, at: TOKEN.lastIndex - found.length });
  }
  return tokens;
}

/** The text of a literal, without its escapes. */
function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, code: string | undefined, character: string) =>
    code === undefined
      ? (ESCAPES[character.toLowerCase()] ?? character)
      : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** A path of which the first step may be an alias. */
function expanded(path: string, aliases: ReadonlyMap<string, string>): string {
  const [first = '', ...rest] = path.split('.');
  const meant = aliases.get(first.toLowerCase()) ?? first;
  return [...(meant === '' ? [] : [meant]), ...rest].join('.');
}
