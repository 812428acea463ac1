import { setMaxListeners } from 'node:events';
import { setTimeout } from 'node:timers/promises';

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

interface WaitingOptions {
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<void>;
  readonly now: () => number;
}

/** All waits under way. */
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
    const over = new AbortController();
    const forget = signals.map((signal) => onAbort(signal, () => over.abort()));
    try {
      if (!over.signal.aborted) await this.#options.sleep(wait.delayMs, over.signal);
    } finally {
      for (const stopListening of forget) stopListening();
      this.#waits.delete(entry);
    }
  }

  /** The one that ends last. */
  get longest(): Wait | undefined {
    let longest: Wait | undefined;
    for (const wait of this.#waits) if (longest === undefined || wait.until > longest.until) longest = wait;
    return longest;
  }
}

/** The default `sleep`: resolves when the time has passed or the signal is aborted. */
export async function sleep(delayMs: number, signal: AbortSignal): Promise<void> {
  // Cutting the wait short is its purpose, not an error.
  await setTimeout(delayMs, undefined, { signal }).catch(() => undefined);
}

/** Calls `listener` once when the signal is aborted, at once if it is already. Returns what takes the listener off again. */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => undefined;
  // One signal stops a whole run, so as many requests as are under way listen to it; Node takes that for a leak.
  setMaxListeners(0, signal);
  signal.addEventListener('abort', listener, { once: true });
  if (signal.aborted) listener();
  return () => signal.removeEventListener('abort', listener);
}

/** Rejects with the signal's reason as soon as it is aborted; the promise itself goes on for others. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  let forget: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    forget = onAbort(signal, () => reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted')));
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    forget?.();
  }
}
