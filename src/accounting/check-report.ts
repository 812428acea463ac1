import type { Mode, Operation } from '../record.js';
import type { ErrorSummary, InputSummary } from './summary.js';

/** What `sfreplay check` found: the document that `check --json` prints. */
export interface CheckReport {
  /** 0: a replay would write every record; 1: some records would fail. */
  exit_code: 0 | 1;
  /** Null with `--offline`. */
  org: CheckedOrg | null;
  /** Null when no input was given. */
  input: InputSummary | null;
  /** One per mapped topic, in the mappings' order. */
  topics: CheckedTopic[];
  warnings: string[];
}

export interface CheckedOrg {
  url: string;
  instance_url: string;
  api_version: string;
  sign_in: 'client credentials' | 'access token';
  api: { used: number | null; limit: number | null };
}

export interface CheckedTopic {
  topic: string;
  /** As the org spells it, where it was asked. */
  sobject: string;
  operation: Operation;
  mode: Mode;
  /** The field that tells records apart; null for insert. */
  key_field: string | null;
  /** Null when no input was given; likewise below. */
  read: number | null;
  would_send: number | null;
  would_fail: number | null;
  batches: number | null;
  /** Most frequent first. */
  errors: ErrorSummary[];
  dropped_fields: Record<string, number>;
}
