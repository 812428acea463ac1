import { ReplayStopped } from '../core/errors.js';
import { percentText } from '../core/text.js';

/** What this run has asked of the org, and what the org says of its API calls. */
export class Usage {
  /** HTTP attempts, the token endpoint's included. */
  calls = 0;
  /** Attempts that repeated another. */
  retries = 0;
  /** Attempts that the org refused for the moment only, because it had too much to do. */
  congestions = 0;
  /** API calls of the whole org in the last 24 hours, as it last said; null until it did. Approximate by nature. */
  used: number | null = null;
  limit: number | null = null;
  #inFlight = 0;
  /** Ended without a reply since the org last told: it may have counted them. */
  #lost = 0;
  /** How often the org has told. */
  #told = 0;

  /** An attempt is sent; `end` it. Gives what `note` wants to know of it. */
  begin(): number {
    this.#inFlight++;
    return this.#told;
  }

  end(isLost: boolean): void {
    this.#inFlight--;
    if (isLost) this.#lost++;
  }

  /** Reads `Sforce-Limit-Info: api-usage=10018/100000; per-app-api-usage=…`; a missing or odd header changes nothing. */
  note(header: string | undefined, begun: number): void {
    const [, used, limit] = /(?:^|[;,\s])api-usage=(\d+)\/(\d+)/i.exec(header ?? '') ?? [];
    if (used === undefined || limit === undefined) return;
    // What was sent before the org told last may have been counted before that.
    this.used = begun === this.#told ? Number(used) : Math.max(Number(used), this.used ?? 0);
    this.limit = Number(limit);
    this.#told++;
    this.#lost = 0;
  }

  /** Why no further call may be made, if only this share of the org's calls may be used. */
  reached(maxShare: number | undefined): ReplayStopped | undefined {
    const { used, limit } = this;
    const inFlight = this.#inFlight + this.#lost;
    if (maxShare === undefined || used === null || limit === null) return undefined;
    if (used + inFlight < allowedCalls(limit, maxShare)) return undefined;
    const more = inFlight === 0 ? '' : `, and ${inFlight} more are in flight`;
    return new ReplayStopped(
      'API_USAGE_REACHED',
      `The org has used ${used} of its ${limit} API calls of 24 hours${more}; max_api_usage is ${percentText(maxShare)}`,
      { hint: 'Continue when more calls are left, or raise max_api_usage.' },
    );
  }
}

/** So many of the org's calls are this share of them, at most. */
export function allowedCalls(limit: number, share: number): number {
  // 29% of 100 would be 28.999999999999996.
  return Math.floor(Number((limit * share).toFixed(6)));
}
