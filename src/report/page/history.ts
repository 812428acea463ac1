/** What became known while a run went on. Times are milliseconds since it began. */
export interface RunHistory {
  /** In the order of the mappings. */
  readonly topics: readonly string[];
  /** Rising in time. */
  readonly samples: readonly Sample[];
  /** In the order in which they were made. */
  readonly jobs: readonly JobHistory[];
  readonly warnings: readonly string[];
}

/** How far the run was at one moment. */
export interface Sample {
  readonly atMs: number;
  /** Records written so far, by topic. */
  readonly written: readonly number[];
  /** Records that had failed or were in doubt, by topic. */
  readonly failed: readonly number[];
  readonly malformed: number;
}

export interface JobHistory {
  readonly topic: string;
  readonly id: string;
  readonly records: number;
  /** Made by an earlier run of the journal. */
  readonly isTakenUp: boolean;
  readonly madeAtMs: number;
  closedAtMs?: number;
  endedAtMs?: number;
  /** The org's word for how it ended. */
  state?: string;
  /** Undefined where it is not known. */
  failed?: number | undefined;
}
