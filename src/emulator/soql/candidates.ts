import type { Table, StoredRow } from '../records/store.js';
import { literalValue } from './compare.js';
import type { Condition, Literal } from './query.js';
import { resolvePath, type Scope } from './resolve.js';

/**
 * The records that can match a condition, found by an index instead of looking at all. Undefined where no index helps;
 * each of them has still to be tested.
 */
export function candidates(scope: Scope, table: Table, condition: Condition): readonly StoredRow[] | undefined {
  switch (condition.kind) {
    case 'and':
      for (const one of condition.conditions) {
        const found = candidates(scope, table, one);
        if (found) return found;
      }
      return undefined;
    case 'compare':
      return condition.operator === '=' ? byValues(scope, table, condition, [condition.literal]) : undefined;
    case 'in':
      return condition.isNegated ? undefined : byValues(scope, table, condition, condition.literals);
    default:
      return undefined;
  }
}

function byValues(
  scope: Scope,
  table: Table,
  { operand }: Extract<Condition, { kind: 'compare' | 'in' }>,
  literals: readonly Literal[],
): readonly StoredRow[] | undefined {
  // Indexes know live records alone.
  if (operand.kind !== 'field' || scope.withDeleted) return undefined;
  const { lookups, field } = resolvePath(scope, operand.path);
  if (lookups.length > 0 || !table.isIndexed(field) || literals.some((one) => one.kind === 'null')) return undefined;
  const rows = new Set<StoredRow>();
  for (const literal of literals) {
    for (const row of table.similar(field, literalValue(field, literal, scope.query))) rows.add(row);
  }
  return [...rows];
}
