import { ApiError } from '../api-error.js';
import { normalizeId, toLongId } from '../ids.js';
import type { ApiRequest } from '../requests.js';
import type { SObjectType } from '../schema/schema.js';
import type { Assignment } from './row.js';
import type { StoredRow } from './store.js';

/** One rule of the org: new and changed records of the type become the queue's. */
interface Rule {
  readonly sobject: string;
  readonly name: string;
  readonly isActive: boolean;
  readonly queue: string;
}

const RULES: readonly Rule[] = [
  { sobject: 'Lead', name: 'Standard Leads', isActive: true, queue: 'Lead Queue' },
  { sobject: 'Lead', name: 'Partner Leads', isActive: false, queue: 'Partner Queue' },
  { sobject: 'Case', name: 'Standard Cases', isActive: true, queue: 'Case Queue' },
  { sobject: 'Case', name: 'Night Cases', isActive: false, queue: 'Night Queue' },
];

/** By the rule's Id, the Id of the queue that it gives records to. */
export type AssignmentRules = ReadonlyMap<string, Rule & { readonly ownerId: string }>;

/** Puts the rules and their queues into the org. Their Ids are the same in every org, and no other record's. */
export function createRules(
  create: (sobject: string, id: string, values: StoredRow['values']) => void,
): AssignmentRules {
  return new Map(
    RULES.map((rule, index) => {
      const id = toLongId(`01Q5e000000000${index + 1}`);
      const ownerId = toLongId(`00G5e000000000${index + 1}`);
      create('AssignmentRule', id, { Name: rule.name, SobjectType: rule.sobject, Active: rule.isActive });
      create('Group', ownerId, { Name: rule.queue, DeveloperName: rule.queue.replaceAll(' ', '_'), Type: 'Queue' });
      return [id, { ...rule, ownerId }];
    }),
  );
}

/**
 * What the header `Sforce-Auto-Assign` asks for; the active rule where it is absent.
 * @throws ApiError 400 MALFORMED_ID, INVALID_CROSS_REFERENCE_KEY
 */
export function readAssignment(rules: AssignmentRules, { headers }: ApiRequest): Assignment {
  const value = headers['sforce-auto-assign']?.trim() ?? '';
  if (value === '' || /^true$/i.test(value)) return 'active';
  if (/^false$/i.test(value)) return 'none';
  const ruleId = normalizeId(value);
  if (ruleId === undefined) throw new ApiError(400, 'MALFORMED_ID', `malformed id ${value}`);
  if (rules.has(ruleId)) return { ruleId };
  throw new ApiError(400, 'INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id');
}

/** The owner that the rule gives a record of this type; undefined where no rule runs. */
export function assignedOwner(rules: AssignmentRules, type: SObjectType, assignment: Assignment): string | undefined {
  if (assignment === 'none') return undefined;
  if (assignment !== 'active') {
    const rule = rules.get(assignment.ruleId);
    return rule?.sobject === type.name ? rule.ownerId : undefined;
  }
  return [...rules.values()].find((rule) => rule.isActive && rule.sobject === type.name)?.ownerId;
}
