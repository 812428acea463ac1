import { z } from 'zod';
import { isObject } from '../core/unknown.js';
import type { Issues } from './issues.js';
import { type CheckedConfig, configSchema } from './schema.js';
import { innerOf, TARGET } from './values.js';

type Mapping = Partial<CheckedConfig['topic_mappings'][number]>;

/** What of a configuration is right, each value by itself. */
export type ValidPart = Partial<Omit<CheckedConfig, 'topic_mappings'>> & { topic_mappings?: readonly Mapping[] };

export function validPart(values: Readonly<Record<string, unknown>>): ValidPart {
  return validValue(configSchema, values) as ValidPart;
}

/** Without the values that are wrong, and undefined where it is one itself. */
function validValue(schema: z.core.$ZodType, value: unknown): unknown {
  const inner = innerOf(schema);
  if (inner instanceof z.ZodObject && isObject(value)) {
    const shape: Record<string, z.core.$ZodType> = inner.shape;
    return Object.fromEntries(Object.entries(shape).map(([key, member]) => [key, validValue(member, value[key])]));
  }
  if (inner instanceof z.ZodArray && Array.isArray(value)) {
    // What is wrong keeps its place.
    const nothing = inner.element instanceof z.ZodObject ? {} : '';
    return value.map((item) => validValue(inner.element, item) ?? nothing);
  }
  if (inner instanceof z.ZodRecord && isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, validValue(inner.valueType, item) ?? '']),
    );
  }
  return z.safeParse(schema, value).data;
}

/** What keys demand of each other: told together with the mistakes of single values, which are missing here. */
export function checkRules({ topic_mappings: mappings = [], headers = {} }: ValidPart, issues: Issues): void {
  const first = new Map<string, number>();
  for (const [index, mapping] of mappings.entries()) {
    const add = (key: string, message: string): void => issues.add(['topic_mappings', index, key], message);
    const { topic, operation, external_id_field: externalId, insert_key: insertKey } = mapping;
    if (operation === 'upsert' && externalId === '') {
      const example = issues.isFlag(index) ? ', as in --map accounts=Account:upsert:External_Id__c' : '';
      add('external_id_field', `is required for upsert: the field that identifies records${example}`);
    }
    if (insertKey && operation !== undefined && operation !== 'insert') {
      add('insert_key', `is for insert only; found with ${operation}`);
    }
    const problem = assignmentRuleProblem(mapping, headers);
    if (problem !== undefined) add('assignment_rule', problem);
    checkTargets(mapping, index, issues);
    const earlier = topic === undefined ? undefined : first.get(topic);
    if (topic !== undefined && earlier === undefined) first.set(topic, index);
    if (earlier === undefined) continue;
    add('topic', `expected each topic once; topic_mappings[${earlier}] maps ${JSON.stringify(topic)} already`);
  }
  checkDependencies(mappings, issues);
  checkNames(Object.keys(headers), ['headers'], issues, (name) =>
    /^sforce-[a-z0-9-]+$/i.test(name) ? undefined : 'expected a header whose name begins with Sforce-',
  );
}

function assignmentRuleProblem(
  { assignment_rule: rule, sobject, mode }: Mapping,
  headers: Readonly<Record<string, string>>,
): string | undefined {
  if (rule === undefined || sobject === undefined) return undefined;
  const name = sobject.toLowerCase();
  if (!['lead', 'case', 'account'].includes(name)) return `is for Lead, Case and Account; found with ${sobject}`;
  if (name === 'account') {
    if (mode === 'bulk') return 'is not for Account in bulk mode: Bulk API 2.0 has rules for Lead and Case only';
    if (typeof rule !== 'boolean') return 'expected true or false for Account, whose rules have no Id';
  }
  const header = Object.keys(headers).find((one) => one.toLowerCase() === 'sforce-auto-assign');
  return header === undefined ? undefined : `conflicts with headers.${header}; give one of the two`;
}

/** Names that Salesforce does not tell apart by case. `problemOf` says what else is wrong with one. */
function checkNames(
  names: readonly string[],
  path: readonly PropertyKey[],
  issues: Issues,
  problemOf: (name: string) => string | undefined,
): void {
  const seen = new Set<string>();
  for (const name of names) {
    const lower = name.toLowerCase();
    const problem = seen.has(lower) ? 'is given twice, in different case' : undefined;
    seen.add(lower);
    const message = problemOf(name) ?? problem;
    if (message !== undefined) issues.add([...path, name], message);
  }
}

/** What the names in `fields` and `set` demand of each other, and of the mapping's key. */
function checkTargets(mapping: Mapping, index: number, issues: Issues): void {
  const { fields = {}, set = {}, insert_key: insertKey = '' } = mapping;
  const path = ['topic_mappings', index];
  const key = keyOf(mapping);
  const keys = [key, insertKey].map((name) => name?.toLowerCase());
  const problemOf = (name: string): string | undefined =>
    TARGET.test(name) ? undefined : 'expected the API name of a field, or a reference such as Account.External_Id__c';
  const identity = 'is the key that identifies records: a constant would give all records the same key';
  const targets = Object.keys(fields);
  checkNames(targets, [...path, 'fields'], issues, problemOf);
  checkNames(Object.keys(set), [...path, 'set'], issues, (name) => {
    return problemOf(name) ?? (keys.includes(name.toLowerCase()) ? identity : undefined);
  });
  if (targets.length === 0 || key === undefined || targets.some((name) => name.toLowerCase() === key.toLowerCase())) {
    return;
  }
  issues.add([...path, 'fields'], `has no source for ${key}, the key that identifies records`);
}

/** The field without which no record can be sent. An upsert by Id may lack it. */
function keyOf({ operation, external_id_field: name = '' }: Mapping): string | undefined {
  if (operation === 'upsert') return name === '' || name.toLowerCase() === 'id' ? undefined : name;
  return operation === 'update' || operation === 'delete' ? name || 'Id' : undefined;
}

/** Of a circle so many topics are named. */
const MOST_NAMED = 10;

/** What each topic waits for. */
type Parents = ReadonlyMap<string, { readonly index: number; readonly topics: readonly string[] }>;

/** Topics that nobody maps, and topics that wait for one another. */
function checkDependencies(mappings: readonly Mapping[], issues: Issues): void {
  const parents: Parents = new Map(
    mappings.flatMap(({ topic, depends_on: topics = [] }, index) =>
      topic === undefined ? [] : [[topic, { index, topics }] as const],
    ),
  );
  for (const { index, topics } of parents.values()) {
    for (const [at, parent] of topics.entries()) {
      if (parent === '' || parents.has(parent)) continue;
      issues.add(['topic_mappings', index, 'depends_on', at], `no mapping names the topic ${JSON.stringify(parent)}`);
    }
  }
  for (const circle of circlesOf(parents)) {
    const more = circle.length > MOST_NAMED ? [`… (${circle.length - MOST_NAMED} more)`] : [];
    const named = [...circle.slice(0, MOST_NAMED), ...more, circle[0]].join(' → ');
    const index = parents.get(circle[0] ?? '')?.index ?? 0;
    issues.add(['topic_mappings', index, 'depends_on'], `topics depend on one another: ${named}`);
  }
}

/** Circles of topics, each from the first of its topics on, none of which is in two of them. */
function circlesOf(parents: Parents): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  for (const start of parents.keys()) {
    // The way from a topic to what it waits for, with the parents that are still to be gone to; and the same as a set.
    const way = [{ topic: start, left: [...(parents.get(start)?.topics ?? [])] }];
    const onWay = new Set([start]);
    for (let last = way.at(-1); last !== undefined && !done.has(start); last = way.at(-1)) {
      const next = last.left.shift();
      if (next === undefined) {
        done.add(last.topic);
        way.pop();
      } else if (onWay.has(next) && !done.has(next)) {
        const circle = way.splice(way.findIndex(({ topic }) => topic === next)).map(({ topic }) => topic);
        for (const topic of circle) done.add(topic);
        const indexes = circle.map((topic) => parents.get(topic)?.index ?? 0);
        const first = indexes.indexOf(indexes.reduce((least, index) => Math.min(least, index)));
        circles.push([...circle.slice(first), ...circle.slice(0, first)]);
      } else if (parents.has(next) && !done.has(next)) {
        way.push({ topic: next, left: [...(parents.get(next)?.topics ?? [])] });
        onWay.add(next);
      }
    }
  }
  return circles;
}

/** What sObject Collections heed and Bulk API 2.0 does not, in lower case. */
const REALTIME_HEADERS = ['sforce-auto-assign', 'sforce-duplicate-rule-header', 'sforce-mru'];

/** Warnings: what is allowed but has no effect. */
export function ineffectiveKeys(
  { topic_mappings: mappings, headers }: CheckedConfig,
  mapFlags: ReadonlyMap<number, string>,
): string[] {
  const warnings = mappings.flatMap((mapping, index) => {
    const { operation } = mapping;
    const flag = mapFlags.get(index);
    const where = flag === undefined ? `topic_mappings[${index}].` : `${flag}: `;
    const idle = [
      ...(operation === 'insert' && mapping.external_id_field !== '' ? ['external_id_field'] : []),
      ...(operation === 'insert' && mapping.compact ? ['compact'] : []),
      ...(operation === 'delete' && mapping.assignment_rule !== undefined ? ['assignment_rule'] : []),
      ...(operation === 'delete' && Object.keys(mapping.set).length > 0 ? ['set'] : []),
      ...(operation !== 'upsert' && mapping.tombstones !== 'fail' ? ['tombstones'] : []),
    ].map((key) => `${where}${key} has no effect with ${operation}`);
    if (mapping.mode !== 'bulk' || !mapping.all_or_none) return idle;
    return [...idle, `${where}all_or_none has no effect in bulk mode: a bulk job writes each record on its own`];
  });
  const topics = mappings.filter(({ mode }) => mode === 'bulk').map(({ topic }) => topic);
  const idle = Object.keys(headers).filter((name) => REALTIME_HEADERS.includes(name.toLowerCase()));
  if (topics.length === 0 || idle.length === 0) return warnings;
  const names = idle.map((name) => `headers.${name}`).join(', ');
  const [have, them] = idle.length === 1 ? ['has', 'it'] : ['have', 'them'];
  const where = `topics in bulk mode (${topics.join(', ')})`;
  return [...warnings, `${names} ${have} no effect on ${where}: Bulk API 2.0 ignores ${them}`];
}
