import type { TopicMapping } from '../core/record.js';

/** The field that tells a mapping's records apart, as configured; undefined for insert without an `insert_key`. */
export function keyFieldOf(mapping: TopicMapping): string | undefined {
  if (mapping.operation === 'insert') return mapping.insertKey;
  return mapping.externalIdField === '' ? 'Id' : mapping.externalIdField;
}

/** The org updates and deletes by Id alone. */
export function looksUpIds({ operation, externalIdField }: TopicMapping): boolean {
  return (operation === 'update' || operation === 'delete') && externalIdField !== '';
}
