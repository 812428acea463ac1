import { UsageError } from '../../core/errors.js';
import { readAllData } from '../data.js';
import * as describe from './describe.js';
import type { ChildRelationship, DescribeDocument, DescribeField } from './describe.js';

/** The sObjects that every emulator has: standard ones with a few custom fields that tests need, and custom ones. */
const BUILT_IN = readAllData('sobjects').map((text) => describe.readDescribe(JSON.parse(text)));

/** Changes to one sObject of the schema; a field that does not exist is added, and must then name its `type`. */
export interface SObjectOverride extends Partial<Pick<DescribeDocument, 'createable' | 'updateable' | 'deletable'>> {
  readonly fields?: Readonly<Record<string, Partial<DescribeField>>>;
}

/** An sObject with its fields at hand. Names are looked up without regard to case. */
export class SObjectType {
  readonly name: string;
  readonly keyPrefix: string;
  readonly document: DescribeDocument;
  readonly isEvent: boolean;
  /** The one that shows a record to people; objects without a name have none. */
  readonly nameField: DescribeField | undefined;
  /** Whether its records are businesses or persons. */
  readonly hasPersonAccounts: boolean;
  readonly requiredOnCreate: readonly DescribeField[];
  /** Fields by which a record can be found: external ids, idLookup fields and unique ones, but not `Id`. */
  readonly indexedFields: readonly DescribeField[];
  readonly #byName = new Map<string, DescribeField>();
  readonly #byRelationship = new Map<string, DescribeField>();

  constructor(document: DescribeDocument) {
    this.name = document.name;
    this.keyPrefix = document.keyPrefix ?? 'a99';
    this.document = document;
    this.isEvent = document.name.endsWith('__e');
    for (const field of document.fields) {
      this.#byName.set(field.name.toLowerCase(), field);
      if (field.relationshipName !== null) this.#byRelationship.set(field.relationshipName.toLowerCase(), field);
    }
    this.nameField = document.fields.find((field) => field.nameField);
    this.hasPersonAccounts = this.#byName.has('ispersonaccount');
    this.requiredOnCreate = document.fields.filter((f) => f.createable && !f.nillable && !f.defaultedOnCreate);
    this.indexedFields = document.fields.filter((f) => f.type !== 'id' && (f.externalId || f.idLookup || f.unique));
  }

  /** Stands for a type that the org does not have. */
  static unknown(name: string): SObjectType {
    return new SObjectType(describe.completeDocument({ name, fields: [] }));
  }

  /** What messages about its records' Ids name. */
  get idField(): Pick<DescribeField, 'name' | 'label'> {
    return this.field('Id') ?? { name: 'Id', label: `${this.document.label} ID` };
  }

  field(name: string): DescribeField | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  relationship(name: string): DescribeField | undefined {
    return this.#byRelationship.get(name.toLowerCase());
  }

  /** A field that an upsert or a reference may use as its key. */
  keyField(name: string): DescribeField | undefined {
    const field = this.field(name);
    return field && (field.externalId || field.idLookup || field.type === 'id') ? field : undefined;
  }
}

/** Every sObject the org knows. */
export class Schema {
  readonly types: readonly SObjectType[];
  readonly #byName: ReadonlyMap<string, SObjectType>;
  readonly #children = new Map<string, readonly ChildRelationship[]>();

  constructor(documents: readonly DescribeDocument[]) {
    this.types = documents.map((document) => new SObjectType(document));
    this.#byName = new Map(this.types.map((type) => [type.name.toLowerCase(), type]));
  }

  type(name: string): SObjectType | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  /** The sObject of this name that a lookup can point at, without regard to case; its first one where none is named. */
  parentType({ referenceTo }: DescribeField, name = referenceTo[0] ?? ''): SObjectType | undefined {
    const found = referenceTo.find((one) => one.toLowerCase() === name.toLowerCase());
    return found === undefined ? undefined : this.type(found);
  }

  /** What points at the records of a type, as its describe document lists it. */
  childRelationships(type: SObjectType): readonly ChildRelationship[] {
    let known = this.#children.get(type.name);
    if (!known) this.#children.set(type.name, (known = childRelationships(type.document, this.types)));
    return known;
  }

  /** The children that a nested query asks for by the name of their relationship. */
  childRelationship(parent: SObjectType, name: string) {
    const found = this.childRelationships(parent).find(
      (one) => one.relationshipName?.toLowerCase() === name.toLowerCase(),
    );
    if (!found) return undefined;
    const type = this.type(found.childSObject);
    const field = type?.field(found.field);
    return type && field ? { type, field, relationshipName: found.relationshipName ?? name } : undefined;
  }
}

/** Whether a lookup can point at records of several sObjects. */
export function isPolymorphic(lookup: DescribeField): boolean {
  return lookup.polymorphicForeignKey || lookup.referenceTo.length > 1;
}

/**
 * The built-in schema with the caller's additions, as `EmulatorOptions` has them.
 * @throws UsageError
 */
export function buildSchema(
  describes: readonly unknown[],
  overrides: Readonly<Record<string, SObjectOverride>>,
): Schema {
  const documents = new Map(BUILT_IN.map((document) => [document.name.toLowerCase(), document]));
  for (const given of describes) {
    const document = describe.readDescribe(given);
    documents.set(document.name.toLowerCase(), withKeyPrefix(document, documents));
  }
  for (const [name, override] of Object.entries(overrides)) {
    const document = documents.get(name.toLowerCase());
    if (!document) throw new UsageError(`The emulator has no sObject ${name} to override.`);
    documents.set(name.toLowerCase(), overridden(document, override));
  }
  return new Schema([...documents.values()]);
}

/** Custom sObjects of two orgs can share a key prefix; within one org they cannot. */
function withKeyPrefix(document: DescribeDocument, others: ReadonlyMap<string, DescribeDocument>): DescribeDocument {
  const taken = new Set([...others.values()].filter((o) => o.name !== document.name).map((other) => other.keyPrefix));
  if (document.keyPrefix !== null && !taken.has(document.keyPrefix)) return document;
  let ordinal = 2;
  while (taken.has(`a${String(ordinal).padStart(2, '0')}`)) ordinal++;
  return { ...document, keyPrefix: `a${String(ordinal).padStart(2, '0')}` };
}

function overridden(document: DescribeDocument, override: SObjectOverride): DescribeDocument {
  const { fields: changes = {}, ...flags } = override;
  const fields = [...document.fields];
  for (const [name, change] of Object.entries(changes)) {
    const index = fields.findIndex((field) => field.name.toLowerCase() === name.toLowerCase());
    const current = fields[index];
    if (current) fields[index] = { ...current, ...change };
    else if (change.type) fields.push(describe.completeField({ ...change, name, type: change.type }));
    else throw new UsageError(`${document.name} has no field ${name}; to add it, give its type.`);
  }
  return { ...document, ...flags, fields };
}

/** Relationships that are not named after the child's plural. */
const NAMES: Readonly<Record<string, string | null>> = {
  'Account.ParentId': 'ChildAccounts',
  'Campaign.ParentId': 'ChildCampaigns',
  'Contact.ReportsToId': null,
};

/** The document's own list where it has one; otherwise what the lookups of the org's other sObjects make of it. */
export function childRelationships(
  document: DescribeDocument,
  types: readonly { readonly document: DescribeDocument }[],
): readonly ChildRelationship[] {
  if (document.childRelationships) return document.childRelationships;
  const taken = new Set<string>();
  return types.flatMap(({ document: child }) =>
    child.fields
      .filter((field) => field.referenceTo.includes(document.name))
      .map((field) => {
        const name = relationshipName(child, field);
        // Two lookups of one child cannot share a name; which name the second one was given, nobody knows here.
        const isFree = name !== null && !taken.has(name);
        if (isFree) taken.add(name);
        return {
          cascadeDelete: field.cascadeDelete,
          childSObject: child.name,
          deprecatedAndHidden: false,
          field: field.name,
          junctionIdListNames: [],
          junctionReferenceTo: [],
          relationshipName: isFree ? name : null,
          restrictedDelete: field.restrictedDelete,
        };
      }),
  );
}

function relationshipName(child: DescribeDocument, field: DescribeField): string | null {
  const exception = NAMES[`${child.name}.${field.name}`];
  if (exception !== undefined) return exception;
  // Users have no list of all that they own or made.
  if (field.referenceTo.includes('User')) return null;
  return field.custom ? `${child.name.replace(/__c$/, '')}s__r` : child.labelPlural.replaceAll(' ', '');
}
