import type { Clock } from './clock.js';
import type { Job } from './job.js';
import type { BulkModel } from './options.js';

/** Places in which the org works; who finds none free waits, first come first served. */
export class Places {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(
    count: number,
    private readonly clock: Clock,
  ) {
    this.#free = count;
  }

  /** Takes a place for so long. */
  async work(ms: number): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    await this.clock.wait(ms);
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}

/** Works on closed jobs: each waits its time, then its batches take places as they become free. */
export class BulkWork {
  readonly #places: Places;

  constructor(
    private readonly model: BulkModel | undefined,
    private readonly clock: Clock,
  ) {
    this.#places = new Places(model?.batchesAtOnce ?? 1, clock);
  }

  async process(job: Job): Promise<void> {
    if (this.model === undefined) {
      job.processed = job.rows;
      job.state = 'JobComplete';
      return;
    }
    const { queueMs, batchSize, recordMs } = this.model;
    job.state = 'UploadComplete';
    await this.clock.wait(queueMs);
    job.state = 'InProgress';
    const batches: Promise<void>[] = [];
    for (let from = 0; from < job.rows; from += batchSize) {
      const rows = Math.min(batchSize, job.rows - from);
      batches.push(this.#places.work(rows * recordMs).then(() => void (job.processed += rows)));
    }
    await Promise.all(batches);
    job.state = 'JobComplete';
  }
}
