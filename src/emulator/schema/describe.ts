/** The types a field can have, as describe names them. */
export type FieldType =
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
  | 'time'
  | 'picklist'
  | 'multipicklist'
  | 'combobox'
  | 'reference'
  | 'email'
  | 'phone'
  | 'url'
  | 'encryptedstring'
  | 'base64'
  | 'address'
  | 'location'
  | 'anyType'
  | 'complexvalue';

export interface PicklistValue {
  readonly active: boolean;
  readonly defaultValue: boolean;
  readonly label: string;
  readonly validFor: string | null;
  readonly value: string;
}

/** One field of a describe document. */
export interface DescribeField {
  readonly name: string;
  readonly label: string;
  readonly type: FieldType;
  readonly soapType: string;
  readonly length: number;
  readonly byteLength: number;
  readonly precision: number;
  readonly scale: number;
  readonly digits: number;
  readonly custom: boolean;
  readonly createable: boolean;
  readonly updateable: boolean;
  readonly nillable: boolean;
  readonly defaultedOnCreate: boolean;
  readonly defaultValue: unknown;
  readonly externalId: boolean;
  readonly idLookup: boolean;
  readonly unique: boolean;
  readonly caseSensitive: boolean;
  readonly calculated: boolean;
  readonly autoNumber: boolean;
  readonly nameField: boolean;
  readonly relationshipName: string | null;
  readonly relationshipOrder: number | null;
  readonly referenceTo: readonly string[];
  readonly polymorphicForeignKey: boolean;
  readonly cascadeDelete: boolean;
  readonly restrictedDelete: boolean;
  readonly restrictedPicklist: boolean;
  readonly picklistValues: readonly PicklistValue[];
  readonly dependentPicklist: boolean;
  readonly controllerName: string | null;
  readonly compoundFieldName: string | null;
  readonly encrypted: boolean;
  readonly htmlFormatted: boolean;
  readonly filterable: boolean;
  readonly sortable: boolean;
  readonly groupable: boolean;
  readonly deprecatedAndHidden: boolean;
}

export interface RecordTypeInfo {
  readonly recordTypeId: string;
  readonly name: string;
  readonly developerName: string;
  readonly active: boolean;
  readonly available: boolean;
  readonly master: boolean;
  readonly defaultRecordTypeMapping: boolean;
}

/** A describe document, in the keys the emulator acts on; others of a given document are passed through. */
export interface DescribeDocument {
  readonly name: string;
  readonly label: string;
  readonly labelPlural: string;
  readonly custom: boolean;
  readonly keyPrefix: string | null;
  readonly createable: boolean;
  readonly updateable: boolean;
  readonly deletable: boolean;
  readonly queryable: boolean;
  readonly deprecatedAndHidden: boolean;
  readonly fields: readonly DescribeField[];
  readonly recordTypeInfos: readonly RecordTypeInfo[];
}

const SOAP_TYPES: Partial<Record<FieldType, string>> = {
  id: 'tns:ID',
  reference: 'tns:ID',
  boolean: 'xsd:boolean',
  int: 'xsd:int',
  long: 'xsd:long',
  double: 'xsd:double',
  currency: 'xsd:double',
  percent: 'xsd:double',
  date: 'xsd:date',
  datetime: 'xsd:dateTime',
  time: 'xsd:time',
  base64: 'xsd:base64Binary',
  address: 'urn:address',
  location: 'urn:location',
};

const TEXT_LENGTHS: Partial<Record<FieldType, number>> = {
  id: 18,
  reference: 18,
  string: 255,
  textarea: 255,
  picklist: 255,
  multipicklist: 4099,
  combobox: 255,
  email: 80,
  phone: 40,
  url: 255,
  encryptedstring: 175,
};

/** A complete field from the few attributes that matter; everything else as an org would fill it in. */
export function completeField(given: Partial<DescribeField> & Pick<DescribeField, 'name' | 'type'>): DescribeField {
  const { type } = given;
  const length = given.length ?? TEXT_LENGTHS[type] ?? 0;
  const isNumber = type === 'double' || type === 'currency' || type === 'percent';
  return {
    label: given.name.replace(/__c$/, '').replaceAll('_', ' '),
    soapType: SOAP_TYPES[type] ?? 'xsd:string',
    length,
    byteLength: length * 3,
    precision: isNumber ? 18 : 0,
    scale: isNumber ? 2 : 0,
    digits: type === 'int' ? 9 : 0,
    custom: given.name.endsWith('__c'),
    createable: true,
    updateable: true,
    nillable: type !== 'boolean',
    defaultedOnCreate: type === 'boolean',
    defaultValue: type === 'boolean' ? false : null,
    externalId: false,
    idLookup: given.externalId ?? false,
    unique: false,
    caseSensitive: false,
    calculated: false,
    autoNumber: false,
    nameField: false,
    relationshipName: null,
    relationshipOrder: null,
    referenceTo: [],
    polymorphicForeignKey: (given.referenceTo?.length ?? 0) > 1,
    cascadeDelete: false,
    restrictedDelete: false,
    restrictedPicklist: false,
    picklistValues: [],
    dependentPicklist: false,
    controllerName: null,
    compoundFieldName: null,
    encrypted: type === 'encryptedstring',
    htmlFormatted: false,
    filterable: true,
    sortable: true,
    groupable: true,
    deprecatedAndHidden: false,
    ...given,
  };
}
