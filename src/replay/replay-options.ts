import type { OrgSummary } from '../accounting/summary.js';
import type { ReplayStopped } from '../core/errors.js';
import type { Journal } from '../journal/journal.js';
import type { FieldPlan } from '../records/field-plan.js';
import type { SalesforceClient } from '../salesforce/client.js';
import type { ProgressSnapshot } from '../accounting/progress.js';
import type { Input } from '../input/input.js';
import type { JobEvent } from '../core/record.js';
import type { Settings } from '../core/settings.js';

export interface ReplayOptions {
  readonly settings: Settings;
  readonly input: Input;
  /** Set when the lines are bare records, all of this topic. */
  readonly bareTopic?: string | undefined;
  /** Names the run and its failures file. */
  readonly runId: string;
  /** Where failures go unless the settings say; `sfreplay-<run id>.failed.ndjson` unless told. */
  readonly defaultFailuresFile?: string | undefined;
  /**
   * Where a journal is kept unless the settings say, if the input can be read again; it is left where the run stops
   * part-way. None unless told.
   */
  readonly defaultJournalFile?: string | undefined;
  /** Set for a failures file: are inserts that it has in doubt left unsent, to stay in doubt? */
  readonly holdsDoubts?: boolean | undefined;
  /** Aborted to wind down: reads no more, sends nothing new, settles what is in flight. Its reason is a `ReplayStopped`. */
  readonly stopping?: AbortSignal;
  /** Aborted to end at once: what is in flight is accounted as in doubt or unsent. Its reason is a `ReplayStopped`. */
  readonly aborting?: AbortSignal;
  readonly observer?: ReplayObserver;
  /** Read for `HTTPS_PROXY`, `NO_PROXY` and `NODE_EXTRA_CA_CERTS`; what the Salesforce CLI runs in. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What is left to the clock and to chance; the real ones unless told. */
  readonly chance?: ReplayChance | undefined;
}

interface ReplayChance {
  /** Resolves after the time, or at once when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
}

/** Watches a run; never steers it. Each method is awaited by nobody and called as things happen. */
export interface ReplayObserver {
  /** Called once, after the preflight and before the first line is read. `look` may be called at any time until the run ends. */
  onStart?(look: () => ProgressSnapshot): void;
  /** Something that the user should know but that does not stop the run. One sentence, terminal-safe or not. */
  onWarning?(warning: string): void;
  /** A bulk job was made, closed or has ended. Jobs of one topic and of others go side by side; none is told of twice. */
  onJob?(topic: string, event: JobEvent): void;
}

export interface RunOptions extends ReplayOptions {
  readonly client: SalesforceClient;
  readonly journal: Journal | undefined;
  /** One for each mapping, in the mappings' order. */
  readonly plans: readonly FieldPlan[];
  /** Where the records go, and as whom; known at the end of the run at the latest. */
  readonly org: OrgSummary;
  readonly stopping: AbortSignal;
  readonly aborting: AbortSignal;
  /** Winds the run down from inside. */
  readonly stop: (reason: ReplayStopped) => void;
  readonly startedAtMs: number;
}

/** Where failures go if nobody has chosen a place. */
export function defaultFailuresFile({ defaultFailuresFile, runId }: ReplayOptions): string {
  return defaultFailuresFile ?? `sfreplay-${runId}.failed.ndjson`;
}
