import { ReplayStopped, SfreplayError } from '../core/errors.js';

/** How the program can end (contract section 1). 0 and 1 come from a finished run's own summary. */
export const EXIT = {
  ok: 0,
  /** Nothing was sent: usage, configuration, sign-in or preflight. */
  notBegun: 2,
  /** The run stopped part-way, or failed in a way that nobody foresaw. */
  stopped: 3,
  SIGINT: 130,
  SIGTERM: 143,
} as const;

/** What each of them says to whoever called the program. */
export const EXIT_MEANINGS: Readonly<Record<string, string>> = {
  '0': 'every mapped record was written',
  '1': 'the run finished, and some records failed or are in doubt; each is in the failures file',
  '2': 'nothing was sent: usage, configuration, sign-in or preflight',
  '3': 'the run stopped part-way: org unreachable, sign-in revoked, limits exhausted, disk full',
  '130': 'stopped by SIGINT; the first winds down, a second stops at once',
  '143': 'stopped by SIGTERM; likewise',
};

/** The exit status for what a command threw. */
export function exitStatusOf(error: unknown): number {
  if (error instanceof ReplayStopped) {
    return error.code === 'SIGINT' || error.code === 'SIGTERM' ? EXIT[error.code] : EXIT.stopped;
  }
  // After a bug nobody knows what was sent, so 2, which promises that nothing was, would be a lie.
  return error instanceof SfreplayError ? EXIT.notBegun : EXIT.stopped;
}
