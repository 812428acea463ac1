import type { OrgSummary } from '../accounting/summary.js';
import type { ReplayStopped } from '../core/errors.js';
import type { Journal } from '../journal/journal.js';
import type { ReplayOptions } from './replay-options.js';
import type { SalesforceClient } from '../salesforce/client.js';
import type { FieldPlan } from '../records/field-plan.js';

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
  /** Text of the longest retry wait under way, for the progress display. */
  readonly notice: () => string | undefined;
}

/** Where failures go if nobody has chosen a place. */
export function defaultFailuresFile({ defaultFailuresFile, runId }: ReplayOptions): string {
  return defaultFailuresFile ?? `sfreplay-${runId}.failed.ndjson`;
}
