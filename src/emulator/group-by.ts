/** The items by key, in the order in which the keys came. */
export function groupBy<T, K>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** Items of a kind that has several: those that share a key with another. An undefined key is no one's. */
export function rivals<T>(items: Iterable<T>, keyOf: (item: T) => string | undefined): T[][] {
  return [...groupBy(items, keyOf)].flatMap(([key, group]) => (key !== undefined && group.length > 1 ? [group] : []));
}
