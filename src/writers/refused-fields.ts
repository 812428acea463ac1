import type { Column, RecordError, SourceRecord } from '../core/record.js';
import type { FieldPlan } from '../records/field-plan.js';
import type { ApiError } from '../salesforce/errors.js';

/** Is the column of the record to be sent now? */
export function isSent({ refusedColumns }: SourceRecord, column: Column): boolean {
  return refusedColumns?.has(column) !== true;
}

/**
 * Takes out of the record the fields that Salesforce refuses to write for this user (`INVALID_FIELD_FOR_INSERT_UPDATE`);
 * others may well have them, such as those of the other kind of accounts. Undefined: it was refused for something else.
 */
export function leaveOutRefused(
  record: SourceRecord,
  error: ApiError,
  plan: FieldPlan,
  warn: (warning: string) => void,
): 'now' | RecordError | undefined {
  if (error.code !== 'INVALID_FIELD_FOR_INSERT_UPDATE' || plan.policy === 'fail') return undefined;
  const names = new Set(refusedNames(error).map((name) => name.toLowerCase()));
  const refused = record.fields.columns.filter(
    (column) => isNamed(column, names) && column.field !== plan.keyField && isSent(record, column),
  );
  if (refused.length === 0) return undefined;
  if (!leaveOut(record, refused, plan) && !areRefusedForPresence(refused, plan)) {
    return { ...error, code: 'NOTHING_TO_WRITE', message: `Nothing of the record can be written: ${error.message}` };
  }
  for (const { field } of refused) {
    const what = `${plan.sobject}.${field} was refused for some records (${error.code})`;
    warn(`${what}; they are sent without it (topic ${plan.mapping.topic})`);
  }
  return 'now';
}

/** Takes columns out of this record alone. False where nothing but its key is left: that could make a record of nothing else. */
export function leaveOut(record: SourceRecord, columns: readonly Column[], plan: FieldPlan): boolean {
  const refusedColumns = (record.refusedColumns ??= new Set());
  for (const column of columns) refusedColumns.add(column);
  return record.fields.columns.some((column) => column.field !== plan.keyField && isSent(record, column));
}

/** What may be written on creation alone is refused because the record is there: then its key by itself does no harm. */
function areRefusedForPresence(columns: readonly Column[], plan: FieldPlan): boolean {
  const fields = columns.map(({ field }) => plan.describeOf(field));
  return plan.sentAs === 'upsert' && fields.every((field) => field?.createable === true && !field.updateable);
}

function isNamed({ field, header, reference }: Column, names: ReadonlySet<string>): boolean {
  return [field, header, reference?.relationship].some((name) => name !== undefined && names.has(name.toLowerCase()));
}

/** `Unable to create/update fields: Rating, Site. Please check the security settings …` where `fields` is empty. */
function refusedNames({ fields, message }: ApiError): readonly string[] {
  if (fields.length > 0) return fields;
  const list = /fields?: ([\w.,: ]+?)\.(?:\s|$)/.exec(message)?.[1] ?? '';
  return list.split(/[,\s]+/).filter((name) => name !== '');
}
