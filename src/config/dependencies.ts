import type { ConfigIssue } from '../core/errors.js';
import { issueAt, type IssueContext } from './issues.js';
import { isObject } from './path.js';

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
    const message = `topics wait for one another: ${[...circle.slice(0, MOST_NAMED), ...more, circle[0]].join(' → ')}`;
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
