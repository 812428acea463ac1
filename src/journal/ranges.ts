/** A run of consecutive ordinals, both ends included. */
export type Range = readonly [first: number, last: number];

/** Joins ordinals in ascending order into ranges. */
export function toRanges(ordinals: readonly number[]): Range[] {
  const ranges: [number, number][] = [];
  for (const ordinal of ordinals) {
    const last = ranges.at(-1);
    if (last?.[1] === ordinal - 1) last[1] = ordinal;
    else ranges.push([ordinal, ordinal]);
  }
  return ranges;
}

/** Values by ranges of ordinals that do not overlap, looked up in ascending order of ordinals. */
export class RangeCursor<T> {
  readonly #entries: readonly { readonly range: Range; readonly value: T }[];
  #at = 0;

  constructor(entries: Iterable<{ readonly range: Range; readonly value: T }>) {
    this.#entries = [...entries].sort((a, b) => a.range[0] - b.range[0]);
  }

  /** The entry that holds the ordinal. Ordinals must be asked for in ascending order. */
  find(ordinal: number): { readonly range: Range; readonly value: T } | undefined {
    while ((this.#entries[this.#at]?.range[1] ?? Infinity) < ordinal) this.#at++;
    const entry = this.#entries[this.#at];
    return entry !== undefined && entry.range[0] <= ordinal ? entry : undefined;
  }

  /** The highest ordinal in any entry; -1 without one. */
  get last(): number {
    return this.#entries.reduce((highest, { range }) => Math.max(highest, range[1]), -1);
  }
}
