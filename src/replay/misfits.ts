import type { FieldDescribe, SObjectDescribe } from '../core/describe.js';
import { keyFieldOf } from '../core/record.js';
import { suggest } from '../core/suggestion.js';
import type { FieldPlan } from '../records/field-plan.js';
import { constantsOf } from '../records/values.js';

/** A mapping that cannot work with this org. */
interface Misfit {
  readonly code: string;
  /** The key of the mapping that is wrong, such as `fields.Name`. */
  readonly key: string;
  readonly message: string;
  readonly hint: string;
}

/** What of a mapping the org does not take: its sObject, operation, key and targets, as far as describe tells. */
export function misfitsOf(plan: FieldPlan, allPlans: readonly FieldPlan[]): Misfit[] {
  const { describe } = plan;
  if (describe === undefined) return [unknownSObject(plan)];
  const forbidden = forbiddenOperation(plan, describe);
  if (forbidden !== undefined) return [forbidden];
  return [wrongKeyField(plan, describe), wrongInsertKey(plan, describe, allPlans), ...wrongFields(plan)].filter(
    (misfit) => misfit !== undefined,
  );
}

function misfitIn({ mapping }: FieldPlan, key: string, code: string, problem: string, hint: string): Misfit {
  return { code, key, message: `${problem} (${key.split('.', 1).join()} of topic ${mapping.topic})`, hint };
}

function unknownSObject({ mapping: { topic, sobject } }: FieldPlan): Misfit {
  const isBare = !sobject.includes('__');
  return {
    code: 'UNKNOWN_SOBJECT',
    key: 'sobject',
    message: `The org has no sObject ${sobject} that this user can see (mapped from topic ${topic})`,
    hint: `Check the name${isBare ? ' (custom objects end in __c)' : ''} and the permissions of the user.`,
  };
}

/** What nobody may do with the sObject, or not this user. */
function forbiddenOperation(plan: FieldPlan, describe: SObjectDescribe): Misfit | undefined {
  const { operation, tombstones } = plan.mapping;
  const { name, createable, updateable, deletable } = describe;
  const isEvent = name.endsWith('__e');
  const may = {
    insert: createable,
    update: updateable && !isEvent,
    // Who may do one of the two can write some records by an upsert.
    upsert: (createable || updateable) && !isEvent,
    delete: deletable && !isEvent,
  };
  const allowed = Object.entries(may).flatMap(([other, isAllowed]) => (isAllowed ? [other] : []));
  const hint =
    allowed.length === 0
      ? `No operation is allowed: ${name.endsWith('__mdt') ? 'custom metadata is deployed, not written as records' : 'check the permissions of the user'}.`
      : `Allowed: ${allowed.join(', ')}.${isEvent ? ' Events can only be published.' : ' Check the permissions of the user.'}`;
  const code = 'OPERATION_NOT_ALLOWED';
  if (!may[operation]) return misfitIn(plan, 'operation', code, `${name} does not allow ${operation}`, hint);
  if (tombstones !== 'delete' || may.delete) return undefined;
  return misfitIn(plan, 'tombstones', code, `${name} does not allow delete`, hint);
}

function wrongKeyField(plan: FieldPlan, { name, fields }: SObjectDescribe): Misfit | undefined {
  const { mapping } = plan;
  const key = keyFieldOf(mapping) ?? '';
  const field = plan.describeOf(key);
  const canBeKey = ({ externalId, idLookup }: FieldDescribe): boolean => externalId || idLookup;
  if (mapping.externalIdField === '' || (field !== undefined && (canBeKey(field) || field.name === 'Id'))) {
    return undefined;
  }
  const hint = `Fields of ${name} that can be the key: ${namesOf(fields.filter(canBeKey)).join(', ')}.`;
  return field === undefined
    ? misfitIn(plan, 'external_id_field', 'UNKNOWN_EXTERNAL_ID_FIELD', unseenField(name, key), hint)
    : misfitIn(plan, 'external_id_field', 'NOT_AN_EXTERNAL_ID', `${name}.${field.name} is not an external id`, hint);
}

/** Only a field that the org keeps unique, and that upserts can go by, keeps an insert from being done twice. */
function wrongInsertKey(
  plan: FieldPlan,
  { label, fields }: SObjectDescribe,
  allPlans: readonly FieldPlan[],
): Misfit | undefined {
  const { sobject } = plan;
  const { insertKey } = plan.mapping;
  if (insertKey === undefined) return undefined;
  const field = plan.describeOf(insertKey);
  const lack = field && unfitness(field);
  if (field !== undefined && lack === undefined) return plan.keyIgnoresCase ? confusedTopic(plan, allPlans) : undefined;
  const problem = field === undefined ? unseenField(sobject, insertKey) : `${sobject}.${field.name} is not ${lack}`;
  const nearest = field === undefined ? suggest(insertKey, namesOf(fields)) : undefined;
  const meant = nearest === undefined ? '' : `Did you mean ${nearest}? `;
  const fit = namesOf(fields.filter((other) => unfitness(other) === undefined));
  const others = fit.length === 0 ? '' : ` Fields of ${sobject} that are: ${fit.join(', ')}.`;
  const hint = `${meant}Make one in Setup, Object Manager, ${label}, Fields & Relationships, New: Text, length 255, Unique, External ID.${others}`;
  return misfitIn(plan, 'insert_key', 'WRONG_INSERT_KEY', problem, hint);
}

/** To a field that minds no case, the places of two topics in Kafka (`topic/partition/offset`) may be one value. */
function confusedTopic(plan: FieldPlan, allPlans: readonly FieldPlan[]): Misfit | undefined {
  const { topic, insertKey } = plan.mapping;
  const placeOf = ({ mapping, sobject }: FieldPlan): string =>
    `${mapping.topic}\n${mapping.insertKey}\n${sobject}`.toLowerCase();
  const twin = allPlans.find((other) => other.mapping.topic !== topic && placeOf(other) === placeOf(plan));
  if (twin === undefined) return undefined;
  const problem = `The topics ${topic} and ${twin.mapping.topic} differ in case alone, which ${plan.sobject}.${insertKey} does not mind: their records could be taken for one another`;
  const hint = 'Make the field case-sensitive, or give one of the topics another field.';
  return misfitIn(plan, 'insert_key', 'CONFUSED_INSERT_KEYS', problem, hint);
}

/** What the field would have to be to tell inserts apart; undefined where it is that. */
function unfitness({ type, length, unique, externalId, createable }: FieldDescribe): string | undefined {
  if (!createable) return 'writable by insert with this sign-in';
  if (!externalId || !unique) return 'both unique and an external id';
  return type === 'string' && length >= 64 ? undefined : 'a text of at least 64 characters';
}

/** The targets of `fields` and `set` that no record can be written with. */
function wrongFields(plan: FieldPlan): (Misfit | undefined)[] {
  const { fields = {}, set = {}, operation } = plan.mapping;
  // A delete takes its key alone.
  if (operation === 'delete') return [];
  const misfits = Object.entries({ fields, set })
    .flatMap(([map, targets]) => Object.keys(targets).map((target) => wrongTarget(plan, map, target)))
    .filter((misfit) => misfit !== undefined);
  const { error } = constantsOf(plan);
  if (misfits.length > 0 || error === undefined) return misfits;
  return [misfitIn(plan, 'set', error.code, error.message, 'Give it another value.')];
}

function wrongTarget(plan: FieldPlan, map: string, name: string): Misfit | undefined {
  const { sobject, mapping } = plan;
  const target = plan.target(name);
  const misfit = (code: string, problem: string, hint: string): Misfit =>
    misfitIn(plan, `${map}.${name}`, code, problem, hint);
  switch (target.kind) {
    case 'column':
      return undefined;
    case 'reference': {
      const { relationship, field, type } = target;
      // The Ids of record types are looked up by the names that describe has.
      if (relationship.field?.name === 'RecordTypeId') return undefined;
      const column = plan.referenceColumn(relationship, field, type);
      if (!('problem' in column)) return undefined;
      return misfit('WRONG_REFERENCE', `${name} is ${column.problem}`, 'Name another field.');
    }
    case 'relationship': {
      const hint = `A reference is written as ${name}.External_Id__c.`;
      return misfit('UNKNOWN_FIELD', `${sobject}.${name} is a relationship, not a field`, hint);
    }
    case 'unwritable': {
      const problem = `${sobject}.${target.name} may not be written by ${mapping.operation} with this sign-in`;
      return misfit('FIELD_NOT_WRITABLE', problem, 'Remove it, or ask for the permission to write it.');
    }
    default: {
      const nearest = target.kind === 'ignored' ? undefined : target.nearest;
      const hint =
        nearest === undefined ? 'Check the name and the permissions of the user.' : `Did you mean ${nearest}?`;
      const what = target.kind === 'misspelt' ? 'relationship for' : 'field';
      return misfit('UNKNOWN_FIELD', unseenField(sobject, name, what), hint);
    }
  }
}

function unseenField(sobject: string, name: string, what = 'field'): string {
  return `${sobject} has no ${what} ${name} that this user can see`;
}

function namesOf(fields: readonly FieldDescribe[]): string[] {
  return fields.map(({ name }) => name);
}
