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
  readonly namePointing: boolean;
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

/** A lookup of another sObject, or of the same, that points at this one. */
export interface ChildRelationship {
  readonly cascadeDelete: boolean;
  readonly childSObject: string;
  readonly deprecatedAndHidden: boolean;
  readonly field: string;
  readonly junctionIdListNames: readonly string[];
  readonly junctionReferenceTo: readonly string[];
  readonly relationshipName: string | null;
  readonly restrictedDelete: boolean;
}

/** What a list view may be limited to. */
export interface Scope {
  readonly label: string;
  readonly name: string;
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
  readonly actionOverrides: readonly unknown[];
  readonly namedLayoutInfos: readonly unknown[];
  readonly supportedScopes: readonly Scope[];
  /** Only where the document was given; see `Schema.childRelationships`. */
  readonly childRelationships?: readonly ChildRelationship[];
}

/** What records without a record type of their own have; the same in every org. */
export const MASTER: RecordTypeInfo = recordType('012000000000000AAA', 'Master', { master: true });

export function recordType(recordTypeId: string, name: string, options: Partial<RecordTypeInfo> = {}): RecordTypeInfo {
  return {
    active: true,
    available: true,
    defaultRecordTypeMapping: false,
    developerName: name,
    master: false,
    name,
    recordTypeId,
    ...options,
  };
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
  const isPolymorphic = (given.referenceTo?.length ?? 0) > 1;
  const isNumber = type === 'double' || type === 'currency' || type === 'percent';
  return {
    label: labelOf(given.name),
    soapType: SOAP_TYPES[type] ?? 'xsd:string',
    length,
    byteLength: type === 'id' || type === 'reference' ? length : length * 3,
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
    polymorphicForeignKey: isPolymorphic,
    namePointing: isPolymorphic,
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
    groupable: !UNGROUPABLE.has(type),
    deprecatedAndHidden: false,
    ...unusedKeys(type, given.nillable ?? true),
    ...given,
  };
}

/** What the emulator does nothing with, as most fields of a real org have it. */
function unusedKeys(type: FieldType, isNillable: boolean): Readonly<Record<string, unknown>> {
  return {
    aggregatable: !UNAGGREGATABLE.has(type),
    aiPredictionField: false,
    calculatedFormula: null,
    defaultValueFormula: null,
    displayLocationInDecimal: false,
    extraTypeInfo: type === 'textarea' ? 'plaintextarea' : null,
    filteredLookupInfo: null,
    formulaTreatNullNumberAsZero: false,
    highScaleNumber: false,
    inlineHelpText: null,
    mask: null,
    maskType: null,
    permissionable: isNillable && type !== 'id' && type !== 'boolean',
    queryByDistance: type === 'address' || type === 'location',
    referenceTargetField: null,
    searchPrefilterable: false,
    writeRequiresMasterRead: false,
  };
}

const UNGROUPABLE: ReadonlySet<FieldType> = new Set([
  'address',
  'combobox',
  'currency',
  'datetime',
  'double',
  'location',
  'multipicklist',
  'percent',
]);

const UNAGGREGATABLE: ReadonlySet<FieldType> = new Set(['address', 'boolean', 'location', 'multipicklist']);

/** As Setup labels a standard field by its name, and as most people label a custom one. */
function labelOf(name: string): string {
  if (name.endsWith('__c')) return name.slice(0, -3).replaceAll('_', ' ');
  const words = name.replace(/([a-z])(?=[A-Z])/g, '$1 ');
  return words.replace(/ Id$/, ' ID').replace(/^Is /, '');
}
