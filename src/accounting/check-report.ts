import type { Mode, Operation } from '../core/record.js';
import type { ErrorSummary, InputSummary, TopicErrors } from './summary.js';

/** What `sfreplay check` found: the document that `check --json` prints. */
export interface CheckReport {
  /** 0: nothing speaks against writing every record; 1: some would fail, or the org's allowances would not last. */
  exit_code: 0 | 1;
  /** Null with `--offline`. */
  org: CheckedOrg | null;
  /** Null when no input was given. */
  input: InputSummary | null;
  /** One per mapped topic, in the mappings' order. */
  topics: CheckedTopic[];
  /** Null when no input was given. */
  estimate: Estimate | null;
  warnings: string[];
  /** Why lines would fail that are no mapped topic's; not part of the document. */
  line_errors: TopicErrors[];
}

/** What a replay would cost, the checks before it included. The time is rough. */
export interface Estimate {
  api_calls: number;
  /** What `sfreplay diff` of the same input would cost. */
  diff_calls: number;
  /** Of the org's allowance: one for each 10,000 rows of a job. */
  bulk_batches: number;
  duration_ms: number;
  /** Of a call to the org just now; null where none was made. */
  round_trip_ms: number | null;
  /** What the time is reckoned with. */
  assumptions: string[];
}

export interface CheckedOrg {
  /** As configured; the instance's where the sign-in alone says which org it is. */
  url: string;
  instance_url: string;
  /** Null where the org does not tell, likewise the user's Id and name. */
  org_id: string | null;
  api_version: string;
  sign_in: 'access token' | 'client credentials' | 'JWT bearer' | 'refresh token' | 'SFDX auth URL' | 'Salesforce CLI';
  /** The alias or user name that the Salesforce CLI was asked for; null for every other sign-in. */
  target_org: string | null;
  user_id: string | null;
  username: string | null;
  /** Of the org's rolling 24 hours; null where it did not tell. */
  api: Allowance;
  bulk_batches: Allowance;
}

export interface Allowance {
  used: number | null;
  limit: number | null;
}

export interface CheckedTopic {
  topic: string;
  /** As the org spells it, where it was asked. */
  sobject: string;
  operation: Operation;
  mode: Mode;
  /** The field that identifies records; null for insert. */
  key_field: string | null;
  /** Null when no input was given; likewise below. */
  read: number | null;
  /** Records that would go to the org, to be written or refused there. */
  would_send: number | null;
  /** Records that would certainly not be written: not sent, or refused by what describe says of their fields. */
  would_fail: number | null;
  /** Records that the org may refuse: it has the last word. None of them is counted in `would_fail`. */
  may_fail: number | null;
  /** Lines settled without a write: folded into a later line of their key (`compact`), or tombstones that are skipped. */
  superseded: number | null;
  /** Null for insert, too. */
  keys: CheckedKeys | null;
  batches: number | null;
  api_calls: number | null;
  bulk_batches: number | null;
  /** Why records would fail, most frequent first. A record counts once for each of its fields. */
  errors: ErrorSummary[];
  /** Why records may fail, likewise. */
  possible_errors: ErrorSummary[];
  dropped_fields: Record<string, number>;
  /** For each of `dropped_fields`. */
  dropped_reasons: Record<string, DropReason>;
  /** Names that the sObject does not have as far as the user can see. */
  unknown_fields: Record<string, number>;
  /** The fields that were probably meant by unknown ones; not part of the document. */
  nearest_fields: Record<string, string>;
}

interface CheckedKeys {
  /** Records without a key. */
  missing: number;
  /** Records whose key came before. */
  repeated: number;
  distinct: number;
  /** False: there were more keys than are remembered; `repeated` and `distinct` are the least that there are. */
  is_exact: boolean;
}

/**
 * `read_only`: never written by anyone through the API, or by this user; `not_permitted`: writable, but not by this
 * operation.
 */
export type DropReason = 'read_only' | 'not_permitted';
