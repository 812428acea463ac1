import type { Allowance, CheckedTopic, CheckReport, Estimate } from '../accounting/check-report.js';
import type { Batch } from '../batching/batch.js';
import { Batcher } from '../batching/batcher.js';
import { InputForecast, SizeLimits } from '../batching/limits.js';
import type { Input, Line } from '../input/input.js';
import type { DroppedField, TopicMapping } from '../core/record.js';
import { CostMeter } from './estimate.js';
import { Lines, type LinesOptions } from './lines.js';
import { KeyCensus } from './key-census.js';
import { allowedCalls } from '../salesforce/usage.js';
import { readCalls } from '../writers/present-values.js';
import type { Describes } from '../records/references.js';
import { TopicCheck } from './topic-check.js';

/** What the org said. */
export interface OrgFacts {
  readonly describes: Describes;
  readonly checked: NonNullable<CheckReport['org']>;
  readonly roundTripMs: number | undefined;
  /** Calls that a replay makes before its first write. */
  readonly calls: number;
}

interface DryRunOptions extends LinesOptions {
  /** Undefined where the org was not asked. */
  readonly org: OrgFacts | undefined;
}

/** Takes the lines in and gathers them into batches, which then go nowhere. */
export class DryRun {
  readonly #topics: ReadonlyMap<string, TopicCheck>;
  readonly #lines: Lines;
  readonly #batcher: Batcher;
  readonly #cost: CostMeter;
  readonly #census = new KeyCensus();
  readonly #forecast = new InputForecast();

  constructor(private readonly options: DryRunOptions) {
    const { settings, plans, org } = options;
    const describes: Describes = org?.describes ?? new Map();
    this.#topics = new Map(plans.map((plan) => [plan.mapping.topic, new TopicCheck(plan, describes, this.#census)]));
    this.#lines = new Lines(options);
    this.#cost = new CostMeter(settings, org?.roundTripMs);
    this.#batcher = new Batcher({
      limits: new SizeLimits(settings, this.#forecast),
      // As in an org that is done with a batch before the next is there.
      queue: { canSend: () => true, dispatch: (batch) => this.#close(batch) },
      now: () => 0,
    });
  }

  take(line: Line): void {
    const taken = this.#lines.take(line);
    if (taken?.kind === 'record') {
      this.#read(taken.record.mapping, taken.dropped).noteKey(taken.record);
      this.#forecast.noteRecord(taken.record.mapping.topic);
      this.#batcher.add(taken.record);
    } else if (taken?.kind === 'rejected') {
      this.#read(taken.mapping, taken.dropped).reject(taken.error, taken);
    } else if (taken?.kind === 'skipped') this.#read(taken.mapping, []).superseded++;
  }

  /** So many lines up to here are about to be taken. */
  noteAhead(lines: number, { position, size }: Input): void {
    this.#forecast.noteAhead(lines, position, size);
  }

  /** The lines up to here were taken. */
  notePosition({ position, size }: Input): void {
    this.#forecast.notePosition(position, size);
  }

  end(): void {
    this.#batcher.closeAll();
  }

  report(input: Input | undefined): CheckReport {
    const estimate = input === undefined ? null : this.#estimate();
    const shortages = estimate === null ? [] : this.#shortages(estimate);
    const topics = [...this.#topics.values()];
    const { account, failed, doUnmappedFail } = this.#lines;
    const isBad = failed > 0 || shortages.length > 0 || topics.some((topic) => topic.failed > 0);
    return {
      exit_code: isBad ? 1 : 0,
      org: this.options.org?.checked ?? null,
      input: input === undefined ? null : account.inputSummary(input, this.options.settings),
      topics: topics.map((topic) => this.#checkedTopic(topic, input !== undefined)),
      estimate,
      warnings: [...this.#warnings(), ...shortages],
      line_errors: account.lineErrors(doUnmappedFail),
    };
  }

  #read(mapping: TopicMapping, dropped: readonly DroppedField[]): TopicCheck {
    const topic = this.#topicOf(mapping);
    topic.read++;
    for (const field of dropped) topic.dropped.add(field);
    return topic;
  }

  #topicOf(mapping: TopicMapping): TopicCheck {
    const topic = this.#topics.get(mapping.topic);
    if (topic === undefined) throw new Error(`topic ${mapping.topic} is not checked`);
    return topic;
  }

  #close(batch: Batch): void {
    this.#topicOf(batch.mapping).takeBatch(batch);
    this.#cost.add(batch);
  }

  #estimate(): Estimate {
    const { apiCalls, bulkBatches } = this.#cost.total;
    return {
      api_calls: (this.options.org?.calls ?? 0) + apiCalls,
      diff_calls: [...this.#topics.values()].reduce(
        (calls, { keysDistinct }) => calls + readCalls(keysDistinct),
        this.options.org?.calls ?? 0,
      ),
      bulk_batches: bulkBatches,
      duration_ms: this.#cost.durationMs,
      round_trip_ms: this.#cost.roundTripMs,
      assumptions: this.#cost.assumptions,
    };
  }

  /** Sentences on what the org has too little of. */
  #shortages(estimate: Estimate): string[] {
    if (this.options.org === undefined) return [];
    const { api, bulk_batches: batches } = this.options.org.checked;
    const { maxApiUsage } = this.options.settings;
    const allowed = maxApiUsage === undefined || api.limit === null ? api.limit : allowedCalls(api.limit, maxApiUsage);
    return [
      ...shortage(['API call', 'API calls'], estimate.api_calls, { ...api, limit: allowed }),
      ...shortage(['bulk batch', 'bulk batches'], estimate.bulk_batches, batches),
    ];
  }

  #warnings(): string[] {
    const warnings: string[] = [];
    const { account, doUnmappedFail } = this.#lines;
    if (account.malformed > 0)
      warnings.push(`${lines(account.malformed)} cannot be read and would go to the failures file`);
    if (account.unmapped > 0) {
      const fate = doUnmappedFail ? 'fail' : 'be skipped';
      warnings.push(`${lines(account.unmapped)} of topics without a mapping would ${fate}`);
    }
    if (this.options.org !== undefined && this.options.settings.unwritableFields === 'send') {
      warnings.push('unwritable_fields is send, so fields and values were not checked against the org');
    }
    return warnings;
  }

  #checkedTopic(topic: TopicCheck, hasInput: boolean): CheckedTopic {
    const { plan } = topic;
    const { operation, mode } = plan.mapping;
    const counted = <Count>(count: Count): Count | null => (hasInput ? count : null);
    const cost = this.#cost.costOf(plan.mapping);
    const { keysMissing: missing, keysRepeated: repeated, keysDistinct: distinct } = topic;
    const keys = { missing, repeated, distinct, is_exact: this.#census.isComplete };
    return {
      topic: plan.mapping.topic,
      sobject: plan.sobject,
      operation,
      mode,
      key_field: plan.keyField ?? null,
      read: counted(topic.read),
      would_send: counted(topic.sent),
      would_fail: counted(topic.failed),
      may_fail: counted(topic.mayFail),
      superseded: counted(topic.superseded),
      keys: plan.keyField === undefined ? null : counted(keys),
      batches: counted(cost.batches),
      api_calls: counted(cost.apiCalls),
      bulk_batches: counted(cost.bulkBatches),
      errors: topic.errors.list(),
      possible_errors: topic.possibleErrors.list(),
      ...topic.droppedFields,
    };
  }
}

function lines(count: number): string {
  return count === 1 ? '1 line' : `${count} lines`;
}

function shortage([one, many]: readonly [string, string], needed: number, { used, limit }: Allowance): string[] {
  if (used === null || limit === null || needed <= limit - used) return [];
  const left = Math.max(0, limit - used);
  return [
    `A replay needs about ${needed} ${needed === 1 ? one : many}, but the org has ${left} left for these 24 hours: it would stop part-way`,
  ];
}
