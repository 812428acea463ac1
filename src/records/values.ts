import { isLosslessNumber } from 'lossless-json';
import type { Column, DroppedField, JsonObject, JsonValue, RecordError, RecordFields, Scalar } from '../core/record.js';
import { visibleName, visibleNames } from '../core/text.js';
import { Draft, NOTHING_DROPPED } from './draft.js';
import type { FieldPlan, Relationship } from './field-plan.js';
import { trimBlanks } from './key.js';
import { findRecordType } from './references.js';

/** A record's fields as they will be sent, or why they cannot be; either way what was left out of it. */
export type ShapedRecord =
  | { readonly fields: RecordFields; readonly error?: undefined; readonly dropped: readonly DroppedField[] }
  | { readonly fields?: undefined; readonly error: RecordError; readonly dropped: readonly DroppedField[] };

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

/** Turns the records of one mapping into what is sent of them. */
export class RecordShaper {
  /** Columns of the last record: most records of a dump look alike and then share one array. */
  #lastColumns: readonly Column[] = [];

  constructor(
    private readonly plan: FieldPlan,
    private readonly constants: ShapedRecord = constantsOf(plan),
  ) {}

  shape(data: Readonly<JsonObject>): ShapedRecord {
    const { plan } = this;
    const draft = new Draft(this.#lastColumns);
    let strange: RecordError | undefined;
    for (const name in data) {
      const value = data[name] as JsonValue;
      const target = plan.target(name);
      let error: RecordError | undefined;
      switch (target.kind) {
        case 'ignored':
          continue;
        case 'unknown':
        case 'unwritable':
          if (target.kind === 'unknown' && isPlainObject(value)) strange ??= notAReference(name);
          draft.drop(target);
          break;
        case 'misspelt':
          if (isNothing(value)) draft.drop({ ...target, kind: 'unknown' });
          else error = unsupported(name, noRelationship(plan, target.nearest));
          break;
        case 'reference':
          error = this.#addReference(draft, target, value);
          break;
        case 'relationship':
          if (isPlainObject(value)) error = this.#addNested(draft, target.relationship, value);
          else if (isNothing(value)) this.#addCleared(draft, target.relationship);
          else error = unsupported(name, PLAIN_VALUE);
          break;
        case 'column':
          if (isPlainObject(value) && target.relationship !== undefined)
            error = this.#addNested(draft, target.relationship, value);
          else error = this.#addValue(draft, target.column, value);
          break;
      }
      if (error !== undefined) return { error, dropped: draft.dropped };
    }
    return this.#finish(draft, strange);
  }

  #finish(draft: Draft, strange: RecordError | undefined): ShapedRecord {
    const { plan } = this;
    const { dropped } = draft;
    if (dropped.length > 0 && plan.policy === 'fail') {
      const message = `Not sent: ${droppedText(dropped, plan)}`;
      const error = { code: 'UNWRITABLE_FIELD', message, fields: dropped.map(({ name }) => name) };
      return { error: strange ?? error, dropped: NOTHING_DROPPED };
    }
    const error =
      this.#blankness(draft, dropped) ??
      strange ??
      (plan.hasAliases ? draft.settleAliases() : undefined) ??
      this.#addConstants(draft);
    if (error !== undefined) return { error, dropped };
    const fields = draft.finish();
    this.#lastColumns = fields.columns;
    return { fields, dropped };
  }

  #addConstants(draft: Draft): RecordError | undefined {
    const { fields, error } = this.constants;
    if (fields === undefined || fields.columns.length === 0) return error;
    const given = new Set(draft.columns.map(({ field }) => field.toLowerCase()));
    for (const [i, column] of fields.columns.entries()) {
      if (!given.has(column.field.toLowerCase())) draft.add(column, fields.values[i] as Scalar);
    }
    return undefined;
  }

  /** A record that says nothing is not sent: it would be an empty one in the org, or an empty event. */
  #blankness(draft: Draft, dropped: readonly DroppedField[]): RecordError | undefined {
    const { plan } = this;
    const hasOnlyKey = dropped.length === 0 && draft.count > 0;
    if (hasOnlyKey || draft.columns.some(({ field }) => field !== plan.keyField)) return undefined;
    const code = 'NOTHING_TO_WRITE';
    if (dropped.length === 0) return { code, message: 'The record is empty' };
    const message = `Nothing of the record can be written: ${droppedText(dropped, plan)}`;
    return { code, message, fields: dropped.map(({ name }) => name) };
  }

  #addValue(draft: Draft, column: Column, value: JsonValue): RecordError | undefined {
    if (Array.isArray(value)) {
      const problem = listProblem(value, column);
      if (problem !== undefined) return unsupported(column.field, problem);
    }
    const scalar = toScalar(value, column);
    if (scalar === undefined) return unsupported(column.field, 'an object where a single value belongs');
    if (typeof scalar === 'string') {
      const problem = textProblem(scalar, this.plan.mapping.mode);
      if (problem !== undefined) return unsupported(column.field, problem);
    }
    if (column.field === this.plan.keyField) {
      // An upsert by Id without an Id inserts: the key is then absent, not cleared.
      if (scalar === null || (typeof scalar === 'string' && scalar.trim() === '')) return undefined;
      const problem = this.plan.isDeleteById ? idToDeleteProblem(trimBlanks(scalarText(scalar)), this.plan) : undefined;
      if (problem !== undefined) return problem;
    }
    draft.add(column, scalar);
    return undefined;
  }

  #addCleared(draft: Draft, relationship: Relationship): void {
    const column = this.plan.clearingColumn(relationship);
    // Exports write the relationship beside the lookup: empty, it takes nothing away from it.
    if (column !== undefined && !draft.columns.includes(column)) draft.add(column, null);
  }

  /** `{"Account":{"External_Id__c":"A-1"}}`: exactly one field, beside it perhaps `attributes.type`. */
  #addNested(draft: Draft, relationship: Relationship, value: JsonObject): RecordError | undefined {
    const names = Object.keys(value).filter((name) => name.toLowerCase() !== 'attributes');
    const [field] = names;
    if (field === undefined || names.length > 1) return notAReference(relationship.name);
    const attributes = value['attributes'];
    const type = isPlainObject(attributes) && typeof attributes['type'] === 'string' ? attributes['type'] : undefined;
    return this.#addReference(draft, { relationship, field, type }, value[field] ?? null);
  }

  #addReference(
    draft: Draft,
    { relationship, field, type }: { relationship: Relationship; field: string; type: string | undefined },
    value: JsonValue,
  ): RecordError | undefined {
    const { plan } = this;
    const scalar = Array.isArray(value) ? undefined : toScalar(value, REFERENCE_VALUE);
    if (scalar === undefined) return notAReference(relationship.name);
    if (scalar === null && relationship.field !== undefined) {
      this.#addCleared(draft, relationship);
      return undefined;
    }
    const text = typeof scalar === 'string' ? scalar : undefined;
    // A blank cell would be passed over in bulk, and the record written without its parent.
    if (text?.trim() === '') return unsupported(relationship.name, 'a reference by a blank value');
    const problem = text === undefined ? undefined : textProblem(text, plan.mapping.mode);
    if (problem !== undefined) return unsupported(relationship.name, problem);
    const lookup = plan.clearingColumn(relationship);
    if (text !== undefined && lookup !== undefined && plan.describe !== undefined && lookup.field === 'RecordTypeId') {
      const found = findRecordType(plan.describe, field, text);
      if ('problem' in found) return unsupported(relationship.name, found.problem);
      draft.add(lookup, found.id);
      return undefined;
    }
    const column = plan.referenceColumn(relationship, field, type);
    if ('problem' in column) return unsupported(relationship.name, column.problem);
    draft.add(column, scalar);
    return undefined;
  }
}

/** What `set` gives to records that do not have it, or why it cannot. */
export function constantsOf(plan: FieldPlan): ShapedRecord {
  const { set, operation } = plan.mapping;
  return set === undefined || operation === 'delete' ? NO_CONSTANTS : new RecordShaper(plan, NO_CONSTANTS).shape(set);
}

const NO_CONSTANTS: ShapedRecord = { fields: { columns: [], values: [] }, dropped: NOTHING_DROPPED };

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

/** Of values that `listProblem` finds nothing wrong with. */
function joined(values: readonly JsonValue[], column: { readonly type: string }): Scalar {
  const parts = values.filter((value) => !isNothing(value)).map((value) => scalarText(value as Exclude<Scalar, null>));
  return parts.length === 0 ? cleared(column) : parts.join(SEPARATOR);
}

/** A list is the value of a multi-select picklist, and of nothing else. */
function listProblem(values: readonly JsonValue[], { type }: { readonly type: string }): string | undefined {
  if (type !== 'multipicklist' && type !== 'unknown') return 'a list, which only a multi-select picklist takes';
  for (const value of values) {
    if (Array.isArray(value)) return 'a list in a list';
    if (isPlainObject(value)) return 'an object in a list';
    if (typeof value === 'string' && value.includes(SEPARATOR)) {
      return `a list with ${SEPARATOR} in the value ${visibleName(value)}: it would become two values`;
    }
  }
  return undefined;
}

const SEPARATOR = ';';

/** A scalar as text, digits as written. */
export function scalarText(value: Exclude<Scalar, null>): string {
  return typeof value === 'string' ? value : isLosslessNumber(value) ? value.value : String(value);
}

/** `unknown to Case: topic, payload; not writable by insert: CreatedDate` */
function droppedText(dropped: readonly DroppedField[], { sobject, mapping }: FieldPlan): string {
  const told = { unknown: `unknown to ${sobject}`, unwritable: `not writable by ${mapping.operation}` };
  return Object.entries(told)
    .map(([kind, what]) => [what, visibleNames(dropped.filter((field) => field.kind === kind).map(({ name }) => name))])
    .flatMap(([what, names]) => (names === '' ? [] : [`${what}: ${names}`]))
    .join('; ');
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
  return { code: 'UNSUPPORTED_VALUE', message: `${visibleName(field)} holds ${what}`, fields: [field] };
}

function notAReference(name: string): RecordError {
  return unsupported(name, `an object that is no reference: ${EXAMPLE} with one field is`);
}

const EXAMPLE = '{"Relationship":{"External_Id__c":"…"}}';
const PLAIN_VALUE = `a plain value, which does not say by which field the parent is known: ${EXAMPLE} does`;

function noRelationship({ sobject }: FieldPlan, nearest: string | undefined): string {
  const meant = nearest === undefined ? '' : `; ${nearest} is one`;
  return `a reference by a relationship that ${sobject} does not have${meant}`;
}

/** It clears a field. */
function isNothing(value: JsonValue): boolean {
  return value === null || value === '';
}

function isPlainObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}
