import { UsageError } from '../../core/errors.js';
import { isObject } from '../../core/unknown.js';
import { readData } from '../data.js';

export type FieldType =
  | (
      | 'id'
      | 'string'
      | 'textarea'
      | 'boolean'
      | 'int'
      | 'long'
      | 'double'
      | 'currency'
      | 'percent'
      | 'date'
      | 'datetime'
    )
  | ('time' | 'picklist' | 'multipicklist' | 'combobox' | 'reference' | 'email' | 'phone' | 'url' | 'encryptedstring')
  | ('base64' | 'address' | 'location' | 'anyType' | 'complexvalue');

export interface PicklistValue {
  readonly active: boolean;
  readonly defaultValue: boolean;
  readonly label: string;
  readonly validFor: string | null;
  readonly value: string;
}

type FieldFlag =
  | ('custom' | 'createable' | 'updateable' | 'nillable' | 'defaultedOnCreate' | 'externalId' | 'idLookup' | 'unique')
  | ('caseSensitive' | 'calculated' | 'autoNumber' | 'nameField' | 'namePointing' | 'polymorphicForeignKey')
  | ('cascadeDelete' | 'restrictedDelete' | 'restrictedPicklist')
  | ('filterable' | 'sortable' | 'groupable' | 'aggregatable');

/** One field of a describe document, with the keys that mean something here. */
export interface DescribeField
  extends
    Readonly<Record<'label' | 'soapType', string>>,
    Readonly<Record<'length' | 'byteLength' | 'precision' | 'scale' | 'digits', number>>,
    Readonly<Record<FieldFlag, boolean>> {
  readonly name: string;
  readonly type: FieldType;
  readonly defaultValue: unknown;
  readonly referenceTo: readonly string[];
  readonly relationshipName: string | null;
  readonly compoundFieldName: string | null;
  readonly picklistValues: readonly PicklistValue[];
}

/** A describe document, with the keys that mean something here; the others are passed through. */
export interface DescribeDocument extends Readonly<
  Record<'custom' | 'createable' | 'updateable' | 'deletable' | 'queryable', boolean>
> {
  readonly name: string;
  readonly label: string;
  readonly labelPlural: string;
  readonly keyPrefix: string | null;
  readonly fields: readonly DescribeField[];
  readonly recordTypeInfos: readonly RecordTypeInfo[];
  /** Only where the document was given; see `Schema.childRelationships`. */
  readonly childRelationships?: readonly ChildRelationship[];
}

export interface RecordTypeInfo extends Readonly<Record<'available' | 'defaultRecordTypeMapping' | 'master', boolean>> {
  readonly developerName: string;
  readonly recordTypeId: string;
}

/** A lookup of another sObject, or of the same, that points at this one. */
export interface ChildRelationship {
  readonly childSObject: string;
  readonly field: string;
  readonly relationshipName: string | null;
}

/** What nearly all sObjects and fields of a real org have, and what the types of fields add to it. */
export const USUAL = JSON.parse(readData('usual.json')) as {
  readonly sobject: DescribeDocument;
  readonly event: Partial<DescribeDocument>;
  readonly field: DescribeField;
  /** A given document may hold types of later releases. */
  readonly types: Partial<Record<string, Partial<DescribeField>>>;
  readonly recordType: RecordTypeInfo;
  readonly picklistValue: PicklistValue;
  /** What `columns=true` says of a column of a query, and the types that it names. */
  readonly column: Readonly<Record<'columnName' | 'displayName', string>> & Readonly<Record<string, unknown>>;
  readonly apexTypes: Readonly<Record<string, string>>;
  /** The keys of a document that lists of sObjects show, too. */
  readonly briefKeys: readonly (keyof DescribeDocument)[];
};

/** Texts that are longer cannot be searched. */
const MAX_SHORT_TEXT = 255;
const UNSEARCHABLE = { filterable: false, sortable: false, groupable: false };

/** A complete field from the few attributes that matter; everything else as an org would fill it in. */
export function completeField(given: Partial<DescribeField> & { name: string; type: FieldType }): DescribeField {
  const { name, type, externalId = false, nillable = true, referenceTo = [], picklistValues = [] } = given;
  const usual = { ...USUAL.field, ...USUAL.types[type] };
  const { soapType, length } = { ...usual, ...given };
  const relationship = name.endsWith('__c') ? name.replace(/__c$/, '__r') : name.replace(/Id$/, '');
  return {
    ...usual,
    label: labelOf(name),
    byteLength: soapType === 'tns:ID' ? length : length * 3,
    custom: name.endsWith('__c'),
    idLookup: externalId,
    relationshipName: type === 'reference' ? relationship : null,
    polymorphicForeignKey: referenceTo.length > 1,
    namePointing: referenceTo.length > 1,
    ...{ permissionable: nillable && type !== 'id' && type !== 'boolean' },
    ...(type === 'textarea' && length > MAX_SHORT_TEXT ? UNSEARCHABLE : {}),
    ...given,
    picklistValues: picklistValues.map((one) => ({ ...USUAL.picklistValue, ...{ label: one.value }, ...one })),
  };
}

/** A whole document from the keys that matter; everything else as an org would fill it in. */
export function completeDocument(
  given: Partial<DescribeDocument> & { name: string; fields: readonly DescribeField[] },
): DescribeDocument {
  const usual = { ...USUAL.sobject, ...(given.name.endsWith('__e') ? USUAL.event : {}), ...given };
  const custom = /__\w$/.test(given.name);
  const { label = given.name.replace(/__\w$/, '').replaceAll('_', ' ') } = given;
  const { labelPlural = `${label}s` } = given;
  // What list views may be limited to; custom sObjects without a tab have none.
  const scopes = [
    { label: `All ${labelPlural.toLowerCase()}`, name: 'everything' },
    { label: `My ${labelPlural.toLowerCase()}`, name: 'mine' },
  ];
  const recordTypeInfos = usual.recordTypeInfos.map((one) => ({ ...USUAL.recordType, ...one }));
  return { ...{ supportedScopes: custom ? [] : scopes, custom }, ...usual, label, labelPlural, recordTypeInfos };
}

/**
 * @param given a describe document, bare or as `sf sobject describe --json` prints it
 * @throws UsageError for what is none
 */
export function readDescribe(given: unknown): DescribeDocument {
  const wrapped = isObject(given) && isObject(given.result) ? given.result : given;
  if (!isObject(wrapped) || typeof wrapped.name !== 'string' || !Array.isArray(wrapped.fields)) {
    throw new UsageError('This is not a describe document: it has no "name" and "fields".', {
      hint: 'Make one with: sf sobject describe --sobject Account --json > Account.json',
    });
  }
  const fields = wrapped.fields.map((field: unknown) => {
    if (!isObject(field) || typeof field.name !== 'string' || typeof field.type !== 'string') {
      throw new UsageError(`The describe document of ${String(wrapped.name)} has a field without "name" and "type".`);
    }
    return completeField(field as unknown as DescribeField);
  });
  return completeDocument({ ...wrapped, name: wrapped.name, fields });
}

/** As Setup labels a standard field by its name, and as most people label a custom one. */
function labelOf(name: string): string {
  if (name.endsWith('__c')) return name.slice(0, -3).replaceAll('_', ' ');
  const words = name.replace(/([a-z])(?=[A-Z])/g, '$1 ');
  return words.replace(/ Id$/, ' ID').replace(/^Is /, '');
}
