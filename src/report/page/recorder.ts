import type { ProgressSnapshot } from '../../accounting/progress.js';
import type { Summary } from '../../accounting/summary.js';
import type { JobEvent } from '../../core/record.js';

/** What became known while a run went on. Times are milliseconds since it began. */
export interface RunHistory {
  /** In the order of the mappings. */
  readonly topics: readonly string[];
  /** Rising in time. */
  readonly samples: readonly Sample[];
  /** In the order in which they were made. */
  readonly jobs: readonly JobHistory[];
  readonly warnings: readonly string[];
}

/** How far the run was at one moment. */
export interface Sample {
  readonly atMs: number;
  /** Records written so far, by topic. */
  readonly written: readonly number[];
  /** Records that had failed or were in doubt, by topic. */
  readonly failed: readonly number[];
  readonly malformed: number;
}

export interface JobHistory {
  readonly topic: string;
  readonly id: string;
  readonly records: number;
  /** Made by an earlier run of the journal. */
  readonly isResumed: boolean;
  readonly madeAtMs: number;
  closedAtMs?: number | undefined;
  endedAtMs?: number | undefined;
  /** The org's word for how it ended. */
  state?: string;
  /** Undefined where it is not known. */
  failed?: number | undefined;
}

const FIRST_INTERVAL_MS = 25;
// Odd, so that of every two the first and the last stay.
const MOST_SAMPLES = 601;
const MOST_WARNINGS = 100;

/**
 * Watches a run and remembers how it went: looks at it from time to time, more rarely the longer it takes, so that what
 * is remembered has a limit. A job costs an entry.
 */
export class RunRecorder {
  readonly #jobs = new Map<string, JobHistory>();
  readonly #warnings: string[] = [];
  #samples: Sample[] = [];
  #timer: NodeJS.Timeout | undefined;

  onStart(look: () => ProgressSnapshot): void {
    this.#samples.push(sampleOf(look()));
    this.#watch(look, FIRST_INTERVAL_MS);
  }

  onWarning(warning: string): void {
    if (this.#warnings.length < MOST_WARNINGS) this.#warnings.push(warning);
  }

  onJob(topic: string, event: JobEvent): void {
    const atMs = Date.now();
    if (event.kind === 'made' || event.kind === 'resumed') {
      const { id, records, kind } = event;
      this.#jobs.set(id, { topic, id, records, isResumed: kind === 'resumed', madeAtMs: atMs });
      return;
    }
    const job = this.#jobs.get(event.id);
    if (job === undefined) return;
    if (event.kind === 'closed') job.closedAtMs = atMs;
    else Object.assign(job, { endedAtMs: atMs, state: event.state, failed: event.failed });
  }

  /** Looks no more. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** How the run went that has ended so. */
  history({ run, topics, totals }: Summary): RunHistory {
    this.stop();
    const startedAtMs = Date.parse(run.started_at);
    const since = (atMs: number | undefined): number | undefined => atMs && atMs - startedAtMs;
    const end: Sample = {
      atMs: run.duration_ms,
      written: topics.map(({ succeeded }) => succeeded),
      failed: topics.map(({ failed, in_doubt: inDoubt }) => failed + inDoubt),
      malformed: totals.malformed,
    };
    return {
      topics: topics.map(({ topic }) => topic),
      samples: [...this.#samples.filter(({ atMs }) => atMs < end.atMs), end],
      jobs: [...this.#jobs.values()].map((job) => ({
        ...job,
        madeAtMs: job.madeAtMs - startedAtMs,
        closedAtMs: since(job.closedAtMs),
        endedAtMs: since(job.endedAtMs),
      })),
      warnings: this.#warnings,
    };
  }

  #watch(look: () => ProgressSnapshot, intervalMs: number): void {
    this.#timer = setInterval(() => {
      this.#samples.push(sampleOf(look()));
      if (this.#samples.length < MOST_SAMPLES) return;
      this.#samples = this.#samples.filter((_sample, index) => index % 2 === 0);
      this.stop();
      this.#watch(look, intervalMs * 2);
    }, intervalMs);
  }
}

function sampleOf({ elapsedMs, topics, malformed }: ProgressSnapshot): Sample {
  return {
    atMs: elapsedMs,
    written: topics.map(({ succeeded }) => succeeded),
    failed: topics.map(({ failed, inDoubt }) => failed + inDoubt),
    malformed,
  };
}
