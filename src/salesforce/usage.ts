/** What this run has asked of the org. */
export interface Usage {
  /** HTTP attempts, the token endpoint's included. */
  calls: number;
  /** Attempts that repeated another. */
  retries: number;
  /** Attempts that the org refused for the moment only, because it had too much to do. */
  congestions: number;
  /** API calls of the whole org in the last 24 hours, as it last said; null until it did. Approximate by nature. */
  used: number | null;
  limit: number | null;
}

/** Reads `Sforce-Limit-Info: api-usage=10018/100000; per-app-api-usage=…`; a missing or odd header changes nothing. */
export function noteLimitInfo(usage: Usage, header: string | undefined): void {
  const [, used, limit] = /(?:^|[;,\s])api-usage=(\d+)\/(\d+)/i.exec(header ?? '') ?? [];
  if (used === undefined || limit === undefined) return;
  usage.used = Number(used);
  usage.limit = Number(limit);
}
