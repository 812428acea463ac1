/** The middle of some measurements and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Throws on no values at all: a figure that nothing was measured for is a mistake. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error('nothing was measured');
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => sorted[index] as number;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    min: at(0),
    max: at(sorted.length - 1),
  };
}

/** The ratio of each round, of two clients that ran in the same rounds. */
export function ratiosOf(ours: readonly number[], theirs: readonly number[]): number[] {
  if (ours.length !== theirs.length) throw new Error('the two were not measured in the same rounds');
  return ours.map((value, round) => value / (theirs[round] as number));
}

/** What a ratio is to be. */
export type Goal = { readonly atLeast: number } | { readonly atMost: number };

export function isMet(goal: Goal, median: number): boolean {
  return 'atLeast' in goal ? median >= goal.atLeast : median <= goal.atMost;
}
