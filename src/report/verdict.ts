import type { Summary } from '../accounting/summary.js';
import { formatCount, formatDuration, formatNoun, safeText } from './format.js';
import { maskSecrets } from '../core/secrets.js';
import { unbroken } from './text-width.js';

/** Why the run stopped part-way; undefined where it did not. */
export function stoppedText({ run }: Summary): string | undefined {
  if (run.stopped !== null) {
    return `Stopped: ${safeText(maskSecrets(run.stopped.message))} (${safeText(run.stopped.code)})`;
  }
  if (run.exit_code === 130) return 'Stopped by SIGINT';
  return run.exit_code === 143 ? 'Stopped by SIGTERM' : undefined;
}

/** What is to be done besides giving the command that continues, where it reads standard input. */
export const PIPE_AGAIN = 'Pipe the same input into it once more.';

export function isPiped({ input }: Summary): boolean {
  return input.files.some(({ path }) => path === '-');
}

/** `8 of 10 records written in 1.2 s: 1 failed, 1 in doubt` */
export function writtenText({ run, totals }: Summary): string {
  const elapsed = unbroken(formatDuration(run.duration_ms));
  const mapped = totals.read - totals.malformed - totals.unmapped;
  const rest = [
    [totals.failed, 'failed'],
    [totals.in_doubt, 'in doubt'],
    [totals.unsent, 'not sent'],
    [totals.superseded, 'superseded'],
    [totals.resumed, 'settled by an earlier run'],
  ] as const;
  const told = rest.filter(([count]) => count > 0).map(([count, what]) => `${formatCount(count)} ${what}`);
  if (totals.malformed > 0) told.push(formatNoun(totals.malformed, 'malformed line'));
  if (mapped === 0 && told.length === 0) {
    const why = totals.unmapped > 0 ? `: no line is of a mapped topic` : '';
    return `No records to write${why} (${formatNoun(totals.read, 'line')} read in ${elapsed})`;
  }
  const written = `${formatCount(totals.succeeded)} of ${formatNoun(mapped, 'record')} written in ${elapsed}`;
  return told.length === 0 ? written : `${written}: ${told.map(unbroken).join(', ')}`;
}
