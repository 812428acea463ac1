import { ReplayStopped, SfreplayError } from './errors.js';

/** How the program can end (contract section 1). */
export const EXIT = {
  ok: 0,
  /** The run finished, and not every record was written. */
  failures: 1,
  /** Nothing was sent: usage, configuration, sign-in or preflight. */
  notBegun: 2,
  /** The run stopped part-way, or failed in a way that nobody foresaw. */
  stopped: 3,
  SIGINT: 130,
  SIGTERM: 143,
} as const;

/** What each of them means: in brief, and what more there is to say. */
export const EXIT_MEANINGS: Readonly<Record<number, readonly [brief: string, more: string]>> = {
  0: ['every mapped record was written', ''],
  1: ['some records failed or are in doubt', '; each is in the failures file'],
  2: ['nothing was sent', ': usage, configuration, sign-in or preflight'],
  3: ['stopped part-way', ': org unreachable, sign-in revoked, limits exhausted, disk full'],
  130: ['stopped by SIGINT', '; the first winds down, a second stops at once'],
  143: ['stopped by SIGTERM', '; likewise'],
};

/** The exit status for what a command threw. */
export function exitStatusOf(error: unknown): number {
  if (error instanceof ReplayStopped) {
    return error.code === 'SIGINT' || error.code === 'SIGTERM' ? EXIT[error.code] : EXIT.stopped;
  }
  // After a bug nobody knows what was sent, so 2, which promises that nothing was, would be a lie.
  return error instanceof SfreplayError ? EXIT.notBegun : EXIT.stopped;
}

/** A result that lacks a page that was asked for: status 0 would promise it. */
export function withoutPage<Result extends { readonly run: { readonly exit_code: number } }>(result: Result): Result {
  return { ...result, run: { ...result.run, exit_code: result.run.exit_code || 1 } };
}
