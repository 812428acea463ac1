import type { Column, TopicMapping } from '../record.js';
import type { KeyKind } from '../batching/key.js';
import type { FieldDescribe, SObjectDescribe } from '../salesforce/describe.js';
import type { Settings } from '../settings.js';

/** Where a name in a record leads. */
export type Target =
  /** A field that is sent. */
  | { readonly kind: 'column'; readonly column: Column; readonly relationship: Relationship | undefined }
  /** A relationship: an object here is a reference by external id, null clears the lookup. */
  | { readonly kind: 'relationship'; readonly relationship: Relationship }
  /** A field the user cannot write with this operation, or does not exist. */
  | { readonly kind: 'unwritable'; readonly name: string; readonly exists: boolean }
  /** Metadata, or whatever a delete does not need. */
  | { readonly kind: 'ignored' };

export interface Relationship {
  readonly name: string;
  /** Undefined where the org was not asked. */
  readonly field: FieldDescribe | undefined;
  readonly isPolymorphic: boolean;
}

export const NUMBER_TYPES: ReadonlySet<string> = new Set(['int', 'long', 'double', 'currency', 'percent']);

/** The field that tells a mapping's records apart, as configured; undefined for insert. */
export function keyFieldOf(mapping: TopicMapping): string | undefined {
  if (mapping.operation === 'insert') return undefined;
  if (mapping.operation === 'delete' && mapping.externalIdField !== '') return mapping.externalIdField;
  return mapping.operation === 'upsert' ? mapping.externalIdField : 'Id';
}

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
  readonly #reached = new Set<string>();

  constructor(
    readonly mapping: TopicMapping,
    private readonly describe: SObjectDescribe | undefined,
    readonly policy: Settings['unwritableFields'],
  ) {
    this.sobject = describe?.name ?? mapping.sobject;
    for (const field of describe?.fields ?? []) {
      this.#fields.set(field.name.toLowerCase(), field);
      if (field.relationshipName) this.#relationships.set(field.relationshipName.toLowerCase(), field);
    }
    this.isDescribed = describe !== undefined;
    this.keyPrefix = describe?.keyPrefix;
    const key = keyFieldOf(mapping);
    const field = key === undefined ? undefined : this.#fields.get(key.toLowerCase());
    this.keyField = field?.name ?? (key?.toLowerCase() === 'id' ? 'Id' : key);
    this.keyKind = keyKindOf(this.keyField, field);
    // Only then does the org match without regard to case, whatever `caseSensitive` alone says.
    this.keyIgnoresCase = field?.unique === true && !field.caseSensitive;
    // The key's column comes first, so that its spelling is the configured one whatever the first record says.
    if (this.keyField !== undefined) this.target(this.keyField);
  }

  readonly isDescribed: boolean;
  /** What the Ids of the sObject's records begin with, where the org said so. */
  readonly keyPrefix: string | undefined;
  #byId: FieldPlan | undefined;
  #forTombstones: FieldPlan | undefined;

  /** The plan of the deletes that tombstones are, where they are; they go out in batches of their own. */
  get forTombstones(): FieldPlan | undefined {
    const { mapping, describe, policy, keyField } = this;
    if (mapping.tombstones !== 'delete') return undefined;
    const externalIdField = keyField === 'Id' ? '' : mapping.externalIdField;
    return (this.#forTombstones ??= new FieldPlan(
      { ...mapping, operation: 'delete', externalIdField, tombstones: 'fail' },
      describe,
      policy,
    ));
  }

  get isDeleteById(): boolean {
    return this.mapping.operation === 'delete' && this.keyField === 'Id';
  }

  /** Records are deleted by a field other than `Id`: their Ids must be found first. */
  get looksUpIds(): boolean {
    return this.mapping.operation === 'delete' && this.keyField !== 'Id';
  }

  /** The plan of the same deletes, by Id. */
  get byId(): FieldPlan {
    if (!this.looksUpIds) return this;
    return (this.#byId ??= new FieldPlan({ ...this.mapping, externalIdField: '' }, this.describe, this.policy));
  }

  /** Describe's word on a field, or undefined. */
  describeOf(name: string): FieldDescribe | undefined {
    return this.#fields.get(name.toLowerCase());
  }

  target(name: string): Target {
    let target = this.#targets.get(name);
    if (target === undefined) {
      this.#targets.set(name, (target = this.#resolve(name)));
      this.#noteAlias(target);
    }
    return target;
  }

  /** The column of a reference by external id: `relationship.field`, with the type of sObject where it is needed. */
  referenceColumn(relationship: Relationship, externalIdField: string, type: string | undefined): Column {
    const prefix = type !== undefined && this.#needsType(relationship) ? `${type}:` : '';
    return this.#column(`${prefix}${relationship.name}.${externalIdField}`, {
      field: relationship.field?.name ?? relationship.name,
      describe: undefined,
      reference: {
        relationship: relationship.name,
        field: externalIdField,
        type: prefix === '' ? undefined : type,
      },
      half: relationship.field,
    });
  }

  /** Some field that an insert may hold, where the org was asked. */
  fillerColumn(): Column | undefined {
    for (const field of this.#fields.values()) {
      if (field.createable && field.type === 'string') return this.#fieldColumn(field.name, field);
    }
    return undefined;
  }

  /** The column that clears a lookup: the field itself. */
  clearingColumn(relationship: Relationship): Column | undefined {
    return relationship.field === undefined
      ? undefined
      : this.#fieldColumn(relationship.field.name, relationship.field);
  }

  /** Without describe, a type that the record itself names is taken as needed. */
  #needsType(relationship: Relationship): boolean {
    return relationship.isPolymorphic || !this.isDescribed;
  }

  #resolve(name: string): Target {
    const lower = name.toLowerCase();
    if (lower === 'attributes') return { kind: 'ignored' };
    const isKey = lower === this.keyField?.toLowerCase();
    if (this.mapping.operation === 'delete' && !isKey) return { kind: 'ignored' };

    if (!this.isDescribed) {
      const relationship = { name, field: undefined, isPolymorphic: false };
      const exact = isKey ? this.keyField : name;
      return {
        kind: 'column',
        column: this.#fieldColumn(exact, undefined),
        relationship: isKey ? undefined : relationship,
      };
    }
    const field = this.#fields.get(lower);
    if (field !== undefined) {
      if (!isKey && !this.#isWritable(field)) return { kind: 'unwritable', name: field.name, exists: true };
      return { kind: 'column', column: this.#fieldColumn(field.name, field), relationship: undefined };
    }
    const lookup = this.#relationships.get(lower);
    if (lookup?.relationshipName) {
      if (!this.#isWritable(lookup)) return { kind: 'unwritable', name: lookup.relationshipName, exists: true };
      const isPolymorphic = lookup.polymorphicForeignKey || lookup.referenceTo.length > 1;
      return { kind: 'relationship', relationship: { name: lookup.relationshipName, field: lookup, isPolymorphic } };
    }
    return { kind: 'unwritable', name, exists: false };
  }

  #noteAlias(target: Target): void {
    if (target.kind !== 'column' && target.kind !== 'relationship') return;
    const field = target.kind === 'column' ? target.column.field : target.relationship.field?.name;
    if (field === undefined) return;
    if (this.#reached.has(field.toLowerCase())) this.hasAliases = true;
    this.#reached.add(field.toLowerCase());
  }

  #isWritable(field: FieldDescribe): boolean {
    switch (this.mapping.operation) {
      case 'insert':
        return field.createable;
      case 'update':
        return field.updateable;
      case 'upsert':
        return field.createable || field.updateable;
      case 'delete':
        return false;
    }
  }

  #fieldColumn(name: string, describe: FieldDescribe | undefined): Column {
    return this.#column(name, { field: name, describe, reference: undefined, half: describe });
  }

  #column(
    header: string,
    made: {
      field: string;
      describe: FieldDescribe | undefined;
      reference: Column['reference'];
      half: FieldDescribe | undefined;
    },
  ): Column {
    const lower = header.toLowerCase();
    const known = this.#columns.get(lower);
    if (known !== undefined) return known;
    const column: Column = {
      header,
      field: made.field,
      type: made.reference === undefined ? (made.describe?.type ?? 'unknown') : 'reference',
      scale: made.describe !== undefined && NUMBER_TYPES.has(made.describe.type) ? made.describe.scale : undefined,
      reference: made.reference,
      isHalfWritable:
        this.mapping.operation === 'upsert' && made.half !== undefined && made.half.createable !== made.half.updateable,
      isBlocked: false,
    };
    this.#columns.set(lower, column);
    return column;
  }
}

function keyKindOf(keyField: string | undefined, field: FieldDescribe | undefined): KeyKind {
  if (keyField === 'Id') return 'id';
  if (field === undefined) return 'unknown';
  return NUMBER_TYPES.has(field.type) ? 'number' : field.type === 'id' || field.type === 'reference' ? 'id' : 'text';
}
