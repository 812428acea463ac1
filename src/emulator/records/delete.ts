import { recordError, type RecordError } from '../api-error.js';
import { normalizeId } from '../ids.js';
import type { Org } from '../org.js';
import type { SObjectType } from '../schema/schema.js';
import { injectedError } from './injected.js';
import { failure, malformedId, type Outcome } from './row.js';
import type { StoredRow } from './store.js';

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
