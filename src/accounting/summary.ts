import type { Mode, Operation } from '../core/record.js';

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
  org: OrgSummary;
  input: InputSummary;
  topics: TopicSummary[];
  totals: Totals;
  api: ApiSummary;
  /** Null when nothing was written there. */
  failures_file: string | null;
  /** Null where none was asked for, and none was left. */
  journal_file: string | null;
  /** Set where the journal's run was finished before this one, and these are its figures; not part of the document. */
  was_finished?: true;
  /** Sentences for people; not part of the document. */
  notes: string[];
  /** Why lines failed that are no mapped topic's; not part of the document. */
  line_errors: TopicErrors[];
}

export interface OrgSummary {
  /** As configured; where the sign-in alone says which org it is, the one that it led to. Null where there was no need to sign in. */
  url: string | null;
  /** Null where the org did not tell. */
  user: string | null;
}

/** Commands for what is left to do, ready to be pasted into a shell. */
export interface NextCommands {
  /** Retries the failures file; undefined where there is none. */
  readonly retryCommand: string | undefined;
  /** Goes on with a run that stopped part-way; undefined where it did not, or where nothing knows how. */
  readonly continueCommand?: string | undefined;
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
  /** By code, most frequent first. */
  malformed_errors: ErrorSummary[];
  /** Most frequent first; of very many topics not all are named. */
  unmapped_topics: UnmappedTopic[];
  /** `I/N`, where the input is shared by N runs. */
  shard?: string;
}

export interface UnmappedTopic {
  topic: string;
  count: number;
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
  unchanged: number;
  superseded: number;
  resumed: number;
  unsent: number;
  batches: number;
  /** Ids of the bulk jobs made. */
  jobs: string[];
  /** Most frequent first. */
  errors: ErrorSummary[];
  /** Count of records by the name of the field that was left out, since it may not be written. */
  dropped_fields: Record<string, number>;
  /** Likewise, since the sObject has no such field that the user can see. */
  unknown_fields: Record<string, number>;
  /** The fields that were probably meant by unknown ones; not part of the document. */
  nearest_fields: Record<string, string>;
}

export interface ErrorSummary {
  code: string;
  count: number;
  example: string;
  /** Where the first such line stands, `-` for standard input. */
  file: string;
  line: number;
  /** Of a check: the field, or null where it is not one field's. */
  field?: string | null;
  /** What that line looks like, and what would help; part of the example in the document. */
  hint?: string | undefined;
}

/** Errors of one topic; of malformed lines, which have none, under an empty name. */
export interface TopicErrors {
  topic: string;
  errors: ErrorSummary[];
}

/** How the lines read ended: `read` is the sum of all the others. */
export interface Totals {
  read: number;
  succeeded: number;
  unchanged: number;
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
