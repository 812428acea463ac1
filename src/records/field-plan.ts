import {
  keyFieldOf,
  looksUpIds,
  type Column,
  type DroppedField,
  type Operation,
  type TopicMapping,
} from '../core/record.js';
import type { KeyKind } from './key.js';
import type { FieldDescribe, SObjectDescribe } from '../core/describe.js';
import type { Settings } from '../core/settings.js';
import { suggest } from '../core/suggestion.js';
import {
  isMeantAsReference,
  lookupOf,
  readFlatName,
  resolveReference,
  type Describes,
  type ReferenceProblem,
} from './references.js';

/** Where a name in a record leads. */
export type Target =
  /** A field that is sent. */
  | { readonly kind: 'column'; readonly column: Column; readonly relationship: Relationship | undefined }
  /** A relationship: an object here is a reference by external id, null clears the lookup. */
  | { readonly kind: 'relationship'; readonly relationship: Relationship }
  /** A reference by its flat name, such as `Account.External_Id__c`. */
  | {
      readonly kind: 'reference';
      readonly relationship: Relationship;
      readonly field: string;
      readonly type: string | undefined;
    }
  /** A flat name that is meant as a reference, by a relationship that is not there. */
  | { readonly kind: 'misspelt'; readonly name: string; readonly nearest: string | undefined }
  | DroppedField
  /** Metadata, or whatever a delete does not need. */
  | { readonly kind: 'ignored' };

export interface Relationship {
  readonly name: string;
  /** Undefined where the org was not asked. */
  readonly field: FieldDescribe | undefined;
  readonly isPolymorphic: boolean;
}

export const NUMBER_TYPES: ReadonlySet<string> = new Set(['int', 'long', 'double', 'currency', 'percent']);

/**
 * What the fields of a mapping's records become, by the sObject's describe document and without regard to case. Without
 * one (`unwritable_fields: send`, `check --offline`) every name is sent as it is written.
 */
export class FieldPlan {
  /** The sObject's name as the org spells it. */
  readonly sobject: string;
  /** Exact name; undefined for insert. */
  readonly keyField: string | undefined;
  readonly keyKind: KeyKind;
  readonly keyIgnoresCase: boolean;
  /** Some field is reached by more than one name or way, so that one record can hold it twice. */
  hasAliases = false;

  readonly #fields = new Map<string, FieldDescribe>();
  readonly #relationships = new Map<string, FieldDescribe>();
  readonly #targets = new Map<string, Target>();
  readonly #columns = new Map<string, Column>();
  readonly #references = new Map<string, Column | ReferenceProblem>();
  readonly #reached = new Set<string>();
  #byId: FieldPlan | undefined;
  #forTombstones: FieldPlan | undefined;

  constructor(
    readonly mapping: TopicMapping,
    readonly describe: SObjectDescribe | undefined,
    readonly policy: Settings['unwritableFields'],
    /** Of the sObjects that references may lead to, as far as they are known. */
    readonly describes: Describes = new Map(),
  ) {
    this.sobject = describe?.name ?? mapping.sobject;
    for (const field of describe?.fields ?? []) {
      this.#fields.set(field.name.toLowerCase(), field);
      if (field.relationshipName) this.#relationships.set(field.relationshipName.toLowerCase(), field);
    }
    const key = keyFieldOf(mapping);
    const field = key === undefined ? undefined : this.#fields.get(key.toLowerCase());
    this.keyField = field?.name ?? (key?.toLowerCase() === 'id' ? 'Id' : key);
    this.keyKind = keyKindOf(this.keyField, field);
    // Only then does the org match without regard to case, whatever `caseSensitive` alone says.
    this.keyIgnoresCase = field?.unique === true && !field.caseSensitive;
    // The key's column comes first, so that its spelling is the configured one whatever the first record says.
    if (this.keyField !== undefined) this.target(this.keyField);
  }

  /** The plan of the deletes that tombstones are, where they are; they go out in batches of their own. */
  get forTombstones(): FieldPlan | undefined {
    const { mapping, keyField } = this;
    if (mapping.tombstones !== 'delete') return undefined;
    const externalIdField = keyField === 'Id' ? '' : mapping.externalIdField;
    return (this.#forTombstones ??= this.#with({ operation: 'delete', externalIdField, tombstones: 'fail' }));
  }

  /** What the org is asked to do: inserts that have a key are upserts by it. */
  get sentAs(): Operation {
    return this.mapping.insertKey === undefined ? this.mapping.operation : 'upsert';
  }

  get isDeleteById(): boolean {
    return this.mapping.operation === 'delete' && this.keyField === 'Id';
  }

  /** Records are updated or deleted by a field other than `Id`: their Ids must be found first. */
  get looksUpIds(): boolean {
    return looksUpIds(this.mapping);
  }

  /** The plan of the same updates or deletes, by Id. */
  get byId(): FieldPlan {
    return this.looksUpIds ? (this.#byId ??= this.#with({ externalIdField: '' })) : this;
  }

  #with(changes: Partial<TopicMapping>): FieldPlan {
    return new FieldPlan({ ...this.mapping, ...changes }, this.describe, this.policy, this.describes);
  }

  /** What the Ids of the sObject's records begin with, where the org said so. */
  get keyPrefix(): string | undefined {
    return this.describe?.keyPrefix;
  }

  /** Describe's word on a field, or undefined. */
  describeOf(name: string): FieldDescribe | undefined {
    return this.#fields.get(name.toLowerCase());
  }

  hasRelationship(name: string): boolean {
    return this.#relationships.has(name.toLowerCase());
  }

  target(name: string): Target {
    let target = this.#targets.get(name);
    if (target === undefined) {
      this.#targets.set(name, (target = this.#resolve(name)));
      this.#noteAlias(target);
    }
    return target;
  }

  /** The column of a reference: `relationship.field`, with the type of sObject where it is needed; or why there is none. */
  referenceColumn(relationship: Relationship, field: string, type: string | undefined): Column | ReferenceProblem {
    const name = `${type ?? ''}:${relationship.name}.${field}`;
    let column = this.#references.get(name);
    if (column === undefined) {
      const resolved = resolveReference(relationship, { field, type }, this.describes);
      column = 'problem' in resolved ? resolved : this.#referenceColumn(relationship, resolved.field, resolved.type);
      this.#references.set(name, column);
    }
    return column;
  }

  #referenceColumn(
    { name, field: lookup, isPolymorphic }: Relationship,
    field: string,
    given: string | undefined,
  ): Column {
    // Without describe, a type that the record itself names is taken as needed.
    const type = isPolymorphic || this.describe === undefined ? given : undefined;
    const header = `${type === undefined ? '' : `${type}:`}${name}.${field}`;
    return this.#column(header, lookup?.name ?? lookupOf(name), undefined, { relationship: name, field, type });
  }

  /** The column that clears a lookup: the field itself. */
  clearingColumn({ field }: Relationship): Column | undefined {
    return field && this.#column(field.name, field.name, field);
  }

  #resolve(name: string): Target {
    const lower = name.toLowerCase();
    if (lower === 'attributes') return { kind: 'ignored' };
    const isKey = lower === this.keyField?.toLowerCase();
    if (this.mapping.operation === 'delete' && !isKey) return { kind: 'ignored' };

    const field = this.#fields.get(lower);
    if (field !== undefined && !isKey && !this.#isWritable(field)) return { kind: 'unwritable', name: field.name };
    // A delete is told by its Id, also where describe does not speak of the field.
    if (field !== undefined || isKey) {
      const exact = field?.name ?? this.keyField ?? name;
      return { kind: 'column', column: this.#column(exact, exact, field), relationship: undefined };
    }
    const flat = readFlatName(name);
    if (this.describe === undefined) {
      const relationship = { name: flat?.relationship ?? name, field: undefined, isPolymorphic: false };
      if (flat !== undefined) return { ...flat, kind: 'reference', relationship };
      return { kind: 'column', column: this.#column(name, name, undefined), relationship };
    }
    const lookup = this.#relationships.get(flat?.relationship.toLowerCase() ?? lower);
    if (lookup?.relationshipName) {
      const relationshipName = lookup.relationshipName;
      if (!this.#isWritable(lookup)) return { kind: 'unwritable', name: flat === undefined ? relationshipName : name };
      const isPolymorphic = lookup.polymorphicForeignKey || lookup.referenceTo.length > 1;
      const relationship = { name: relationshipName, field: lookup, isPolymorphic };
      return flat === undefined ? { kind: 'relationship', relationship } : { ...flat, kind: 'reference', relationship };
    }
    if (flat !== undefined) {
      const nearest = suggest(flat.relationship, this.#relationshipNames);
      if (nearest !== undefined || isMeantAsReference(flat, this.describe)) return { kind: 'misspelt', name, nearest };
    }
    const names = (): string[] => [...this.#fields.values()].map((one) => one.name).concat(this.#relationshipNames);
    return {
      kind: 'unknown',
      name,
      get nearest() {
        return suggest(name, names());
      },
    };
  }

  get #relationshipNames(): string[] {
    return [...this.#relationships.values()].map(({ relationshipName }) => relationshipName ?? '');
  }

  #noteAlias(target: Target): void {
    if (!('relationship' in target)) return;
    const { relationship } = target;
    const fields = target.kind === 'column' ? [target.column.field] : [];
    if (relationship !== undefined) fields.push(relationship.field?.name ?? lookupOf(relationship.name));
    for (const field of fields) {
      this.hasAliases ||= this.#reached.has(field.toLowerCase());
      this.#reached.add(field.toLowerCase());
    }
  }

  #isWritable({ type, createable, updateable }: FieldDescribe): boolean {
    const { mode, operation } = this.mapping;
    // Bulk API 2.0 has no columns for files.
    if (type === 'base64' && mode === 'bulk') return false;
    const isUpsert = operation === 'upsert';
    return (createable && (isUpsert || operation === 'insert')) || (updateable && (isUpsert || operation === 'update'));
  }

  #column(header: string, field: string, describe: FieldDescribe | undefined, reference?: Column['reference']): Column {
    const lower = header.toLowerCase();
    let column = this.#columns.get(lower);
    if (column === undefined) {
      const type = reference === undefined ? (describe?.type ?? 'unknown') : 'reference';
      const scale = describe !== undefined && NUMBER_TYPES.has(describe.type) ? describe.scale : undefined;
      this.#columns.set(lower, (column = { header, field, type, scale, reference }));
    }
    return column;
  }
}

function keyKindOf(keyField: string | undefined, field: FieldDescribe | undefined): KeyKind {
  if (keyField === 'Id') return 'id';
  if (field === undefined) return 'unknown';
  return NUMBER_TYPES.has(field.type) ? 'number' : field.type === 'id' || field.type === 'reference' ? 'id' : 'text';
}
