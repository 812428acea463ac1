import type { ConfigIssue } from '../core/errors.js';
import { issueAt, type IssueContext } from './issues.js';
import { isObject } from './path.js';
import { TARGET } from './values.js';

/** What the names in `fields` and `set` demand of each other, and of the mapping's key. */
export function checkTargets(
  mapping: Readonly<Record<string, unknown>>,
  index: number,
  context: IssueContext,
): ConfigIssue[] {
  const path = ['topic_mappings', index];
  const key = keyOf(mapping);
  const insertKey = typeof mapping.insert_key === 'string' ? mapping.insert_key.toLowerCase() : '';
  const issues = ['fields', 'set'].flatMap((map) => {
    const seen = new Set<string>();
    return namesOf(mapping[map]).flatMap((name) => {
      const lower = name.toLowerCase();
      const isKnown = seen.has(lower);
      seen.add(lower);
      const message = !TARGET.test(name)
        ? 'expected the API name of a field, or a reference such as Account.External_Id__c'
        : isKnown
          ? 'is given twice, in different case'
          : map === 'set' && (lower === key?.toLowerCase() || lower === insertKey)
            ? 'is the key that tells records apart: one value for all of them would make them one'
            : undefined;
      return message === undefined ? [] : [issueAt([...path, map, name], message, context)];
    });
  });
  const targets = namesOf(mapping.fields);
  if (targets.length === 0 || key === undefined || targets.some((name) => name.toLowerCase() === key.toLowerCase())) {
    return issues;
  }
  return [
    ...issues,
    issueAt([...path, 'fields'], `has no source for ${key}, the key that tells records apart`, context),
  ];
}

/** The field without which no record can be sent. An upsert by Id may lack it. */
function keyOf({
  operation = 'upsert',
  external_id_field: field,
}: Readonly<Record<string, unknown>>): string | undefined {
  const name = typeof field === 'string' ? field : '';
  if (operation === 'upsert') return name === '' || name.toLowerCase() === 'id' ? undefined : name;
  return operation === 'update' || operation === 'delete' ? name || 'Id' : undefined;
}

function namesOf(map: unknown): string[] {
  return isObject(map) ? Object.keys(map) : [];
}
