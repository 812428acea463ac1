import { isLosslessNumber } from 'lossless-json';
import type { Column, JsonObject, JsonValue, RecordError, RecordFields, Scalar } from '../record.js';
import type { FieldPlan, Relationship } from './fields.js';

/** A record's fields as they will be sent, or why they cannot be; either way what was left out of it. */
export type ShapedRecord =
  | { readonly fields: RecordFields; readonly error?: undefined; readonly dropped: readonly string[] }
  | { readonly fields?: undefined; readonly error: RecordError; readonly dropped: readonly string[] };

/** Types whose values are text: a number or boolean for one of them is sent as its text. */
export const TEXT_TYPES: ReadonlySet<string> = new Set([
  'string',
  'textarea',
  'phone',
  'url',
  'email',
  'picklist',
  'multipicklist',
  'combobox',
  'encryptedstring',
  'reference',
  'id',
]);

const NOTHING_DROPPED: readonly string[] = [];

/** Turns the records of one mapping into what is sent of them. */
export class RecordShaper {
  /** Columns of the last record: most records of a dump look alike and then share one array. */
  #lastColumns: readonly Column[] = [];

  constructor(private readonly plan: FieldPlan) {}

  shape(data: JsonObject): ShapedRecord {
    const { plan } = this;
    const draft = new Draft(this.#lastColumns);
    let dropped: string[] | undefined;
    for (const name in data) {
      if (!Object.hasOwn(data, name)) continue;
      const value = data[name] as JsonValue;
      const target = plan.target(name);
      let error: RecordError | undefined;
      switch (target.kind) {
        case 'ignored':
          continue;
        case 'unwritable':
          if (!target.exists && isPlainObject(value)) error = notAReference(name);
          else (dropped ??= []).push(target.name);
          break;
        case 'relationship':
          if (isPlainObject(value)) error = this.#addReference(draft, target.relationship, value);
          else if (value === null || value === '') this.#addCleared(draft, target.relationship);
          else (dropped ??= []).push(name);
          break;
        case 'column':
          if (isPlainObject(value) && target.relationship !== undefined)
            error = this.#addReference(draft, target.relationship, value);
          else error = this.#addValue(draft, target.column, value);
          break;
      }
      if (error !== undefined) return { error, dropped: dropped ?? NOTHING_DROPPED };
    }
    if (dropped !== undefined && plan.policy === 'fail') {
      const names = [...new Set(dropped)];
      const message = `Not writable by ${plan.mapping.operation} on ${plan.sobject}: ${names.join(', ')}`;
      return { error: { code: 'UNWRITABLE_FIELD', message, fields: names }, dropped: NOTHING_DROPPED };
    }
    if (plan.hasAliases) {
      const error = draft.settleAliases();
      if (error !== undefined) return { error, dropped: dropped ?? NOTHING_DROPPED };
    }
    const fields = draft.finish();
    this.#lastColumns = fields.columns;
    return { fields, dropped: dropped === undefined ? NOTHING_DROPPED : [...new Set(dropped)] };
  }

  #addValue(draft: Draft, column: Column, value: JsonValue): RecordError | undefined {
    const scalar = toScalar(value, column);
    if (scalar === undefined) return unsupported(column.field, 'an object where a single value belongs');
    if (typeof scalar === 'string') {
      const problem = textProblem(scalar, this.plan.mapping.mode);
      if (problem !== undefined) return unsupported(column.field, problem);
    }
    if (column.field === this.plan.keyField) {
      // An upsert by Id without an Id inserts: the key is then absent, not cleared.
      if (scalar === null || (typeof scalar === 'string' && scalar.trim() === '')) return undefined;
      const problem = this.plan.isDeleteById ? idToDeleteProblem(scalarText(scalar).trim(), this.plan) : undefined;
      if (problem !== undefined) return problem;
    }
    draft.add(column, scalar);
    return undefined;
  }

  #addCleared(draft: Draft, relationship: Relationship): void {
    const column = this.plan.clearingColumn(relationship);
    // Exports write the relationship beside the lookup: empty, it takes nothing away from it.
    if (column !== undefined && !draft.has(column)) draft.add(column, null);
  }

  /** `{"Account":{"External_Id__c":"A-1"}}`: exactly one field, beside it perhaps `attributes.type`. */
  #addReference(draft: Draft, relationship: Relationship, value: JsonObject): RecordError | undefined {
    const names = Object.keys(value).filter((name) => name.toLowerCase() !== 'attributes');
    const [name] = names;
    if (name === undefined || names.length > 1) return notAReference(relationship.name);
    const attributes = value['attributes'];
    const type = isPlainObject(attributes) && typeof attributes['type'] === 'string' ? attributes['type'] : undefined;
    const scalar = toScalar(value[name] ?? null, REFERENCE_VALUE);
    if (scalar === undefined) return notAReference(relationship.name);
    if (scalar === null && relationship.field !== undefined) {
      this.#addCleared(draft, relationship);
      return undefined;
    }
    if (relationship.isPolymorphic && type === undefined) {
      const message =
        'a reference that may lead to several sObjects needs "attributes":{"type":"…"} beside the external id';
      return unsupported(relationship.name, message);
    }
    const problem = typeof scalar === 'string' ? textProblem(scalar, this.plan.mapping.mode) : undefined;
    if (problem !== undefined) return unsupported(relationship.name, problem);
    draft.add(this.plan.referenceColumn(relationship, name, type), scalar);
    return undefined;
  }
}

/** An external id of another sObject, whose type is not known here. As text it fits both a text and a number field. */
const REFERENCE_VALUE = { type: 'reference' };

/** The value as it is sent; null clears; undefined when it is an object. */
function toScalar(value: JsonValue, column: { readonly type: string }): Scalar | undefined {
  if (typeof value === 'string') return value === '' ? cleared(column) : value;
  if (value === null) return cleared(column);
  if (typeof value === 'number' || typeof value === 'boolean') {
    return TEXT_TYPES.has(column.type) ? String(value) : value;
  }
  if (isLosslessNumber(value)) return TEXT_TYPES.has(column.type) ? value.value : value;
  return Array.isArray(value) ? joined(value, column) : undefined;
}

/** A checkbox is never null: cleared, it is false. */
function cleared(column: { readonly type: string }): Scalar {
  return column.type === 'boolean' ? false : null;
}

function joined(values: readonly JsonValue[], column: { readonly type: string }): Scalar | undefined {
  const parts: string[] = [];
  for (const value of values) {
    if (value === null || value === '') continue;
    if (typeof value === 'object' && !isLosslessNumber(value)) return undefined;
    parts.push(scalarText(value));
  }
  return parts.length === 0 ? cleared(column) : parts.join(';');
}

/** A scalar as text, digits as written. */
export function scalarText(value: Exclude<Scalar, null>): string {
  return typeof value === 'string' ? value : isLosslessNumber(value) ? value.value : String(value);
}

function textProblem(text: string, mode: string): string | undefined {
  if (mode === 'bulk' && text === '#N/A') {
    return 'the text #N/A, which clears a field in bulk; use mode realtime for it, or null to clear';
  }
  return text.isWellFormed() ? undefined : 'half a surrogate pair, which no encoding can carry';
}

/**
 * The call that deletes takes whatever Ids it is given: an Id of another sObject would delete a record that no mapping
 * speaks of, and a comma in one Id would delete two.
 */
function idToDeleteProblem(id: string, { sobject, keyPrefix }: FieldPlan): RecordError | undefined {
  const error = { code: 'MALFORMED_ID', fields: ['Id'] };
  if (!/^[0-9A-Za-z]+$/.test(id)) return { ...error, message: `malformed id ${id}` };
  // What is no Id at all is the org's to refuse.
  const isId = id.length === 15 || id.length === 18;
  if (!isId || keyPrefix === undefined || id.startsWith(keyPrefix)) return undefined;
  return { ...error, message: `${sobject} ID: id value of incorrect type: ${id}` };
}

function unsupported(field: string, what: string): RecordError {
  return { code: 'UNSUPPORTED_VALUE', message: `${field} holds ${what}`, fields: [field] };
}

function notAReference(name: string): RecordError {
  const message = `${name} holds an object that is no reference: {"Relationship":{"External_Id__c":"…"}} with one field is`;
  return { code: 'UNSUPPORTED_VALUE', message, fields: [name] };
}

function isPlainObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}

/** Columns and values in the making. Costs no new array as long as the columns follow those of the record before. */
class Draft {
  #values: Scalar[];
  #count = 0;
  #columns: Column[] | undefined;

  constructor(private readonly likeLast: readonly Column[]) {
    this.#values = new Array<Scalar>(likeLast.length);
  }

  has(column: Column): boolean {
    return (this.#columns ?? this.likeLast).slice(0, this.#count).includes(column);
  }

  add(column: Column, value: Scalar): void {
    if (this.#columns === undefined && this.likeLast[this.#count] !== column) {
      this.#columns = this.likeLast.slice(0, this.#count);
    }
    this.#columns?.push(column);
    this.#values[this.#count++] = value;
  }

  /** One field given twice: the last spelling wins; of a lookup and its reference, the one that holds something. */
  settleAliases(): RecordError | undefined {
    const byField = new Map<string, { column: Column; value: Scalar }>();
    const columns = this.#columns ?? this.likeLast;
    for (const [index, value] of this.#values.slice(0, this.#count).entries()) {
      const column = columns[index] as Column;
      const before = byField.get(column.field.toLowerCase());
      if (before !== undefined && before.column !== column && before.value !== null) {
        if (value === null) continue;
        return unsupported(column.field, `a second value, as ${before.column.header} and as ${column.header}`);
      }
      byField.set(column.field.toLowerCase(), { column, value });
    }
    if (byField.size === this.#count) return undefined;
    this.#columns = [...byField.values()].map(({ column }) => column);
    this.#values = [...byField.values()].map(({ value }) => value);
    this.#count = byField.size;
    return undefined;
  }

  finish(): RecordFields {
    const { likeLast } = this;
    if (this.#values.length > this.#count) this.#values.length = this.#count;
    if (this.#columns === undefined && likeLast.length === this.#count)
      return { columns: likeLast, values: this.#values };
    return { columns: this.#columns ?? likeLast.slice(0, this.#count), values: this.#values };
  }
}
