import { LosslessNumber } from 'lossless-json';
import { javaDouble } from '../decimal.js';
import type { Org } from '../org.js';
import type { DescribeField } from '../schema/describe.js';
import { isPersonAccount, recordTypeOf } from './person-account.js';
import type { StoredRecord } from './history.js';
import type { StoredValue } from './row.js';
import type { StoredRow } from './store.js';

/** A field's value as REST answers have it, compound fields included. */
export function shownValue(org: Org, row: StoredRow, field: DescribeField): unknown {
  if (field.type === 'address' || field.type === 'location') return compoundValue(org, row, field);
  return rendered(field, readField(org, row, field));
}

/** Numbers with decimals as Java prints a double; several picklist values in the order of the picklist. */
export function rendered({ type, picklistValues }: DescribeField, value: StoredValue): unknown {
  if (value === null) return null;
  if (type === 'double' || type === 'currency' || type === 'percent') {
    return new LosslessNumber(javaDouble(String(value)));
  }
  if (type !== 'multipicklist') return value;
  const order = picklistValues.map((one) => one.value);
  const place = (chosen: string): number => (order.includes(chosen) ? order.indexOf(chosen) : order.length);
  const chosen = new Set(String(value).split(';'));
  return [...chosen].sort((a, b) => place(a) - place(b)).join(';');
}

/** A field's value as it is stored: system fields, defaults and compound names included. */
export function readField(org: Org, row: StoredRow, field: DescribeField): StoredValue {
  if (field.name === 'OwnerId' && row.assignedOwnerId !== undefined) return row.assignedOwnerId;
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
    case 'RecordTypeId':
      return recordTypeOf(row.type, row.values)?.recordTypeId ?? null;
    case 'IsPersonAccount':
      return row.type.hasPersonAccounts && isPersonAccount(row.type, row.values);
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

/** `{city, country, …}` of an address, null where no part is filled in. */
function compoundValue(org: Org, row: StoredRow, { name }: DescribeField): Record<string, unknown> | null {
  const prefix = name.replace(/Address$|__c$/, '');
  const parts = row.type.document.fields.filter((field) => field.compoundFieldName === name);
  const entries = parts.map((part) => [partName(part.name, prefix), shownValue(org, row, part)] as const);
  return entries.every(([, value]) => value === null) ? null : Object.fromEntries(entries);
}

/** `BillingPostalCode` is `postalCode`, `Place__Latitude__s` is `latitude`. */
function partName(name: string, prefix: string): string {
  const part = name.slice(prefix.length).replace(/^__|__s$/g, '');
  return part.charAt(0).toLowerCase() + part.slice(1);
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

/** A moment as the API writes it. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+0000');
}
