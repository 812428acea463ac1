import { ApiError } from '../api-error.js';

/** A literal of a condition, with its kind where that decides how it is compared. */
export type Literal =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'moment'; readonly text: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' };

export type Comparison = '=' | '!=' | '<' | '>' | '<=' | '>=' | 'LIKE';

export type Condition =
  | { readonly kind: 'compare'; readonly field: string; readonly operator: Comparison; readonly literal: Literal }
  | { readonly kind: 'in'; readonly field: string; readonly literals: readonly Literal[]; readonly isNegated: boolean }
  | { readonly kind: 'not'; readonly condition: Condition }
  | { readonly kind: 'and' | 'or'; readonly conditions: readonly Condition[] };

/** A query of the subset that the emulator answers. */
export interface Query {
  /** Field paths; empty for `COUNT()`. */
  readonly fields: readonly string[];
  readonly sobject: string;
  readonly where: Condition | undefined;
  readonly orderBy: readonly { readonly field: string; readonly isDescending: boolean; readonly nullsLast: boolean }[];
  readonly limit: number | undefined;
  readonly offset: number;
}

const TOKEN =
  /\s*(?:('(?:[^'\\]|\\.)*')|(\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:?\d{2}))?)|(-?\d+(?:\.\d+)?)|([A-Za-z_][\w.]*)|(<=|>=|!=|<>|[=<>(),]))/y;

/**
 * Parses `SELECT fields | COUNT() FROM X [WHERE …] [ORDER BY …] [LIMIT n] [OFFSET n]`.
 * @throws ApiError 400 MALFORMED_QUERY
 */
export function parseSoql(text: string): Query {
  const parser = new Parser(tokenize(text));
  return parser.query();
}

interface Token {
  readonly kind: 'text' | 'moment' | 'number' | 'word' | 'sign';
  readonly text: string;
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const kinds = ['text', 'moment', 'number', 'word', 'sign'] as const;
  TOKEN.lastIndex = 0;
  let at = 0;
  while (text.slice(at).trim() !== '') {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (!found) throw malformed(`unexpected token: '${text.slice(at).trim().slice(0, 20)}'`);
    const groups: (string | undefined)[] = found.slice(1);
    const index = groups.findIndex((group) => group !== undefined);
    tokens.push({ kind: kinds[index] ?? 'sign', text: groups[index] ?? '' });
    at = TOKEN.lastIndex;
  }
  return tokens;
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  query(): Query {
    this.#need('SELECT');
    const fields = this.#fields();
    this.#need('FROM');
    const sobject = this.#word();
    const where = this.#take('WHERE') ? this.#or() : undefined;
    const orderBy = this.#take('ORDER') ? this.#orderBy() : [];
    const limit = this.#take('LIMIT') ? this.#number() : undefined;
    const offset = this.#take('OFFSET') ? this.#number() : 0;
    if (this.#at < this.#tokens.length) throw this.#unexpected();
    return { fields, sobject, where, orderBy, limit, offset };
  }

  #fields(): string[] {
    if (this.#take('COUNT')) {
      this.#need('(');
      this.#need(')');
      return [];
    }
    const fields = [this.#word()];
    while (this.#take(',')) fields.push(this.#word());
    return fields;
  }

  #or(): Condition {
    const conditions = [this.#and()];
    while (this.#take('OR')) conditions.push(this.#and());
    return conditions.length === 1 && conditions[0] ? conditions[0] : { kind: 'or', conditions };
  }

  #and(): Condition {
    const conditions = [this.#condition()];
    while (this.#take('AND')) conditions.push(this.#condition());
    return conditions.length === 1 && conditions[0] ? conditions[0] : { kind: 'and', conditions };
  }

  #condition(): Condition {
    if (this.#take('NOT')) return { kind: 'not', condition: this.#condition() };
    if (this.#take('(')) {
      const condition = this.#or();
      this.#need(')');
      return condition;
    }
    const field = this.#word();
    const isNegated = this.#take('NOT');
    if (isNegated || this.#peek('IN')) {
      this.#need('IN');
      return { kind: 'in', field, literals: this.#list(), isNegated };
    }
    return { kind: 'compare', field, operator: this.#operator(), literal: this.#literal() };
  }

  #list(): Literal[] {
    this.#need('(');
    const literals = [this.#literal()];
    while (this.#take(',')) literals.push(this.#literal());
    this.#need(')');
    return literals;
  }

  #operator(): Comparison {
    if (this.#take('LIKE')) return 'LIKE';
    if (this.#take('<>')) return '!=';
    for (const operator of ['=', '!=', '<=', '>=', '<', '>'] as const) if (this.#take(operator)) return operator;
    throw this.#unexpected();
  }

  #literal(): Literal {
    const token = this.#tokens[this.#at++];
    if (token?.kind === 'text') return { kind: 'text', text: unescape(token.text.slice(1, -1)) };
    if (token?.kind === 'number' || token?.kind === 'moment') return { kind: token.kind, text: token.text };
    const word = token?.text.toLowerCase();
    if (word === 'true' || word === 'false') return { kind: 'boolean', value: word === 'true' };
    if (word === 'null') return { kind: 'null' };
    this.#at--;
    throw this.#unexpected();
  }

  #orderBy(): Query['orderBy'] {
    this.#need('BY');
    const order = [];
    do {
      const field = this.#word();
      const isDescending = this.#take('DESC') || (this.#take('ASC'), false);
      let nullsLast = isDescending;
      if (this.#take('NULLS')) {
        nullsLast = this.#take('LAST');
        if (!nullsLast) this.#need('FIRST');
      }
      order.push({ field, isDescending, nullsLast });
    } while (this.#take(','));
    return order;
  }

  #number(): number {
    const token = this.#tokens[this.#at++];
    if (token?.kind !== 'number' || !/^\d+$/.test(token.text)) throw malformed('a whole number was expected');
    return Number(token.text);
  }

  #word(): string {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'word') throw this.#unexpected();
    this.#at++;
    return token.text;
  }

  #peek(text: string): boolean {
    const token = this.#tokens[this.#at];
    return token !== undefined && token.kind !== 'text' && token.text.toUpperCase() === text;
  }

  #take(text: string): boolean {
    if (!this.#peek(text)) return false;
    this.#at++;
    return true;
  }

  #need(text: string): void {
    if (!this.#take(text)) throw this.#unexpected(text);
  }

  #unexpected(expected?: string): ApiError {
    const found = this.#tokens[this.#at]?.text ?? '<EOF>';
    return malformed(`unexpected token: '${found}'${expected === undefined ? '' : ` (expecting ${expected})`}`);
  }
}

function unescape(text: string): string {
  return text.replace(/\\(.)/g, (_, character: string) => ({ n: '\n', r: '\r', t: '\t' })[character] ?? character);
}

function malformed(message: string): ApiError {
  return new ApiError(400, 'MALFORMED_QUERY', message);
}
