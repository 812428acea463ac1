import type { RequestKind } from '../requests.js';

/** Faults of one HTTP exchange. */
export const RESPONSE_FAULTS = [
  '400',
  '401',
  '403',
  '404',
  '413',
  '420',
  '429',
  '500',
  '502',
  '503',
  '503-html',
  '504',
  'limit-total',
  'limit-concurrent',
  'reset-before',
  'reset-after',
  'timeout-before',
  'timeout-after',
  'truncate',
  'garbage',
  'empty',
  'slow',
  'refused',
  'results-404',
  'results-empty',
  'results-truncate',
] as const;

/** Faults of a collections call that holds a value which cannot be read: the call is refused as a whole. */
export const VALUE_FAULTS = ['bad-value-400'] as const;

/** Faults of an ingest job. */
export const JOB_FAULTS = ['job-stuck', 'job-fail-halfway', 'job-abort-halfway'] as const;

/** Faults of a single record that would otherwise have been written. */
export const RECORD_FAULTS = ['lock', 'record-error'] as const;

export type FaultKind =
  | (typeof RESPONSE_FAULTS)[number]
  | (typeof VALUE_FAULTS)[number]
  | (typeof JOB_FAULTS)[number]
  | (typeof RECORD_FAULTS)[number];

/** Something that goes wrong on purpose: what, where, and how often. Conditions that are absent always hold. */
export interface Fault {
  readonly kind: FaultKind;
  /** How often it happens; once, unless `rate` is given. 0 is without end. */
  readonly count?: number;
  /** Lets this many matching occasions pass first. */
  readonly after?: number;
  /** Happens on exactly this matching occasion, counted from 1. */
  readonly nth?: number;
  /** Probability per matching occasion, drawn from the seed. */
  readonly rate?: number;
  /** Text that the request's path with its query must contain. */
  readonly path?: string;
  readonly method?: string;
  readonly on?: RequestKind;
  /** Text that the request body must contain (realtime calls only). */
  readonly body?: string;
  /** For statuses: whether the work was done before the error was answered; false. */
  readonly processed?: boolean;
  /** Seconds, or an HTTP date, for the `Retry-After` header. */
  readonly retryAfter?: string;
  /** Jobs, records. */
  readonly sobject?: string;
  /** Jobs, records. */
  readonly operation?: string;
  /** Records: a value that the record must hold in one of its fields or as its Id. */
  readonly key?: string;
  /** `record-error`: the record's `statusCode`; `UNKNOWN_EXCEPTION`. */
  readonly code?: string;
  /**
   * `record-error`: the fields it names. With `INVALID_FIELD_FOR_INSERT_UPDATE` it strikes only a record that sends one of
   * them, and names those.
   */
  readonly fields?: readonly string[];
  readonly message?: string;
  /** `slow`: milliseconds before the answer; `refused`: milliseconds without connections. 1,000. */
  readonly ms?: number;
  /** Jobs: share of the rows that are worked on first, 0 to 1; 0.5. */
  readonly done?: number;
}
