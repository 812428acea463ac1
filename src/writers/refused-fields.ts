import type { Column, SourceRecord } from '../core/record.js';
import type { ApiError } from '../salesforce/errors.js';
import type { FieldPlan } from '../records/field-plan.js';

/** Is the column of the record to be sent now? */
export function isSent({ leftOut }: SourceRecord, column: Column): boolean {
  return leftOut?.has(column) !== true;
}

/** The columns of the record that Salesforce refuses to write for this user (`INVALID_FIELD_FOR_INSERT_UPDATE`). */
export function refusedColumns(record: SourceRecord, error: ApiError, plan: FieldPlan): readonly Column[] {
  if (error.code !== 'INVALID_FIELD_FOR_INSERT_UPDATE' || plan.policy === 'fail') return [];
  const refused = new Set(refusedNames(error).map((name) => name.toLowerCase()));
  return record.fields.columns.filter(
    (column) => isNamed(column, refused) && column.field !== plan.keyField && isSent(record, column),
  );
}

/** Takes columns out of this record alone. False where nothing but its key is left: that could make a record of nothing else. */
export function leaveOut(record: SourceRecord, columns: readonly Column[], plan: FieldPlan): boolean {
  const leftOut = (record.leftOut ??= new Set());
  for (const column of columns) leftOut.add(column);
  return record.fields.columns.some((column) => column.field !== plan.keyField && isSent(record, column));
}

/** What may be written on creation alone is refused because the record is there: then its key by itself does no harm. */
export function areRefusedForPresence(columns: readonly Column[], plan: FieldPlan): boolean {
  return (
    plan.sentAs === 'upsert' &&
    columns.every(({ field: name }) => {
      const field = plan.describeOf(name);
      return field?.createable === true && !field.updateable;
    })
  );
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
