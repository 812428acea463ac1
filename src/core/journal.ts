/** What a journal of earlier runs tells the other rooms. */

/** A line as the journal names it. */
export interface JournaledLine {
  readonly ordinal: number;
  readonly text: string;
}

/** Lines of one topic that have their outcome, all in ascending order. */
export interface SettledLines {
  /** Null for lines without a mapping's topic. */
  readonly topic: string | null;
  readonly lines: readonly JournaledLine[];
  /** How many of them failed or are in doubt. */
  readonly failed: number;
  /** Lines that were in flight with them and were certainly not written. */
  readonly cleared?: readonly JournaledLine[];
}

/** In bytes: how long the failures and successes files are. */
export interface FileLengths {
  readonly failures: number;
  readonly successes: number;
}

/** A bulk job that an earlier run made. Unless it `mayBeClosed`, it was never worked on if it is aborted now, or gone. */
export interface EarlierJob {
  readonly id: string;
  readonly mayBeClosed: boolean;
}

/** The same for one of its records. */
export interface JournaledJob extends EarlierJob {
  readonly kind: 'job';
  /** The record may have been written by what it was in before this job. */
  readonly isAfterDoubt: boolean;
}

/** What earlier runs of the journal say of a line. */
export type Earlier =
  /** Nothing: it is sent as ever. */
  undefined | { readonly kind: 'settled' } | InFlightEarlier;

/** How a line was in flight when an earlier run ended. */
export type InFlightEarlier =
  /** It is with this bulk job, whose state the org knows. */
  | JournaledJob
  /** It was in a request that must not be repeated, and no reply is known. */
  | { readonly kind: 'once' }
  /** It was in a request that is repeated and may find itself done already, and no reply is known. */
  | { readonly kind: 'again' };

/** What earlier runs know of the lines, asked for each line of a topic in order. */
export interface EarlierLines {
  /** Throws `UsageError` when the line is not what it was. */
  look(topic: string | null, ordinal: number, text: string): Earlier;
}
