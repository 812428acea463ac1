import type { FieldPlan } from '../records/field-plan.js';
import { suggest } from '../core/suggestion.js';
import type { FieldDescribe } from '../core/describe.js';
import { constantsOf } from '../records/values.js';

/** A mapping that cannot work with this org. */
export interface Misfit {
  readonly code: string;
  /** The key of the mapping that is wrong, such as `fields.Name`. */
  readonly key: string;
  readonly message: string;
  readonly hint: string;
}

/** The targets of `insert_key`, `fields` and `set` that no record can be written with, as far as describe tells. */
export function wrongTargets(plan: FieldPlan, allPlans: readonly FieldPlan[]): Misfit[] {
  return [...wrongInsertKey(plan, allPlans), ...wrongFields(plan)];
}

function wrongFields(plan: FieldPlan): Misfit[] {
  const { fields = {}, set = {}, operation } = plan.mapping;
  // A delete takes its key alone.
  if (operation === 'delete') return [];
  const misfits = Object.entries({ fields, set }).flatMap(([map, targets]) =>
    Object.keys(targets).flatMap((target) => wrongTarget(plan, map, target)),
  );
  const { error } = constantsOf(plan);
  if (misfits.length > 0 || error === undefined) return misfits;
  const what = `${error.message} (set of topic ${plan.mapping.topic})`;
  return [{ code: error.code, key: 'set', message: what, hint: 'Give it another value.' }];
}

/** Only a field that the org keeps unique, and that upserts can go by, keeps an insert from being done twice. */
function wrongInsertKey(plan: FieldPlan, allPlans: readonly FieldPlan[]): Misfit[] {
  const { mapping, describe, sobject } = plan;
  const { insertKey, topic } = mapping;
  if (insertKey === undefined || describe === undefined) return [];
  const field = describe.fields.find(({ name }) => name.toLowerCase() === insertKey.toLowerCase());
  const fit = describe.fields.filter(isInsertKey).map(({ name }) => name);
  const nearest =
    field === undefined
      ? suggest(
          insertKey,
          describe.fields.map(({ name }) => name),
        )
      : undefined;
  if (field !== undefined && isInsertKey(field)) return plan.keyIgnoresCase ? confusedTopic(plan, allPlans) : [];
  const what =
    field === undefined
      ? `${sobject} has no field ${insertKey} that this user can see`
      : `${sobject}.${field.name} is not ${unfitness(field)}`;
  const others = fit.length === 0 ? '' : ` Fields of ${sobject} that are: ${fit.join(', ')}.`;
  const meant = nearest === undefined ? '' : `Did you mean ${nearest}? `;
  const hint = `${meant}Make one in Setup, Object Manager, ${describe.label}, Fields & Relationships, New: Text, length 255, Unique, External ID.${others}`;
  return [{ code: 'WRONG_INSERT_KEY', key: 'insert_key', message: `${what} (insert_key of topic ${topic})`, hint }];
}

/** To a field that minds no case, the places of two topics in Kafka (`topic/partition/offset`) may be one value. */
function confusedTopic({ mapping, sobject }: FieldPlan, allPlans: readonly FieldPlan[]): Misfit[] {
  const isSame = (one: string | undefined, other: string | undefined): boolean =>
    one?.toLowerCase() === other?.toLowerCase();
  const { topic, insertKey } = mapping;
  const twin = allPlans.find(
    (other) =>
      other.mapping.topic !== topic &&
      isSame(other.mapping.topic, topic) &&
      isSame(other.mapping.insertKey, insertKey) &&
      isSame(other.sobject, sobject),
  );
  if (twin === undefined) return [];
  const message = `The topics ${topic} and ${twin.mapping.topic} differ in case alone, which ${sobject}.${insertKey} does not mind: their records could be taken for one another (insert_key of topic ${topic})`;
  const hint = 'Make the field case-sensitive, or give one of the topics another field.';
  return [{ code: 'CONFUSED_INSERT_KEYS', key: 'insert_key', message, hint }];
}

function isInsertKey(field: FieldDescribe): boolean {
  return unfitness(field) === undefined;
}

/** What the field would have to be; undefined where it is that. */
function unfitness({ type, length, unique, externalId, createable }: FieldDescribe): string | undefined {
  if (!createable) return 'writable by insert with this sign-in';
  if (!externalId || !unique) return 'both unique and an external id';
  return type === 'string' && length >= 64 ? undefined : 'a text of at least 64 characters';
}

function wrongTarget(plan: FieldPlan, map: string, name: string): Misfit[] {
  const { sobject, mapping } = plan;
  const key = `${map}.${name}`;
  const where = `(${map} of topic ${mapping.topic})`;
  const target = plan.target(name);
  switch (target.kind) {
    case 'column':
      return [];
    case 'reference': {
      const { relationship, field, type } = target;
      // The Ids of record types are looked up by the names that describe has.
      if (relationship.field?.name === 'RecordTypeId') return [];
      const column = plan.referenceColumn(relationship, field, type);
      if (!('problem' in column)) return [];
      return [
        { code: 'WRONG_REFERENCE', key, message: `${name} is ${column.problem} ${where}`, hint: 'Name another field.' },
      ];
    }
    case 'relationship': {
      const message = `${sobject}.${name} is a relationship, not a field ${where}`;
      return [{ code: 'UNKNOWN_FIELD', key, message, hint: `A reference is written as ${name}.External_Id__c.` }];
    }
    case 'unwritable': {
      const message = `${sobject}.${target.name} may not be written by ${mapping.operation} with this sign-in ${where}`;
      return [{ code: 'FIELD_NOT_WRITABLE', key, message, hint: 'Remove it, or ask for the permission to write it.' }];
    }
    default: {
      const nearest = target.kind === 'ignored' ? undefined : target.nearest;
      const hint =
        nearest === undefined ? 'Check the name and the permissions of the user.' : `Did you mean ${nearest}?`;
      const what = target.kind === 'misspelt' ? 'relationship for' : 'field';
      return [
        {
          code: 'UNKNOWN_FIELD',
          key,
          message: `${sobject} has no ${what} ${name} that this user can see ${where}`,
          hint,
        },
      ];
    }
  }
}
