import type { BulkModel } from './org/options.js';

/** What a model org makes one wait for, whoever asks. Times in milliseconds. */
export interface RealtimeTask {
  readonly calls: number;
  readonly recordsPerCall: number;
  /** Calls in flight at once. */
  readonly inFlight: number;
  readonly latencyMs: number;
  readonly recordMs: number;
  /** Calls that the org works on side by side; no limit unless given. */
  readonly atOnce?: number;
}

/** The least time in which full calls can be made: they go in rounds, as long as there are places for them. */
export function leastRealtimeMs(task: RealtimeTask): number {
  const { calls, recordsPerCall, inFlight, latencyMs, recordMs, atOnce = Number.POSITIVE_INFINITY } = task;
  const workMs = recordsPerCall * recordMs;
  const byClient = Math.ceil(calls / inFlight) * (latencyMs + workMs);
  const byOrg = latencyMs + Math.ceil(calls / atOnce) * workMs;
  return signInMs(latencyMs) + Math.max(byClient, byOrg);
}

export interface BulkTask {
  readonly records: number;
  /** Records of one job at most; none: as the client likes. */
  readonly jobSize: number | undefined;
  /** Jobs in flight at once, from the first call for one to the look that finds it ended. */
  readonly jobsAtOnce: number;
  readonly latencyMs: number;
  readonly model: BulkModel;
}

/** The least time of full jobs of one size, or of jobs of any size. A job costs four calls: create, upload, close, look. */
export function leastBulkMs({ records, jobSize, jobsAtOnce, latencyMs, model }: BulkTask): number {
  const { queueMs, recordMs, batchesAtOnce } = model;
  const aroundMs = 4 * latencyMs + queueMs;
  const byOrg = aroundMs + (records * recordMs) / batchesAtOnce;
  const rounds = jobSize === undefined ? 0 : Math.ceil(Math.ceil(records / jobSize) / jobsAtOnce);
  const byClient = jobSize === undefined ? 0 : rounds * (aroundMs + jobSize * recordMs);
  return signInMs(latencyMs) + Math.max(byOrg, byClient);
}

/** Signing in and one describe: neither the first call nor the first job can come sooner. */
function signInMs(latencyMs: number): number {
  return 2 * latencyMs;
}

/** How often each key of a topic comes, for the topics by name. */
export type KeyCounts = ReadonlyMap<string, ReadonlyMap<string, number>>;

export function countKeys(lines: Iterable<{ readonly topic: string; readonly key: string }>): KeyCounts {
  const topics = new Map<string, Map<string, number>>();
  for (const { topic, key } of lines) {
    let keys = topics.get(topic);
    if (keys === undefined) topics.set(topic, (keys = new Map<string, number>()));
    keys.set(key, (keys.get(key) ?? 0) + 1);
  }
  return topics;
}

/** The most versions that one key has. They must be written one after the other, in as many jobs. */
export function longestChain(counts: KeyCounts): number {
  let longest = 0;
  for (const keys of counts.values()) for (const versions of keys.values()) longest = Math.max(longest, versions);
  return longest;
}

/**
 * The fewest jobs that keep the order of each key, when records of different keys may be sent in any order: a job holds a
 * key once, and is of one topic. Taking the keys with most versions left first, so many jobs suffice.
 */
export function leastJobs(counts: KeyCounts, jobSize: number): number {
  let jobs = 0;
  for (const keys of counts.values()) {
    let records = 0;
    let chain = 0;
    for (const versions of keys.values()) {
      records += versions;
      chain = Math.max(chain, versions);
    }
    jobs += Math.max(Math.ceil(records / jobSize), chain);
  }
  return jobs;
}

/** The fewest jobs when all versions of a key are folded into one record. */
export function leastFoldedJobs(counts: KeyCounts, jobSize: number): number {
  return [...counts.values()].reduce((jobs, keys) => jobs + Math.ceil(keys.size / jobSize), 0);
}

/** The fewest jobs when each is a stretch of its topic's lines: to cut as late as possible is best. */
export function leastStretches(
  lines: Iterable<{ readonly topic: string; readonly key: string }>,
  jobSize: number,
): number {
  const open = new Map<string, Set<string>>();
  let jobs = 0;
  for (const { topic, key } of lines) {
    const held = open.get(topic);
    if (held === undefined || held.size >= jobSize || held.has(key)) {
      open.set(topic, new Set([key]));
      jobs++;
    } else {
      held.add(key);
    }
  }
  return jobs;
}
