import type { NextCommands, Summary } from '../../accounting/summary.js';
import type { Settings } from '../../core/settings.js';
import type { RunHistory } from './history.js';

/** All that a page is made of. */
export interface RunPage extends NextCommands {
  readonly summary: Summary;
  readonly settings: Settings;
  readonly history: RunHistory;
  readonly failures: readonly FailureKind[];
}

/** What the failures file holds of one code and one topic. */
export interface FailureKind {
  /** Null for malformed lines. */
  readonly topic: string | null;
  readonly code: string;
  /** Those that were looked at. */
  readonly count: number;
  /** One of each message. */
  readonly examples: readonly FailureExample[];
}

export interface FailureExample {
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly attempts: number;
  /** The source line, or its beginning. */
  readonly text: string;
}
