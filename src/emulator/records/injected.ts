import { recordError, type RecordError } from '../api-error.js';
import { fillData } from '../data.js';
import type { RecordOccasion } from '../faults.js';
import type { Org } from '../org.js';
import type { SObjectType } from '../schema/schema.js';
import { refuse, Refused, type DuplicateRule } from './row.js';

/** As an org says it in English, unless its administrator says otherwise. */
const DUPLICATE = 'Use one of these records?';

/** A record that would be written, or deleted, if nothing went wrong on purpose. */
interface Endangered extends Omit<RecordOccasion, 'sobject'> {
  readonly type: SObjectType;
  /** Undefined for one that is to be made. */
  readonly id: string | undefined;
}

/**
 * Lets a fault, or chance, refuse a record which would otherwise be written.
 * @throws Refused
 */
export function checkInjected(org: Org, record: Endangered, rule?: DuplicateRule): void {
  const fault = org.faults.forRecord({ ...record, sobject: record.type.name });
  const { lockRate } = org.settings;
  if (fault?.kind === 'lock' || (!fault && lockRate > 0 && org.random.chance(lockRate))) {
    const message = `unable to obtain exclusive access to this record or 1 records: ${record.id ?? org.userId}`;
    refuse('UNABLE_TO_LOCK_ROW', message);
  }
  if (!fault) return;
  const { code = 'UNKNOWN_EXCEPTION', fields = [], message } = fault;
  if (code === 'DUPLICATES_DETECTED') {
    checkDuplicates(org, message ?? DUPLICATE, record, rule);
  } else if (code === 'INVALID_FIELD_FOR_INSERT_UPDATE' && message === undefined) {
    throw new Refused([unwritable(fields.filter((name) => record.fields.includes(name)))]);
  } else {
    refuse(code, message ?? 'An unexpected error occurred.', fields);
  }
}

/** In the words of the platform. */
export function unwritable(names: readonly string[]): RecordError {
  const message =
    `Unable to create/update fields: ${names.join(', ')}. Please check the security settings of this field and ` +
    'verify that it is read/write for your profile or permission set.';
  return recordError('INVALID_FIELD_FOR_INSERT_UPDATE', message, names);
}

/** As an alert rule answers, which the header `allowSave=true` lets a record pass. */
function checkDuplicates(org: Org, message: string, { type, id }: Endangered, rule?: DuplicateRule): void {
  if (rule?.allowSave) return;
  const error = recordError('DUPLICATES_DETECTED', message);
  if (!rule?.showsRecords) throw new Refused([error]);
  const rows = [...org.store.table(type).rows.values()];
  const found = rows.find((row) => !row.isDeleted && row.id !== id)?.id ?? org.ids.next(type.keyPrefix);
  const values = { type: type.name, id: found, message, version: rule.version.toFixed(1) };
  throw new Refused([{ ...error, duplicateResut: fillData('duplicates.json', values) }]);
}
