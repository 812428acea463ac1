import type { RecordTypeInfo, SObjectDescribe } from '../core/describe.js';
import { visibleName } from '../core/text.js';
import type { Relationship } from './field-plan.js';

/** Describe documents by the sObject's name in lower case. */
export type Describes = ReadonlyMap<string, SObjectDescribe>;

/** A reference by its flat name: `Account.External_Id__c`, `Lead:Who.Email`. */
interface FlatName {
  readonly type: string | undefined;
  readonly relationship: string;
  readonly field: string;
}

/** Why a reference cannot be sent. */
export interface ReferenceProblem {
  readonly problem: string;
}

export function readFlatName(name: string): FlatName | undefined {
  const [, type, relationship, field] = /^(?:([^:.]+):)?([^:.]+)\.([^:.]+)$/.exec(name) ?? [];
  return relationship === undefined || field === undefined ? undefined : { type, relationship, field };
}

/** Is it a reference, though no relationship is called so? Dumps have names with dots of their own, too. */
export function isMeantAsReference({ relationship, field }: FlatName, sobject: SObjectDescribe): boolean {
  const lookup = lookupOf(relationship).toLowerCase();
  const isCustom = /__r$/i.test(relationship) || /__c$/i.test(field);
  return isCustom || sobject.fields.some(({ name, type }) => type === 'reference' && name.toLowerCase() === lookup);
}

/** The lookup field of a relationship, as names are made: `AccountId` of `Account`, `Region__c` of `Region__r`. */
export function lookupOf(relationship: string): string {
  return /__r$/i.test(relationship) ? relationship.replace(/__r$/i, '__c') : `${relationship}Id`;
}

/**
 * The type of sObject and the field that a reference means, as the org spells them. A parent that no mapping speaks of
 * was not described: what is wrong with its field is the org's to say.
 */
export function resolveReference(
  { field: lookup, isPolymorphic }: Relationship,
  given: { readonly field: string; readonly type: string | undefined },
  describes: Describes,
): { readonly field: string; readonly type: string | undefined } | ReferenceProblem {
  if (lookup === undefined) return given;
  const { referenceTo } = lookup;
  const wanted = given.type?.toLowerCase();
  const type = referenceTo.find((name) => name.toLowerCase() === wanted);
  if (wanted !== undefined && type === undefined && referenceTo.length > 0) {
    return {
      problem: `a reference to ${visibleName(given.type ?? '')}, where it leads to ${referenceTo.join(' or ')}`,
    };
  }
  if (isPolymorphic && wanted === undefined) {
    const ways = `"attributes":{"type":"…"} beside the external id, or in the flat name, as in ${referenceTo[0] ?? 'Type'}:${lookup.relationshipName ?? ''}.External_Id__c`;
    return { problem: `a reference that may lead to several sObjects, and needs its type: ${ways}` };
  }
  const parent = describes.get((type ?? referenceTo[0] ?? '').toLowerCase());
  if (parent === undefined) return { field: given.field, type: type ?? given.type };
  const named = parent.fields.find(({ name }) => name.toLowerCase() === given.field.toLowerCase());
  if (named !== undefined && (named.externalId || named.idLookup)) return { field: named.name, type };
  const keys = parent.fields.filter(({ externalId, idLookup }) => externalId || idLookup).map(({ name }) => name);
  const what =
    named === undefined
      ? `${visibleName(given.field)}, which ${parent.name} does not have`
      : `${named.name}, which identifies no ${parent.name}`;
  return { problem: `a reference by ${what} (fields that identify one: ${keys.join(', ')})` };
}

/** The Id of the record type that a name means. The platform takes no such reference, but describe knows the Ids. */
export function findRecordType(
  sobject: SObjectDescribe,
  field: string,
  value: string,
): { readonly id: string } | ReferenceProblem {
  const nameOf = NAMES_OF_RECORD_TYPES.get(field.toLowerCase());
  if (nameOf === undefined) {
    return { problem: `a record type by ${visibleName(field)}, where DeveloperName or Name is needed` };
  }
  const alike = sobject.recordTypes.filter((one) => nameOf(one).toLowerCase() === value.trim().toLowerCase());
  const exact = alike.filter((one) => nameOf(one) === value.trim());
  const found = exact.length > 0 ? exact : alike;
  const [first, second] = found;
  if (first !== undefined && second === undefined) return { id: first.recordTypeId };
  const names = sobject.recordTypes.map((one) => visibleName(nameOf(one))).join(', ');
  const has = names === '' ? 'no record types' : `these: ${names}`;
  const what = first === undefined ? 'a record type that is not there' : `the name of ${found.length} record types`;
  return { problem: `${what}: ${visibleName(value)} (${sobject.name} has ${has})` };
}

const NAMES_OF_RECORD_TYPES: ReadonlyMap<string, (one: RecordTypeInfo) => string> = new Map([
  ['developername', (one: RecordTypeInfo): string => one.developerName],
  ['name', (one: RecordTypeInfo): string => one.name],
]);
