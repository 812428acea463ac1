import type { KnownMapping } from '../../config/known-mappings.js';

const OPERATIONS = ['insert', 'update', 'upsert', 'delete'];
const MODES = ['realtime', 'bulk'];

export function topicCandidates(mappings: readonly KnownMapping[]): string[] {
  return unique(mappings.map(({ topic }) => topic));
}

/**
 * What the value of a `--map` can go on as: topics and, after the `=`, sObjects, operations, external id fields and
 * modes. Each candidate is the whole value, of which only the last part is new. A colon at the end leads on, and does no
 * harm where nothing follows it.
 */
export function mappingCandidates(mappings: readonly KnownMapping[], value: string): string[] {
  const equals = value.indexOf('=');
  if (equals < 0) return topicCandidates(mappings).map((topic) => `${topic}=`);
  const parts = value.slice(equals + 1).split(':');
  const before = value.slice(0, value.length - (parts.at(-1) ?? '').length);
  const [sobject] = parts;
  switch (parts.length) {
    case 1:
      return unique(mappings.map((mapping) => mapping.sobject)).map((name) => `${before}${name}:`);
    case 2:
      return OPERATIONS.map((operation) => `${before}${operation}:`);
    case 3:
      return fieldsOf(mappings, sobject).map((field) => `${before}${field}:`);
    case 4:
      return MODES.map((mode) => before + mode);
    default:
      return [];
  }
}

/** Those of the sObject, or of all others where it has none. */
function fieldsOf(mappings: readonly KnownMapping[], sobject: string | undefined): string[] {
  const own = mappings.filter((mapping) => mapping.sobject === sobject);
  const fields = (some: readonly KnownMapping[]): string[] =>
    unique(some.map(({ externalIdField }) => externalIdField));
  return fields(own).length > 0 ? fields(own) : fields(mappings);
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].filter((name) => name !== '');
}
