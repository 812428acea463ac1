import { queryError } from './errors.js';
import { parseCondition } from './parse-condition.js';
import { AGGREGATES, type Aggregate, type FieldItem, type Name, type Operand } from './query.js';
import type { Condition, Order, Query, SelectItem } from './query.js';
import { Tokens } from './tokens.js';

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
