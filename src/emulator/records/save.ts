import { recordError, type RecordError } from '../api-error.js';
import type { Org } from '../org.js';
import type { DescribeField } from '../schema/describe.js';
import { assignedOwner, type Assignment } from './assignment.js';
import { checkRow, isKnownId, type Plan } from './check-row.js';
import {
  failure,
  malformedId,
  type Outcome,
  type StoredValue,
  valueOf,
  type WriteOperation,
  type WriteRow,
} from './row.js';
import { keyText, type StoredRow } from './store.js';
import { normalizeId } from '../ids.js';
import type { SObjectType } from '../schema/schema.js';
import { injectedError } from './injected.js';

/** What a call says of duplicate rules, and its version. */
export interface DuplicateRule {
  readonly allowSave: boolean;
  /** Whether the error shows the records that were found. */
  readonly showsRecords: boolean;
  readonly version: number;
}

/** What the rows of one unit have in common. */
export interface SaveRequest {
  readonly operation: WriteOperation;
  /** Upsert only; `Id` included. */
  readonly keyField?: DescribeField | undefined;
  /** Upsert only: a key that matches nothing fails. */
  readonly updateOnly?: boolean;
  readonly allOrNone?: boolean;
  readonly assignment: Assignment;
  /** Absent in bulk, which has no header for it. */
  readonly duplicateRule?: DuplicateRule;
  /** What committed it: a request's id or a job's Id. */
  readonly by: string;
}

/**
 * Writes up to 200 records as one unit: all are checked against the org as it was before, then those that may be are
 * committed. One outcome per row, in order.
 */
export function saveRows(org: Org, rows: readonly WriteRow[], request: SaveRequest): Outcome[] {
  const repeated = repeatedKeys(rows, request);
  const claims = new Claims();
  const plans = rows.map((row, index) => {
    const duplicate = repeated.get(index);
    if (duplicate) return failure(row.errors.length > 0 ? row.errors : [duplicate], isKnownId(org, row));
    return checkRow(org, row, request, claims);
  });
  const checked = claims.settle(plans);
  if (request.allOrNone && checked.some((plan) => 'success' in plan))
    return checked.map((plan) => rolledBack(org, plan));
  return checked.map((plan) => ('success' in plan ? plan : commit(org, plan, request)));
}

/** Values of unique fields that the unit's rows lay claim to; where two rows claim one value, neither gets it. */
export class Claims {
  readonly #claims = new Map<string, { plans: Set<Plan>; field: DescribeField }>();

  add(plan: Plan, field: DescribeField, value: StoredValue): void {
    const key = keyText(field, value);
    if (key === undefined) return;
    const claim = `${plan.row.type.name}.${field.name}=${key}`;
    const known = this.#claims.get(claim);
    if (known) known.plans.add(plan);
    else this.#claims.set(claim, { plans: new Set([plan]), field });
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

/** Rows that share their key with another row of the unit, by index. */
function repeatedKeys(rows: readonly WriteRow[], { operation, keyField }: SaveRequest) {
  const seen = new Map<string, number[]>();
  if (operation !== 'insert') {
    rows.forEach((row, index) => {
      const key = unitKey(row, operation === 'upsert' ? keyField : undefined);
      if (key === undefined) return;
      const indexes = seen.get(key);
      if (indexes) indexes.push(index);
      else seen.set(key, [index]);
    });
  }
  const repeated = new Map<number, ReturnType<typeof recordError>>();
  for (const indexes of seen.values()) {
    if (indexes.length < 2) continue;
    for (const index of indexes) {
      const row = rows[index];
      if (row) repeated.set(index, duplicateKey(row, operation === 'upsert' ? keyField : undefined));
    }
  }
  return repeated;
}

function unitKey(row: WriteRow, keyField: DescribeField | undefined): string | undefined {
  if (!keyField || keyField.type === 'id') return row.id === null ? undefined : row.id.slice(0, 15);
  const value = valueOf(row, keyField);
  return value === undefined ? undefined : keyText(keyField, value);
}

function duplicateKey(row: WriteRow, keyField: DescribeField | undefined) {
  if (!keyField || keyField.type === 'id') {
    return recordError('DUPLICATE_VALUE', `Duplicate id specified: ${row.id ?? ''}`, ['Id']);
  }
  const value = String(valueOf(row, keyField));
  return recordError('DUPLICATE_VALUE', `Duplicate external id specified: ${value}`, [keyField.name]);
}

function commit(org: Org, { row, target }: Plan, { assignment, by }: SaveRequest): Outcome {
  if (row.type.isEvent) return publish(org, row, by);
  const values = valuesOf(row);
  const ownerId = assignedOwner(org, row.type, assignment);
  if (!target) return { id: org.create(row.type, values, by, ownerId).id, success: true, created: true, errors: [] };
  // An owner that is written stays, until a rule runs again.
  const isOwnerKept = ownerId === undefined && values.OwnerId === undefined;
  org.update(target, values, by, isOwnerKept ? target.assignedOwnerId : ownerId);
  return { id: target.id, success: true, created: false, errors: [] };
}

function valuesOf({ fields, values }: WriteRow): Record<string, StoredValue> {
  return Object.fromEntries(fields.map((field, index) => [field.name, values[index] ?? null]));
}

function publish(org: Org, row: WriteRow, by: string): Outcome {
  org.create(row.type, valuesOf(row), by);
  const uuid = eventUuid(org);
  return {
    id: `${row.type.keyPrefix}xx0000000001AAA`,
    success: true,
    created: true,
    errors: [recordError('OPERATION_ENQUEUED', uuid, [])],
  };
}

function eventUuid(org: Org): string {
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => org.random.below(16).toString(16)).join('');
  return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
}

function rolledBack(org: Org, plan: Plan | Outcome): Outcome {
  if ('success' in plan) return plan;
  const message = 'Record rolled back because not all records were valid and the request was using AllOrNone header';
  const error = recordError('ALL_OR_NONE_OPERATION_ROLLED_BACK', message, []);
  // The documentation shows rolled-back elements that carry an id, and upserts that still say "created": only
  // "success" may be believed.
  const id = plan.target?.id ?? (org.random.chance(0.3) ? org.ids.next(plan.row.type.keyPrefix) : undefined);
  return { id, success: false, created: plan.target === undefined, errors: [error] };
}

/**
 * Deletes records by Id; one outcome per Id, in order.
 * @param type undefined allows every type, by key prefix
 */
export function deleteRows(
  org: Org,
  ids: readonly string[],
  { type, allOrNone = false, by }: { type?: SObjectType; allOrNone?: boolean; by: string },
): Outcome[] {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id.slice(0, 15), (counts.get(id.slice(0, 15)) ?? 0) + 1);
  const checked = ids.map((id) => {
    if ((counts.get(id.slice(0, 15)) ?? 0) > 1) return recordError('DUPLICATE_VALUE', `Duplicate id specified: ${id}`);
    return find(org, id, type);
  });
  if (allOrNone && checked.some((one) => 'statusCode' in one)) {
    const message = 'Record rolled back because not all records were valid and the request was using AllOrNone header';
    const rolledBack = recordError('ALL_OR_NONE_OPERATION_ROLLED_BACK', message);
    return checked.map((one) => ('statusCode' in one ? failure([one]) : failure([rolledBack], one.id)));
  }
  return checked.map((one) => ('statusCode' in one ? failure([one]) : remove(org, one, by)));
}

function find(org: Org, given: string, onlyType: SObjectType | undefined): StoredRow | RecordError {
  const id = normalizeId(given);
  if (onlyType && !id?.startsWith(onlyType.keyPrefix)) return malformedId(onlyType.idField, given);
  if (id === undefined) return recordError('MALFORMED_ID', `malformed id ${given}`);
  const type = onlyType ?? org.schema.types.find((one) => id.startsWith(one.keyPrefix));
  const row = type && org.store.table(type).rows.get(id);
  if (type && !row && org.isDiscarding) {
    return { id, type, values: {}, isDeleted: false, createdMs: 0, modifiedMs: 0 };
  }
  if (!type || !row) return recordError('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id');
  if (!type.document.deletable) {
    return recordError('CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', `entity type cannot be deleted: ${type.name}`);
  }
  if (row.isDeleted) return recordError('ENTITY_IS_DELETED', 'entity is deleted');
  if (!org.store.childrenOf(row, 'restrictedDelete').next().done) {
    return recordError(
      'DELETE_FAILED',
      'Your attempt to delete this record failed because other records depend on it.',
    );
  }
  const holds = (key: string): boolean => id.startsWith(key);
  return injectedError(org, { type, id, operation: 'delete', holds, fields: [] }) ?? row;
}

function remove(org: Org, row: StoredRow, by: string): Outcome {
  if (!org.isDiscarding) org.delete(row, by);
  return { id: row.id, success: true, errors: [] };
}
