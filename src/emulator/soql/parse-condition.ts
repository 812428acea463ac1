import { PERIOD } from './periods.js';
import type { Comparison, Condition, Literal, Operand, Query } from './query.js';
import type { Tokens } from './tokens.js';

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
