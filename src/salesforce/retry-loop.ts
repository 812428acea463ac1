import type { ReplayStopped } from '../core/errors.js';
import { RequestFailure, SignInError, type RequestOutcome } from './errors.js';
import { decideRetry, isAboutContent, outcomeOf, type StopReason } from './retry.js';
import type { Usage } from './usage.js';
import type { Waiting } from './wait.js';

/** How to make the attempts of one request. */
interface RetryPlan<Session, T> {
  /** Before each attempt; may reject with a {@link SignInError}. */
  readonly begin: () => Promise<Session>;
  /** Why this attempt must not be made, though it could be. */
  readonly forbid?: () => ReplayStopped | undefined;
  /** One HTTP exchange. Rejects with a {@link RequestFailure}, or for bugs. */
  readonly attempt: (session: Session) => Promise<{ readonly value: T; readonly status: number }>;
  /** Puts the cause of a failure right, so that the request may be repeated at once; false: not its business. */
  readonly recover?: (failure: RequestFailure, session: Session) => Promise<boolean>;
  /** The error to throw when no attempt has succeeded. */
  readonly explain: (end: RetryEnd) => Error;
  readonly repeatable: boolean;
  readonly onlyIfNotSent: boolean;
  readonly maxRetries: number;
  /** Gives up at once, whatever is under way. */
  readonly signal?: AbortSignal | undefined;
  /** Makes no further attempt unless an earlier one was perhaps processed. */
  readonly stopping?: AbortSignal | undefined;
}

/** The end of a request without success, still without words. */
export interface RetryEnd {
  readonly ending: 'failed' | 'sign_in' | 'forbidden' | 'stopping' | 'aborted';
  readonly outcome: RequestOutcome;
  readonly attempts: number;
  /** The last one. */
  readonly failure?: RequestFailure | undefined;
  readonly stop?: StopReason | undefined;
  readonly signInError?: SignInError | undefined;
  readonly forbidden?: ReplayStopped | undefined;
}

interface Attempted<T> {
  readonly value: T;
  readonly status: number;
  readonly attempts: number;
  readonly mayHaveRunBefore: boolean;
}

export interface RetryTools {
  readonly waiting: Waiting;
  readonly random: () => number;
  readonly usage: Usage;
}

/** Makes attempts until one succeeds or the retry policy gives up; then it throws what the plan makes of the end. */
export async function withRetries<Session, T>(
  plan: RetryPlan<Session, T>,
  { waiting, random, usage }: RetryTools,
): Promise<Attempted<T>> {
  const { signal, stopping, maxRetries } = plan;
  let attempts = 0;
  /** Was an attempt before the last one perhaps processed? */
  let mayHaveRun = false;
  let failure: RequestFailure | undefined;

  const ended = (ending: RetryEnd['ending'], outcome: RequestOutcome, more: Partial<RetryEnd> = {}): Error => {
    // A refusal of the content was the answer to every attempt; any other leaves an earlier attempt in doubt.
    const isInDoubt = mayHaveRun && (failure === undefined || !isAboutContent(failure));
    return plan.explain({ ending, outcome: isInDoubt ? 'unknown' : outcome, attempts, failure, ...more });
  };
  /** Signing in, at first or anew, can fail or be cut short: this attempt was then certainly not processed. */
  const guarded = async <R>(action: () => Promise<R>): Promise<R> => {
    try {
      return await action();
    } catch (error) {
      if (signal?.aborted === true) throw ended('aborted', 'not_sent');
      if (error instanceof SignInError) throw ended('sign_in', 'not_sent', { signInError: error });
      throw error;
    }
  };

  for (let retries = 0; ;) {
    if (signal?.aborted === true) throw ended('aborted', 'not_sent');
    if (stopping?.aborted === true && !mayHaveRun) throw ended('stopping', 'not_sent');
    const session = await guarded(plan.begin);
    // Nothing is awaited between this and the attempt: no other may come between.
    const forbidden = plan.forbid?.();
    if (forbidden !== undefined) throw ended('forbidden', 'not_sent', { forbidden });
    usage.calls += 1;
    if (attempts > 0) usage.retries += 1;
    attempts += 1;
    let failed: RequestFailure;
    try {
      return { ...(await plan.attempt(session)), attempts, mayHaveRunBefore: mayHaveRun };
    } catch (error) {
      if (!(error instanceof RequestFailure)) throw error;
      failed = failure = error;
    }
    const outcome = outcomeOf(failed);
    if (isAborted(signal)) throw ended('aborted', outcome);
    if (await guarded(async () => plan.recover?.(failed, session))) continue;
    const decision = decideRetry(failed, { ...plan, retries, random });
    if (decision.kind === 'give_up') throw ended('failed', decision.outcome, { stop: decision.stop });
    mayHaveRun ||= outcome === 'unknown';
    if (outcome === 'refused') usage.congestions += 1;
    retries += 1;
    const wait = { reason: failed.message, delayMs: decision.delayMs, retry: retries, maxRetries };
    await waiting.wait(wait, mayHaveRun ? [signal] : [signal, stopping]);
  }
}

/** It may have been aborted since it was last asked. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}
