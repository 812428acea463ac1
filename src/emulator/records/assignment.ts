import { ApiError } from '../api-error.js';
import { normalizeId } from '../ids.js';
import type { ApiRequest } from '../requests.js';
import type { SObjectType } from '../schema/schema.js';
import type { Assignment } from './row.js';

/** A rule of the org: new and changed records of the type become the owner's, a queue. */
export interface AssignmentRule {
  readonly sobject: string;
  readonly isActive: boolean;
  readonly ownerId: string;
}

/** By Id. */
type AssignmentRules = ReadonlyMap<string, AssignmentRule>;

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
