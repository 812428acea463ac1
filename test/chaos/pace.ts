import type { Chance } from '../model/random.js';
import type { Kill, KillMoment } from './ordeal.js';

/** `npm test` takes a short look at what `npm run test:chaos` goes into at length. */
export const IS_LONG = process.env['SFREPLAY_CHAOS'] === 'long';
export const FIRST_SEED = Number(process.env['SFREPLAY_CHAOS_SEED'] ?? 1);
export const MOMENTS: readonly KillMoment[] = ['before', 'torn', 'after'];
export const TIMEOUT_MS = IS_LONG ? 1_200_000 : 120_000;
/** Every wait of the program is short here, and batches are small: there is much to interrupt. */
export const FLAGS = [
  ...['--bulk-batch-size', '4', '--max-in-flight', '2', '--max-concurrent-bulk-jobs', '3'],
  ...['--bulk-poll-interval', '40ms', '--batch-period', '200ms'],
];

/** Two at a time: that many cores there are, and each has a process of its own to wait for. */
export async function sideBySide(tasks: (() => Promise<void>)[]): Promise<void> {
  const work = async (): Promise<void> => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) await task();
  };
  await Promise.all([work(), work()]);
}

export function randomKill(chance: Chance): Kill {
  if (chance.happens(0.3)) {
    const file = chance.happens(0.7) ? 'journal' : 'failures';
    return { kind: 'write', file, nth: 1 + chance.integer(file === 'journal' ? 12 : 3), when: chance.pick(MOMENTS) };
  }
  // The first requests of a run sign in and describe.
  return { kind: 'requests', count: 3 + chance.integer(20), delayMs: chance.integer(12) };
}
