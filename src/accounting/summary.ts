import type { Mode, Operation } from '../record.js';

/** The result of a run: the document that `--json` prints (contract section 6), key for key. */
export interface Summary {
  run: {
    id: string;
    /** ISO 8601, UTC. */
    started_at: string;
    duration_ms: number;
    /** 0, 1, 3, 130 or 143. */
    exit_code: number;
    stopped: { code: string; message: string } | null;
  };
  input: InputSummary;
  topics: TopicSummary[];
  totals: Totals;
  api: ApiSummary;
  /** Null when nothing was written there. */
  failures_file: string | null;
  /** Sentences for people; not part of the document. */
  notes: string[];
  /** Why malformed lines failed, and those of topics without a mapping; not part of the document. */
  line_errors: ErrorSummary[];
}

export interface InputSummary {
  /** Lines read, blank ones and those of other shards aside. */
  lines: number;
  /** Bytes of text read, after decompression. */
  bytes: number;
  malformed: number;
  unmapped: number;
  /** Lines of each file, those of other shards included. */
  files: { path: string; lines: number }[];
  /** `I/N`, where the input is shared by N runs. */
  shard?: string;
}

export interface TopicSummary {
  topic: string;
  sobject: string;
  operation: Operation;
  mode: Mode;
  read: number;
  succeeded: number;
  /** Null where it is not known: bulk without `--successes`. */
  created: number | null;
  failed: number;
  in_doubt: number;
  superseded: number;
  resumed: number;
  unsent: number;
  batches: number;
  /** Ids of the bulk jobs made. */
  jobs: string[];
  /** Most frequent first. */
  errors: ErrorSummary[];
  /** Count of records by the name of the field that was left out. */
  dropped_fields: Record<string, number>;
}

export interface ErrorSummary {
  code: string;
  count: number;
  example: string;
  /** The first such line. */
  line: number;
  /** Where that line stands, `-` for standard input; not part of the document. */
  file: string;
}

/** How the lines read ended: `read` is the sum of all the others. */
export interface Totals {
  read: number;
  succeeded: number;
  failed: number;
  in_doubt: number;
  superseded: number;
  unmapped: number;
  malformed: number;
  resumed: number;
  unsent: number;
}

export interface ApiSummary {
  /** HTTP requests that reached for the org, sign-in included. */
  calls: number;
  retries: number;
  /** What the org says of its rolling 24 hours; null when it said nothing. */
  used: number | null;
  limit: number | null;
}
