/** What a request is about; also what the `on` of a fault names. */
export type RequestKind = (typeof REQUEST_KINDS)[number];

export const REQUEST_KINDS = [
  'token',
  'versions',
  'identity',
  'resources',
  'sobjects',
  'describe',
  'row',
  'collections',
  'query',
  'limits',
  'bulk-create',
  'bulk-upload',
  'bulk-state',
  'bulk-info',
  'bulk-list',
  'bulk-result',
  'bulk-delete',
  'unknown',
] as const;

/** One request as the emulator saw it. */
export interface LoggedRequest {
  /** `r1`, `r2`, …; what `RecordVersion.by` names. */
  readonly id: string;
  readonly method: string;
  /** Path and query as sent. */
  readonly path: string;
  readonly kind: RequestKind;
  /** Header names in lower case; `authorization` is left out. */
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes as received. */
  readonly bodyBytes: number;
  /** Only with `recordBodies`; decompressed. */
  readonly body?: string;
  /** When its headers were read, on the clock of `performance.now()`. */
  readonly startedMs: number;
  /** 0 as long as nothing was answered, and for good when a fault kept the answer back. */
  status: number;
  /** From `startedMs` to the answer; 0 before. */
  ms: number;
  /** The fault that struck, if any. */
  fault?: string;
}

/** A request as a route sees it. */
export interface ApiRequest {
  readonly id: string;
  readonly method: string;
  /** Without query, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  /** Decompressed. */
  readonly body: Buffer;
  /** For example 62; 0 outside versioned paths. */
  readonly version: number;
  /** Decoded values of the route's `:name` segments. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** An answer: `json` is printed losslessly; `chunks` are sent as they are. */
export interface ApiResponse {
  readonly status: number;
  readonly json?: unknown;
  readonly chunks?: readonly Buffer[];
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The connection ends half-way through it. */
  readonly isCutShort?: boolean;
}
