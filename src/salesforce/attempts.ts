import { SignInError, type RequestOutcome } from './errors.js';
import type { FailedAttempt } from './failure.js';
import { decideRetry, isAboutContent, outcomeOf, serverDelayMs, type StopReason } from './retry.js';
import type { Usage } from './usage.js';
import type { Waiting } from './wait.js';

/** How to make the attempts of one request. */
export interface AttemptPlan<Session, T> {
  /** Before each attempt; may reject with a {@link SignInError}. */
  readonly begin: () => Promise<Session>;
  /** One HTTP exchange. Rejects only for bugs. */
  readonly attempt: (session: Session) => Promise<{ readonly value: T; readonly status: number } | FailedAttempt>;
  /** Puts the cause of a failure right, so that the request may be repeated at once; false: not its business. */
  readonly recover?: (failed: FailedAttempt, session: Session) => Promise<boolean>;
  readonly repeatable: boolean;
  readonly onlyIfNotSent: boolean;
  readonly maxRetries: number;
  /** Gives up at once, whatever is under way. */
  readonly signal?: AbortSignal | undefined;
  /** Makes no further attempt unless an earlier one was perhaps processed. */
  readonly stopping?: AbortSignal | undefined;
}

export interface Attempted<T> {
  readonly value: T;
  readonly status: number;
  readonly attempts: number;
  readonly mayHaveRunBefore: boolean;
}

export interface GaveUpDetails {
  readonly ending: 'failed' | 'sign_in' | 'stopping' | 'aborted';
  readonly outcome: RequestOutcome;
  readonly attempts: number;
  readonly failed?: FailedAttempt | undefined;
  readonly stop?: StopReason | undefined;
  readonly signInError?: SignInError;
  readonly waitMs?: number | undefined;
}

/** The end of a request without success, still without words. */
export class GaveUp extends Error {
  readonly details: GaveUpDetails;

  constructor(details: GaveUpDetails) {
    super(details.failed?.sentence ?? details.ending, { cause: details.failed?.cause });
    this.name = 'GaveUp';
    this.details = details;
  }
}

export interface RepeaterOptions {
  readonly waiting: Waiting;
  readonly random: () => number;
  readonly usage: Usage;
}

/** Makes attempts until one succeeds or the retry policy gives up. */
export class Repeater {
  readonly #options: RepeaterOptions;

  constructor(options: RepeaterOptions) {
    this.#options = options;
  }

  /** Rejects with {@link GaveUp}. */
  async run<Session, T>(plan: AttemptPlan<Session, T>): Promise<Attempted<T>> {
    const { waiting, random, usage } = this.#options;
    const { signal, stopping, maxRetries } = plan;
    const progress: Progress = { attempts: 0, mayHaveRun: false, failed: undefined };
    for (let retries = 0; ;) {
      throwIfInterrupted(plan, progress);
      const session = await guarded(plan, progress, plan.begin);
      usage.calls += 1;
      usage.retries += progress.attempts === 0 ? 0 : 1;
      progress.attempts += 1;
      const result = await plan.attempt(session);
      if ('value' in result) return { ...result, attempts: progress.attempts, mayHaveRunBefore: progress.mayHaveRun };
      progress.failed = result;
      const { failure, sentence } = result;
      if (signal?.aborted === true) throw gaveUp('aborted', progress, outcomeOf(failure));
      if (await guarded(plan, progress, async () => plan.recover?.(result, session))) continue;
      const decision = decideRetry(failure, { ...plan, retries, random });
      if (decision.kind === 'give_up') throw gaveUp('failed', progress, decision.outcome, decision.stop);
      progress.mayHaveRun ||= outcomeOf(failure) === 'unknown';
      if (outcomeOf(failure) === 'refused') usage.congestions += 1;
      retries += 1;
      const wait = { reason: sentence, delayMs: decision.delayMs, retry: retries, maxRetries };
      await waiting.wait(wait, progress.mayHaveRun ? [signal] : [signal, stopping]);
    }
  }
}

interface Progress {
  attempts: number;
  /** Was an attempt before the last one perhaps processed? */
  mayHaveRun: boolean;
  failed: FailedAttempt | undefined;
}

type Interruptible = Pick<AttemptPlan<unknown, unknown>, 'signal' | 'stopping'>;

function throwIfInterrupted({ signal, stopping }: Interruptible, progress: Progress): void {
  if (signal?.aborted === true) throw gaveUp('aborted', progress, 'not_sent');
  if (stopping?.aborted === true && !progress.mayHaveRun) throw gaveUp('stopping', progress, 'not_sent');
}

function gaveUp(
  ending: GaveUpDetails['ending'],
  progress: Progress,
  outcome: RequestOutcome,
  stop?: StopReason,
): GaveUp {
  const { attempts, failed, mayHaveRun } = progress;
  // A refusal of the content was the answer to every attempt; any other leaves an earlier attempt in doubt.
  const isInDoubt = mayHaveRun && (failed === undefined || !isAboutContent(failed.failure));
  const waitMs = failed && serverDelayMs(failed.failure);
  return new GaveUp({ ending, outcome: isInDoubt ? 'unknown' : outcome, attempts, failed, stop, waitMs });
}

/** Signing in, at first or anew, can fail or be cut short: this attempt was then certainly not processed. */
async function guarded<T>(plan: Interruptible, progress: Progress, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (plan.signal?.aborted === true) throw gaveUp('aborted', progress, 'not_sent');
    if (!(error instanceof SignInError)) throw error;
    const { details } = gaveUp('sign_in', progress, 'not_sent');
    throw new GaveUp({ ...details, signInError: error });
  }
}
