import { ApiError } from '../api-error.js';

/** How many characters an excerpt of the statement holds at most on each side. */
const EXCERPT_CHARS = 34;
const SEPARATOR = /[\s,]/;
const REFERENCE = 'Please reference your WSDL or the describe call for the appropriate names.';

/** A name of the statement, with the place where it stood: errors point at it. */
export interface Name {
  readonly text: string;
  readonly at: number;
}

/** A literal of a condition, with its kind where that decides how it is compared. */
export type Literal = { readonly at: number } & (
  | { readonly kind: 'text'; readonly text: string; readonly raw: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'moment'; readonly text: string }
  | { readonly kind: 'period'; readonly name: string; readonly count: number | undefined }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
);

export const AGGREGATES = ['COUNT', 'COUNT_DISTINCT', 'SUM', 'AVG', 'MIN', 'MAX'] as const;

export const OPERATORS = ['=', '<=', '>=', '<', '>', 'LIKE'] as const;

/** `COUNT(Id)`, `MAX(Amount)`, … */
export interface Aggregate {
  readonly kind: 'aggregate';
  readonly function: (typeof AGGREGATES)[number];
  /** Undefined for `COUNT()`. */
  readonly path: Name | undefined;
  readonly alias?: string;
}

export interface FieldItem {
  readonly kind: 'field';
  readonly path: Name;
  readonly alias?: string;
}

/** What is selected, in the order of the statement. */
export type SelectItem =
  | FieldItem
  | Aggregate
  | { readonly kind: 'fields'; readonly group: Name }
  | { readonly kind: 'children'; readonly query: Query }
  | {
      readonly kind: 'typeof';
      readonly path: Name;
      readonly cases: readonly { readonly type: string; readonly paths: readonly Name[] }[];
      readonly otherwise: readonly Name[] | undefined;
    };

/** What a condition is about; only HAVING knows aggregates. */
export type Operand = FieldItem | Aggregate;

/** `!=`, `NOT IN` and `EXCLUDES` are negations. */
export interface Comparison {
  readonly kind: 'comparison';
  readonly operand: Operand;
  readonly operator: (typeof OPERATORS)[number] | 'IN' | 'INCLUDES';
  readonly isNegated: boolean;
  /** One, but for `IN` and `INCLUDES`. */
  readonly literals: readonly Literal[];
  /** What `IN` has in the place of literals. */
  readonly query?: Query;
}

export type Condition = Comparison | { readonly kind: 'and' | 'or' | 'not'; readonly conditions: readonly Condition[] };

export interface Order {
  readonly operand: Operand;
  readonly isDescending: boolean;
  readonly nullsLast: boolean;
}

/** A parsed statement. */
export interface Query {
  /** The whole statement, for the errors' excerpts. */
  readonly text: string;
  readonly items: readonly SelectItem[];
  /** An sObject, or a child relationship in a nested query. */
  readonly from: Name;
  /** Paths that `FROM Account a, a.Owner o` gave names to, by name in lower case; '' is the sObject itself. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly where: Condition | undefined;
  readonly groupBy: readonly FieldItem[];
  readonly having: Condition | undefined;
  readonly orderBy: readonly Order[];
  readonly limit: number | undefined;
  readonly offset: number;
}

/** A refusal that points into the statement, as an org words it. */
export function queryError(errorCode: string, message: string, { text }: { readonly text: string }, at: number) {
  const before = text.slice(0, at);
  const row = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  const excerpt = `${text.slice(excerptStart(text, at), excerptEnd(text, at))}\n${' '.repeat(at - excerptStart(text, at))}^`;
  return new ApiError(400, errorCode, `\n${excerpt}\nERROR at Row:${row}:Column:${column}\n${message}`);
}

/** What an org says to an object, a field or a relationship that it does not know. */
export const UNKNOWN = {
  type: (name: string) =>
    `sObject type '${name}' is not supported. If you are attempting to use a custom object, be sure to append the ` +
    `'__c' after the entity name. ${REFERENCE}`,
  column: (name: string, entity: string) =>
    `No such column '${name}' on entity '${entity}'. If you are attempting to use a custom field, be sure to append ` +
    `the '__c' after the custom field name. ${REFERENCE}`,
  relationship: (name: string, place: 'field path' | 'FROM part of query call') =>
    `Didn't understand relationship '${name}' in ${place}. If you are attempting to use a custom relationship, be ` +
    `sure to append the '__r' after the custom relationship name. ${REFERENCE}`,
};

/** The excerpt begins and ends with whole words. */
function excerptStart(text: string, at: number): number {
  let start = Math.max(0, at - EXCERPT_CHARS);
  while (start > 0 && start < at && !SEPARATOR.test(text[start - 1] ?? '')) start++;
  while (start < at && /\s/.test(text[start] ?? '')) start++;
  return start;
}

function excerptEnd(text: string, at: number): number {
  let end = Math.min(text.length, at + EXCERPT_CHARS);
  while (end < text.length && end > at + 1 && !SEPARATOR.test(text[end] ?? '')) end--;
  return end;
}
