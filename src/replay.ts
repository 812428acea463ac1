import { setMaxListeners } from 'node:events';
import type { ProgressSnapshot } from './accounting/progress.js';
import type { Summary } from './accounting/summary.js';
import type { Input } from './input/input.js';
import { openClient } from './org.js';
import { preflight } from './preflight.js';
import { ReplayRun } from './replay-run.js';
import type { Settings } from './settings.js';

export interface ReplayOptions {
  readonly settings: Settings;
  readonly input: Input;
  /** Set when the lines are bare records, all of this topic. */
  readonly bareTopic?: string | undefined;
  /** Names the run and its failures file. */
  readonly runId: string;
  /** Aborted to wind down: reads no more, sends nothing new, settles what is in flight. Its reason is a `ReplayStopped`. */
  readonly stopping?: AbortSignal;
  /** Aborted to end at once: what is in flight is accounted as in doubt or unsent. Its reason is a `ReplayStopped`. */
  readonly aborting?: AbortSignal;
  readonly observer?: ReplayObserver;
  /** Read for `HTTPS_PROXY`, `NO_PROXY` and `NODE_EXTRA_CA_CERTS`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Watches a run; never steers it. */
export interface ReplayObserver {
  /** Called once, after the preflight and before the first line is read. `look` may be called at any time until the run ends. */
  onStart?(look: () => ProgressSnapshot): void;
  /** Something that the user should know but that does not stop the run. One sentence, terminal-safe or not. */
  onWarning?(warning: string): void;
}

/**
 * Replays the input into the org and settles every line of it.
 * Throws `PreflightError` when it could not begin, and the reason of `stopping` when it was stopped before it began;
 * whatever happens later is told in the summary.
 */
export async function replay(options: ReplayOptions): Promise<Summary> {
  const startedAtMs = Date.now();
  const aborting = options.aborting ?? new AbortController().signal;
  const winding = new AbortController();
  const stopping = AbortSignal.any([winding.signal, aborting, ...(options.stopping === undefined ? [] : [options.stopping])]);
  // Every request and every wait of the run listens to these two.
  setMaxListeners(0, stopping, aborting);
  let notice: string | undefined;
  const client = openClient(options.settings, options.env ?? {}, (text) => (notice = text));
  try {
    const { plans } = await preflight(options.settings, client, stopping);
    const run = new ReplayRun({
      ...options,
      client,
      plans,
      stopping,
      aborting,
      stop: (reason) => winding.abort(reason),
      startedAtMs,
      notice: () => notice,
    });
    return await run.complete();
  } finally {
    await client.close();
  }
}
