import { setTimeout as sleep } from 'node:timers/promises';

/** Waits, and notes by how much it was woken late: on a busy machine the org is slower than its model. */
export class Clock {
  #askedMs = 0;
  #tookMs = 0;

  async wait(ms: number): Promise<void> {
    const from = performance.now();
    await sleep(ms);
    this.#askedMs += ms;
    this.#tookMs += performance.now() - from;
  }

  /** The share by which all waits so far were too long; begins anew. */
  takeLateness(): number {
    const lateness = this.#askedMs === 0 ? 0 : this.#tookMs / this.#askedMs - 1;
    this.#askedMs = 0;
    this.#tookMs = 0;
    return lateness;
  }
}
