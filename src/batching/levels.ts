import type { TopicMapping } from '../core/record.js';

/**
 * When the records of each topic are sent: at level 0 at once, at every further level once all before it are settled. A
 * topic comes after all that it depends on. Their circles were refused with the configuration.
 */
export function dependencyLevels(mappings: readonly TopicMapping[]): ReadonlyMap<string, number> {
  const waits = new Map(mappings.map(({ topic, dependsOn }) => [topic, new Set(dependsOn).size]));
  const children = new Map<string, string[]>(mappings.map(({ topic }) => [topic, []]));
  for (const { topic, dependsOn } of mappings) {
    for (const parent of new Set(dependsOn)) children.get(parent)?.push(topic);
  }
  const levels = new Map<string, number>();
  let ready = [...waits].flatMap(([topic, count]) => (count === 0 ? [topic] : []));
  for (let level = 0; ready.length > 0; level++) {
    const next: string[] = [];
    for (const topic of ready) {
      levels.set(topic, level);
      for (const child of children.get(topic) ?? []) {
        const left = (waits.get(child) ?? 0) - 1;
        waits.set(child, left);
        if (left === 0) next.push(child);
      }
    }
    ready = next;
  }
  return levels;
}
