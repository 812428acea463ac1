import type { Org } from '../org.js';
import type { DescribeField } from '../schema/describe.js';
import type { StoredRecord } from './history.js';
import type { StoredValue } from './row.js';
import type { StoredRow } from './store.js';

/** A field's value as the API shows it: system fields, defaults and compound names included. */
export function readField(org: Org, row: StoredRow, field: DescribeField): StoredValue {
  const stored = row.values[field.name];
  if (stored !== undefined) return stored;
  switch (field.name) {
    case 'Id':
      return row.id;
    case 'IsDeleted':
      return row.isDeleted;
    case 'CreatedDate':
      return timestamp(row.createdMs);
    case 'LastModifiedDate':
    case 'SystemModstamp':
      return timestamp(row.modifiedMs);
    case 'CreatedById':
    case 'LastModifiedById':
    case 'OwnerId':
      return org.userId;
    case 'Name':
      return fullName(row);
    default:
      return defaultValue(field);
  }
}

/** The record without what the org adds by itself: what tests compare with. */
export function plainRecord(row: StoredRow): StoredRecord {
  return { Id: row.id, ...row.values };
}

function fullName({ values }: StoredRow): StoredValue {
  const parts = [values.Salutation, values.FirstName, values.LastName].filter((part) => typeof part === 'string');
  return parts.length === 0 ? null : parts.join(' ');
}

function defaultValue(field: DescribeField): StoredValue {
  const { defaultValue: given } = field;
  if (typeof given === 'string' || typeof given === 'boolean' || typeof given === 'number') return given;
  return field.type === 'boolean' ? false : null;
}

function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+0000');
}
