import { recordError, type RecordError } from '../api-error.js';
import { rivals } from '../group-by.js';
import { normalizeId } from '../ids.js';
import type { Org } from '../org.js';
import type { DescribeField } from '../schema/describe.js';
import type { SObjectType } from '../schema/schema.js';
import { checkRow, duplicateOf, knownId, refused, uniqueFields, type Plan } from './check-row.js';
import { checkInjected } from './injected.js';
import { checkedId, refuse, type Outcome, type SaveRequest, type WriteRow } from './row.js';
import { keyText, type StoredRow } from './store.js';

const ROLLED_BACK = recordError(
  'ALL_OR_NONE_OPERATION_ROLLED_BACK',
  'Record rolled back because not all records were valid and the request was using AllOrNone header',
);

/**
 * Writes up to 200 records as one unit: all are checked against the org as it was before, then those that may be are
 * committed. One outcome per row, in order.
 */
export function saveRows(org: Org, rows: readonly WriteRow[], request: SaveRequest): Outcome[] {
  const repeated = repeatedKeys(rows, request);
  const plans = rows.map((row) => {
    const duplicate = repeated.get(row);
    const errors = row.errors.length > 0 || !duplicate ? row.errors : [duplicate];
    if (errors.length > 0) return { id: knownId(org, row), success: false, errors };
    return checkRow(org, row, request);
  });
  const checked = withoutRivals(plans, request);
  if (request.allOrNone && checked.some((plan) => 'success' in plan)) {
    return checked.map((plan) => ('success' in plan ? plan : rolledBack(org, plan)));
  }
  return checked.map((plan) => ('success' in plan ? plan : commit(org, plan, request)));
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
  const repeated = new Set(rivals(ids, (id) => id.slice(0, 15)).flat());
  const checked = ids.map((id) => {
    try {
      return repeated.has(id) ? refuse('DUPLICATE_VALUE', `Duplicate id specified: ${id}`) : deletable(org, id, type);
    } catch (error) {
      return refused(error);
    }
  });
  const isRefused = allOrNone && checked.some((one) => 'success' in one);
  return checked.map((one) => {
    if ('success' in one) return one;
    if (isRefused) return { id: one.id, success: false, errors: [ROLLED_BACK] };
    org.delete(one, by);
    return { id: one.id, success: true, errors: [] };
  });
}

/** Rows that share their key with another row of the unit. */
function repeatedKeys(rows: readonly WriteRow[], { operation, keyField }: SaveRequest): Map<WriteRow, RecordError> {
  const field = operation === 'upsert' && keyField?.type !== 'id' ? keyField : undefined;
  const repeated = operation === 'insert' ? [] : rivals(rows, (row) => unitKey(row, field)).flat();
  return new Map(
    repeated.map((row) => {
      const [what, value] = field ? ['external id', String(row.values.get(field))] : ['id', row.id ?? ''];
      return [row, recordError('DUPLICATE_VALUE', `Duplicate ${what} specified: ${value}`, [field?.name ?? 'Id'])];
    }),
  );
}

/** Where two rows of the unit would write one value of a unique field, neither is written. */
function withoutRivals(plans: readonly (Plan | Outcome)[], { keyField }: SaveRequest): (Plan | Outcome)[] {
  const claims = plans.flatMap((plan) => {
    if ('success' in plan) return [];
    const fields = uniqueFields(plan.row).filter((field) => field !== keyField);
    return fields.map((field) => ({ plan, field, key: keyText(field, plan.row.values.get(field) ?? null) }));
  });
  const keyOf = ({ plan, field, key }: (typeof claims)[number]) => key && `${plan.row.type.name}.${field.name}=${key}`;
  const losers = new Map<Plan | Outcome, Outcome>(
    rivals(claims, keyOf)
      .flat()
      .map(({ plan, field }) => {
        const errors = [recordError('DUPLICATE_VALUE', duplicateOf(field, '<unknown>'))];
        return [plan, { success: false, errors }];
      }),
  );
  return plans.map((plan) => losers.get(plan) ?? plan);
}

function unitKey(row: WriteRow, field: DescribeField | undefined): string | undefined {
  if (!field) return row.id?.slice(0, 15);
  const value = row.values.get(field);
  return value === undefined ? undefined : keyText(field, value);
}

function commit(org: Org, { row, target }: Plan, { assignmentRules, by }: SaveRequest): Outcome {
  const values = Object.fromEntries([...row.values].map(([field, value]) => [field.name, value]));
  const done = { success: true, created: !target, errors: [] };
  if (row.type.isEvent) {
    org.create(row.type, values, by);
    const enqueued = recordError('OPERATION_ENQUEUED', eventUuid(org));
    return { ...done, id: `${row.type.keyPrefix}xx0000000001AAA`, errors: [enqueued] };
  }
  const ownerId = assignmentRules.find((rule) => rule.sobject === row.type.name)?.ownerId;
  if (!target) return { ...done, id: org.create(row.type, values, by, ownerId).id };
  // An owner that is written stays, until a rule runs again.
  const isOwnerKept = ownerId === undefined && values.OwnerId === undefined;
  org.update(target, values, by, isOwnerKept ? target.assignedOwnerId : ownerId);
  return { ...done, id: target.id };
}

function eventUuid(org: Org): string {
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => org.random.below(16).toString(16)).join('');
  return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
}

function rolledBack(org: Org, { row, target }: Plan): Outcome {
  // The documentation shows rolled-back elements that carry an id, and upserts that still say "created": only
  // "success" may be believed.
  const id = target?.id ?? (org.random.chance(0.3) ? org.ids.next(row.type.keyPrefix) : undefined);
  return { id, success: false, errors: [ROLLED_BACK], created: !target };
}

/** @throws Refused */
function deletable(org: Org, given: string, onlyType: SObjectType | undefined): StoredRow {
  const id = onlyType ? checkedId(given, onlyType.idField, [onlyType]) : normalizeId(given);
  if (id === undefined) refuse('MALFORMED_ID', `malformed id ${given}`);
  const type = onlyType ?? org.schema.types.find((one) => id.startsWith(one.keyPrefix));
  const row = type && org.store.table(type).rows.get(id);
  if (!type || !row) refuse('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id');
  if (!type.document.deletable) {
    refuse('CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', `entity type cannot be deleted: ${type.name}`);
  }
  if (row.isDeleted) refuse('ENTITY_IS_DELETED', 'entity is deleted');
  if (!org.store.childrenOf(row, 'restrictedDelete').next().done) {
    refuse('DELETE_FAILED', 'Your attempt to delete this record failed because other records depend on it.');
  }
  checkInjected(org, { type, id, operation: 'delete', holds: (key) => id.startsWith(key), fields: [] });
  return row;
}
