import type { CheckReport } from './accounting/check-report.js';
import type { Input } from './input/input.js';
import type { Settings } from './settings.js';

export interface CheckOptions {
  readonly settings: Settings;
  /** Undefined: only the configuration and the org are looked at. */
  readonly input: Input | undefined;
  readonly stopping?: AbortSignal;
}

/** The way of a replay without its writes: what would be sent, dropped and rejected. Throws `PreflightError`. */
export async function check(options: CheckOptions): Promise<CheckReport> {
  await Promise.resolve();
  throw new Error(`check ${String(options.input?.size)}: being built`);
}
