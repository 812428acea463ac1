/** The first wait before a job of unknown length is looked at. */
const FIRST_LOOK_MS = 100;
const GROWTH = 1.6;

/**
 * When to look at bulk jobs: soon after they are closed, then ever more rarely, at most `maxDelayMs` apart. Once jobs of
 * this run have ended, the first look comes about when they did: a look before costs a call, a look after costs time.
 */
export class Looks {
  #usualMs: number | undefined;

  constructor(private readonly maxDelayMs: number) {}

  /** Tells how long a job took from its closing to its end. */
  noteDuration(ms: number): void {
    this.#usualMs = this.#usualMs === undefined ? ms : this.#usualMs * 0.7 + ms * 0.3;
  }

  /** Waits before the first look, the second look and so on. */
  *delays(): Generator<number, never> {
    let delay = Math.max(FIRST_LOOK_MS, (this.#usualMs ?? 0) * 0.8);
    yield Math.min(delay, this.maxDelayMs);
    delay = Math.max(FIRST_LOOK_MS, (this.#usualMs ?? 0) * 0.2);
    for (;;) {
      yield Math.min(delay, this.maxDelayMs);
      delay *= GROWTH;
    }
  }
}
