import ora, { spinners } from 'ora';
import type { ProgressSnapshot } from '../../accounting/progress.js';
import { paintFor } from '../paint.js';
import { progressLines } from './progress-line.js';
import { ProgressMeter } from './progress-meter.js';
import { TerminalFrame } from './terminal-frame.js';

export interface SpinnerProgress {
  /** Prints whole lines above the drawing. */
  printAbove(lines: string): void;
  /** Erases the drawing and gives the cursor back. */
  stop(): void;
}

/** Draws on a terminal until it is stopped. */
export function startSpinner(
  look: () => ProgressSnapshot,
  terminal: NodeJS.WriteStream,
  color: boolean,
  every: (intervalMs: number, tick: () => void) => () => void,
): SpinnerProgress {
  const screen = new TerminalFrame(terminal);
  const meter = new ProgressMeter();
  const paint = paintFor(color);
  const spinner = ora({
    stream: screen,
    isEnabled: true,
    // Standard input may be the records, and Ctrl-C is ours.
    discardStdin: false,
    color: color ? 'cyan' : false,
    interval: frameMs,
  });
  const { frames } = typeof spinner.spinner === 'string' ? spinners.dots : spinner.spinner;
  let ticks = 0;
  const renew = (): void => {
    const { columns, rows } = screen;
    const frame = frames[ticks++ % frames.length] ?? '-';
    spinner.text = progressLines(meter.view(look()), { columns, rows, frame, paint }).join('\n');
  };
  renew();
  // Before ora's own timer, so that what is drawn is never a frame old.
  const cancel = every(frameMs, renew);
  spinner.start();
  return {
    printAbove: (lines) => screen.printAbove(lines),
    stop: () => {
      cancel();
      spinner.stop();
    },
  };
}

const frameMs = 100;
