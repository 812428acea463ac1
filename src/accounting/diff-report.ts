import type { ApiSummary, ErrorSummary, InputSummary, OrgSummary, Summary, TopicErrors } from './summary.js';

/** What `sfreplay diff` found: the document that `diff --json` prints (contract section 10), key for key. */
export interface DiffReport {
  /** `exit_code` is 0 where nothing differs, and 1 where something does or could not be found. */
  run: Summary['run'];
  org: OrgSummary;
  input: InputSummary;
  /** One per mapped topic, in the mappings' order. */
  topics: TopicDiff[];
  totals: DiffCounts;
  api: ApiSummary;
  /** The file of lines that make the org equal; null where none was asked for, or nothing differs. */
  out: string | null;
  /** Why malformed lines, and those of topics without a mapping, would fail; not part of the document. */
  line_errors: TopicErrors[];
}

/** What a replay would do with the keys of the input. */
export interface DiffCounts {
  /** The sum of the others. */
  keys: number;
  create: number;
  update: number;
  unchanged: number;
  delete: number;
  /** Nothing of it differs, and something of it could not be compared. */
  not_comparable: number;
}

export interface TopicDiff extends DiffCounts {
  topic: string;
  sobject: string;
  /** Of the updates; most frequent first. */
  fields: FieldDiff[];
  /** Of how many keys a field could not be compared. */
  not_compared: Record<string, number>;
  /** Most frequent first: records that would fail, keys that the org does not have, or has several times. */
  errors: ErrorSummary[];
}

export interface FieldDiff {
  field: string;
  count: number;
  /** The first in the order of the input. */
  example: { file: string; line: number; key: string; input: ShownValue; org: ShownValue };
}

export type ShownValue = string | number | boolean | null;
