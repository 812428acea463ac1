import { setMaxListeners } from 'node:events';

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
