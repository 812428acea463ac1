import type { Mode, Operation } from '../record.js';

/** A look at a running replay, taken by whoever draws it. The run does not know that it is being watched. */
export interface ProgressSnapshot {
  readonly elapsedMs: number;
  readonly topics: readonly TopicProgress[];
  readonly input: {
    readonly lines: number;
    /** Position in the input as stored (compressed bytes where it is compressed). */
    readonly position: number;
    /** Size of the input as stored; undefined when it is not known (standard input). */
    readonly size: number | undefined;
    readonly ended: boolean;
  };
  readonly malformed: number;
  readonly unmapped: number;
  /** How many realtime calls may be in flight now; undefined unless the run finds that out (`max_in_flight: auto`). */
  readonly callsAtOnce: number | undefined;
  /** Set while the run waits for something the user should know of, e.g. `waiting for the org (503), 12 s`. */
  readonly notice: string | undefined;
}

export interface TopicProgress {
  readonly topic: string;
  readonly sobject: string;
  readonly operation: Operation;
  readonly mode: Mode;
  readonly read: number;
  readonly sent: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly inDoubt: number;
  readonly inFlight: number;
  /** No record of this topic will follow, and none is under way. */
  readonly done: boolean;
}
