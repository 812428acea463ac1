import { ReplayStopped } from '../core/errors.js';

/** The wish to stop, as the user sends it: once to wind down, twice to end at once. More often is as twice. */
export interface StopSignals {
  /** Aborted by the first SIGINT or SIGTERM; the reason is a `ReplayStopped` whose code is the signal's name. */
  readonly stopping: AbortSignal;
  /** Aborted by the second, likewise. */
  readonly aborting: AbortSignal;
  /** Leaves the signals to Node again. */
  readonly release: () => void;
}

type SignalName = 'SIGINT' | 'SIGTERM';

/** What signals come from: the process. */
export interface SignalSource {
  on(signal: SignalName, listener: (signal: SignalName) => void): unknown;
  off(signal: SignalName, listener: (signal: SignalName) => void): unknown;
}

/** Listens until released. `tell` says to the user what a signal has done, one sentence at a time. */
export function listenForSignals(source: SignalSource, tell: (text: string) => void, isJournaled = false): StopSignals {
  const stopping = new AbortController();
  const aborting = new AbortController();
  function onSignal(signal: SignalName): void {
    if (!stopping.signal.aborted) {
      const again = signal === 'SIGINT' ? 'press Ctrl-C again' : 'send SIGTERM again';
      const journaled = isJournaled ? ' and leave bulk jobs running in the org, for the next run to pick up' : '';
      tell(`stopping: waiting for what is in flight; ${again} to stop at once${journaled}`);
      stopping.abort(new ReplayStopped(signal, `The run was stopped by ${signal}.`));
      return;
    }
    // Still listened for: a signal that finds nobody ends the process before anything is accounted for. And where a
    // spinner turns, its own clean-up sends on what it alone has heard.
    if (aborting.signal.aborted) return;
    tell(
      `stopping at once: what is in flight ${isJournaled ? 'is left to the next run with this journal' : 'ends in doubt'}`,
    );
    aborting.abort(new ReplayStopped(signal, `The run was stopped at once by a second ${signal}.`));
  }
  source.on('SIGINT', onSignal);
  source.on('SIGTERM', onSignal);
  const release = (): void => {
    source.off('SIGINT', onSignal);
    source.off('SIGTERM', onSignal);
  };
  return { stopping: stopping.signal, aborting: aborting.signal, release };
}
