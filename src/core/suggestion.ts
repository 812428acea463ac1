/** The candidate that was probably meant, or undefined when none is near. */
export function suggest(typed: string, candidates: readonly string[]): string | undefined {
  const wanted = normalize(typed);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length * 0.4)) + 1;
  for (const candidate of candidates) {
    const other = normalize(candidate);
    // At least so many letters are inserted or left out; to count them all would take long for a name that is endless.
    if (Math.abs(wanted.length - other.length) >= bestDistance) continue;
    const distance = editDistance(wanted, other);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  if (best !== undefined || wanted.length < LEAST_BEGINNING) return best;
  const begun = candidates.filter((candidate) => normalize(candidate).startsWith(wanted));
  return begun.length === 1 ? begun[0] : undefined;
}

/** So much of a name tells which is meant, where no other begins with it. */
const LEAST_BEGINNING = 4;

/** ` Did you mean "upsert"?`, or nothing. */
export function didYouMean(typed: string, candidates: readonly string[]): string {
  const candidate = suggest(typed, candidates);
  return candidate === undefined ? '' : ` Did you mean "${candidate}"?`;
}

// camelCase, kebab-case and case itself are slips of the same kind, and cost nothing.
function normalize(name: string): string {
  return name.toLowerCase().replaceAll(/[-_ ]/g, '');
}

/** Insertions, deletions, replacements and swaps of neighbours. */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const cost = from[row - 1] === to[column - 1] ? 0 : 1;
      let distance = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + cost);
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        distance = Math.min(distance, (beforeLast[column - 2] ?? 0) + 1);
      }
      current.push(distance);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? 0;
}
