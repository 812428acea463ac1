import type { ProgressSnapshot } from '../../accounting/progress.js';
import { safeText } from '../format.js';
import { paintFor } from '../paint.js';
import { ProgressMeter } from './progress-meter.js';
import { PlainProgress } from './progress-plain.js';
import type { startSpinner } from './progress-spinner.js';
import { maskSecrets } from '../../core/secrets.js';

export interface ProgressOptions {
  /** `spinner` draws on a terminal only and is `plain` elsewhere; `none` prints warnings alone. */
  readonly style: 'spinner' | 'plain' | 'none';
  /** What draws. It is given, so that it need not be loaded where nothing is drawn. */
  readonly startSpinner?: typeof startSpinner | undefined;
  readonly stream: NodeJS.WriteStream;
  readonly color: boolean;
  /** Makes a text fit for where it goes; unless told it is left as it is. */
  readonly adapt?: (text: string) => string;
  /** Calls `tick` again and again until the returned function is called; a timer unless a test has its own. */
  readonly every?: (intervalMs: number, tick: () => void) => () => void;
}

export interface Progress {
  /** Prints one line; a drawing stays whole. May also be called after `stop`. */
  warn(text: string): void;
  /** Ends all drawing and takes it off the screen. */
  stop(): void;
}

/** Watches a run by looking at it from time to time, and tells of it on `stream` until stopped. */
export function startProgress(look: () => ProgressSnapshot, options: ProgressOptions): Progress {
  const { style, stream, color, adapt = (text: string) => text, every = repeat } = options;
  const print = (lines: string): void => {
    stream.write(`${adapt(lines)}\n`);
  };
  if (style === 'none') return progress(print, () => undefined, color);
  if (style === 'spinner' && stream.isTTY && options.startSpinner !== undefined) {
    const spinner = options.startSpinner(look, stream, color, every);
    let isStopped = false;
    return progress(
      (lines) => (isStopped ? print(lines) : spinner.printAbove(lines)),
      () => {
        if (!isStopped) spinner.stop();
        isStopped = true;
      },
      color,
    );
  }
  const plain = new PlainProgress(new ProgressMeter());
  const tell = (isLast = false): void => {
    const lines = plain.lines(look(), isLast);
    if (lines.length > 0) print(lines.map((line) => `sfreplay: ${line}`).join('\n'));
  };
  tell();
  const cancel = every(plainMs, tell);
  let isStopped = false;
  const stop = (): void => {
    if (isStopped) return;
    isStopped = true;
    cancel();
    tell(true);
  };
  return progress(print, stop, color);
}

const plainMs = 5_000;

function progress(print: (lines: string) => void, stop: () => void, color: boolean): Progress {
  const label = paintFor(color).yellow('warning:');
  return {
    warn: (text) => print(`sfreplay: ${label} ${safeText(maskSecrets(text))}`),
    stop,
  };
}

export function repeat(intervalMs: number, tick: () => void): () => void {
  const timer = setInterval(tick, intervalMs);
  return () => clearInterval(timer);
}
