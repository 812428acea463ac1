import { visibleNames } from '../core/text.js';
import type { DroppedField } from '../core/record.js';
import type { FieldPlan } from './field-plan.js';

/** What is left out of a record, by name: several spellings of one field are dropped once. */
export type DroppedFields = Map<string, DroppedField>;

export const NOTHING_DROPPED: readonly DroppedField[] = [];

export function noted(field: DroppedField, dropped: DroppedFields = new Map()): DroppedFields {
  return dropped.has(field.name) ? dropped : dropped.set(field.name, field);
}

export function listOf(dropped: DroppedFields | undefined): readonly DroppedField[] {
  return dropped === undefined ? NOTHING_DROPPED : [...dropped.values()];
}

/** `unknown to Case: topic, payload; not writable by insert: CreatedDate` */
export function droppedText(dropped: readonly DroppedField[], { sobject, mapping }: FieldPlan): string {
  const namesOf = (kind: DroppedField['kind']): string =>
    visibleNames(dropped.filter((field) => field.kind === kind).map(({ name }) => name));
  const unknown = namesOf('unknown');
  const unwritable = namesOf('unwritable');
  return [
    ...(unknown === '' ? [] : [`unknown to ${sobject}: ${unknown}`]),
    ...(unwritable === '' ? [] : [`not writable by ${mapping.operation}: ${unwritable}`]),
  ].join('; ');
}
