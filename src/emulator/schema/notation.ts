import { completeField, type DescribeField, type FieldType } from './describe.js';

type Attributes = Partial<Omit<DescribeField, 'name' | 'type'>>;

const READ_ONLY: Attributes = { createable: false, updateable: false };

/** Words that set several attributes, or one with a longer name. Every other word is an attribute that is true. */
const WORDS: Readonly<Record<string, Attributes | undefined>> = {
  required: { nillable: false },
  readOnly: READ_ONLY,
  formula: { ...READ_ONLY, calculated: true },
  stamped: { ...READ_ONLY, nillable: false, defaultedOnCreate: true },
  key: { externalId: true, unique: true },
  restricted: { restrictedPicklist: true },
  name: { nameField: true },
};

const FIELD = /^(\w+) (\w+)(?:\(([^)]*)\))?((?: [^\s"]+)*)(?: "([^"]*)")?$/;

/** Fields that many sObjects have. What stands behind the name of a group is put in the place of `$`. */
const GROUPS: Readonly<Record<string, string>> = {
  // Messages name the Id by its label.
  system: `
    Id id stamped idLookup "$"
    IsDeleted boolean stamped
    ...stamps`,
  stamps: `
    CreatedDate datetime stamped
    CreatedById reference(User) stamped
    LastModifiedDate datetime stamped
    LastModifiedById reference(User) stamped
    SystemModstamp datetime stamped`,
  // `Name` is put together from the parts of a person's name.
  person: `
    LastName string(80) required compoundFieldName=Name
    FirstName string(40) compoundFieldName=Name
    Salutation picklist(Mr.|Ms.|Mrs.|Dr.|Prof.|Mx.) length=40 compoundFieldName=Name
    Name string(121) readOnly required name "Full Name"`,
  address: `
    $Street textarea compoundFieldName=$Address
    $City string(40) compoundFieldName=$Address
    $State string(80) compoundFieldName=$Address "$ State/Province"
    $PostalCode string(20) compoundFieldName=$Address "$ Zip/Postal Code"
    $Country string(80) compoundFieldName=$Address
    $Latitude double(18,15) compoundFieldName=$Address
    $Longitude double(18,15) compoundFieldName=$Address
    $Address address readOnly !sortable`,
};

/**
 * Reads fields written in short, one a line or several with `;` between them:
 *
 *     Name type(argument) attribute !attribute attribute=value "Label"
 *
 * The argument is the length of a text, precision and scale of a number, the digits of an int, the sObjects of a lookup, the
 * values of a picklist, of which `*` marks the default. `...group argument` stands for the fields of a group.
 */
export function readFields(text: string): DescribeField[] {
  return text
    .split(/[\n;]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .flatMap((line) => {
      if (!line.startsWith('...')) return [readField(line)];
      const [name = '', argument = ''] = line.slice(3).split(/ (.*)/);
      return readFields(GROUPS[name]?.replaceAll('$', argument) ?? '');
    });
}

/** The same field several times, with `#` numbered from 1. */
export function numbered(count: number, field: string): string {
  return Array.from({ length: count }, (_, index) => field.replace('#', String(index + 1))).join('\n');
}

function readField(line: string): DescribeField {
  const [, name = '', type = '', argument, words = '', label] = FIELD.exec(line) ?? [];
  if (name === '') throw new Error(`No field: ${line}`);
  return completeField({
    name,
    ...attributesOf(name, type, argument ?? ''),
    ...(label === undefined ? {} : { label: label.trim() }),
    ...(Object.fromEntries(words.trim().split(' ').flatMap(readWord)) as Attributes),
  });
}

function readWord(word: string): [attribute: string, value: unknown][] {
  const [, not = '', name = '', value] = /^(!?)(\w*)(?:=(.*))?$/.exec(word) ?? [];
  if (value === undefined) return name === '' ? [] : Object.entries(WORDS[name] ?? { [name]: not === '' });
  return [[name, value === '' ? null : /^\d+$/.test(value) ? Number(value) : value]];
}

/** What the type says of the field, together with its argument. */
function attributesOf(name: string, type: string, argument: string): Attributes & { type: FieldType } {
  const [first = '', second] = argument.split(',');
  switch (type) {
    case 'longtext':
      return { type: 'textarea', length: Number(first), filterable: false, sortable: false, groupable: false };
    case 'double':
    case 'currency':
    case 'percent':
      return { type, precision: Number(first), scale: Number(second) };
    case 'int':
      return { type, digits: Number(first) };
    case 'reference': {
      const relationshipName = name.endsWith('__c') ? name.replace(/__c$/, '__r') : name.replace(/Id$/, '');
      return { type, referenceTo: argument.split('|'), relationshipName };
    }
    case 'picklist':
      return { type, ...picklist(argument.split('|')) };
    case 'multipicklist':
      return { type, ...picklist(argument.split('|')), sortable: false };
    default:
      return { type: type as FieldType, ...(argument === '' ? {} : { length: Number(argument) }) };
  }
}

function picklist(marked: readonly string[]): Attributes {
  const values = marked.map((value) => value.replace('*', ''));
  const chosen = marked.find((value) => value.startsWith('*'))?.slice(1);
  return {
    ...(chosen === undefined ? {} : { defaultedOnCreate: true, defaultValue: chosen }),
    picklistValues: values.map((value) => ({
      active: true,
      defaultValue: false,
      label: value,
      validFor: null,
      value,
    })),
  };
}
