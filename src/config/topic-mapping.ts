import type { ConfigIssue } from '../core/errors.js';

const FORM = 'TOPIC=SOBJECT[:OPERATION[:EXTERNAL_ID_FIELD[:MODE]]]';

/** A `--map` as typed, in the shape of one of `topic_mappings`; its values are not checked yet. */
export interface TypedMapping {
  readonly topic: string;
  readonly sobject: string;
  readonly operation?: string;
  readonly external_id_field?: string;
  readonly mode?: string;
}

/** Reads `accounts=Account:upsert:External_Id__c:bulk`. A part that is left empty has its default. */
export function parseMapFlag(typed: string): TypedMapping | ConfigIssue {
  const equals = typed.indexOf('=');
  const issue = (message: string): ConfigIssue => ({ path: `--map ${typed}`, message, origin: '--map' });
  if (equals < 0) return issue(`expected ${FORM}; found no "=" between the topic and the sObject`);
  const topic = typed.slice(0, equals).trim();
  const [sobject = '', operation = '', externalIdField = '', mode = '', ...rest] = typed
    .slice(equals + 1)
    .split(':')
    .map((part) => part.trim());
  if (topic === '') return issue(`expected ${FORM}; found no topic before the "="`);
  if (sobject === '') return issue(`expected ${FORM}; found no sObject after the "="`);
  if (rest.length > 0)
    return issue(`expected ${FORM}; found ${rest.length + 4} parts after the "=", at most 4 are known`);
  return {
    topic,
    sobject,
    ...(operation !== '' && { operation }),
    ...(externalIdField !== '' && { external_id_field: externalIdField }),
    ...(mode !== '' && { mode }),
  };
}

/** The mappings of the file with those of the command line: one of the same topic is replaced, others are added. */
export function mergeMappings(
  configured: readonly unknown[],
  typed: readonly { readonly text: string; readonly mapping: TypedMapping }[],
): { mappings: unknown[]; flags: ReadonlyMap<number, string> } {
  const mappings = [...configured];
  const flags = new Map<number, string>();
  for (const { text, mapping } of typed) {
    const same = mappings.findIndex((other) => (other as { topic?: unknown } | null)?.topic === mapping.topic);
    const index = same < 0 ? mappings.length : same;
    mappings[index] = mapping;
    flags.set(index, `--map ${text}`);
  }
  return { mappings, flags };
}
