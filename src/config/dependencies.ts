import type { ConfigIssue } from '../errors.js';
import { issueAt, type IssueContext } from './issues.js';
import { isObject } from './path.js';

/** Topics that nobody maps, and topics that wait for one another. */
export function checkDependencies(mappings: readonly unknown[], context: IssueContext): ConfigIssue[] {
  const parents = new Map<string, { index: number; topics: readonly string[] }>();
  for (const [index, mapping] of mappings.entries()) {
    if (!isObject(mapping) || (typeof mapping.topic !== 'string' && typeof mapping.topic !== 'number')) continue;
    const topics = Array.isArray(mapping.depends_on) ? mapping.depends_on.map(String) : [];
    parents.set(String(mapping.topic), { index, topics });
  }
  return [...parents].flatMap(([topic, { index, topics }]) => {
    const issues = topics.flatMap((parent, at) => {
      if (parents.has(parent)) return [];
      const message = `no mapping names the topic ${JSON.stringify(parent)}`;
      return [issueAt(['topic_mappings', index, 'depends_on', at], message, context)];
    });
    const circle = circleFrom(topic, parents);
    // A circle is told once, at the first of its topics.
    if (circle === undefined || circle.some((other) => (parents.get(other)?.index ?? 0) < index)) return issues;
    const message = `topics wait for one another: ${[...circle, topic].join(' → ')}`;
    return [...issues, issueAt(['topic_mappings', index, 'depends_on'], message, context)];
  });
}

/** The way from the topic back to itself, the topic first. */
function circleFrom(
  topic: string,
  parents: ReadonlyMap<string, { readonly topics: readonly string[] }>,
): string[] | undefined {
  const seen = new Set<string>();
  const search = (at: string, way: readonly string[]): string[] | undefined => {
    for (const parent of parents.get(at)?.topics ?? []) {
      if (parent === topic) return [...way];
      if (seen.has(parent)) continue;
      seen.add(parent);
      const found = search(parent, [...way, parent]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return search(topic, [topic]);
}
