import { completeField, type DescribeField, type PicklistValue } from './describe.js';

/** Attributes that differ from the usual ones of the field's type. */
export type FieldOptions = Partial<Omit<DescribeField, 'name' | 'type'>>;

/** Short ways to write the built-in schema down. */
export const required: FieldOptions = { nillable: false };
export const readOnly: FieldOptions = { createable: false, updateable: false };
export const formula: FieldOptions = { ...readOnly, calculated: true };

export function text(name: string, length: number, options: FieldOptions = {}): DescribeField {
  return completeField({ name, type: 'string', length, ...options });
}

export function longText(name: string, length: number, options: FieldOptions = {}): DescribeField {
  return completeField({
    name,
    type: 'textarea',
    length,
    filterable: false,
    sortable: false,
    groupable: false,
    ...options,
  });
}

export function plain(name: string, type: DescribeField['type'], options: FieldOptions = {}): DescribeField {
  return completeField({ name, type, ...options });
}

export function numeric(
  name: string,
  type: 'double' | 'currency' | 'percent',
  [precision, scale]: readonly [number, number],
  options: FieldOptions = {},
): DescribeField {
  return completeField({ name, type, precision, scale, ...options });
}

export function picklist(name: string, values: readonly string[], options: FieldOptions = {}): DescribeField {
  return completeField({ name, type: 'picklist', picklistValues: picklistValues(values), ...options });
}

export function multipicklist(name: string, values: readonly string[], options: FieldOptions = {}): DescribeField {
  return completeField({
    name,
    type: 'multipicklist',
    sortable: false,
    picklistValues: picklistValues(values),
    ...options,
  });
}

export function lookup(name: string, referenceTo: readonly string[], options: FieldOptions = {}): DescribeField {
  const relationshipName = name.endsWith('__c') ? name.replace(/__c$/, '__r') : name.replace(/Id$/, '');
  return completeField({ name, type: 'reference', referenceTo, relationshipName, ...options });
}

/** A text external id that is unique without regard to case. */
export function uniqueExternalId(name: string, length = 255): DescribeField {
  return text(name, length, { externalId: true, unique: true });
}

/** The components of a compound address, and the compound itself, which is read-only. */
export function address(prefix: string): DescribeField[] {
  const name = `${prefix}Address`;
  const part = { compoundFieldName: name };
  const label = (text: string): string => `${prefix} ${text}`.trim();
  return [
    completeField({ name: `${prefix}Street`, type: 'textarea', length: 255, ...part }),
    text(`${prefix}City`, 40, part),
    text(`${prefix}State`, 80, { ...part, label: label('State/Province') }),
    text(`${prefix}PostalCode`, 20, { ...part, label: label('Zip/Postal Code') }),
    text(`${prefix}Country`, 80, part),
    numeric(`${prefix}Latitude`, 'double', [18, 15], part),
    numeric(`${prefix}Longitude`, 'double', [18, 15], part),
    plain(name, 'address', { ...readOnly, sortable: false }),
  ];
}

/** The fields every sObject begins with. Messages name the Id by its label. */
export function systemFields(idLabel = 'Record ID'): DescribeField[] {
  const stamped = { ...readOnly, nillable: false, defaultedOnCreate: true };
  return [
    plain('Id', 'id', { ...stamped, idLookup: true, label: idLabel }),
    plain('IsDeleted', 'boolean', { ...stamped }),
    plain('CreatedDate', 'datetime', stamped),
    lookup('CreatedById', ['User'], stamped),
    plain('LastModifiedDate', 'datetime', stamped),
    lookup('LastModifiedById', ['User'], stamped),
    plain('SystemModstamp', 'datetime', stamped),
  ];
}

export function owner(referenceTo: readonly string[], label = 'Owner ID'): DescribeField {
  return lookup('OwnerId', referenceTo, { nillable: false, defaultedOnCreate: true, label });
}

/** `Name` put together from the parts of a person's name. */
export function personName(): DescribeField[] {
  const part = { compoundFieldName: 'Name' };
  return [
    text('LastName', 80, { ...part, ...required }),
    text('FirstName', 40, part),
    picklist('Salutation', ['Mr.', 'Ms.', 'Mrs.', 'Dr.', 'Prof.', 'Mx.'], { ...part, length: 40 }),
    text('Name', 121, { ...readOnly, nillable: false, nameField: true, label: 'Full Name' }),
  ];
}

function picklistValues(values: readonly string[]): PicklistValue[] {
  return values.map((value) => ({ active: true, defaultValue: false, label: value, validFor: null, value }));
}
