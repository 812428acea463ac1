import ora, { spinners } from 'ora';
import type { ProgressSnapshot } from '../../accounting/progress.js';
import { widthOf } from '../text-width.js';
import { paintFor } from '../paint.js';
import { drawing } from './drawing.js';
import { ProgressMeter } from './meter.js';

const FRAME_MS = 100;

/** Draws on a terminal of at least one column until the returned function is called. What others write stands above. */
export function startSpinner(look: () => ProgressSnapshot, terminal: NodeJS.WriteStream, color: boolean): () => void {
  const meter = new ProgressMeter();
  const spinner = ora({
    stream: terminal,
    isEnabled: true,
    // Standard input may be the records, and Ctrl-C is ours.
    discardStdin: false,
    color: color ? 'cyan' : false,
    interval: FRAME_MS,
  });
  const { frames } = typeof spinner.spinner === 'string' ? spinners.dots : spinner.spinner;
  let ticks = 0;
  let width = terminal.columns;
  const renew = (): void => {
    const frame = frames[ticks++ % frames.length] ?? '-';
    width = terminal.columns;
    const window = { columns: width, rows: terminal.rows || 24, frame, paint: paintFor(color) };
    spinner.text = drawing(meter.view(look()), window).join('\n');
  };
  /** ora erases as many rows as the drawing had; in a narrower window it has more. Without columns ora erases for ever. */
  const refit = (): void => {
    const { columns } = terminal;
    const remains = columns > 0 && columns < width ? rowsOf(spinner.text, columns) - rowsOf(spinner.text, width) : 0;
    spinner.clear();
    spinner.isSilent = columns === 0;
    if (remains > 0) terminal.write(`\u001B[${remains}A\u001B[J`);
  };
  renew();
  // Before ora's own timer, so that what is drawn is never a frame old.
  const timer = setInterval(renew, FRAME_MS);
  terminal.on('resize', refit);
  spinner.start();
  return () => {
    clearInterval(timer);
    terminal.off('resize', refit);
    spinner.isSilent = false;
    spinner.stop();
  };
}

function rowsOf(text: string, columns: number): number {
  return `- ${text}`.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);
}
