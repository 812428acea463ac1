import type { ProgressSnapshot } from '../../accounting/progress.js';
import { harmless } from '../format.js';
import { paintFor } from '../paint.js';
import { PlainProgress } from './plain.js';
import type { startSpinner } from './spinner.js';

export interface ProgressOptions {
  /** `spinner` draws on a terminal only and is `plain` elsewhere; `none` prints warnings alone. */
  readonly style: 'spinner' | 'plain' | 'none';
  /** What draws. It is given, so that it need not be loaded where nothing is drawn. */
  readonly startSpinner?: typeof startSpinner | undefined;
  readonly stream: NodeJS.WriteStream;
  readonly color: boolean;
  /** Makes a text fit for where it goes; unless told it is left as it is. */
  readonly adapt?: (text: string) => string;
}

export interface Progress {
  /** Prints one line; a drawing stays whole. May also be called after `stop`. */
  warn(text: string): void;
  /** Ends all drawing and takes it off the screen. */
  stop(): void;
}

const PLAIN_MS = 5_000;

/** Watches a run by looking at it from time to time, and tells of it on `stream` until stopped. */
export function startProgress(look: () => ProgressSnapshot, options: ProgressOptions): Progress {
  const { style, stream, color, adapt = (text: string) => text } = options;
  const print = (lines: string): void => void stream.write(`${adapt(lines)}\n`);
  // A terminal may be without columns, of which ora draws nothing.
  const canDraw = stream.isTTY && stream.columns > 0;
  let stop = (): void => undefined;
  if (style === 'spinner' && canDraw && options.startSpinner !== undefined) {
    stop = options.startSpinner(look, stream, color);
  } else if (style !== 'none') {
    stop = startPlain(look, print);
  }
  const label = paintFor(color).yellow('warning:');
  return {
    warn: (text) => print(`sfreplay: ${label} ${harmless(text)}`),
    stop: () => {
      stop();
      stop = () => undefined;
    },
  };
}

/** A first line, further ones while something changes, and a last one. */
function startPlain(look: () => ProgressSnapshot, print: (lines: string) => void): () => void {
  const plain = new PlainProgress();
  const tell = (isLast: boolean): void => {
    const lines = plain.lines(look(), isLast);
    if (lines.length > 0) print(lines.map((line) => `sfreplay: ${line}`).join('\n'));
  };
  tell(false);
  const timer = setInterval(() => tell(false), PLAIN_MS);
  return () => {
    clearInterval(timer);
    tell(true);
  };
}
