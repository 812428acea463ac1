import type { TopicMapping } from '../record.js';

/**
 * When the records of each topic are sent: at level 0 at once, at every further level once all before it are settled. A
 * topic comes after all that it depends on. Their circles were refused with the configuration.
 */
export function levelsOf(mappings: readonly TopicMapping[]): ReadonlyMap<string, number> {
  const byTopic = new Map(mappings.map((mapping) => [mapping.topic, mapping]));
  const levels = new Map<string, number>();
  const levelOf = (topic: string): number => {
    const known = levels.get(topic);
    if (known !== undefined) return known;
    const parents = byTopic.get(topic)?.dependsOn ?? [];
    const level = parents.reduce((highest, parent) => Math.max(highest, levelOf(parent) + 1), 0);
    levels.set(topic, level);
    return level;
  };
  for (const { topic } of mappings) levelOf(topic);
  return levels;
}
