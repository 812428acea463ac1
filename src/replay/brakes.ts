import type { Ledger } from '../accounting/ledger.js';
import { ReplayStopped } from '../core/errors.js';
import type { Settings } from '../core/settings.js';
import { percentText } from '../core/text.js';

/** A share of few records says little. */
const MIN_SETTLED = 1_000;

interface BrakesOptions extends Pick<Settings, 'maxFailures'> {
  readonly ledger: Ledger;
  readonly stop: (reason: ReplayStopped) => void;
}

/** Stops a run of which too much fails. Bulk jobs in flight are still followed. */
export class Brakes {
  readonly #options: BrakesOptions;

  constructor(options: BrakesOptions) {
    this.#options = options;
  }

  /** To be called when records or lines were settled. */
  check(): void {
    const { maxFailures, ledger, stop } = this.#options;
    if (maxFailures === undefined) return;
    const { failed, malformed, succeeded, unchanged, superseded, in_doubt } = ledger.totals();
    const failures = failed + malformed;
    const settled = failures + succeeded + unchanged + superseded + in_doubt;
    const isReached =
      'count' in maxFailures
        ? failures >= maxFailures.count
        : settled >= MIN_SETTLED && failures >= settled * maxFailures.share;
    if (!isReached) return;
    const limit = 'count' in maxFailures ? String(maxFailures.count) : percentText(maxFailures.share);
    const message = `${failures} of ${settled} lines have failed; max_failures is ${limit}`;
    stop(
      new ReplayStopped('TOO_MANY_FAILURES', message, {
        hint: 'Look at the failures file, fix the causes, and continue.',
      }),
    );
  }
}
