import type { DropReason } from '../accounting/check-report.js';
import type { FieldPlan } from '../writers/fields.js';
import type { Describes } from './record-check.js';

/**
 * Why a name of a record is left out of what is sent: the sObject has no such field that the user can see, nobody can
 * write it, or this operation cannot.
 */
export function dropReason(name: string, plan: FieldPlan, describes: Describes): DropReason {
  const target = plan.target(name);
  if (target.kind !== 'unwritable' || !target.exists) return 'unknown';
  const lower = name.toLowerCase();
  const fields = describes.get(plan.mapping.sobject.toLowerCase())?.fields ?? [];
  const field = plan.describeOf(name) ?? fields.find((one) => one.relationshipName?.toLowerCase() === lower);
  return field?.createable === true || field?.updateable === true ? 'not_permitted' : 'read_only';
}
