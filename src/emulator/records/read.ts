import { LosslessNumber } from 'lossless-json';
import { javaDouble } from '../decimal.js';
import { normalizeId } from '../ids.js';
import type { Org } from '../org.js';
import type { DescribeField, RecordTypeInfo } from '../schema/describe.js';
import type { SObjectType } from '../schema/schema.js';
import type { StoredValue } from './row.js';
import type { StoredRecord, StoredRow } from './store.js';
import { inPicklistOrder, isDecimal, timestamp } from './values.js';

type Values = Readonly<Record<string, StoredValue | undefined>>;

const NAME_PARTS: ReadonlySet<string> = new Set(['LastName', 'FirstName', 'Salutation', 'MiddleName', 'Suffix']);

/** Fields that the org fills in by itself where nobody has written them. */
const SYSTEM_FIELDS = new Map<string, (row: StoredRow, org: Org) => StoredValue>([
  ['Id', (row) => row.id],
  ['IsDeleted', (row) => row.isDeleted],
  ['CreatedDate', (row) => timestamp(row.createdMs)],
  ['LastModifiedDate', (row) => timestamp(row.modifiedMs)],
  ['SystemModstamp', (row) => timestamp(row.modifiedMs)],
  ['CreatedById', (_, org) => org.userId],
  ['LastModifiedById', (_, org) => org.userId],
  ['OwnerId', (_, org) => org.userId],
  ['RecordTypeId', ({ type, values }) => recordTypeOf(type, values)?.recordTypeId ?? null],
  ['IsPersonAccount', ({ type, values }) => type.hasPersonAccounts && isPersonAccount(type, values)],
  ['Name', fullName],
]);

/** A field's value as REST answers have it, compound fields included. */
export function shownValue(org: Org, row: StoredRow, field: DescribeField): unknown {
  if (field.type === 'address' || field.type === 'location') return compoundValue(org, row, field);
  return rendered(field, readField(org, row, field));
}

/** Numbers with decimals as Java prints a double; several picklist values in the order of the picklist. */
export function rendered(field: DescribeField, value: StoredValue): unknown {
  if (value === null) return null;
  if (isDecimal(field.type)) return new LosslessNumber(javaDouble(String(value)));
  return field.type === 'multipicklist' ? inPicklistOrder(field, String(value)) : value;
}

/** A field's value as it is stored: system fields, defaults and compound names included. */
export function readField(org: Org, row: StoredRow, field: DescribeField): StoredValue {
  if (field.name === 'OwnerId' && row.assignedOwnerId !== undefined) return row.assignedOwnerId;
  const stored = row.values[field.name];
  if (stored !== undefined) return stored;
  const read = SYSTEM_FIELDS.get(field.name);
  return read ? read(row, org) : defaultValue(field);
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

/** The record type of a record: its own, else that of new records; undefined for the master. */
function recordTypeOf({ document }: SObjectType, { RecordTypeId: own }: Values): RecordTypeInfo | undefined {
  return document.recordTypeInfos.find(({ recordTypeId, master, defaultRecordTypeMapping }) =>
    own ? normalizeId(recordTypeId) === own : defaultRecordTypeMapping && !master,
  );
}

/** In an org that has person accounts: whether an account is one, by its record type or else by its name. */
function isPersonAccount(type: SObjectType, values: Values): boolean {
  const isNamedAsPerson = isGiven(values.LastName) && !isGiven(values.Name);
  if (!isGiven(values.RecordTypeId)) return isNamedAsPerson;
  return recordTypeOf(type, values)?.developerName === 'PersonAccount';
}

/** The fields that an account of this kind cannot have, though describe shows them as writable. */
export function misplacedFields(type: SObjectType, values: Values, given: readonly string[]): string[] {
  const isPerson = isPersonAccount(type, values);
  return given.filter((name) => isGiven(values[name]) && (isPerson ? name === 'Name' : isOfPerson(name)));
}

/** The name that an account of this kind needs, though describe shows it as nillable. */
export function neededName(type: SObjectType, values: Values): string | undefined {
  const name = isPersonAccount(type, values) ? 'LastName' : 'Name';
  return isGiven(values[name]) ? undefined : name;
}

function isOfPerson(name: string): boolean {
  return /^Person[A-Z]|__pc$/.test(name) || NAME_PARTS.has(name);
}

function isGiven(value: StoredValue | undefined): boolean {
  return value !== undefined && value !== null && value !== '';
}
