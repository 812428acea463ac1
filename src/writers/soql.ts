import Big from 'big.js';
import type { Column } from '../core/record.js';
import type { FieldPlan } from '../records/field-plan.js';
import type { KeyKind } from '../records/key.js';

/** The query as it stands in the URL: with headers and path it stays below what orgs take, 16,384 bytes. */
export const MAX_QUERY_CHARS = 14_000;

/** The longest value that an external id field can hold, in characters. */
const MAX_EXTERNAL_ID_CHARS = 255;
/** A number field holds 18 digits; what is longer than any double's spelling is no number of it. */
const MAX_NUMBER_CHARS = 340;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i;
const ESCAPES: Readonly<Record<string, string>> = { '\n': 'n', '\r': 'r', '\t': 't' };

/** A key as a SOQL literal; undefined for what no field of this kind can hold, and no record can therefore have. */
export function soqlLiteral(text: string, kind: KeyKind): string | undefined {
  if (kind !== 'number') {
    // Nothing in the text can end the literal, or be taken for a wildcard: `IN` knows none.
    const quoted = text.replace(/[\\'\n\r\t]/g, (char) => `\\${ESCAPES[char] ?? char}`);
    return text === '' || text.length > MAX_EXTERNAL_ID_CHARS ? undefined : `'${quoted}'`;
  }
  if (!NUMBER.test(text)) return undefined;
  // SOQL knows no exponents.
  const digits = new Big(text.replace('+', '')).toFixed();
  return digits.length > MAX_NUMBER_CHARS ? undefined : digits;
}

/** What a query must name for these columns; a lookup beside its reference, since a parent may be hidden. */
export function selectList(columns: readonly Column[], { keyField = 'Id', describe }: FieldPlan): string[] {
  const names = new Map([['id', 'Id']]);
  const add = (name: string): unknown => names.set(name.toLowerCase(), name);
  const whens = new Map<string, Map<string, Set<string>>>();
  add(keyField);
  for (const { field, reference } of columns) {
    if (reference === undefined || describe !== undefined) add(field);
    if (reference === undefined) continue;
    const { relationship, field: key, type } = reference;
    if (type === undefined) {
      add(`${relationship}.${key}`);
      continue;
    }
    const types = whens.get(relationship) ?? new Map<string, Set<string>>();
    whens.set(relationship, types.set(type, (types.get(type) ?? new Set()).add(key)));
  }
  // Only so can a parent of one of several kinds be asked for a field of its own.
  const cases = [...whens].map(([relationship, types]) => {
    const fields = [...types].map(([type, keys]) => `WHEN ${type} THEN ${[...keys].join(', ')}`);
    return `TYPEOF ${relationship} ${fields.join(' ')} ELSE Id END`;
  });
  return [...names.values(), ...cases];
}

/** Lists of literals, each short enough for the URL of a query that begins so. */
export function listsFor<Item>(
  start: string,
  items: readonly Item[],
  literalOf: (item: Item) => string,
  maxChars = MAX_QUERY_CHARS,
): Item[][] {
  const empty = charsInUrl(`${start}()`);
  const lists: Item[][] = [];
  let chars = Infinity;
  for (const item of items) {
    const more = charsInUrl(`${literalOf(item)},`);
    if (chars + more > maxChars) {
      lists.push([]);
      chars = empty;
    }
    lists.at(-1)?.push(item);
    chars += more;
  }
  return lists;
}

/** Length of a part of a query in the URL. */
export function charsInUrl(text: string): number {
  return new URLSearchParams([['', text]]).toString().length;
}
