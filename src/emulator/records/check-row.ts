import { recordError, type RecordError } from '../api-error.js';
import { normalizeId } from '../ids.js';
import type { Org } from '../org.js';
import type { DescribeField } from '../schema/describe.js';
import type { SObjectType } from '../schema/schema.js';
import { checkInjected, unwritable } from './injected.js';
import { misplacedFields, neededName } from './read.js';
import { checkedId, refuse, Refused, type Outcome, type SaveRequest, type StoredValue, type WriteRow } from './row.js';
import { keyText, type StoredRow } from './store.js';
import { checkValue, storedForm } from './values.js';

/** A row that may be written, with the record it changes; undefined makes a new one. */
export interface Plan {
  readonly row: WriteRow;
  readonly target: StoredRow | undefined;
}

/** Checks a row against the org as it stands: the plan to write it, or the failed outcome. */
export function checkRow(org: Org, row: WriteRow, request: SaveRequest): Plan | Outcome {
  let plan: Plan;
  try {
    checkKind(row, request.operation);
    plan = { row, target: findTarget(org, row, request) };
  } catch (error) {
    return refused(error, knownId(org, row));
  }
  const { target } = plan;
  try {
    checkFields(org, plan, request);
  } catch (error) {
    // Failed elements may carry an id: clients must look at "success" alone.
    const showsId = row.id !== null || (target && org.random.chance(0.3));
    return { ...refused(error, showsId ? target?.id : undefined), created: target === undefined };
  }
  return plan;
}

/** What comes of a record that was refused; throws what is another error. */
export function refused(error: unknown, id?: string): Outcome {
  if (error instanceof Refused) return { id, success: false, errors: error.errors };
  throw error;
}

/** The Id of the record a failed row speaks of, where the org may tell it. */
export function knownId(org: Org, row: WriteRow): string | undefined {
  const id = row.id === null ? undefined : normalizeId(row.id);
  return id !== undefined && org.store.table(row.type).rows.has(id) ? id : undefined;
}

function checkKind({ type }: WriteRow, operation: string): void {
  const { createable, updateable } = type.document;
  const verb = operation === 'update' ? 'updated' : 'inserted';
  const isAllowed = type.isEvent ? operation === 'insert' : operation === 'update' ? updateable : createable;
  if (!isAllowed) refuse('CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', `entity type cannot be ${verb}: ${type.name}`);
}

/** The record to change, undefined where one is to be made. */
function findTarget(
  org: Org,
  { type, id, values }: WriteRow,
  { operation, keyField, updateOnly }: SaveRequest,
): StoredRow | undefined {
  if (operation === 'insert') return undefined;
  if (operation === 'update' || keyField?.type === 'id') {
    if (id !== null) return liveRecord(org, type, checkedId(id, type.idField, [type]), []);
    if (operation === 'upsert' && !updateOnly) return undefined;
    refuse('MISSING_ARGUMENT', 'Id not specified in an update call');
  }
  const value = keyField && values.get(keyField);
  if (!keyField || value === undefined || keyText(keyField, value) === undefined) {
    const name = keyField?.name ?? 'External Id';
    refuse('MISSING_ARGUMENT', `${name} not specified`, keyField ? [name] : []);
  }
  const found = findByKey(org, type, keyField, value);
  if (!found && updateOnly) refuse('NOT_FOUND', 'Provided external ID value matches no record');
  return found;
}

/** @param fields those that an error names */
function liveRecord(org: Org, type: SObjectType, id: string, fields: readonly string[]): StoredRow {
  const row = org.store.table(type).rows.get(id);
  if (!row) refuse('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', fields);
  if (row.isDeleted) refuse('ENTITY_IS_DELETED', 'entity is deleted', fields);
  return row;
}

function findByKey(org: Org, type: SObjectType, field: DescribeField, value: StoredValue): StoredRow | undefined {
  const found = org.store.table(type).find(field, value);
  if (found.length < 2) return found[0];
  const ids = found.map(({ id }) => id).join(', ');
  return refuse('DUPLICATE_EXTERNAL_ID', `${field.name}: more than one record found for external id field: [${ids}]`);
}

function checkFields(org: Org, plan: Plan, request: SaveRequest): void {
  const { row, target } = plan;
  const unwritten = unwritableFields(org, plan, request);
  if (unwritten.length > 0) throw new Refused([unwritable(unwritten)]);
  checkReferences(org, plan);
  const errors: RecordError[] = [];
  for (const [field, given] of row.values) {
    const value = storedForm(given);
    row.values.set(field, value);
    const error = checkValue(field, value);
    if (error) errors.push(error);
  }
  const missing = missingFields(plan);
  if (missing.length > 0) {
    const message = `Required fields are missing: [${missing.join(', ')}]`;
    errors.unshift(recordError('REQUIRED_FIELD_MISSING', message, missing));
  }
  if (errors.length > 0) throw new Refused(errors);
  checkUnique(org, plan);
  const holds = (key: string): boolean =>
    target?.id.startsWith(key) === true ||
    [...row.values.values()].some((value) => value !== null && String(value) === key);
  const fields = [...row.values.keys()].map(({ name }) => name);
  const record = { type: row.type, id: target?.id, operation: request.operation, holds, fields };
  checkInjected(org, record, request.duplicateRule);
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

function checkUnique(org: Org, { row, target }: Plan): void {
  for (const field of uniqueFields(row)) {
    const found = org.store.table(row.type).find(field, row.values.get(field) ?? null);
    const other = found.find((one) => one !== target);
    if (other) refuse('DUPLICATE_VALUE', duplicateOf(field, other.id));
  }
}

export function duplicateOf({ name }: DescribeField, id: string): string {
  return `duplicate value found: ${name} duplicates value on record with id: ${id}`;
}

export function uniqueFields(row: WriteRow): DescribeField[] {
  return row.type.indexedFields.filter((field) => field.unique && row.values.has(field));
}

/** Resolves references by external id into Ids and checks every Id given. The row's values are completed in place. */
function checkReferences(org: Org, { row, target }: Plan): void {
  const twice = row.references.find(({ field }) => row.values.has(field));
  if (twice) {
    const { name, relationshipName } = twice.field;
    refuse('INVALID_FIELD', `Field ${name} and relationship ${relationshipName ?? ''} are both given`, [name]);
  }
  for (const { field, parentType, parentField, value } of row.references) {
    const parent = findByKey(org, parentType, parentField, value);
    if (!parent) {
      const message = `Foreign key external ID: ${String(value).toLowerCase()} not found for field ${parentField.name} in entity ${parentType.name}`;
      refuse('INVALID_FIELD', message);
    }
    row.values.set(field, parent.id);
  }
  for (const [field, value] of row.values) {
    if (field.type !== 'reference' || value === null) continue;
    row.values.set(field, checkedReference(org, row, field, String(value), target));
  }
}

/** The Id in its 18-character form. */
function checkedReference(
  org: Org,
  { type: own }: WriteRow,
  field: DescribeField,
  given: string,
  target: StoredRow | undefined,
): string {
  const { recordTypeInfos } = own.document;
  if (field.name === 'RecordTypeId' && recordTypeInfos.length > 0) {
    const id = checkedId(given, field, [undefined]);
    if (recordTypeInfos.some(({ recordTypeId, available }) => available && normalizeId(recordTypeId) === id)) return id;
    const message = `${field.label}: this ID value isn't valid for the user: ${id}`;
    refuse('INVALID_CROSS_REFERENCE_KEY', message, [field.name]);
  }
  // An sObject that is not part of the schema (a profile, say) cannot be checked.
  const types = field.referenceTo.map((name) => org.schema.type(name));
  const id = checkedId(given, field, types);
  const type = types.find((one) => one && id.startsWith(one.keyPrefix));
  if (type && liveRecord(org, type, id, [field.name]) === target) {
    refuse('CIRCULAR_DEPENDENCY', 'attempt to create a cycle in a hierarchy', [field.name]);
  }
  return id;
}
