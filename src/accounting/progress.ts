import type { Mode, Operation } from '../core/record.js';

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
  /** Set where nothing is sent, but compared with what the org holds. `topics` is empty then. */
  readonly comparison?: ComparisonProgress;
  /** Set while the run waits for something the user should know of, e.g. `waiting for the org (503), 12 s`. */
  readonly notice: string | undefined;
}

export interface ComparisonProgress {
  readonly keys: number;
  readonly differing: number;
  /** From 0 to 1; undefined as long as the input is read. */
  readonly share: number | undefined;
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
  /** Lines that are done with: also those that are superseded, or settled by an earlier run. */
  readonly settled: number;
  /** No record of this topic will follow, and none is under way. */
  readonly done: boolean;
}
