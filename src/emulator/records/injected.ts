import { LosslessNumber } from 'lossless-json';
import { recordError, type RecordError } from '../api-error.js';
import type { Fault, RecordOccasion } from '../faults.js';
import type { Org } from '../org.js';
import type { SObjectType } from '../schema/schema.js';
import type { DuplicateRule } from './row.js';

/** As an org says it in English, unless its administrator says otherwise. */
const DUPLICATE = 'Use one of these records?';

/** A record that would be written, or deleted, if nothing went wrong on purpose. */
export interface Endangered extends Omit<RecordOccasion, 'sobject'> {
  readonly type: SObjectType;
  /** Undefined for one that is to be made. */
  readonly id: string | undefined;
}

/** The error that a fault, or chance, gives a record which would otherwise have been written. */
export function injectedError(org: Org, record: Endangered, rule?: DuplicateRule): RecordError | undefined {
  const fault = org.faults.forRecord({ ...record, sobject: record.type.name });
  if (fault?.kind === 'record-error') return faultError(org, fault, record, rule);
  const { lockRate } = org.settings;
  if (!fault && !(lockRate > 0 && org.random.chance(lockRate))) return undefined;
  const message = `unable to obtain exclusive access to this record or 1 records: ${record.id ?? org.userId}`;
  return recordError('UNABLE_TO_LOCK_ROW', message);
}

/** In the words of the platform. */
export function unwritable(names: readonly string[]): RecordError {
  const message =
    `Unable to create/update fields: ${names.join(', ')}. Please check the security settings of this field and ` +
    'verify that it is read/write for your profile or permission set.';
  return recordError('INVALID_FIELD_FOR_INSERT_UPDATE', message, names);
}

function faultError(org: Org, fault: Fault, record: Endangered, rule?: DuplicateRule): RecordError | undefined {
  const code = fault.code ?? 'UNKNOWN_EXCEPTION';
  const { fields: names = [] } = fault;
  if (code === 'DUPLICATES_DETECTED') return duplicate(org, fault.message ?? DUPLICATE, record, rule);
  if (code === 'INVALID_FIELD_FOR_INSERT_UPDATE' && fault.message === undefined) {
    return unwritable(names.filter((name) => record.fields.includes(name)));
  }
  return recordError(code, fault.message ?? 'An unexpected error occurred.', names);
}

/** As an alert rule answers, which the header `allowSave=true` lets a record pass. */
function duplicate(org: Org, message: string, { type, id }: Endangered, rule?: DuplicateRule): RecordError | undefined {
  if (rule?.allowSave) return undefined;
  const error = recordError('DUPLICATES_DETECTED', message);
  if (!rule?.showsRecords) return error;
  const rows = [...org.store.table(type).rows.values()];
  const found = rows.find((row) => !row.isDeleted && row.id !== id)?.id ?? org.ids.next(type.keyPrefix);
  const url = `/services/data/v${rule.version.toFixed(1)}/sobjects/${type.name}/${found}`;
  const record = { attributes: { type: type.name, url }, Id: found };
  const match = {
    entityType: type.name,
    errors: [],
    matchEngine: 'FuzzyMatchEngine',
    matchRecords: [{ additionalInformation: [], fieldDiffs: [], matchConfidence: new LosslessNumber('100.0'), record }],
    rule: `Standard_${type.name}_Match_Rule_v1_1`,
    size: 1,
    success: true,
  };
  const duplicateResut = {
    allowSave: true,
    duplicateRule: `Standard_${type.name}_Duplicate_Rule`,
    duplicateRuleEntityType: type.name,
    errorMessage: message,
    matchResults: [match],
  };
  return { ...error, duplicateResut };
}
