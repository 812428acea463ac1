/** What a describe document says of an sObject and its fields, as far as a loader needs it. */
export interface SObjectDescribe {
  /** The exact spelling. */
  readonly name: string;
  readonly label: string;
  readonly custom: boolean;
  readonly createable: boolean;
  readonly updateable: boolean;
  readonly deletable: boolean;
  /** The first three characters of its Ids. */
  readonly keyPrefix: string | undefined;
  /** Only the fields that the user may read. */
  readonly fields: readonly FieldDescribe[];
  readonly recordTypes: readonly RecordTypeInfo[];
}

export interface RecordTypeInfo {
  readonly recordTypeId: string;
  readonly developerName: string;
  /** The label. */
  readonly name: string;
}

export interface FieldDescribe {
  readonly name: string;
  readonly label: string;
  /** `string`, `textarea`, `reference`, `multipicklist`, …; not a closed list. */
  readonly type: string;
  /** Most characters of texts; 0 for other types. */
  readonly length: number;
  /** Digits in all, and after the point, of double, currency and percent. */
  readonly precision: number;
  readonly scale: number;
  /** Digits of an int. */
  readonly digits: number;
  readonly createable: boolean;
  readonly updateable: boolean;
  readonly nillable: boolean;
  readonly defaultedOnCreate: boolean;
  readonly calculated: boolean;
  readonly autoNumber: boolean;
  readonly externalId: boolean;
  readonly idLookup: boolean;
  readonly unique: boolean;
  readonly caseSensitive: boolean;
  /** The name under which a reference by external id is given. */
  readonly relationshipName: string | undefined;
  /** More than one sObject: a polymorphic lookup. */
  readonly referenceTo: readonly string[];
  readonly polymorphicForeignKey: boolean;
  readonly restrictedPicklist: boolean;
  readonly picklistValues: readonly PicklistValue[];
  /** Rich text, which the platform writes anew. */
  readonly htmlFormatted: boolean;
  readonly compoundFieldName: string | undefined;
}

export interface PicklistValue {
  readonly value: string;
  readonly active: boolean;
}
