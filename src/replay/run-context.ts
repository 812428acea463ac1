import { FailuresFile, SuccessesFile } from '../accounting/files.js';
import { Ledger } from '../accounting/ledger.js';
import { Settlement } from '../accounting/settlement.js';
import { InputForecast, SizeLimits } from '../batching/limits.js';
import { ReplayStopped } from '../core/errors.js';
import type { TopicMapping } from '../core/record.js';
import { percentText } from '../core/text.js';
import { deadLetterText } from '../input/own-lines.js';
import { Resumption } from '../journal/resumption.js';
import type { FieldPlan } from '../records/field-plan.js';
import { Intake } from '../records/intake.js';
import { DeferredRecords } from './deferred-records.js';
import { defaultFailuresFile, type RunOptions } from './replay-options.js';

/** A share of few records says little. */
const MIN_SETTLED = 1_000;

/** What the stages of one run share. */
export class RunContext {
  readonly ledger: Ledger;
  readonly failures: FailuresFile;
  readonly successes: SuccessesFile | undefined;
  readonly settlement: Settlement;
  /** Undefined unless an earlier run of the journal is gone on with. */
  readonly resumption: Resumption | undefined;
  readonly intake: Intake;
  readonly deferred: DeferredRecords;
  readonly forecast = new InputForecast();
  readonly limits: SizeLimits;
  /** Those of tombstones, too. */
  readonly plans: ReadonlyMap<TopicMapping, FieldPlan>;
  /** Why the run ends before its input, if it does. */
  stopped: ReplayStopped | undefined;
  readonly #warnings = new Set<string>();

  constructor(readonly run: RunOptions) {
    const { settings, plans, input, journal, bareTopic: topic, holdsDoubts } = run;
    const { envelope, shard, mappings, successesFile } = settings;
    const isSynced = journal?.isAskedFor === true;
    const failuresFile = journal?.failuresFile ?? settings.failuresFile ?? defaultFailuresFile(run);
    this.ledger = new Ledger(mappings, ({ mode }) => mode === 'realtime' || successesFile !== undefined);
    this.failures = new FailuresFile(failuresFile, this.warn, deadLetterText, isSynced);
    this.successes = successesFile === undefined ? undefined : new SuccessesFile(successesFile, this.warn, isSynced);
    this.settlement = new Settlement({
      ledger: this.ledger,
      failures: this.failures,
      successes: this.successes,
      // With a journal the same command sends them: in the failures file, too, they would be sent twice.
      keepsUnsent: input.isOnce && journal === undefined,
      journal,
      warn: this.warn,
      onStopped: (reason) => this.stop(reason),
    });
    this.limits = new SizeLimits(settings, this.forecast);
    const allPlans = plans.flatMap((plan) => [plan, plan.forTombstones].filter((one) => one !== undefined));
    this.plans = new Map(allPlans.map((plan) => [plan.mapping, plan]));
    this.deferred = new DeferredRecords(plans);
    this.resumption = journal?.recovered && new Resumption(journal.path, journal.recovered);
    this.intake = new Intake(plans, { envelope, shard, topic, command: input.command, holdsDoubts }, this.resumption);
  }

  readonly warn = (warning: string): void => this.run.observer?.onWarning?.(warning);

  /** What is wrong with many records is told once. */
  readonly warnOnce = (warning: string): void => {
    if (!this.#warnings.has(warning)) this.warn(warning);
    this.#warnings.add(warning);
  };

  /** Winds the run down. */
  stop(reason: ReplayStopped): void {
    this.stopped ??= reason;
    this.run.stop(reason);
  }

  /** Stops a run of which too much fails; bulk jobs in flight are still followed. To be called when records or lines were settled. */
  checkFailures(): void {
    const { maxFailures } = this.run.settings;
    if (maxFailures === undefined) return;
    const { failed, malformed, succeeded, unchanged, superseded, in_doubt } = this.ledger.totals();
    const failures = failed + malformed;
    const settled = failures + succeeded + unchanged + superseded + in_doubt;
    const isReached =
      'count' in maxFailures
        ? failures >= maxFailures.count
        : settled >= MIN_SETTLED && failures >= settled * maxFailures.share;
    if (!isReached) return;
    const limit = 'count' in maxFailures ? String(maxFailures.count) : percentText(maxFailures.share);
    const message = `${failures} of ${settled} lines have failed; max_failures is ${limit}`;
    const hint = 'Look at the failures file, fix the causes, and continue.';
    this.stop(new ReplayStopped('TOO_MANY_FAILURES', message, { hint }));
  }
}
