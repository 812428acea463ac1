import type { Column, SourceRecord } from '../record.js';
import type { ApiError } from '../salesforce/errors.js';
import type { FieldPlan } from './fields.js';

/**
 * Columns of a record that are to be sent now, by their place in `record.fields`. Columns blocked since the record was
 * last sent are noted as left out of it.
 */
export function isSent(record: SourceRecord, column: Column): boolean {
  if (column.isBlocked) {
    (record.leftOut ??= new Set()).add(column);
    return false;
  }
  return record.leftOut?.has(column) !== true;
}

/**
 * Takes fields that Salesforce refused for this user (`INVALID_FIELD_FOR_INSERT_UPDATE`) out of the record, and out of
 * the rest of the run. A field that may be written on creation but not on update, or the other way round, is refused
 * for the one record only. Returns false when there is nothing to take out: the record has failed.
 */
export function leaveOutRefused(
  record: SourceRecord,
  error: ApiError,
  plan: FieldPlan,
  warn: (warning: string) => void,
): boolean {
  if (error.code !== 'INVALID_FIELD_FOR_INSERT_UPDATE' || plan.policy === 'fail') return false;
  const refused = new Set(refusedNames(error).map((name) => name.toLowerCase()));
  let isChanged = false;
  for (const column of record.fields.columns) {
    if (!isNamed(column, refused) || column.field === plan.keyField || record.leftOut?.has(column)) continue;
    (record.leftOut ??= new Set()).add(column);
    isChanged = true;
    if (column.isHalfWritable || column.isBlocked) continue;
    column.isBlocked = true;
    warn(
      `${plan.sobject}.${column.field} is not writable for this user (${error.code}); left out for the rest of the run of topic ${plan.mapping.topic}`,
    );
  }
  return isChanged;
}

function isNamed(column: Column, names: ReadonlySet<string>): boolean {
  if (names.has(column.field.toLowerCase()) || names.has(column.header.toLowerCase())) return true;
  return column.reference !== undefined && names.has(column.reference.relationship.toLowerCase());
}

/** `Unable to create/update fields: Rating, Site. Please check the security settings …` where `fields` is empty. */
function refusedNames(error: ApiError): readonly string[] {
  if (error.fields.length > 0) return error.fields;
  const list = /fields?: ([\w.,: ]+?)\.(?:\s|$)/.exec(error.message)?.[1];
  return list === undefined ? [] : list.split(/[,\s]+/).filter((name) => name !== '');
}
