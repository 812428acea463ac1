import { normalizeId } from '../ids.js';
import type { RecordTypeInfo } from '../schema/describe.js';
import type { SObjectType } from '../schema/schema.js';
import type { StoredValue } from './row.js';

type Values = Readonly<Record<string, StoredValue | undefined>>;

const NAME_PARTS: ReadonlySet<string> = new Set(['LastName', 'FirstName', 'Salutation', 'MiddleName', 'Suffix']);

/** The record type of a record: its own, else that of new records; undefined for the master. */
export function recordTypeOf({ document }: SObjectType, { RecordTypeId: own }: Values): RecordTypeInfo | undefined {
  return document.recordTypeInfos.find(({ recordTypeId, master, defaultRecordTypeMapping }) =>
    own ? normalizeId(recordTypeId) === own : defaultRecordTypeMapping && !master,
  );
}

/** In an org that has person accounts: whether an account is one, by its record type or else by its name. */
export function isPersonAccount(type: SObjectType, values: Values): boolean {
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
