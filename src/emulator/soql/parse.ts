import {
  type Aggregate,
  AGGREGATES,
  type Comparison,
  type Condition,
  type FieldItem,
  type Literal,
  type Name,
  type Operand,
  type Order,
  type Query,
  queryError,
  type SelectItem,
} from './query.js';
import { PERIOD } from './conditions.js';
import type { ApiError } from '../api-error.js';

const MAX_OFFSET = 2000;
/** Words that end what stands before them; no alias can be one. */
const CLAUSES = new Set(['FROM', 'WHERE', 'GROUP', 'HAVING', 'ORDER', 'LIMIT', 'OFFSET', 'FOR', 'WITH', 'USING']);

/**
 * Parses a SELECT statement.
 * @throws ApiError 400 MALFORMED_QUERY
 */
export function parseSoql(text: string): Query {
  const tokens = new Tokens(text);
  const query = new Parser(tokens).query();
  if (tokens.next) throw tokens.unexpected();
  return query;
}

class Parser {
  readonly #tokens: Tokens;

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  query(): Query {
    const tokens = this.#tokens;
    tokens.need('SELECT');
    const items = this.#list(() => this.#item());
    tokens.need('FROM');
    const { from, aliases } = this.#from();
    const where = tokens.take('WHERE') ? this.#condition() : undefined;
    const groupBy = tokens.take('GROUP') ? this.#groupBy() : [];
    const having = tokens.take('HAVING') ? this.#condition() : undefined;
    const orderBy = tokens.take('ORDER') ? this.#orderBy() : [];
    const limit = tokens.take('LIMIT') ? tokens.wholeNumber() : undefined;
    const offset = this.#offset();
    this.#purpose();
    return { text: tokens.text, items, from, aliases, where, groupBy, having, orderBy, limit, offset };
  }

  #list<T>(parse: () => T): T[] {
    const all = [parse()];
    while (this.#tokens.take(',')) all.push(parse());
    return all;
  }

  #item(): SelectItem {
    const tokens = this.#tokens;
    if (tokens.take('(')) {
      const query = this.query();
      tokens.need(')');
      return { kind: 'children', query };
    }
    if (tokens.take('TYPEOF')) return this.#typeOf();
    if (tokens.peek('FIELDS') && tokens.peek('(', 1)) {
      tokens.word();
      tokens.need('(');
      const group = this.#name();
      tokens.need(')');
      return { kind: 'fields', group };
    }
    const operand = this.#operand();
    const next = tokens.next;
    const hasAlias = next?.kind === 'word' && !CLAUSES.has(next.text.toUpperCase());
    return hasAlias ? { ...operand, alias: tokens.word().text } : operand;
  }

  #typeOf(): SelectItem {
    const tokens = this.#tokens;
    const path = this.#name();
    const cases = [];
    while (tokens.take('WHEN')) {
      const type = tokens.word().text;
      tokens.need('THEN');
      cases.push({ type, paths: this.#list(() => this.#name()) });
    }
    const otherwise = tokens.take('ELSE') ? this.#list(() => this.#name()) : undefined;
    tokens.need('END');
    return { kind: 'typeof', path, cases, otherwise };
  }

  #operand(): Operand {
    const tokens = this.#tokens;
    const path = this.#name();
    if (!tokens.take('(')) return { kind: 'field', path, alias: undefined };
    const name = AGGREGATES.find((one) => one === path.text.toUpperCase());
    if (!name) throw queryError('MALFORMED_QUERY', `unexpected token: '${path.text}'`, tokens.text, path.at);
    const isBare = name === 'COUNT' && tokens.peek(')');
    const aggregate: Aggregate = {
      kind: 'aggregate',
      function: name,
      path: isBare ? undefined : this.#name(),
      alias: undefined,
    };
    tokens.need(')');
    return aggregate;
  }

  #name(): Name {
    if (this.#tokens.peek('FROM')) throw this.#tokens.unexpected();
    const { text, at } = this.#tokens.word();
    return { text, at };
  }

  #from(): { from: Name; aliases: Map<string, string> } {
    const tokens = this.#tokens;
    const aliases = new Map<string, string>();
    const [from] = this.#list(() => {
      const name = this.#name();
      tokens.take('AS');
      const next = tokens.next;
      if (next?.kind === 'word' && !CLAUSES.has(next.text.toUpperCase())) {
        aliases.set(tokens.word().text.toLowerCase(), aliases.size === 0 ? '' : expanded(name.text, aliases));
      }
      return name;
    });
    return { from: from as Name, aliases };
  }

  #condition(): Condition {
    return parseCondition(this.#tokens, { operand: () => this.#operand(), subquery: () => this.query() });
  }

  #groupBy(): FieldItem[] {
    this.#tokens.need('BY');
    return this.#list(() => ({ kind: 'field', path: this.#name(), alias: undefined }));
  }

  #orderBy(): Order[] {
    const tokens = this.#tokens;
    tokens.need('BY');
    return this.#list(() => {
      const operand = this.#operand();
      const isDescending = tokens.take('DESC');
      if (!isDescending) tokens.take('ASC');
      let nullsLast = false;
      if (tokens.take('NULLS')) {
        nullsLast = tokens.take('LAST');
        if (!nullsLast) tokens.need('FIRST');
      }
      return { operand, isDescending, nullsLast };
    });
  }

  #offset(): number {
    if (!this.#tokens.take('OFFSET')) return 0;
    const at = this.#tokens.next?.at ?? 0;
    const offset = this.#tokens.wholeNumber();
    if (offset <= MAX_OFFSET) return offset;
    const message = `Maximum SOQL offset allowed is ${MAX_OFFSET}`;
    throw queryError('NUMBER_OUTSIDE_VALID_RANGE', message, this.#tokens.text, at);
  }

  /** `FOR VIEW` and its like are accepted; recently viewed records are not kept. */
  #purpose(): void {
    while (this.#tokens.take('FOR')) {
      const purpose = this.#tokens.word();
      if (!['VIEW', 'REFERENCE', 'UPDATE'].includes(purpose.text.toUpperCase())) throw this.#tokens.unexpected(purpose);
    }
  }
}

/** A path of which the first step may be an alias. */
function expanded(path: string, aliases: ReadonlyMap<string, string>): string {
  const [first = '', ...rest] = path.split('.');
  const meant = aliases.get(first.toLowerCase()) ?? first;
  return [...(meant === '' ? [] : [meant]), ...rest].join('.');
}

const OPERATORS = ['=', '!=', '<=', '>=', '<', '>', 'LIKE'] as const;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

/** What conditions hold that is parsed elsewhere. */
export interface ConditionParts {
  readonly operand: () => Operand;
  readonly subquery: () => Query;
}

/** Parses what follows WHERE or HAVING. AND and OR do not mix without brackets. */
export function parseCondition(tokens: Tokens, parts: ConditionParts): Condition {
  const first = parseSingle(tokens, parts);
  const connector = ['AND', 'OR'].find((word) => tokens.peek(word));
  if (connector === undefined) return first;
  const conditions = [first];
  while (tokens.take(connector)) conditions.push(parseSingle(tokens, parts));
  if (tokens.peek('AND') || tokens.peek('OR')) throw tokens.unexpected();
  return { kind: connector === 'AND' ? 'and' : 'or', conditions };
}

/** The text of a literal, without its quotes and escapes. */
export function unescapeText(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, code: string | undefined, character: string) =>
    code === undefined
      ? (ESCAPES[character.toLowerCase()] ?? character)
      : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function parseSingle(tokens: Tokens, parts: ConditionParts): Condition {
  if (tokens.take('NOT')) return { kind: 'not', condition: parseSingle(tokens, parts) };
  if (tokens.take('(')) {
    const condition = parseCondition(tokens, parts);
    tokens.need(')');
    return condition;
  }
  const operand = parts.operand();
  const isNegated = tokens.take('NOT');
  if (isNegated || tokens.peek('IN')) {
    tokens.need('IN');
    if (!tokens.peek('SELECT', 1)) return { kind: 'in', operand, literals: parseList(tokens), isNegated };
    tokens.need('(');
    const query = parts.subquery();
    tokens.need(')');
    return { kind: 'in query', operand, query, isNegated };
  }
  for (const word of ['INCLUDES', 'EXCLUDES']) {
    if (tokens.take(word)) {
      return { kind: 'includes', operand, literals: parseList(tokens), isNegated: word === 'EXCLUDES' };
    }
  }
  return { kind: 'compare', operand, operator: parseOperator(tokens), literal: parseLiteral(tokens) };
}

function parseList(tokens: Tokens): Literal[] {
  tokens.need('(');
  const literals = [parseLiteral(tokens)];
  while (tokens.take(',')) literals.push(parseLiteral(tokens));
  tokens.need(')');
  return literals;
}

function parseOperator(tokens: Tokens): Comparison {
  if (tokens.take('<>')) return '!=';
  const operator = OPERATORS.find((one) => tokens.take(one));
  if (!operator) throw tokens.unexpected();
  return operator;
}

function parseLiteral(tokens: Tokens): Literal {
  const text = tokens.takeKind('text');
  if (text) {
    const raw = text.text.slice(1, -1);
    return { kind: 'text', text: unescapeText(raw), raw, at: text.at };
  }
  const number = tokens.takeKind('number');
  if (number) return { kind: 'number', text: number.text, at: number.at };
  const moment = tokens.takeKind('moment');
  if (moment) return { kind: 'moment', text: moment.text, at: moment.at };
  const word = tokens.word();
  const name = word.text.toUpperCase();
  if (name === 'TRUE' || name === 'FALSE') return { kind: 'boolean', value: name === 'TRUE', at: word.at };
  if (name === 'NULL') return { kind: 'null', at: word.at };
  if (!PERIOD.test(name)) throw tokens.unexpected(word);
  const count = tokens.take(':') ? tokens.wholeNumber() : undefined;
  return { kind: 'period', name, count, at: word.at };
}

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
