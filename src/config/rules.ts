import type { ConfigIssue } from '../errors.js';
import { checkDependencies } from './dependencies.js';
import { issueAt, type IssueContext } from './issues.js';
import { isObject } from './path.js';

/**
 * What keys demand of each other. Looks at the values as written, so that these mistakes are told
 * together with those of single values.
 */
export function checkRules(values: Readonly<Record<string, unknown>>, context: IssueContext): ConfigIssue[] {
  const mappings = Array.isArray(values.topic_mappings) ? (values.topic_mappings as unknown[]) : [];
  return [
    ...mappings.flatMap((mapping, index) => (isObject(mapping) ? checkMapping(mapping, index, context) : [])),
    ...checkTopicsUnique(mappings, context),
    ...checkDependencies(mappings, context),
    ...checkHeaderNames(values.headers, context),
  ];
}

function checkMapping(mapping: Readonly<Record<string, unknown>>, index: number, context: IssueContext): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const add = (key: string, message: string) => issues.push(issueAt(['topic_mappings', index, key], message, context));
  const operation = mapping.operation ?? 'upsert';
  const hasExternalId = mapping.external_id_field !== undefined && mapping.external_id_field !== '';
  if (operation === 'upsert' && !hasExternalId) {
    const example = context.mapFlags.has(index) ? ', as in --map accounts=Account:upsert:External_Id__c' : '';
    add('external_id_field', `is required for upsert: the field that tells records apart${example}`);
  }
  if (mapping.mode === 'bulk' && String(mapping.all_or_none).toLowerCase() === 'true') {
    add('all_or_none', 'is not possible in bulk mode: a bulk job writes each record on its own');
  }
  return issues;
}

function checkTopicsUnique(mappings: readonly unknown[], context: IssueContext): ConfigIssue[] {
  const first = new Map<string, number>();
  return mappings.flatMap((mapping, index) => {
    if (!isObject(mapping) || (typeof mapping.topic !== 'string' && typeof mapping.topic !== 'number')) return [];
    const topic = String(mapping.topic);
    const earlier = first.get(topic);
    first.set(topic, earlier ?? index);
    if (earlier === undefined) return [];
    const message = `expected each topic once; topic_mappings[${earlier}] maps ${JSON.stringify(topic)} already`;
    return [issueAt(['topic_mappings', index, 'topic'], message, context)];
  });
}

function checkHeaderNames(headers: unknown, context: IssueContext): ConfigIssue[] {
  if (!isObject(headers)) return [];
  const seen = new Set<string>();
  return Object.keys(headers).flatMap((name) => {
    const path = ['headers', name];
    const isKnown = seen.has(name.toLowerCase());
    seen.add(name.toLowerCase());
    if (!/^sforce-[a-z0-9-]+$/i.test(name))
      return [issueAt(path, 'expected a header whose name begins with Sforce-', context)];
    return isKnown ? [issueAt(path, 'is given twice, in different case', context)] : [];
  });
}

/** Warnings: what is allowed but has no effect. */
export function idleMappingKeys(values: Readonly<Record<string, unknown>>): string[] {
  const mappings = Array.isArray(values.topic_mappings) ? (values.topic_mappings as unknown[]) : [];
  return mappings.flatMap((mapping, index) => {
    if (!isObject(mapping)) return [];
    const { operation, external_id_field: externalId, compact, tombstones = 'fail' } = mapping;
    const idle: string[] = [];
    const isKeyIdle = operation === 'insert' || operation === 'update';
    if (isKeyIdle && externalId !== undefined && externalId !== '') idle.push('external_id_field');
    if (operation === 'insert' && String(compact).toLowerCase() === 'true') idle.push('compact');
    if (operation !== undefined && operation !== 'upsert' && tombstones !== 'fail') idle.push('tombstones');
    return idle.map((key) => `topic_mappings[${index}].${key} has no effect with ${String(operation)}`);
  });
}
