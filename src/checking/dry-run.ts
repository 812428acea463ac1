import type { Allowance, CheckReport, Estimate } from '../accounting/check-report.js';
import { Batcher } from '../batching/batcher.js';
import { InputForecast, SizeLimits } from '../batching/limits.js';
import type { DroppedField, TopicMapping } from '../core/record.js';
import type { Input, Line } from '../input/input.js';
import type { Describes } from '../records/references.js';
import { allowedCalls } from '../salesforce/usage.js';
import { estimateOf, TopicCost } from './estimate.js';
import { Lines, type LinesOptions } from './lines.js';
import { KeyCensus, TopicCheck } from './topic-check.js';

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
export class DryRun extends Lines {
  readonly #options: DryRunOptions;
  readonly #topics: ReadonlyMap<string, TopicCheck>;
  readonly #batcher: Batcher;
  readonly #census = new KeyCensus();
  readonly #forecast = new InputForecast();

  constructor(options: DryRunOptions) {
    super(options);
    const { settings, plans, org } = options;
    const pace = { settings, measuredMs: org?.roundTripMs };
    const topics = plans.map((plan) => {
      const cost = new TopicCost(plan.mapping.mode, pace);
      return new TopicCheck(plan, cost, this.#census, org?.describes ?? new Map());
    });
    this.#options = options;
    this.#topics = new Map(topics.map((topic) => [topic.plan.mapping.topic, topic]));
    this.#batcher = new Batcher({
      limits: new SizeLimits(settings, this.#forecast),
      // As in an org that is done with a batch before the next is there.
      queue: { canSend: () => true, dispatch: (batch) => this.#topicOf(batch.mapping).takeBatch(batch) },
      now: () => 0,
    });
  }

  async read(input: Input, stopping: AbortSignal): Promise<void> {
    for await (const piece of input.pieces(stopping)) {
      this.#forecast.noteAhead(piece.length, input.position, input.size);
      for (const line of piece) this.#take(line);
      this.#forecast.notePosition(input.position, input.size);
    }
    this.#batcher.closeAll();
  }

  report(input: Input | undefined): CheckReport {
    const { settings, org } = this.#options;
    const topics = [...this.#topics.values()];
    const pace = { settings, measuredMs: org?.roundTripMs };
    const estimate = input === undefined ? null : estimateOf(topics, pace, org?.calls ?? 0);
    const shortages = estimate === null ? [] : this.#shortages(estimate);
    const isBad = this.failed > 0 || shortages.length > 0 || topics.some((topic) => topic.failed > 0);
    return {
      exit_code: isBad ? 1 : 0,
      org: org?.checked ?? null,
      input: input === undefined ? null : this.account.inputSummary(input, settings),
      topics: topics.map((topic) => topic.report(input !== undefined)),
      estimate,
      warnings: [...this.#warnings(), ...shortages],
      line_errors: this.account.lineErrors(this.doUnmappedFail),
    };
  }

  #take(line: Line): void {
    const taken = this.takeIn(line);
    if (taken?.kind === 'record') {
      this.#read(taken.record.mapping, taken.dropped).noteKey(taken.record);
      this.#forecast.noteRecord(taken.record.mapping.topic);
      this.#batcher.add(taken.record);
    } else if (taken?.kind === 'rejected') {
      this.#read(taken.mapping, taken.dropped).reject(taken.error, taken);
    } else if (taken?.kind === 'skipped') this.#read(taken.mapping, []).superseded++;
  }

  #read(mapping: TopicMapping, dropped: readonly DroppedField[]): TopicCheck {
    const topic = this.#topicOf(mapping);
    topic.read++;
    for (const field of dropped) topic.dropped.add(field);
    return topic;
  }

  /** Tombstones have a mapping of their own. */
  #topicOf(mapping: TopicMapping): TopicCheck {
    return this.#topics.get(mapping.topic) as TopicCheck;
  }

  /** Sentences on what the org has too little of. */
  #shortages(estimate: Estimate): string[] {
    const { settings, org } = this.#options;
    if (org === undefined) return [];
    const { api, bulk_batches: batches } = org.checked;
    const { maxApiUsage } = settings;
    const allowed = maxApiUsage === undefined || api.limit === null ? api.limit : allowedCalls(api.limit, maxApiUsage);
    return [
      ...shortage(['API call', 'API calls'], estimate.api_calls, { ...api, limit: allowed }),
      ...shortage(['bulk batch', 'bulk batches'], estimate.bulk_batches, batches),
    ];
  }

  #warnings(): string[] {
    const { malformed, unmapped } = this.account;
    const { settings, org } = this.#options;
    const lines = (count: number): string => (count === 1 ? '1 line' : `${count} lines`);
    const fate = this.doUnmappedFail ? 'fail' : 'be skipped';
    const warnings: readonly (readonly [boolean, string])[] = [
      [malformed > 0, `${lines(malformed)} cannot be read and would go to the failures file`],
      [unmapped > 0, `${lines(unmapped)} of topics without a mapping would ${fate}`],
      [
        org !== undefined && settings.unwritableFields === 'send',
        'unwritable_fields is send, so fields and values were not checked against the org',
      ],
    ];
    return warnings.flatMap(([isSaid, warning]) => (isSaid ? [warning] : []));
  }
}

function shortage([one, many]: readonly [string, string], needed: number, { used, limit }: Allowance): string[] {
  if (used === null || limit === null || needed <= limit - used) return [];
  const left = Math.max(0, limit - used);
  return [
    `A replay needs about ${needed} ${needed === 1 ? one : many}, but the org has ${left} left for these 24 hours: it would stop part-way`,
  ];
}
