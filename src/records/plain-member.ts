import type { Column } from '../core/record.js';
import { NUMBER_TYPES, type FieldPlan } from './field-plan.js';

/** A member of a record that JSON holds in the same way before and after it is shaped, and its column. */
export interface PlainMember {
  readonly name: string;
  readonly column: Column;
  /** What else than text it may hold. */
  readonly mayBeNumber: boolean;
  readonly mayBeBoolean: boolean;
  readonly mayBeNull: boolean;
}

/**
 * Undefined where the member has another name in the org, is not sent, or may be a reference. Which values stay as they are
 * is the shaper's rule: empty text clears a field, and a checkbox that is cleared is false.
 */
export function plainMember(name: string, plan: FieldPlan): PlainMember | undefined {
  const target = plan.target(name);
  if (target.kind !== 'column' || target.column.header !== name || target.column.reference !== undefined) return;
  const { column } = target;
  const { type } = column;
  const isUnknown = type === 'unknown';
  const isKey = column.field === plan.keyField;
  return {
    name,
    column,
    mayBeNumber: isUnknown || NUMBER_TYPES.has(type),
    mayBeBoolean: !isKey && (isUnknown || type === 'boolean'),
    // A key that is null is absent.
    mayBeNull: !isKey && type !== 'boolean',
  };
}
