import type { ConfigIssue } from '../core/errors.js';
import { checkDependencies } from './dependencies.js';
import { issueAt, type IssueContext } from './issues.js';
import { isObject } from './path.js';
import { checkTargets } from './targets.js';

/**
 * What keys demand of each other. Looks at the values as written, so that these mistakes are told
 * together with those of single values.
 */
export function checkRules(values: Readonly<Record<string, unknown>>, context: IssueContext): ConfigIssue[] {
  const mappings = Array.isArray(values.topic_mappings) ? (values.topic_mappings as unknown[]) : [];
  return [
    ...mappings.flatMap((mapping, index) =>
      isObject(mapping) ? checkMapping(mapping, index, context, values.headers) : [],
    ),
    ...checkTopicsUnique(mappings, context),
    ...checkDependencies(mappings, context),
    ...checkHeaderNames(values.headers, context),
  ];
}

function checkMapping(
  mapping: Readonly<Record<string, unknown>>,
  index: number,
  context: IssueContext,
  headers: unknown,
): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const add = (key: string, message: string) => issues.push(issueAt(['topic_mappings', index, key], message, context));
  const operation = mapping.operation ?? 'upsert';
  const hasExternalId = mapping.external_id_field !== undefined && mapping.external_id_field !== '';
  if (operation === 'upsert' && !hasExternalId) {
    const example = context.mapFlags.has(index) ? ', as in --map accounts=Account:upsert:External_Id__c' : '';
    add('external_id_field', `is required for upsert: the field that tells records apart${example}`);
  }
  const isKeyed = mapping.insert_key !== undefined && mapping.insert_key !== '';
  if (isKeyed && operation !== 'insert')
    add(
      'insert_key',
      `is for insert alone; found with ${typeof operation === 'string' ? operation : 'another operation'}`,
    );
  const problem = assignmentRuleProblem(mapping, headers);
  if (problem !== undefined) add('assignment_rule', problem);
  return [...issues, ...checkTargets(mapping, index, context)];
}

function assignmentRuleProblem(
  { assignment_rule: rule, sobject, mode }: Readonly<Record<string, unknown>>,
  headers: unknown,
): string | undefined {
  if (rule === undefined) return undefined;
  const name = String(sobject).toLowerCase();
  if (!['lead', 'case', 'account'].includes(name))
    return `is for Lead, Case and Account; found with ${String(sobject)}`;
  if (name === 'account') {
    if (mode === 'bulk') return 'is not for Account in bulk mode: Bulk API 2.0 has rules for Lead and Case alone';
    if (typeof rule !== 'boolean' && !(typeof rule === 'string' && /^\s*(?:true|false)\s*$/i.test(rule)))
      return 'expected true or false for Account, whose rules have no Id';
  }
  const header = isObject(headers) && Object.keys(headers).find((one) => one.toLowerCase() === 'sforce-auto-assign');
  return typeof header === 'string' ? `says what headers.${header} says; give one of the two` : undefined;
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

/** What sObject Collections heed and Bulk API 2.0 does not, in lower case. */
const REALTIME_HEADERS = ['sforce-auto-assign', 'sforce-duplicate-rule-header', 'sforce-mru'];

/** Warnings: what is allowed but has no effect. */
export function idleKeys(values: Readonly<Record<string, unknown>>): string[] {
  const mappings = Array.isArray(values.topic_mappings) ? (values.topic_mappings as unknown[]) : [];
  return [
    ...mappings.flatMap((mapping, index) => (isObject(mapping) ? idleMappingKeys(mapping, index) : [])),
    ...idleHeaders(values.headers, mappings.filter(isObject)),
  ];
}

function idleMappingKeys(mapping: Readonly<Record<string, unknown>>, index: number): string[] {
  const {
    operation,
    external_id_field: externalId,
    compact,
    set,
    tombstones = 'fail',
    assignment_rule: rule,
  } = mapping;
  const idle: string[] = [];
  if (operation === 'insert') {
    if (externalId !== undefined && externalId !== '') idle.push('external_id_field');
    if (isTrue(compact)) idle.push('compact');
  }
  if (operation === 'delete' && rule !== undefined) idle.push('assignment_rule');
  if (operation === 'delete' && isObject(set) && Object.keys(set).length > 0) idle.push('set');
  if (operation !== undefined && operation !== 'upsert' && tombstones !== 'fail') idle.push('tombstones');
  const warnings = idle.map((key) => `topic_mappings[${index}].${key} has no effect with ${String(operation)}`);
  if (mapping.mode !== 'bulk' || !isTrue(mapping.all_or_none)) return warnings;
  return [
    ...warnings,
    `topic_mappings[${index}].all_or_none has no effect in bulk mode: a bulk job writes each record on its own`,
  ];
}

function idleHeaders(headers: unknown, mappings: readonly Readonly<Record<string, unknown>>[]): string[] {
  const topics = mappings.filter(({ mode }) => mode === 'bulk').map(({ topic }) => String(topic));
  const idle = isObject(headers)
    ? Object.keys(headers).filter((name) => REALTIME_HEADERS.includes(name.toLowerCase()))
    : [];
  if (topics.length === 0 || idle.length === 0) return [];
  const names = idle.map((name) => `headers.${name}`).join(', ');
  const [have, them] = idle.length === 1 ? ['has', 'it'] : ['have', 'them'];
  return [`${names} ${have} no effect on topics in bulk mode (${topics.join(', ')}): Bulk API 2.0 ignores ${them}`];
}

function isTrue(value: unknown): boolean {
  return String(value).toLowerCase() === 'true';
}
