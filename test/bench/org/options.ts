/** How slow the org is. With nothing given it costs as little as a server can. */
export interface OrgOptions {
  /** Before each answer. */
  readonly latencyMs?: number;
  /** Per record of a realtime call. */
  readonly recordMs?: number;
  /** Realtime calls that are worked on side by side; the others wait. No limit unless given. */
  readonly realtimeAtOnce?: number;
  readonly bulk?: BulkModel;
  /** In each so-manieth bulk job one record fails; none unless given. */
  readonly failingJobs?: number;
}

export interface BulkModel {
  /** From the closing of a job to its first batch. */
  readonly queueMs: number;
  /** Records per internal batch. */
  readonly batchSize: number;
  readonly recordMs: number;
  /** Batches that are worked on side by side, over all jobs of the org. */
  readonly batchesAtOnce: number;
}

/** An org as one often meets it, for the rows in which it decides. */
export const ORG_MODEL = {
  latencyMs: 120,
  recordMs: 5,
  bulk: { queueMs: 2_000, batchSize: 10_000, recordMs: 1, batchesAtOnce: 5 },
} as const satisfies OrgOptions;

/** What the org has seen since it was last asked. */
export interface OrgReport {
  /** Requests by kind. */
  readonly calls: Readonly<Record<CallKind, number>>;
  readonly records: number;
  /** What each bulk job took from its closing to its end. */
  readonly jobMs: readonly number[];
  /** CPU time of the org's process: where it comes near the time of the run, the org is measured and not the client. */
  readonly cpuSeconds: number;
  /** The share by which it was slower than its model. */
  readonly lateness: number;
}

export const CALL_KINDS = [
  'token',
  'describe',
  'limits',
  'job',
  'upload',
  'close',
  'look',
  'results',
  'collection',
  'other',
] as const;

export type CallKind = (typeof CALL_KINDS)[number];

/** Calls that count against the org's allowance: all but the sign-in. */
export function dataCalls({ calls }: OrgReport): number {
  return CALL_KINDS.reduce((sum, kind) => (kind === 'token' ? sum : sum + calls[kind]), 0);
}
