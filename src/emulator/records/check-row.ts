import { recordError, type RecordError } from '../api-error.js';
import { normalizeId } from '../ids.js';
import type { Org } from '../org.js';
import type { DescribeField } from '../schema/describe.js';
import type { SObjectType } from '../schema/schema.js';
import { injectedError, unwritable } from './injected.js';
import { misplacedFields, neededName } from './read.js';
import { failure, malformedId, type Outcome, type SaveRequest, type StoredValue, type WriteRow } from './row.js';
import { keyText, type StoredRow } from './store.js';
import { checkValue, storedForm } from './values.js';

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
      for (const plan of claimants) losers.set(plan, failure([recordError('DUPLICATE_VALUE', message)]));
    }
    return plans.map((plan) => losers.get(plan) ?? plan);
  }
}

/** Checks a row against the org as it stands. A failed outcome, or the plan to write it. */
export function checkRow(org: Org, row: WriteRow, request: SaveRequest, claims: Claims): Plan | Outcome {
  if (row.errors.length > 0) return failure(row.errors, isKnownId(org, row));
  const refused = checkKind(row, request.operation);
  if (refused) return failure([refused]);
  const target = findTarget(org, row, request);
  if (target && 'statusCode' in target) return failure([target], isKnownId(org, row));
  const plan: Plan = { row, target };
  const errors = checkFields(org, plan, request);
  if (errors.length > 0) {
    // Failed elements may carry an id: clients must look at "success" alone.
    const showsId = row.id !== null || (target && org.random.chance(0.3));
    return { ...failure(errors, showsId ? target?.id : undefined), created: target === undefined };
  }
  for (const field of uniqueFields(row)) {
    if (field !== request.keyField) claims.add(plan, field, row.values.get(field) ?? null);
  }
  return plan;
}

/** The Id of the record a failed row speaks of, where the org may tell it. */
export function isKnownId(org: Org, row: WriteRow): string | undefined {
  const id = row.id === null ? undefined : normalizeId(row.id);
  return id !== undefined && org.store.table(row.type).rows.has(id) ? id : undefined;
}

function checkKind({ type }: WriteRow, operation: string): RecordError | undefined {
  const { createable, updateable } = type.document;
  const verb = operation === 'update' ? 'updated' : 'inserted';
  const isAllowed = type.isEvent ? operation === 'insert' : operation === 'update' ? updateable : createable;
  if (isAllowed) return undefined;
  return recordError('CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', `entity type cannot be ${verb}: ${type.name}`);
}

/** The record to change, undefined where one is to be made. */
function findTarget(
  org: Org,
  { type, id, values }: WriteRow,
  { operation, keyField, updateOnly }: SaveRequest,
): StoredRow | RecordError | undefined {
  if (operation === 'insert') return undefined;
  if (operation === 'update' || keyField?.type === 'id') {
    if (id !== null) return findById(org, type, id);
    if (operation === 'upsert' && !updateOnly) return undefined;
    return recordError('MISSING_ARGUMENT', 'Id not specified in an update call');
  }
  const value = keyField && values.get(keyField);
  if (!keyField || value === undefined || keyText(keyField, value) === undefined) {
    const name = keyField?.name ?? 'External Id';
    return recordError('MISSING_ARGUMENT', `${name} not specified`, keyField ? [name] : []);
  }
  const found = findByKey(org, type, keyField, value);
  return found ?? (updateOnly ? recordError('NOT_FOUND', 'Provided external ID value matches no record') : undefined);
}

function findById(org: Org, type: SObjectType, given: string): StoredRow | RecordError {
  const id = normalizeId(given);
  if (id === undefined || !id.startsWith(type.keyPrefix)) return malformedId(type.idField, given);
  const target = org.store.table(type).rows.get(id);
  if (!target) return recordError('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id');
  return target.isDeleted ? recordError('ENTITY_IS_DELETED', 'entity is deleted') : target;
}

function findByKey(org: Org, type: SObjectType, field: DescribeField, value: StoredValue) {
  const found = org.store.table(type).find(field, value);
  if (found.length < 2) return found[0];
  const ids = found.map(({ id }) => id).join(', ');
  const message = `${field.name}: more than one record found for external id field: [${ids}]`;
  return recordError('DUPLICATE_EXTERNAL_ID', message);
}

function checkFields(org: Org, plan: Plan, request: SaveRequest): RecordError[] {
  const { row, target } = plan;
  const refused = unwritableFields(org, plan, request);
  if (refused.length > 0) return [unwritable(refused)];
  const wrongReference = checkReferences(org, plan);
  if (wrongReference) return [wrongReference];
  const errors: RecordError[] = [];
  for (const [field, given] of row.values) {
    const value = storedForm(given);
    row.values.set(field, value);
    const error = checkValue(field, value);
    if (error && error.statusCode !== 'REQUIRED_FIELD_MISSING') errors.push(error);
  }
  const missing = missingFields(plan);
  if (missing.length > 0) {
    const message = `Required fields are missing: [${missing.join(', ')}]`;
    errors.unshift(recordError('REQUIRED_FIELD_MISSING', message, missing));
  }
  if (errors.length > 0) return errors;
  const taken = takenValue(org, plan);
  if (taken) return [taken];
  const holds = (key: string): boolean =>
    target?.id.startsWith(key) === true ||
    [...row.values.values()].some((value) => value !== null && String(value) === key);
  const fields = [...row.values.keys()].map(({ name }) => name);
  const record = { type: row.type, id: target?.id, operation: request.operation, holds, fields };
  const fault = injectedError(org, record, request.duplicateRule);
  return fault ? [fault] : [];
}

function unwritableFields(org: Org, { row, target }: Plan, { keyField }: SaveRequest): string[] {
  const names = new Set<string>();
  for (const field of [...row.values.keys(), ...row.references.map((reference) => reference.field)]) {
    // The key of an upsert says which record is meant; it may stand there even where it may not be changed.
    if (field === keyField && target) continue;
    const isWritable = target ? field.updateable : field.createable;
    if (!isWritable || org.isBlocked(row.type, field.name)) names.add(field.name);
  }
  if (!row.type.hasPersonAccounts) return [...names];
  const given = [...row.values.keys()].map(({ name }) => name);
  for (const name of misplacedFields(row.type, valuesAfter(row, target), given)) names.add(name);
  return [...names];
}

function missingFields({ row, target }: Plan): string[] {
  const cleared = [...row.values].filter(
    ([field, value]) => value === null && !field.nillable && field.type !== 'boolean',
  );
  const absent = target ? [] : row.type.requiredOnCreate.filter((field) => !row.values.has(field));
  const names = new Set([...absent, ...cleared.map(([field]) => field)].map((field) => field.name));
  const name = row.type.hasPersonAccounts ? neededName(row.type, valuesAfter(row, target)) : undefined;
  if (name !== undefined) names.add(name);
  return [...names];
}

/** The record as it will be. */
function valuesAfter(row: WriteRow, target: StoredRow | undefined): Record<string, StoredValue> {
  const given = [...row.values].map(([{ name }, value]) => [name, value] as const);
  return { ...target?.values, ...Object.fromEntries(given) };
}

function takenValue(org: Org, { row, target }: Plan): RecordError | undefined {
  for (const field of uniqueFields(row)) {
    const found = org.store.table(row.type).find(field, row.values.get(field) ?? null);
    const other = found.find((one) => one !== target);
    if (!other) continue;
    const message = `duplicate value found: ${field.name} duplicates value on record with id: ${other.id}`;
    return recordError('DUPLICATE_VALUE', message);
  }
  return undefined;
}

function uniqueFields(row: WriteRow): DescribeField[] {
  return row.type.indexedFields.filter((field) => field.unique && row.values.has(field));
}

/** Resolves references by external id into Ids and checks every Id given. The row's values are completed in place. */
function checkReferences(org: Org, { row, target }: Plan): RecordError | undefined {
  const twice = row.references.find(({ field }) => row.values.has(field));
  if (twice) {
    const { name, relationshipName } = twice.field;
    const message = `Field ${name} and relationship ${relationshipName ?? ''} are both given`;
    return recordError('INVALID_FIELD', message, [name]);
  }
  for (const { field, parentType, parentField, value } of row.references) {
    const parent = findByKey(org, parentType, parentField, value);
    if (parent && 'statusCode' in parent) return parent;
    if (!parent) {
      const message = `Foreign key external ID: ${String(value).toLowerCase()} not found for field ${parentField.name} in entity ${parentType.name}`;
      return recordError('INVALID_FIELD', message);
    }
    row.values.set(field, parent.id);
  }
  let first: RecordError | undefined;
  for (const [field, value] of row.values) {
    if (field.type !== 'reference' || value === null) continue;
    const checked = checkReferenceId(org, row, field, String(value), target);
    if (typeof checked === 'string') row.values.set(field, checked);
    else first ??= checked;
  }
  return first;
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
  // An sObject that is not part of the schema (a queue's Group, say) cannot be checked.
  if (!type) return types.includes(undefined) ? id : malformedId(field, given);
  const parent = org.store.table(type).rows.get(id);
  if (!parent) return recordError('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', [field.name]);
  if (parent.isDeleted) return recordError('ENTITY_IS_DELETED', 'entity is deleted', [field.name]);
  if (parent === target) {
    return recordError('CIRCULAR_DEPENDENCY', 'attempt to create a cycle in a hierarchy', [field.name]);
  }
  return id;
}
