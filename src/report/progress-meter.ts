import type { ProgressSnapshot, TopicProgress } from '../accounting/progress.js';

/** A snapshot together with what only follows from several of them. */
export interface ProgressView {
  readonly snapshot: ProgressSnapshot;
  /** Records settled per second of late, in the snapshot's order of topics; undefined while too little time has passed. */
  readonly rates: readonly (number | undefined)[];
  readonly totalRate: number | undefined;
  /** How much of the input is settled, from 0 to 1; undefined while the input's size is not known. */
  readonly share: number | undefined;
  /** Undefined where there is nothing to guess it from. */
  readonly leftMs: number | undefined;
}

/** Turns one snapshot after the other into views. Time is the snapshots' own `elapsedMs`. */
export class ProgressMeter {
  readonly #topics: RecentRate[] = [];
  readonly #total = new RecentRate();
  readonly #share = new RecentRate(shareWindowMs, shareLeastMs);

  view(snapshot: ProgressSnapshot): ProgressView {
    const { elapsedMs } = snapshot;
    const windowMs = snapshot.topics.some((topic) => topic.mode === 'bulk') ? bulkWindowMs : realtimeWindowMs;
    const rates = snapshot.topics.map((topic, index) => {
      const rate = (this.#topics[index] ??= new RecentRate(topic.mode === 'bulk' ? bulkWindowMs : realtimeWindowMs));
      return rate.add(elapsedMs, settledOf(topic));
    });
    const settled = snapshot.topics.reduce((sum, topic) => sum + settledOf(topic), 0);
    const share = settledShare(snapshot, settled);
    const sharePerSecond = share === undefined ? undefined : this.#share.add(elapsedMs, share);
    return {
      snapshot,
      rates,
      totalRate: this.#total.add(elapsedMs, settled, windowMs),
      share,
      leftMs: leftMs(share, sharePerSecond),
    };
  }
}

/** Records whose outcome is known. */
export function settledOf(topic: TopicProgress): number {
  return topic.succeeded + topic.failed + topic.inDoubt;
}

const realtimeWindowMs = 5_000;
// A bulk job settles thousands of records at one look; a short window would show bursts and noughts.
const bulkWindowMs = 30_000;
const shareWindowMs = 60_000;
const shareLeastMs = 3_000;
const rateLeastMs = 1_000;

/**
 * What was read is not yet written, above all in bulk mode, so progress is the part of the input that was read times the part of the lines
 * read that are settled.
 */
function settledShare(snapshot: ProgressSnapshot, settled: number): number | undefined {
  const { lines, position, size, ended } = snapshot.input;
  if (size === undefined && !ended) return undefined;
  if (lines === 0) return ended ? 1 : 0;
  const read = ended || size === undefined || size === 0 ? 1 : position / size;
  return Math.min(1, read) * Math.min(1, (settled + snapshot.malformed + snapshot.unmapped) / lines);
}

function leftMs(share: number | undefined, sharePerSecond: number | undefined): number | undefined {
  if (share === undefined || sharePerSecond === undefined || sharePerSecond <= 0 || share >= 1) return undefined;
  return ((1 - share) / sharePerSecond) * 1000;
}

/** The slope of a growing figure over the latest stretch of time. */
class RecentRate {
  readonly #samples: { readonly atMs: number; readonly value: number }[] = [{ atMs: 0, value: 0 }];
  readonly #windowMs: number;
  readonly #leastMs: number;

  constructor(windowMs = realtimeWindowMs, leastMs = rateLeastMs) {
    this.#windowMs = windowMs;
    this.#leastMs = leastMs;
  }

  /** Per second, or undefined before `leastMs` have passed. */
  add(atMs: number, value: number, windowMs = this.#windowMs): number | undefined {
    // One sample at or before the window's edge is kept, so that the stretch is never shorter than the window.
    while ((this.#samples[1]?.atMs ?? Infinity) <= atMs - windowMs) this.#samples.shift();
    const first = this.#samples[0];
    // Samples closer together than this add nothing but memory.
    if (atMs - (this.#samples.at(-1)?.atMs ?? 0) >= 100) this.#samples.push({ atMs, value });
    if (first === undefined || atMs - first.atMs < this.#leastMs) return undefined;
    return ((value - first.value) / (atMs - first.atMs)) * 1000;
  }
}
