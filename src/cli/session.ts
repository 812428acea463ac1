import type { ProgressSnapshot } from '../accounting/progress.js';
import { loadSettings } from '../config/load.js';
import { openFiles } from '../input/source.js';
import { Progress } from '../report/progress/progress.js';
import { forLog } from './ci.js';
import type { InputFlags } from './flags.js';
import { listenForSignals, type StopSignals } from './signals.js';
import { hasColor, progressStyle, type ProgressChoice, type Terminal } from './terminal.js';
import { bareTopic } from './usage-checks.js';

/** The input that is named, and what is to be done with it. Throws `UsageError` and `ConfigError`. */
export async function openInput(files: readonly string[], flags: InputFlags, { stdin, environment, cwd }: Terminal) {
  const input = await openFiles(files, stdin);
  const { settings, warnings } = await loadSettings(flags, environment, cwd, { offline: false });
  return { input, settings, warnings, bareTopic: bareTopic(flags, settings) };
}

/** What a command says on standard error while it works, and the signals that it heeds. */
export interface Session {
  readonly warn: (text: string) => void;
  readonly signals: StopSignals;
  /** Shows the progress of a run, and its warnings. */
  readonly observer: {
    readonly onStart: (look: () => ProgressSnapshot) => void;
    readonly onWarning: (warning: string) => void;
  };
  /** Takes the progress off the screen. Warnings may still follow. */
  readonly end: () => void;
}

interface SessionOptions {
  readonly progress: ProgressChoice;
  /** Told first. */
  readonly warnings?: readonly string[];
  readonly isJournaled?: boolean;
}

/** Does the work of a command in a session, which ends with it. */
export async function inSession<T>(
  terminal: Terminal,
  { progress: choice, warnings = [], isJournaled }: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const progress = await openProgress(terminal, choice);
  const warn = (text: string): void => progress.warn(text);
  warnings.forEach(warn);
  const signals = listenForSignals(terminal.signals, warn, isJournaled);
  const end = (): void => progress.stop();
  try {
    return await work({ warn, signals, observer: { onStart: (look) => progress.watch(look), onWarning: warn }, end });
  } finally {
    end();
    signals.release();
  }
}

export async function openProgress(terminal: Terminal, choice: ProgressChoice): Promise<Progress> {
  const { stderr, environment } = terminal;
  const style = progressStyle(choice, terminal);
  // What draws is loaded only where something is drawn.
  const drawing = style === 'spinner' ? await import('../report/progress/spinner.js') : undefined;
  return new Progress({
    style,
    startSpinner: drawing?.startSpinner,
    stream: stderr,
    color: hasColor(stderr, environment),
    adapt: (text) => forLog(text, environment),
  });
}
