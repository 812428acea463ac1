import { recordError, type RecordError } from '../api-error.js';
import { normalizeId } from '../ids.js';
import type { Org } from '../org.js';
import type { DescribeField } from '../schema/describe.js';
import { checkValue, storedForm } from './values.js';
import { injectedError, unwritable } from './injected.js';
import { misplacedFields, neededName } from './read.js';
import {
  failure,
  malformedId,
  type Outcome,
  type ParentReference,
  type SaveRequest,
  type StoredValue,
  valueOf,
  type WriteRow,
} from './row.js';
import { keyText, type StoredRow } from './store.js';

/** A row that may be written, with the record it changes; undefined makes a new one. */
export interface Plan {
  readonly row: WriteRow;
  readonly target: StoredRow | undefined;
}

/** Values of unique fields that the unit's rows lay claim to; where two rows claim one value, neither gets it. */
export class Claims {
  readonly #claims = new Map<string, { plans: Set<Plan>; field: DescribeField }>();

  add(plan: Plan, field: DescribeField, value: StoredValue): void {
    const key = keyText(field, value);
    if (key === undefined) return;
    const claim = `${plan.row.type.name}.${field.name}=${key}`;
    const { plans } = this.#claims.get(claim) ?? { plans: new Set() };
    this.#claims.set(claim, { plans: plans.add(plan), field });
  }

  settle(plans: readonly (Plan | Outcome)[]): (Plan | Outcome)[] {
    const losers = new Map<Plan | Outcome, Outcome>();
    for (const { plans: claimants, field } of this.#claims.values()) {
      if (claimants.size < 2) continue;
      const message = `duplicate value found: ${field.name} duplicates value on record with id: <unknown>`;
      for (const plan of claimants) losers.set(plan, failure([recordError('DUPLICATE_VALUE', message, [])]));
    }
    return losers.size === 0 ? [...plans] : plans.map((plan) => losers.get(plan) ?? plan);
  }
}

/** Checks a row against the org as it stands. A failed outcome, or the plan to write it. */
export function checkRow(org: Org, row: WriteRow, request: SaveRequest, claims: Claims): Plan | Outcome {
  const { operation } = request;
  if (row.errors.length > 0) return failure(row.errors, isKnownId(org, row));
  const refused = checkKind(row, operation);
  if (refused) return failure([refused]);
  const found = findTarget(org, row, request);
  if (found.error) return failure([found.error], isKnownId(org, row));
  const plan: Plan = { row, target: found.target };
  const errors = checkFields(org, plan, request);
  if (errors.length > 0) {
    const id = row.id === null ? failedId(org, plan) : plan.target?.id;
    return { ...failure(errors, id), created: plan.target === undefined };
  }
  claimUniqueValues(plan, request, claims);
  return plan;
}

/** The Id of the record a failed row speaks of, where the org may tell it. */
export function isKnownId(org: Org, row: WriteRow): string | undefined {
  const id = row.id === null ? undefined : normalizeId(row.id);
  return id !== undefined && org.store.table(row.type).rows.has(id) ? id : undefined;
}

function failedId(org: Org, plan: Plan): string | undefined {
  // Failed elements may carry an id: clients must look at "success" alone.
  return plan.target && org.random.chance(0.3) ? plan.target.id : undefined;
}

function checkKind({ type }: WriteRow, operation: string): RecordError | undefined {
  const { createable, updateable } = type.document;
  const verb = operation === 'update' ? 'updated' : 'inserted';
  const isAllowed = type.isEvent ? operation === 'insert' : operation === 'update' ? updateable : createable;
  if (isAllowed) return undefined;
  return recordError('CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', `entity type cannot be ${verb}: ${type.name}`);
}

function findTarget(org: Org, row: WriteRow, request: SaveRequest): { target?: StoredRow; error?: RecordError } {
  if (request.operation === 'insert') return {};
  if (request.operation === 'update' || request.keyField?.type === 'id') {
    if (row.id !== null) return findById(org, row, row.id);
    if (request.operation === 'upsert' && !request.updateOnly) return {};
    return { error: recordError('MISSING_ARGUMENT', 'Id not specified in an update call') };
  }
  return findByKey(org, row, request);
}

function findById(org: Org, row: WriteRow, givenId: string): { target?: StoredRow; error?: RecordError } {
  const { type } = row;
  const id = normalizeId(givenId);
  if (id === undefined || !id.startsWith(type.keyPrefix)) return { error: malformedId(type.idField, givenId) };
  const target = org.store.table(type).rows.get(id);
  if (!target) return { error: recordError('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id') };
  if (target.isDeleted) return { error: recordError('ENTITY_IS_DELETED', 'entity is deleted') };
  return { target };
}

function findByKey(org: Org, row: WriteRow, { keyField, updateOnly }: SaveRequest) {
  const value = keyField && valueOf(row, keyField);
  if (!keyField || value === undefined || keyText(keyField, value) === undefined) {
    const name = keyField?.name ?? 'External Id';
    return { error: recordError('MISSING_ARGUMENT', `${name} not specified`, keyField ? [name] : []) };
  }
  const found = org.store.table(row.type).find(keyField, value);
  const [target] = found;
  if (found.length > 1) {
    const message = `${keyField.name}: more than one record found for external id field: [${found.map((r) => r.id).join(', ')}]`;
    return { error: recordError('DUPLICATE_EXTERNAL_ID', message) };
  }
  if (target) return { target };
  if (updateOnly) return { error: recordError('NOT_FOUND', 'Provided external ID value matches no record') };
  return {};
}

function checkFields(org: Org, plan: Plan, request: SaveRequest): RecordError[] {
  const { row, target } = plan;
  const refused = unwritableFields(org, plan, request);
  if (refused.length > 0) return [unwritable(refused)];
  const referenceErrors = checkReferences(org, row, target);
  if (referenceErrors.length > 0) return referenceErrors;
  const errors: RecordError[] = [];
  row.fields.forEach((field, index) => {
    const value = storedForm(row.values[index] ?? null);
    row.values[index] = value;
    const error = checkValue(field, value);
    if (error && error.statusCode !== 'REQUIRED_FIELD_MISSING') errors.push(error);
  });
  const missing = missingFields(plan);
  if (missing.length > 0) {
    const message = `Required fields are missing: [${missing.join(', ')}]`;
    errors.unshift(recordError('REQUIRED_FIELD_MISSING', message, missing));
  }
  if (errors.length > 0) return errors;
  const taken = takenValue(org, plan);
  if (taken) return [taken];
  const holds = (key: string): boolean =>
    target?.id.startsWith(key) === true || row.values.some((value) => value !== null && String(value) === key);
  const { type } = row;
  const record = { type, id: target?.id, operation: request.operation, holds, fields: row.fields.map((f) => f.name) };
  const fault = injectedError(org, record, request.duplicateRule);
  return fault ? [fault] : [];
}

function unwritableFields(org: Org, { row, target }: Plan, { keyField }: SaveRequest): string[] {
  const names = new Set<string>();
  for (const field of [...row.fields, ...row.references.map((reference) => reference.field)]) {
    const isWritable = target ? field.updateable : field.createable;
    // The key of an upsert says which record is meant; it may stand there even where it may not be changed.
    if (field === keyField && target) continue;
    if (!isWritable || org.isBlocked(row.type, field.name)) names.add(field.name);
  }
  if (!row.type.hasPersonAccounts) return [...names];
  const given = row.fields.map((field) => field.name);
  for (const name of misplacedFields(row.type, valuesAfter(row, target), given)) names.add(name);
  return [...names];
}

function missingFields({ row, target }: Plan): string[] {
  const given = new Map(row.fields.map((field, index) => [field, row.values[index] ?? null]));
  const cleared = row.fields.filter(
    (field) => !field.nillable && field.type !== 'boolean' && given.get(field) === null,
  );
  const absent = target ? [] : row.type.requiredOnCreate.filter((field) => !given.has(field));
  const names = new Set([...absent, ...cleared].map((field) => field.name));
  const name = row.type.hasPersonAccounts ? neededName(row.type, valuesAfter(row, target)) : undefined;
  if (name !== undefined) names.add(name);
  return [...names];
}

/** The record as it will be. */
function valuesAfter(row: WriteRow, target: StoredRow | undefined): Record<string, StoredValue> {
  const values: Record<string, StoredValue> = { ...target?.values };
  row.fields.forEach((field, index) => (values[field.name] = row.values[index] ?? null));
  return values;
}

function takenValue(org: Org, { row, target }: Plan): RecordError | undefined {
  for (const field of uniqueFields(row)) {
    const other = org.store
      .table(row.type)
      .find(field, valueOf(row, field) ?? null)
      .find((found) => found !== target);
    if (!other) continue;
    const message = `duplicate value found: ${field.name} duplicates value on record with id: ${other.id}`;
    return recordError('DUPLICATE_VALUE', message);
  }
  return undefined;
}

function claimUniqueValues(plan: Plan, { keyField }: SaveRequest, claims: Claims): void {
  for (const field of uniqueFields(plan.row)) {
    if (field !== keyField) claims.add(plan, field, valueOf(plan.row, field) ?? null);
  }
}

function uniqueFields(row: WriteRow): DescribeField[] {
  return row.type.indexedFields.filter((field) => field.unique && row.fields.includes(field));
}

/** Resolves references by external id into Ids and checks every Id given. The row's values are completed in place. */
export function checkReferences(org: Org, row: WriteRow, target: StoredRow | undefined): RecordError[] {
  const errors: RecordError[] = [];
  for (const reference of row.references) {
    if (valueOf(row, reference.field) !== undefined) {
      const message = `Field ${reference.field.name} and relationship ${reference.field.relationshipName ?? ''} are both given`;
      return [recordError('INVALID_FIELD', message, [reference.field.name])];
    }
  }
  for (const reference of row.references) {
    const parent = resolve(org, reference);
    if ('statusCode' in parent) return [parent];
    row.fields.push(reference.field);
    row.values.push(parent.id);
  }
  row.fields.forEach((field, index) => {
    const value = row.values[index] ?? null;
    if (field.type !== 'reference' || value === null) return;
    const checked = checkReferenceId(org, row, field, String(value), target);
    if (typeof checked === 'string') row.values[index] = checked;
    else errors.push(checked);
  });
  return errors.slice(0, 1);
}

function resolve(org: Org, { parentType, parentField, value }: ParentReference): StoredRow | RecordError {
  const found = org.store.table(parentType).find(parentField, value);
  const [parent] = found;
  if (found.length > 1) {
    const message = `${parentField.name}: more than one record found for external id field: [${found.map((r) => r.id).join(', ')}]`;
    return recordError('DUPLICATE_EXTERNAL_ID', message);
  }
  if (parent) return parent;
  const message = `Foreign key external ID: ${String(value).toLowerCase()} not found for field ${parentField.name} in entity ${parentType.name}`;
  return recordError('INVALID_FIELD', message);
}

/** The Id in its 18-character form, or what is wrong with it. */
function checkReferenceId(
  org: Org,
  row: WriteRow,
  field: DescribeField,
  given: string,
  target: StoredRow | undefined,
): string | RecordError {
  const id = normalizeId(given);
  if (id === undefined) return malformedId(field, given);
  const { recordTypeInfos } = row.type.document;
  if (field.name === 'RecordTypeId' && recordTypeInfos.length > 0) {
    if (recordTypeInfos.some(({ recordTypeId, available }) => available && normalizeId(recordTypeId) === id)) return id;
    const message = `${field.label}: this ID value isn't valid for the user: ${id}`;
    return recordError('INVALID_CROSS_REFERENCE_KEY', message, [field.name]);
  }
  const types = field.referenceTo.map((name) => org.schema.type(name));
  const type = types.find((one) => one && id.startsWith(one.keyPrefix));
  if (!type) {
    // An sObject that is not part of the schema (a queue's Group, say) cannot be checked.
    if (types.includes(undefined)) return id;
    return malformedId(field, given);
  }
  const parent = org.store.table(type).rows.get(id);
  if (!parent) return recordError('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', [field.name]);
  if (parent.isDeleted) return recordError('ENTITY_IS_DELETED', 'entity is deleted', [field.name]);
  if (parent === target) {
    return recordError('CIRCULAR_DEPENDENCY', 'attempt to create a cycle in a hierarchy', [field.name]);
  }
  return id;
}
