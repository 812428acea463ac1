const IS_ALL = process.env['SFREPLAY_FAULTS'] === 'all';

/** `npm run test:faults` tries what happens at each request of a run; `npm test` at one in five. */
export const MOMENT_STEP = IS_ALL ? 1 : 5;

/** `npm run test:faults` tries every case; `npm test` one in ten, and beside them the first one of each kind that they leave out. */
export function sample<T>(cases: readonly T[], kindsOf: (one: T) => readonly string[]): readonly T[] {
  if (IS_ALL) return cases;
  const tenth = cases.filter((_, index) => index % 10 === 0);
  const seen = new Set(tenth.flatMap(kindsOf));
  const taken = new Set(tenth);
  for (const one of cases) {
    const kinds = kindsOf(one);
    if (kinds.every((kind) => seen.has(kind))) continue;
    taken.add(one);
    for (const kind of kinds) seen.add(kind);
  }
  return [...taken];
}
