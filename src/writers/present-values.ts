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
import { charsInUrl, listsFor, MAX_QUERY_CHARS, selectList, soqlLiteral } from './soql.js';

/** The lookup leads somewhere, but the user may not see where. */
export const REFERENCE_HIDDEN = Symbol('hidden');

/** What the org holds in a field, or of a reference the parent's key; null where that is nothing. */
export type PresentValue = string | number | boolean | null | typeof REFERENCE_HIDDEN;

export type KeyValue = Exclude<Scalar, null>;

export interface PresentValuesOptions extends Interruption {
  readonly client: SalesforceClient;
  /** Calls side by side. */
  readonly callsAtOnce?: number;
}

/** Of a usual length, so many keys fit into a query beside dozens of fields. */
const KEYS_PER_CALL = 200;
/** They do no org harm. */
const USUAL_READS_AT_ONCE = 4;

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
   * Reads these columns of all that is wanted, and hands each to `take` with the records of the org that have its key: none,
   * one, or several where the field is not unique. Throws a `RequestError`.
   */
  async read<Wanted>(
    wanted: readonly Wanted[],
    keyOf: (one: Wanted) => KeyValue,
    columns: readonly Column[],
    take: (one: Wanted, rows: readonly PresentRow[]) => void,
  ): Promise<void> {
    const parts = this.#split(wanted, keyOf, columns);
    const work = async (): Promise<void> => {
      for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
        const literals = part.map((one) => this.#literal(keyOf(one))).filter((literal) => literal !== undefined);
        const kind = this.#kind;
        try {
          const rowsOf = this.#byKey(await this.#rows(literals, columns));
          for (const one of part) take(one, rowsOf(keyOf(one)));
        } catch (error) {
          const isCured = error instanceof RequestError && this.#cure(error, literals, columns, kind);
          if (!isCured) parts.length = 0;
          if (!isCured) throw error;
          const half = Math.ceil(part.length / 2);
          const halves = isTooLong(error) ? [part.slice(0, half), part.slice(half)] : [part];
          parts.unshift(...halves.flatMap((each) => this.#split(each, keyOf, columns)));
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.options.callsAtOnce ?? 1, parts.length) }, work));
  }

  /** Parts, each short enough for a call. What no record can have as a key is not asked for. */
  #split<Wanted>(wanted: readonly Wanted[], keyOf: (one: Wanted) => KeyValue, columns: readonly Column[]): Wanted[][] {
    if (!this.#retrieves(columns)) {
      const literalOf = (one: Wanted): string => this.#literal(keyOf(one)) ?? '';
      return listsFor(this.#statement(columns), wanted, literalOf, this.#maxChars);
    }
    const count = Math.ceil(wanted.length / MAX_RETRIEVED);
    return Array.from({ length: count }, (_, i) => wanted.slice(i * MAX_RETRIEVED, (i + 1) * MAX_RETRIEVED));
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

  async #rows(literals: readonly string[], columns: readonly Column[]): Promise<QueryRow[]> {
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
  #byKey(rows: readonly QueryRow[]): (key: KeyValue) => readonly PresentRow[] {
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

  /** Is there another way to ask for what was refused? It is taken from now on. */
  #cure(error: RequestError, literals: readonly string[], columns: readonly Column[], kind: KeyKind): boolean {
    if (isTooLong(error) && literals.length > 1) {
      const chars = charsInUrl(`${this.#statement(columns)}(${literals.join(',')})`);
      this.#maxChars = Math.min(this.#maxChars, Math.ceil(chars / 2));
      return true;
    }
    if (error.status !== 400 || !isSameCode(error.code, 'INVALID_FIELD')) return false;
    const refused = columns.filter((column) => speaksOf(error.message, column, this.plan));
    for (const column of refused) this.unreadable.add(column);
    if (refused.length > 0) return true;
    if (kind !== 'unknown') return false;
    this.#kind = 'number';
    return true;
  }
}

/** A record that the org holds. */
export class PresentRow {
  constructor(private readonly row: QueryRow) {}

  get id(): string | undefined {
    const id = this.row['Id'];
    return typeof id === 'string' ? id : undefined;
  }

  valueOf({ field, reference }: Pick<Column, 'field' | 'reference'>): PresentValue {
    if (reference === undefined) return plainValue(memberOf(this.row, field));
    const parent = memberOf(this.row, reference.relationship);
    if (typeof parent === 'object' && parent !== null) return plainValue(memberOf(parent as QueryRow, reference.field));
    return (memberOf(this.row, field) ?? null) === null ? null : REFERENCE_HIDDEN;
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

/** How many calls it takes to read so many records, at most. */
export function readCalls(records: number): number {
  return Math.ceil(records / KEYS_PER_CALL);
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

/** Names come back as the org spells them. */
function memberOf(row: QueryRow, name: string): unknown {
  if (Object.hasOwn(row, name)) return row[name];
  const lower = name.toLowerCase();
  return Object.entries(row).find(([other]) => other.toLowerCase() === lower)?.[1];
}

function plainValue(value: unknown): string | number | boolean | null {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}
