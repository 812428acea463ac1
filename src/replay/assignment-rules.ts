import { PreflightError } from '../core/errors.js';
import type { TopicMapping } from '../core/record.js';
import type { SalesforceClient } from '../salesforce/client.js';
import { queryAll } from '../salesforce/query.js';

/**
 * Bulk API 2.0 is given a rule by its Id alone: `true` becomes the Id of the rule that is active, which one query finds.
 * Throws a `PreflightError` where none is active, and a `RequestError`.
 */
export async function withActiveRules(
  mappings: readonly TopicMapping[],
  client: SalesforceClient,
  signal: AbortSignal,
): Promise<readonly TopicMapping[]> {
  const isOpen = ({ mode, assignmentRule }: TopicMapping): boolean => mode === 'bulk' && assignmentRule === true;
  const open = mappings.filter(isOpen);
  if (open.length === 0) return mappings;
  const rows = await queryAll(client, 'SELECT Id, SobjectType FROM AssignmentRule WHERE Active = true', { signal });
  const ids = new Map(rows.map((row) => [String(row['SobjectType']).toLowerCase(), String(row['Id'])]));
  const missing = open.find(({ sobject }) => !ids.has(sobject.toLowerCase()));
  if (missing !== undefined) {
    const message = `${missing.sobject} has no active assignment rule (assignment_rule of topic ${missing.topic})`;
    const hint = 'Activate one in Setup, give the Id of a rule, or leave assignment_rule out.';
    throw new PreflightError('NO_ACTIVE_ASSIGNMENT_RULE', message, { hint });
  }
  return mappings.map((mapping) =>
    isOpen(mapping) ? { ...mapping, assignmentRule: ids.get(mapping.sobject.toLowerCase()) } : mapping,
  );
}
