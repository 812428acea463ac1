import type { Column } from '../core/record.js';
import type { FieldPlan } from '../records/field-plan.js';
import type { QueryRow } from '../salesforce/query.js';

/** The lookup leads somewhere, but the user may not see where. */
export const REFERENCE_HIDDEN = Symbol('hidden');

/** What the org holds in a field, or of a reference the parent's key; null where that is nothing. */
export type PresentValue = string | number | boolean | null | typeof REFERENCE_HIDDEN;

/** A record that the org holds. */
export class PresentRow {
  constructor(private readonly row: QueryRow) {}

  get id(): string | undefined {
    const id = this.row['Id'];
    return typeof id === 'string' ? id : undefined;
  }

  valueOf({ field, reference }: Pick<Column, 'field' | 'reference'>): PresentValue {
    if (reference === undefined) return plain(memberOf(this.row, field));
    const parent = memberOf(this.row, reference.relationship);
    if (typeof parent === 'object' && parent !== null) return plain(memberOf(parent as QueryRow, reference.field));
    return (memberOf(this.row, field) ?? null) === null ? null : REFERENCE_HIDDEN;
  }
}

/** What a query must name for these columns; a lookup beside its reference, since a parent may be hidden. */
export function selectList(columns: readonly Column[], { keyField = 'Id', describe }: FieldPlan): string[] {
  const names = new Map([['id', 'Id']]);
  const add = (name: string): unknown => names.set(name.toLowerCase(), name);
  const byType = new Map<string, Map<string, Set<string>>>();
  add(keyField);
  for (const { field, reference } of columns) {
    if (reference === undefined || describe !== undefined) add(field);
    if (reference === undefined) continue;
    const { relationship, field: key, type } = reference;
    if (type === undefined) {
      add(`${relationship}.${key}`);
      continue;
    }
    const types = getOrMake(byType, relationship, () => new Map<string, Set<string>>());
    getOrMake(types, type, () => new Set<string>()).add(key);
  }
  // Only so can a parent of one of several kinds be asked for a field of its own.
  const cases = [...byType].map(([relationship, types]) => {
    const whens = [...types].map(([type, keys]) => `WHEN ${type} THEN ${[...keys].join(', ')}`);
    return `TYPEOF ${relationship} ${whens.join(' ')} ELSE Id END`;
  });
  return [...names.values(), ...cases];
}

/** Names come back as the org spells them. */
function memberOf(row: QueryRow, name: string): unknown {
  if (Object.hasOwn(row, name)) return row[name];
  const lower = name.toLowerCase();
  return Object.entries(row).find(([other]) => other.toLowerCase() === lower)?.[1];
}

function plain(value: unknown): string | number | boolean | null {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

function getOrMake<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
