/** A wait before a repetition, for whoever shows progress. */
export interface Wait {
  /** For example `the org answered status 503`. */
  readonly reason: string;
  readonly delayMs: number;
  /** When it ends, in milliseconds since the epoch. */
  readonly until: number;
  /** The number of the repetition that follows, and the most there may be. */
  readonly retry: number;
  readonly maxRetries: number;
}

export interface WaitingOptions {
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<void>;
  readonly now: () => number;
  readonly onWait: (wait: Wait | undefined) => void;
}

/** All waits under way. The listener is told of the longest, and with undefined that there is none any more. */
export class Waiting {
  readonly #options: WaitingOptions;
  readonly #waits = new Set<Wait>();

  constructor(options: WaitingOptions) {
    this.#options = options;
  }

  /** Ends when the time has passed or one of the signals is aborted; never rejects for that. */
  async wait(wait: Omit<Wait, 'until'>, signals: readonly (AbortSignal | undefined)[]): Promise<void> {
    const entry: Wait = { ...wait, until: this.#options.now() + wait.delayMs };
    this.#waits.add(entry);
    this.#tell();
    const over = new AbortController();
    const end = () => over.abort();
    for (const signal of signals) signal?.addEventListener('abort', end, { once: true });
    try {
      if (signals.every((signal) => signal?.aborted !== true)) await this.#options.sleep(wait.delayMs, over.signal);
    } finally {
      for (const signal of signals) signal?.removeEventListener('abort', end);
      this.#waits.delete(entry);
      this.#tell();
    }
  }

  #tell(): void {
    let longest: Wait | undefined;
    for (const wait of this.#waits) if (longest === undefined || wait.until > longest.until) longest = wait;
    this.#options.onWait(longest);
  }
}

/** The default `sleep`: resolves when the time has passed or the signal is aborted. */
export function sleep(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}

/** Rejects with the signal's reason as soon as it is aborted; the promise itself goes on for others. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}
