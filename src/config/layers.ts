/** One place that configuration comes from, and what it says. */
export interface Layer {
  readonly values: Readonly<Record<string, unknown>>;
  /** Where a key's value was written, for the user: a file, a variable, a flag. */
  readonly originOf: (key: string) => string | undefined;
}

/** What all layers say together. */
export interface Merged {
  readonly values: Record<string, unknown>;
  readonly originOf: (key: string) => string | undefined;
  /** Which layer a key's value comes from: 0 is the strongest; undefined when none gives it. */
  readonly rankOf: (key: string) => number | undefined;
}

/** Merges layers, the strongest first. Keys are taken whole: a list in one layer replaces a list in a weaker one. */
export function mergeLayers(layers: readonly Layer[]): Merged {
  // Not by assignment, to which a key such as `__proto__` would mean something.
  const values = Object.fromEntries(layers.toReversed().flatMap((layer) => Object.entries(layer.values)));
  const rankOf = (key: string) => {
    const rank = layers.findIndex((layer) => Object.hasOwn(layer.values, key));
    return rank < 0 ? undefined : rank;
  };
  return {
    values,
    rankOf,
    originOf: (key) => layers[rankOf(key) ?? -1]?.originOf(key),
  };
}
