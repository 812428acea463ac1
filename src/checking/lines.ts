import { InputAccount } from '../accounting/input-account.js';
import type { Settings } from '../core/settings.js';
import type { Line } from '../input/input.js';
import type { FieldPlan } from '../records/field-plan.js';
import { Intake, type Taken } from '../records/intake.js';

export interface LinesOptions {
  readonly settings: Settings;
  /** One for each mapping, in the mappings' order. */
  readonly plans: readonly FieldPlan[];
  /** Set when the lines are bare records, all of this topic. */
  readonly bareTopic: string | undefined;
  /** The command that was given, for hints. */
  readonly command: string | undefined;
}

/** Takes lines in as a replay does, and keeps the account of those that are no mapped topic's. */
export class Lines {
  readonly account = new InputAccount();
  protected readonly doUnmappedFail: boolean;
  protected readonly intake: Intake;

  constructor({ settings, plans, bareTopic: topic, command }: LinesOptions) {
    const { envelope, shard, unmappedTopics } = settings;
    this.intake = new Intake(plans, { envelope, shard, topic, command });
    this.doUnmappedFail = unmappedTopics === 'fail';
  }

  /** What a line of a mapped topic is. */
  protected takeIn(line: Line): Extract<Taken, { readonly kind: 'record' | 'rejected' | 'skipped' }> | undefined {
    const taken = this.intake.take(line);
    if (taken.kind === 'elsewhere') return undefined;
    const ordinal = this.account.lines++;
    if (taken.kind === 'malformed') this.account.noteMalformed({ ...taken, ordinal });
    else if (taken.kind === 'unmapped') this.account.noteUnmapped(taken.message);
    else if (taken.kind === 'resumed') throw new Error('without a journal nothing is resumed');
    else return taken;
    return undefined;
  }

  /** Lines that are no mapped topic's and would fail. */
  protected get failed(): number {
    return this.account.malformed + (this.doUnmappedFail ? this.account.unmapped : 0);
  }
}
