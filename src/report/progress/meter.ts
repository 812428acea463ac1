import type { ProgressSnapshot, TopicProgress } from '../../accounting/progress.js';
import type { Mode } from '../../core/record.js';
import { sumOf } from '../errors.js';
import { formatCount, formatNoun, formatPercent, formatSeconds, safeText } from '../format.js';

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
  /** By topic; the last is that of all together. */
  readonly #rates: RecentRate[] = [];
  readonly #modes = new Map<Mode, ModeOutlook>();

  view(snapshot: ProgressSnapshot): ProgressView {
    const { elapsedMs, topics } = snapshot;
    const rateOf = (some: readonly TopicProgress[], index: number): number | undefined => {
      const windowMs = some.some(({ mode }) => mode === 'bulk') ? BULK_WINDOW_MS : REALTIME_WINDOW_MS;
      return (this.#rates[index] ??= new RecentRate(windowMs)).add(elapsedMs, sumOf(some, writtenOf));
    };
    return {
      snapshot,
      rates: topics.map((topic, index) => rateOf([topic], index)),
      totalRate: rateOf(topics, topics.length),
      share: snapshot.comparison === undefined ? settledShare(snapshot) : snapshot.comparison.share,
      leftMs: this.#leftMs(snapshot),
    };
  }

  /** Realtime and bulk go side by side, and each in its own way: the run takes as long as the one that takes longer. */
  #leftMs(snapshot: ProgressSnapshot): number | undefined {
    const read = readShare(snapshot);
    const modes = [...new Set(snapshot.topics.map(({ mode }) => mode))].map((mode) => {
      const topics = snapshot.topics.filter((topic) => topic.mode === mode);
      const outlook = this.#modes.get(mode) ?? new ModeOutlook(mode);
      this.#modes.set(mode, outlook);
      return outlook.add(snapshot.elapsedMs, topics, read);
    });
    const left = modes.filter((ms) => ms !== 0);
    return left.includes(undefined) ? undefined : left.reduce((most = 0, ms = 0) => Math.max(most, ms), undefined);
  }
}

/** Records that went to the org and whose outcome is known. */
export function writtenOf(topic: TopicProgress): number {
  return topic.succeeded + topic.failed + topic.inDoubt;
}

/** What there is to tell of the whole run beside its records; undefined where that is nothing. */
export function textsOf({ snapshot, share, leftMs }: ProgressView) {
  const { input, malformed, unmapped, callsAtOnce, comparison, notice } = snapshot;
  const compared = comparison && [
    `${formatNoun(comparison.keys, 'key')} compared`,
    `${formatCount(comparison.differing)} differ`,
  ];
  return {
    share: share === undefined ? undefined : formatPercent(share),
    left: leftMs === undefined ? undefined : `about ${formatSeconds(leftMs)} left`,
    read: [`${formatNoun(input.lines, 'line')} read`, ...(compared ?? [])],
    calls: callsAtOnce === undefined ? undefined : `${formatNoun(callsAtOnce, 'call')} at once`,
    others: [some(malformed, 'malformed'), some(unmapped, 'unmapped')],
    notice: notice === undefined ? undefined : safeText(notice),
  };
}

export function some(count: number, what: string): string | undefined {
  return count > 0 ? `${formatCount(count)} ${what}` : undefined;
}

const REALTIME_WINDOW_MS = 5_000;
// A bulk job settles thousands of records at one look; a short window would show bursts and noughts.
const BULK_WINDOW_MS = 30_000;
const LEFT_WINDOW_MS = { realtime: 60_000, bulk: 300_000 };
const LEFT_MINIMUM_MS = 3_000;
const RATE_MINIMUM_MS = 1_000;

/** How much of the input was read, from 0 to 1; undefined while its size is not known. */
function readShare({ input: { position, size, ended } }: ProgressSnapshot): number | undefined {
  if (ended || size === 0) return 1;
  return size === undefined ? undefined : Math.min(1, position / size);
}

/**
 * What was read is not yet written, above all in bulk mode, so progress is the part of the input that was read times the part of the lines
 * read that are settled.
 */
function settledShare(snapshot: ProgressSnapshot): number | undefined {
  const { lines, ended } = snapshot.input;
  const read = readShare(snapshot);
  if (read === undefined) return undefined;
  if (lines === 0) return ended ? 1 : 0;
  const settled = sumOf(snapshot.topics, (topic) => topic.settled) + snapshot.malformed + snapshot.unmapped;
  return read * Math.min(1, settled / lines);
}

/** How long the records of one mode will take. */
class ModeOutlook {
  readonly #mode: Mode;
  #rate: RecentRate | undefined;
  #perSecond: number | undefined;
  #settled = 0;
  #settledAtMs = 0;
  /** The latest time without a record sent. */
  #idleAtMs = 0;

  constructor(mode: Mode) {
    this.#mode = mode;
  }

  /** 0 where nothing is left, undefined where there is nothing to guess it from. `read`: how much of the input was read. */
  add(atMs: number, topics: readonly TopicProgress[], read: number | undefined): number | undefined {
    const settled = sumOf(topics, writtenOf);
    // Time before the first record of the mode was sent says nothing of it.
    if (sumOf(topics, (topic) => topic.sent) === 0) this.#idleAtMs = atMs;
    else this.#rate ??= new RecentRate(LEFT_WINDOW_MS[this.#mode], LEFT_MINIMUM_MS, this.#idleAtMs);
    // Bulk comes in bursts: at each it is known how long it took, and between two nothing new is.
    if (this.#mode === 'realtime' || settled > this.#settled) {
      this.#perSecond = this.#rate?.add(atMs, settled);
      this.#settled = settled;
      this.#settledAtMs = atMs;
    }
    if (read === undefined || read === 0) return undefined;
    const left = sumOf(topics, (topic) => topic.read) / read - sumOf(topics, (topic) => topic.settled);
    if (left < 1) return 0;
    if (this.#perSecond === undefined || this.#perSecond <= 0) return undefined;
    const leftMs = (left / this.#perSecond) * 1000 - (atMs - this.#settledAtMs);
    return leftMs > 0 ? leftMs : undefined;
  }
}

/** The slope of a growing figure over the latest stretch of time. */
class RecentRate {
  readonly #samples: { readonly atMs: number; readonly value: number }[];
  readonly #windowMs: number;
  readonly #minimumMs: number;

  constructor(windowMs: number, minimumMs = RATE_MINIMUM_MS, beginMs = 0) {
    this.#windowMs = windowMs;
    this.#minimumMs = minimumMs;
    this.#samples = [{ atMs: beginMs, value: 0 }];
  }

  /** Per second, or undefined before `minimumMs` have passed. */
  add(atMs: number, value: number): number | undefined {
    // One sample at or before the window's edge is kept, so that the stretch is never shorter than the window.
    while ((this.#samples[1]?.atMs ?? Infinity) <= atMs - this.#windowMs) this.#samples.shift();
    const first = this.#samples[0];
    // Samples closer together than this add nothing but memory.
    if (atMs - (this.#samples.at(-1)?.atMs ?? 0) >= 100) this.#samples.push({ atMs, value });
    if (first === undefined || atMs - first.atMs < this.#minimumMs) return undefined;
    return ((value - first.value) / (atMs - first.atMs)) * 1000;
  }
}
