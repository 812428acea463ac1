import { isObject } from '../core/unknown.js';
import { issueAt, type IssueContext } from './issues.js';
import { TARGET } from './values.js';
import type { ConfigIssue } from '../core/errors.js';

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
    add('external_id_field', `is required for upsert: the field that identifies records${example}`);
  }
  const isKeyed = mapping.insert_key !== undefined && mapping.insert_key !== '';
  if (isKeyed && operation !== 'insert')
    add(
      'insert_key',
      `is for insert only; found with ${typeof operation === 'string' ? operation : 'another operation'}`,
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
    if (mode === 'bulk') return 'is not for Account in bulk mode: Bulk API 2.0 has rules for Lead and Case only';
    if (typeof rule !== 'boolean' && !(typeof rule === 'string' && /^\s*(?:true|false)\s*$/i.test(rule)))
      return 'expected true or false for Account, whose rules have no Id';
  }
  const header = isObject(headers) && Object.keys(headers).find((one) => one.toLowerCase() === 'sforce-auto-assign');
  return typeof header === 'string' ? `conflicts with headers.${header}; give one of the two` : undefined;
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
export function ineffectiveKeys(
  values: Readonly<Record<string, unknown>>,
  mapFlags: ReadonlyMap<number, string>,
): string[] {
  const mappings = Array.isArray(values.topic_mappings) ? (values.topic_mappings as unknown[]) : [];
  return [
    ...mappings.flatMap((mapping, index) => {
      const flag = mapFlags.get(index);
      const where = flag === undefined ? `topic_mappings[${index}].` : `${flag}: `;
      return isObject(mapping) ? ineffectiveMappingKeys(mapping, where) : [];
    }),
    ...ineffectiveHeaders(values.headers, mappings.filter(isObject)),
  ];
}

function ineffectiveMappingKeys(mapping: Readonly<Record<string, unknown>>, where: string): string[] {
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
  const warnings = idle.map((key) => `${where}${key} has no effect with ${String(operation)}`);
  if (mapping.mode !== 'bulk' || !isTrue(mapping.all_or_none)) return warnings;
  return [...warnings, `${where}all_or_none has no effect in bulk mode: a bulk job writes each record on its own`];
}

function ineffectiveHeaders(headers: unknown, mappings: readonly Readonly<Record<string, unknown>>[]): string[] {
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
            ? 'is the key that identifies records: a constant would give all records the same key'
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
    issueAt([...path, 'fields'], `has no source for ${key}, the key that identifies records`, context),
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

/** Of a circle so many topics are named. */
const MOST_NAMED = 10;

/** What each topic waits for. */
type Parents = ReadonlyMap<string, { readonly index: number; readonly topics: readonly string[] }>;

/** Topics that nobody maps, and topics that wait for one another. */
export function checkDependencies(mappings: readonly unknown[], context: IssueContext): ConfigIssue[] {
  const parents = new Map<string, { index: number; topics: readonly string[] }>();
  for (const [index, mapping] of mappings.entries()) {
    if (!isObject(mapping) || !isTopic(mapping.topic)) continue;
    // What is no topic at all is told as such.
    const topics = Array.isArray(mapping.depends_on)
      ? mapping.depends_on.map((one) => (isTopic(one) ? String(one) : ''))
      : [];
    parents.set(String(mapping.topic), { index, topics });
  }
  const unmapped = [...parents.values()].flatMap(({ index, topics }) =>
    topics.flatMap((parent, at) => {
      if (parent === '' || parents.has(parent)) return [];
      const message = `no mapping names the topic ${JSON.stringify(parent)}`;
      return [issueAt(['topic_mappings', index, 'depends_on', at], message, context)];
    }),
  );
  const circles = circlesOf(parents).map((circle) => {
    const more = circle.length > MOST_NAMED ? [`… (${circle.length - MOST_NAMED} more)`] : [];
    const message = `topics depend on one another: ${[...circle.slice(0, MOST_NAMED), ...more, circle[0]].join(' → ')}`;
    return issueAt(['topic_mappings', parents.get(circle[0] ?? '')?.index ?? 0, 'depends_on'], message, context);
  });
  return [...unmapped, ...circles];
}

function isTopic(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

/**
 * Circles of topics, each from the first of its topics on, none of which is in two of them. Takes away what waits for nothing
 * until only circles are left and what waits for them: any way along the parents leads into a circle then.
 */
function circlesOf(parents: Parents): string[][] {
  const waits = new Map<string, number>();
  const children = new Map<string, string[]>([...parents.keys()].map((topic) => [topic, []]));
  for (const [topic, { topics }] of parents) {
    const known = new Set(topics.filter((parent) => parents.has(parent)));
    waits.set(topic, known.size);
    for (const parent of known) children.get(parent)?.push(topic);
  }
  const takeAway = (gone: string[]): void => {
    for (let topic = gone.pop(); topic !== undefined; topic = gone.pop()) {
      if (!waits.delete(topic)) continue;
      for (const child of children.get(topic) ?? []) {
        const left = (waits.get(child) ?? 0) - 1;
        if (waits.has(child)) waits.set(child, left);
        if (left === 0) gone.push(child);
      }
    }
  };
  takeAway([...waits].flatMap(([topic, count]) => (count === 0 ? [topic] : [])));
  const circles: string[][] = [];
  for (let [start] = waits.keys(); start !== undefined; [start] = waits.keys()) {
    const way = new Set<string>();
    let at = start;
    while (!way.has(at)) {
      way.add(at);
      at = parents.get(at)?.topics.find((parent) => waits.has(parent)) ?? at;
    }
    const circle = [...way].slice([...way].indexOf(at));
    const indexes = circle.map((topic) => parents.get(topic)?.index ?? 0);
    const first = indexes.indexOf(indexes.reduce((least, index) => Math.min(least, index)));
    circles.push([...circle.slice(first), ...circle.slice(0, first)]);
    takeAway(circle);
  }
  return circles;
}
