import type { Column, RecordError, Scalar, SourceRecord } from '../core/record.js';
import type { Settings } from '../core/settings.js';
import type { FieldPlan } from '../records/field-plan.js';
import { exactKey, trimBlanks, type KeyKind } from '../records/key.js';
import { scalarText } from '../records/values.js';
import type { Interruption } from '../salesforce/api-request.js';
import type { SalesforceClient } from '../salesforce/client.js';
import { isSameCode } from '../salesforce/error-body.js';
import { RequestError } from '../salesforce/errors.js';
import { MAX_RETRIEVED, queryAll, retrieve, type QueryRow } from '../salesforce/query.js';
import { PresentRow, selectList } from './present-row.js';
import { soqlLiteral } from './soql.js';

export type KeyValue = Exclude<Scalar, null>;

/** Gives the records of the org that have a key: none, one, or several where the field is not unique. */
export type FindPresent = (key: KeyValue) => readonly PresentRow[];

export interface PresentValuesOptions extends Interruption {
  readonly client: SalesforceClient;
  /** Calls side by side. */
  readonly callsAtOnce?: number;
}

/** The query as it stands in the URL: with headers and path it stays below what orgs take, 16,384 bytes. */
const MAX_QUERY_CHARS = 14_000;
/** They do no org harm. */
const USUAL_READS_AT_ONCE = 4;

/** What one call asks for. */
interface Part<Wanted> {
  readonly wanted: readonly Wanted[];
  readonly literals: readonly string[];
  readonly kind: KeyKind;
}

/**
 * Reads what the org holds of the records of one mapping, by their keys, with as few calls as their URLs allow. Fields that
 * cannot be read are found out once.
 */
export class PresentValues {
  /** Columns that the org does not give to this user. */
  readonly unreadable = new Set<Column>();
  /** Without describe it is not known whether the field holds numbers, until the org complains of quotes. */
  #kind: KeyKind;
  #maxChars = MAX_QUERY_CHARS;

  constructor(
    private readonly plan: FieldPlan,
    private readonly options: PresentValuesOptions,
  ) {
    this.#kind = plan.keyKind;
  }

  /**
   * Reads these columns of all that is wanted; what is read together is handed to `take`, with what was found of it.
   * Throws a `RequestError`.
   */
  async read<Wanted>(
    wanted: readonly Wanted[],
    keyOf: (one: Wanted) => KeyValue,
    columns: readonly Column[],
    take: (part: readonly Wanted[], find: FindPresent) => void,
  ): Promise<void> {
    const parts = this.#parts(wanted, keyOf, columns);
    const work = async (): Promise<void> => {
      for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
        try {
          const rows = await this.#rows(part, columns);
          take(part.wanted, this.#finder(rows));
        } catch (error) {
          const again = error instanceof RequestError ? this.#again(part, keyOf, columns, error) : undefined;
          if (again === undefined) parts.length = 0;
          if (again === undefined) throw error;
          parts.unshift(...again);
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.options.callsAtOnce ?? 1, parts.length) }, work));
  }

  /** Each short enough for a call. What no record can have as a key is in a part that needs none. */
  #parts<Wanted>(
    wanted: readonly Wanted[],
    keyOf: (one: Wanted) => KeyValue,
    columns: readonly Column[],
  ): Part<Wanted>[] {
    const kind = this.#kind;
    const asked = wanted.map((one) => ({ one, literal: this.#literal(keyOf(one)) }));
    const known = asked.filter((each): each is { one: Wanted; literal: string } => each.literal !== undefined);
    const lists = this.#retrieves(columns)
      ? chunks(known, MAX_RETRIEVED)
      : listsFor(this.#statement(columns), known, ({ literal }) => literal, this.#maxChars);
    const parts = lists.map((list) => ({
      wanted: list.map(({ one }) => one),
      literals: list.map(({ literal }) => literal),
      kind,
    }));
    const impossible = asked.filter(({ literal }) => literal === undefined).map(({ one }) => one);
    return impossible.length === 0 ? parts : [...parts, { wanted: impossible, literals: [], kind }];
  }

  #literal(key: KeyValue): string | undefined {
    const text = trimBlanks(scalarText(key));
    if (this.plan.keyField !== 'Id') return soqlLiteral(text, this.#kind);
    // What is no Id would have the whole query refused.
    return isIdOf(text, this.plan) ? `'${text.slice(0, 15)}'` : undefined;
  }

  /** Parents cannot be asked for in a retrieve. */
  #retrieves(columns: readonly Column[]): boolean {
    return this.plan.keyField === 'Id' && columns.every(({ reference }) => reference === undefined);
  }

  #statement(columns: readonly Column[]): string {
    const { sobject, keyField } = this.plan;
    return `SELECT ${selectList(this.#readable(columns), this.plan).join(', ')} FROM ${sobject} WHERE ${keyField} IN `;
  }

  #readable(columns: readonly Column[]): readonly Column[] {
    return columns.filter((column) => !this.unreadable.has(column));
  }

  async #rows({ literals }: Part<unknown>, columns: readonly Column[]): Promise<QueryRow[]> {
    const { client, signal, stopping } = this.options;
    if (literals.length === 0) return [];
    if (!this.#retrieves(columns)) {
      return queryAll(client, `${this.#statement(columns)}(${literals.join(',')})`, { signal, stopping });
    }
    const fields = selectList(this.#readable(columns), this.plan);
    const ids = literals.map((literal) => literal.slice(1, -1));
    return retrieve(client, { sobject: this.plan.sobject, ids, fields }, { signal, stopping });
  }

  /** A query ignores case even where an upsert by the field does not. */
  #finder(rows: readonly QueryRow[]): FindPresent {
    const { keyField = 'Id', keyIgnoresCase } = this.plan;
    const exact = (value: Scalar): string | undefined => exactKey(value, this.#kind, keyIgnoresCase);
    const byKey = new Map<string, PresentRow[]>();
    for (const one of rows) {
      const row = new PresentRow(one);
      const key = exact(row.valueOf({ field: keyField, reference: undefined }) as Scalar);
      if (key === undefined || row.id === undefined) continue;
      const known = byKey.get(key);
      if (known === undefined) byKey.set(key, [row]);
      else if (!known.some(({ id }) => id === row.id)) known.push(row);
    }
    return (key) => byKey.get(exact(key) ?? '') ?? [];
  }

  /** How to ask anew for what was refused; undefined where there is no other way. */
  #again<Wanted>(
    part: Part<Wanted>,
    keyOf: (one: Wanted) => KeyValue,
    columns: readonly Column[],
    error: RequestError,
  ): Part<Wanted>[] | undefined {
    const again = (): Part<Wanted>[] => this.#parts(part.wanted, keyOf, columns);
    if (isTooLong(error) && part.literals.length > 1) {
      const longest = charsInUrl(`${this.#statement(columns)}(${part.literals.join(',')})`);
      this.#maxChars = Math.min(this.#maxChars, Math.ceil(longest / 2));
      const half = Math.ceil(part.wanted.length / 2);
      return [part.wanted.slice(0, half), part.wanted.slice(half)].flatMap((wanted) =>
        this.#parts(wanted, keyOf, columns),
      );
    }
    if (error.status !== 400 || !isSameCode(error.code, 'INVALID_FIELD')) return undefined;
    const refused = columns.filter((column) => speaksOf(error.message, column, this.plan));
    for (const column of refused) this.unreadable.add(column);
    if (refused.length > 0) return again();
    if (part.kind !== 'unknown') return undefined;
    this.#kind = 'number';
    return again();
  }
}

/** What the record has in the field that tells records apart. */
export function keyValueOf({ fields }: SourceRecord, { keyField }: FieldPlan): KeyValue {
  return fields.values[fields.columns.findIndex(({ field }) => field === keyField)] as KeyValue;
}

/** How many reads go side by side. `auto` is found out by writing. */
export function readsAtOnce({ maxInFlight }: Pick<Settings, 'maxInFlight'>): number {
  return maxInFlight === 'auto' ? USUAL_READS_AT_ONCE : maxInFlight;
}

/** Why there is no record to write to, or more than one. */
export function keyProblem(plan: FieldPlan, value: KeyValue, count: number): RecordError {
  const key = `${plan.keyField} ${trimBlanks(scalarText(value))}`;
  const fields = plan.keyField === undefined ? [] : [plan.keyField];
  return count > 0
    ? { code: 'DUPLICATE_EXTERNAL_ID', message: `${count} records of ${plan.sobject} have the ${key}`, fields }
    : { code: 'NOT_FOUND', message: `No record of ${plan.sobject} has the ${key}`, fields };
}

/** Could it be the Id of a record of the sObject? */
export function isIdOf(text: string, { keyPrefix = '' }: FieldPlan): boolean {
  return /^(?:[0-9a-zA-Z]{15}|[0-9a-zA-Z]{18})$/.test(text) && text.startsWith(keyPrefix);
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

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

function charsInUrl(text: string): number {
  return new URLSearchParams([['', text]]).toString().length;
}

function isTooLong({ status, code }: RequestError): boolean {
  return status === 414 || status === 431 || isSameCode(code, 'QUERY_TOO_COMPLICATED');
}

/** `No such column 'X' on entity 'Account'`, `… on sobject of type Account`, `Didn't understand relationship 'X' in field path` */
function speaksOf(message: string, { field, reference }: Column, { sobject }: FieldPlan): boolean {
  const [, name = '', entity = ''] =
    /No such column '([^']+)' on (?:entity|sobject of type) '?(\w+)'?/i.exec(message) ?? [];
  const [, relationship = ''] = /understand relationship '([^']+)'/i.exec(message) ?? [];
  const isSame = (one: string, other: string | undefined): boolean => one.toLowerCase() === other?.toLowerCase();
  if (relationship !== '') return isSame(relationship, reference?.relationship);
  return isSame(name, reference?.field ?? field) && (reference !== undefined || isSame(entity, sobject));
}
