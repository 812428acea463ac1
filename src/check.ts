import type { CheckedTopic, CheckReport } from './accounting/check-report.js';
import { Ledger, type TopicLedger } from './accounting/ledger.js';
import { Batcher } from './batching/batcher.js';
import { batchLimitsOf } from './batching/limits.js';
import type { Input } from './input/input.js';
import { Intake } from './intake.js';
import { openClient } from './org.js';
import { preflight } from './preflight.js';
import type { TopicMapping } from './record.js';
import type { Settings } from './settings.js';
import { FieldPlan } from './writers/fields.js';

export interface CheckOptions {
  /** Without an org (`--offline`) there is no sign-in and no describe. */
  readonly settings: Settings;
  /** Undefined: only the configuration and the org are looked at. */
  readonly input: Input | undefined;
  /** Set when the lines are bare records, all of this topic. */
  readonly bareTopic?: string | undefined;
  readonly stopping?: AbortSignal;
  /** Read for `HTTPS_PROXY`, `NO_PROXY` and `NODE_EXTRA_CA_CERTS`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * The way of a replay without its writes: what would be sent, dropped and rejected.
 * Throws `PreflightError`, what the input throws, and the reason of `stopping`.
 */
export async function check(options: CheckOptions): Promise<CheckReport> {
  const stopping = options.stopping ?? new AbortController().signal;
  const org = options.settings.org === undefined ? undefined : await lookAtOrg(options, stopping);
  const plans = org?.plans ?? options.settings.mappings.map((mapping) => new FieldPlan(mapping, undefined, 'send'));
  const intake = new Intake(plans, { envelope: options.settings.envelope, topic: options.bareTopic });
  const dryRun = new DryRun(options.settings, intake);
  if (options.input !== undefined) await dryRun.read(options.input, stopping);
  stopping.throwIfAborted();
  return report(options, org?.checked ?? null, plans, dryRun);
}

async function lookAtOrg(
  { settings, env }: CheckOptions,
  stopping: AbortSignal,
): Promise<{ plans: readonly FieldPlan[]; checked: CheckReport['org'] }> {
  const client = openClient(settings, env ?? {});
  try {
    const { instanceUrl, plans } = await preflight(settings, client, stopping);
    const { used, limit } = client.usage;
    const checked = {
      url: settings.org?.orgUrl ?? '',
      instance_url: instanceUrl,
      api_version: settings.org?.restapiVersion ?? '',
      sign_in: settings.org?.signIn.kind === 'access_token' ? ('access token' as const) : ('client credentials' as const),
      api: { used, limit },
    };
    return { plans, checked };
  } finally {
    await client.close();
  }
}

/** Takes the lines in and gathers them into batches, which then go nowhere. */
class DryRun {
  readonly ledger: Ledger;
  readonly #batcher: Batcher;

  constructor(
    private readonly settings: Settings,
    private readonly intake: Intake,
  ) {
    this.ledger = new Ledger(settings.mappings, () => false);
    this.#batcher = new Batcher(
      (mapping) => batchLimitsOf(mapping, settings.bulkBatchSize),
      (batch) => {
        const topic = this.ledger.topic(batch.mapping);
        topic.batches++;
        topic.sent += batch.records.length;
      },
      () => 0,
    );
  }

  async read(input: Input, stopping: AbortSignal): Promise<void> {
    for await (const piece of input.pieces(stopping)) {
      for (const line of piece) {
        this.ledger.lines++;
        const taken = this.intake.take(line);
        if (taken.kind === 'malformed') this.ledger.malformed++;
        else if (taken.kind === 'unmapped') this.#countUnmapped();
        else if (taken.kind === 'resumed') throw new Error('a check resumes nothing');
        else {
          const topic = this.#countRead(taken.kind === 'record' ? taken.record.mapping : taken.line.mapping, taken.dropped);
          if (taken.kind === 'record') this.#batcher.add(taken.record);
          else topic.fail(taken.line.error, taken.line);
        }
      }
    }
    this.#batcher.closeAll();
  }

  #countUnmapped(): void {
    this.ledger.unmapped++;
    if (this.settings.unmappedTopics === 'fail') this.ledger.unmappedFailed++;
  }

  #countRead(mapping: TopicMapping, dropped: readonly string[]): TopicLedger {
    const topic = this.ledger.topic(mapping);
    topic.read++;
    for (const field of dropped) topic.drop(field);
    return topic;
  }
}

function report(
  { input }: CheckOptions,
  org: CheckReport['org'],
  plans: readonly FieldPlan[],
  { ledger }: DryRun,
): CheckReport {
  const { failed, malformed, unmapped } = ledger.totals();
  const warnings: string[] = [];
  if (malformed > 0) warnings.push(`${malformed} lines cannot be read and would go to the failures file`);
  if (unmapped > 0) warnings.push(`${unmapped} lines are of topics without a mapping and would be skipped`);
  if (ledger.unmappedFailed > 0) warnings.push(`${ledger.unmappedFailed} lines are of topics without a mapping and would fail`);
  return {
    exit_code: failed + malformed > 0 ? 1 : 0,
    org,
    input:
      input === undefined
        ? null
        : {
            lines: ledger.lines,
            bytes: input.bytes,
            malformed: ledger.malformed,
            unmapped: ledger.unmapped,
            files: input.files.map(({ path, lines }) => ({ path, lines })),
          },
    topics: plans.map((plan) => checkedTopic(plan, input === undefined ? undefined : ledger.topic(plan.mapping))),
    warnings,
  };
}

function checkedTopic(plan: FieldPlan, counts: TopicLedger | undefined): CheckedTopic {
  const { topic, operation, mode } = plan.mapping;
  return {
    topic,
    sobject: plan.sobject,
    operation,
    mode,
    key_field: plan.keyField ?? null,
    read: counts?.read ?? null,
    would_send: counts?.sent ?? null,
    would_fail: counts?.failed ?? null,
    batches: counts?.batches ?? null,
    errors: counts?.errors() ?? [],
    dropped_fields: counts?.droppedFields() ?? {},
  };
}
