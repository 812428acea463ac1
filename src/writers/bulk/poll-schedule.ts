import { isJobFinished, type IngestJob } from '../../salesforce/ingest-jobs.js';
import { onAbort } from '../../salesforce/wait.js';
import type { WriterContext } from '../writer.js';

/** As long as no job has ended, the first poll comes after this and a little for each record of the job. */
const FIRST_POLL_MS = 200;
const MS_PER_RECORD = 0.2;
/** A job that is still at work is polled again after this part of the usual time, at least after so long … */
const AGAIN = 0.1;
const MIN_AGAIN_MS = 20;
/** … and this part of the time that it is late by now. */
const GROWTH = 0.4;
/** Behind an older job, a job is polled later by this part of the usual time. */
const GRACE = 0.2;
/** A job that has ended by its first poll may have ended long before: the usual time is lowered by this part, … */
const LOWER = 0.03;
/** … but not below the age at which one was still at work, which counts for less with each job by this part. */
const FORGET = 0.004;

/** A closed job, whose end is waited for. Its age counts from the closing. */
interface WaitingJob {
  readonly records: number;
  readonly closedAtMs: number;
  /** The age at which it was last seen at work; 0 before the first poll. */
  atWorkMs: number;
  /** Ends the wait for the next poll, so that it is reckoned anew. */
  wake: AbortController;
}

/**
 * When to poll bulk jobs. The org works on them in about the order in which they were closed, so the oldest is polled for
 * all: first at the age at which jobs usually end, then ever more rarely. When it has ended, the next one is the oldest. No
 * job waits longer than the configured interval for its next poll.
 */
export class PollSchedule {
  /** In the order in which they were closed. */
  readonly #jobs = new Set<WaitingJob>();
  /** The age at which jobs end; undefined until one has ended. */
  #usualMs: number | undefined;
  /** The age at which a job was still at work when it was expected to have ended. */
  #tooSoonMs = 0;

  constructor(private readonly context: Pick<WriterContext, 'aborting' | 'bulkPollIntervalMs' | 'now' | 'sleep'>) {}

  /**
   * Polls a job of so many records, which was just closed, until it has ended, however long that takes: the org goes on
   * whether it is polled or not. Undefined when the run is ended at once. Rejects as `poll` does.
   */
  async untilEnded(poll: () => Promise<IngestJob>, records: number): Promise<IngestJob | undefined> {
    const { aborting, now, sleep } = this.context;
    const waiting: WaitingJob = { records, closedAtMs: now(), atWorkMs: 0, wake: new AbortController() };
    this.#jobs.add(waiting);
    const forget = onAbort(aborting, () => wake(waiting));
    try {
      while (!aborting.aborted) {
        const { signal } = (waiting.wake = new AbortController());
        await sleep(this.#delayMs(waiting), signal);
        if (signal.aborted) continue;
        const ageMs = now() - waiting.closedAtMs;
        const job = await poll();
        if (isJobFinished(job)) {
          this.#learn(waiting, ageMs);
          return job;
        }
        waiting.atWorkMs = ageMs;
      }
      return undefined;
    } finally {
      forget();
      this.#jobs.delete(waiting);
      // Another job is the oldest, or the usual time is another one.
      for (const other of this.#jobs) wake(other);
    }
  }

  #delayMs(job: WaitingJob): number {
    const dueMs = Math.min(this.#dueMs(job), job.atWorkMs + this.context.bulkPollIntervalMs);
    return Math.max(0, job.closedAtMs + dueMs - this.context.now());
  }

  /** The age at which the job is polled next, unless something changes before. */
  #dueMs(job: WaitingJob): number {
    const usualMs = this.#usualMs;
    const { atWorkMs, records } = job;
    const [oldest] = this.#jobs;
    if (usualMs === undefined) {
      return job === oldest ? FIRST_POLL_MS + MS_PER_RECORD * records + (1 + GROWTH) * atWorkMs : Infinity;
    }
    const isLate = hasReached(atWorkMs, usualMs);
    if (job !== oldest) return isLate ? Infinity : usualMs * (1 + GRACE);
    if (!isLate) return usualMs;
    return atWorkMs + Math.max(MIN_AGAIN_MS, AGAIN * usualMs) + GROWTH * (atWorkMs - usualMs);
  }

  /** The job ended some time between the last two polls. */
  #learn({ atWorkMs }: WaitingJob, ageMs: number): void {
    const usualMs = this.#usualMs;
    const endMs = atWorkMs > 0 ? (atWorkMs + ageMs) / 2 : ageMs;
    if (usualMs === undefined || hasReached(atWorkMs, usualMs)) {
      this.#tooSoonMs = atWorkMs;
      this.#usualMs = Math.max(usualMs ?? 0, endMs);
    } else {
      const knownMs = Math.min(usualMs, ageMs);
      this.#tooSoonMs = Math.min(this.#tooSoonMs, knownMs) * (1 - FORGET);
      this.#usualMs = Math.max(this.#tooSoonMs, knownMs * (1 - LOWER));
    }
  }
}

function wake(job: WaitingJob): void {
  // Without a reason the signal would make an error, whose stack keeps the batches of its callers alive.
  job.wake.abort('woken');
}

function hasReached(ageMs: number, usualMs: number): boolean {
  // A timer may be early.
  return ageMs >= usualMs - 1;
}
