import type { DropReason } from '../accounting/check-report.js';
import type { FieldPlan } from '../records/field-plan.js';
import { readFlatName } from '../records/references.js';

/** Why a field of the sObject is left out of what is sent: nobody can write it, or this operation cannot. */
export function dropReason(name: string, plan: FieldPlan): DropReason {
  const lower = (readFlatName(name)?.relationship ?? name).toLowerCase();
  const fields = plan.describe?.fields ?? [];
  const field = plan.describeOf(name) ?? fields.find((one) => one.relationshipName?.toLowerCase() === lower);
  return field?.createable === true || field?.updateable === true ? 'not_permitted' : 'read_only';
}
