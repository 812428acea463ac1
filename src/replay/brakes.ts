import type { Ledger } from '../accounting/ledger.js';
import { ReplayStopped } from '../core/errors.js';
import type { Settings } from '../core/settings.js';
import type { Usage } from '../salesforce/http.js';

/** A share of few records says little. */
const MIN_SETTLED = 1_000;

export interface BrakesOptions {
  readonly limits: Pick<Settings, 'maxFailures' | 'maxApiUsage'>;
  readonly ledger: Ledger;
  readonly usage: Readonly<Pick<Usage, 'used' | 'limit'>>;
  readonly stop: (reason: ReplayStopped) => void;
}

/** Stops a run of which too much fails, or for which the org has too few calls left. Bulk jobs in flight are still followed. */
export class Brakes {
  readonly #options: BrakesOptions;

  constructor(options: BrakesOptions) {
    this.#options = options;
  }

  /**
   * To be called before a batch is sent, and when records or lines were settled. `inFlight`: the calls that are not answered
   * yet, which the org may not have counted.
   */
  check(inFlight = 0): void {
    const reason = this.#tooManyFailures() ?? this.#tooManyCalls(inFlight);
    if (reason !== undefined) this.#options.stop(reason);
  }

  #tooManyFailures(): ReplayStopped | undefined {
    const { limits, ledger } = this.#options;
    const { maxFailures } = limits;
    if (maxFailures === undefined) return undefined;
    const { failed, malformed, succeeded, unchanged, superseded, in_doubt } = ledger.totals();
    const failures = failed + malformed;
    const settled = failures + succeeded + unchanged + superseded + in_doubt;
    const isReached =
      'count' in maxFailures
        ? failures >= maxFailures.count
        : settled >= MIN_SETTLED && failures >= settled * maxFailures.share;
    if (!isReached) return undefined;
    const limit = 'count' in maxFailures ? String(maxFailures.count) : percent(maxFailures.share);
    return new ReplayStopped(
      'TOO_MANY_FAILURES',
      `${failures} of ${settled} lines have failed; max_failures is ${limit}`,
      {
        hint: 'Look at the failures file, fix the causes, and continue.',
      },
    );
  }

  #tooManyCalls(inFlight: number): ReplayStopped | undefined {
    const { limits, usage } = this.#options;
    const { used, limit } = usage;
    if (limits.maxApiUsage === undefined || used === null || limit === null) return undefined;
    if (used + inFlight < Math.floor(limit * limits.maxApiUsage)) return undefined;
    const share = percent(limits.maxApiUsage);
    const more = inFlight === 0 ? '' : `, and ${inFlight} more are in flight`;
    return new ReplayStopped(
      'API_USAGE_REACHED',
      `The org has used ${used} of its ${limit} API calls of 24 hours${more}; max_api_usage is ${share}`,
      { hint: 'Continue when more calls are left, or raise max_api_usage.' },
    );
  }
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(4))}%`;
}
