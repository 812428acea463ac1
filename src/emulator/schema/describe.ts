/** Types of fields as describe names them: their SOAP type, the length of text, what queries cannot do with them. */
const TYPES = {
  id: { soapType: 'tns:ID', length: 18 },
  string: { length: 255 },
  textarea: { length: 255 },
  boolean: { soapType: 'xsd:boolean', aggregatable: false },
  int: { soapType: 'xsd:int' },
  long: { soapType: 'xsd:long' },
  double: { soapType: 'xsd:double', groupable: false },
  currency: { soapType: 'xsd:double', groupable: false },
  percent: { soapType: 'xsd:double', groupable: false },
  date: { soapType: 'xsd:date' },
  datetime: { soapType: 'xsd:dateTime', groupable: false },
  time: { soapType: 'xsd:time' },
  picklist: { length: 255 },
  multipicklist: { length: 4099, groupable: false, aggregatable: false },
  combobox: { length: 255, groupable: false },
  reference: { soapType: 'tns:ID', length: 18 },
  email: { length: 80 },
  phone: { length: 40 },
  url: { length: 255 },
  encryptedstring: { length: 175 },
  base64: { soapType: 'xsd:base64Binary' },
  address: { soapType: 'urn:address', groupable: false, aggregatable: false },
  location: { soapType: 'urn:location', groupable: false, aggregatable: false },
  anyType: {},
  complexvalue: {},
};

/** What the emulator does nothing with, as nearly all fields of a real org have it. */
const UNUSED_FIELD_KEYS = {
  ...keys('controllerName calculatedFormula defaultValueFormula filteredLookupInfo inlineHelpText mask', null),
  ...keys('maskType referenceTargetField', null),
  ...keys('aiPredictionField dependentPicklist deprecatedAndHidden displayLocationInDecimal highScaleNumber', false),
  ...keys('formulaTreatNullNumberAsZero htmlFormatted searchPrefilterable writeRequiresMasterRead', false),
};

export type FieldType = keyof typeof TYPES;

export interface PicklistValue {
  readonly active: boolean;
  readonly defaultValue: boolean;
  readonly label: string;
  readonly validFor: string | null;
  readonly value: string;
}

/** One field of a describe document. */
export type DescribeField = { readonly name: string } & Readonly<ReturnType<typeof usualField>>;

/** A describe document. The keys of a given one that are not known here are passed through. */
export type DescribeDocument = { readonly name: string; readonly fields: readonly DescribeField[] } & Readonly<
  ReturnType<typeof usualDocument>
> & {
    /** Only where the document was given; see `Schema.childRelationships`. */
    readonly childRelationships?: readonly ChildRelationship[];
  };

export type RecordTypeInfo = Readonly<ReturnType<typeof usualRecordType>>;

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

/** What records without a record type of their own have; the same in every org. */
export const MASTER = recordType('012000000000000AAA', 'Master', { master: true });

export function recordType(recordTypeId: string, name: string, options: Partial<RecordTypeInfo> = {}): RecordTypeInfo {
  return { ...usualRecordType(recordTypeId, name), ...options };
}

/** A complete field from the few attributes that matter; everything else as an org would fill it in. */
export function completeField(given: Partial<DescribeField> & { name: string; type: FieldType }): DescribeField {
  return { ...usualField(given), ...given };
}

/** A whole document from the keys that matter; everything else as an org would fill it in. */
export function completeDocument(
  given: Partial<DescribeDocument> & { name: string; fields: readonly DescribeField[] },
): DescribeDocument {
  return { ...usualDocument(given), ...given };
}

interface GivenField {
  readonly name: string;
  readonly type: FieldType;
  readonly length?: number;
  readonly nillable?: boolean;
  readonly externalId?: boolean;
  readonly referenceTo?: readonly string[];
}

function usualField({ name, type, length: given, nillable = true, externalId = false, referenceTo = [] }: GivenField) {
  // A given document may hold types of later releases.
  const types: Partial<Record<string, TypeFacts>> = TYPES;
  const { soapType = 'xsd:string', groupable = true, aggregatable = true, ...known } = types[type] ?? {};
  const length = given ?? known.length ?? 0;
  const isNumber = type === 'double' || type === 'currency' || type === 'percent';
  const isBoolean = type === 'boolean';
  return {
    type,
    label: labelOf(name),
    soapType,
    length,
    byteLength: soapType === 'tns:ID' ? length : length * 3,
    precision: isNumber ? 18 : 0,
    scale: isNumber ? 2 : 0,
    digits: type === 'int' ? 9 : 0,
    custom: name.endsWith('__c'),
    createable: true,
    updateable: true,
    nillable: !isBoolean,
    defaultedOnCreate: isBoolean,
    defaultValue: (isBoolean ? false : null) as unknown,
    externalId: false,
    idLookup: externalId,
    unique: false,
    caseSensitive: false,
    calculated: false,
    autoNumber: false,
    nameField: false,
    relationshipName: null as string | null,
    relationshipOrder: null as number | null,
    referenceTo: [] as readonly string[],
    polymorphicForeignKey: referenceTo.length > 1,
    namePointing: referenceTo.length > 1,
    cascadeDelete: false,
    restrictedDelete: false,
    restrictedPicklist: false,
    picklistValues: [] as readonly PicklistValue[],
    compoundFieldName: null as string | null,
    encrypted: type === 'encryptedstring',
    filterable: true,
    sortable: true,
    groupable,
    aggregatable,
    extraTypeInfo: type === 'textarea' ? 'plaintextarea' : null,
    permissionable: nillable && type !== 'id' && !isBoolean,
    queryByDistance: type === 'address' || type === 'location',
    ...UNUSED_FIELD_KEYS,
  };
}

interface TypeFacts {
  readonly soapType?: string;
  readonly length?: number;
  readonly groupable?: boolean;
  readonly aggregatable?: boolean;
}

interface GivenDocument {
  readonly name: string;
  readonly label?: string;
  readonly labelPlural?: string;
}

function usualDocument({ name, label = labelOfSObject(name), labelPlural = `${name}s` }: GivenDocument) {
  const isEvent = name.endsWith('__e');
  const isCustom = /__\w$/.test(name);
  // What list views may be limited to; custom sObjects without a tab have none.
  const scopes = [
    { label: `All ${labelPlural.toLowerCase()}`, name: 'everything' },
    { label: `My ${labelPlural.toLowerCase()}`, name: 'mine' },
  ];
  return {
    label,
    labelPlural: `${label}s`,
    custom: isCustom,
    keyPrefix: null as string | null,
    createable: true,
    updateable: !isEvent,
    deletable: !isEvent,
    queryable: !isEvent,
    recordTypeInfos: [] as readonly RecordTypeInfo[],
    actionOverrides: [] as readonly unknown[],
    namedLayoutInfos: [] as readonly unknown[],
    supportedScopes: isCustom ? [] : scopes,
    mergeable: ['Account', 'Contact', 'Lead'].includes(label),
    triggerable: true,
    sobjectDescribeOption: 'FULL',
    ...keys('compactLayoutable feedEnabled layoutable mruEnabled replicateable retrieveable', !isEvent),
    ...keys('searchLayoutable searchable undeletable', !isEvent),
    ...keys('activateable customSetting deepCloneable deprecatedAndHidden hasSubtypes isInterface isSubtype', false),
    ...keys('associateEntityType associateParentEntity defaultImplementation extendedBy extendsInterfaces', null),
    ...keys('implementedBy implementsInterfaces listviewable lookupLayoutable networkScopeFieldName', null),
  };
}

function usualRecordType(recordTypeId: string, name: string) {
  return {
    active: true,
    available: true,
    defaultRecordTypeMapping: false,
    developerName: name,
    master: false,
    name,
    recordTypeId,
  };
}

/** The same value for all of these keys. */
function keys(names: string, value: boolean | null): object {
  return Object.fromEntries(names.split(' ').map((name) => [name, value]));
}

/** As Setup labels a standard field by its name, and as most people label a custom one. */
function labelOf(name: string): string {
  if (name.endsWith('__c')) return name.slice(0, -3).replaceAll('_', ' ');
  const words = name.replace(/([a-z])(?=[A-Z])/g, '$1 ');
  return words.replace(/ Id$/, ' ID').replace(/^Is /, '');
}

function labelOfSObject(name: string): string {
  return name.replace(/__\w$/, '').replaceAll('_', ' ');
}
