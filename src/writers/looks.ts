/** The first look at a job of unknown length comes after this and a little for each of its records. */
const FIRST_LOOK_MS = 200;
const MS_PER_RECORD = 0.2;
const GROWTH = 1.25;
/** The first wait for a job that is overdue, as a part of the usual time, and the shortest. */
const OVERDUE = 0.1;
const LEAST_DELAY_MS = 20;
/** Of the first few jobs all count alike; then each counts this much against those before it. */
const LEAST_WEIGHT = 0.2;
/**
 * A job that has ended by its first look may have ended long before: those after it are looked at earlier by this part, and as
 * long as that is never too early, by twice as much again and again.
 */
const FIRST_STEP = 0.02;
const MOST_STEP = 0.5;

/**
 * When to look at bulk jobs, which the org works on in about the order in which they were closed. As long as none has ended,
 * the oldest is looked at soon, then ever more rarely, for all others. Then each is looked at when it should have ended. The
 * oldest of those that have not is looked at until it has, and then the next one. No two looks at a job are more than
 * `maxDelayMs` apart.
 */
export class Looks {
  /** From closing to end, as the jobs of this run usually take. */
  usualMs: number | undefined;
  /** In the order in which they were closed. */
  readonly #watches = new Set<JobWatch>();
  /** Jobs whose end lay between two looks. */
  #seen = 0;
  #step = FIRST_STEP;
  #steppedAtMs = -Infinity;

  constructor(
    readonly maxDelayMs: number,
    readonly now: () => number,
  ) {}

  /** Of a job that was just closed. */
  watch(records: number): JobWatch {
    const watch = new JobWatch(this, FIRST_LOOK_MS + MS_PER_RECORD * records);
    this.#watches.add(watch);
    return watch;
  }

  /** The oldest job that may end at any time. */
  get first(): JobWatch | undefined {
    for (const watch of this.#watches) if (watch.mayEnd) return watch;
    return undefined;
  }

  /** A look at this age has found it ended. */
  noteEnded(watch: JobWatch, ageMs: number): void {
    const isFirst = this.usualMs === undefined;
    const endMs = watch.hasBeenSeen ? (watch.lastLookMs + ageMs) / 2 : ageMs;
    this.#learn(watch, endMs);
    this.#watches.delete(watch);
    const others = [...this.#watches];
    // The next ones have ended, too, if they took no longer; if so, each calls up two more.
    for (const other of others.filter(({ ageMs }) => ageMs >= endMs).slice(0, 2)) other.callUp();
    if (isFirst) for (const other of others) other.standInLine();
    else this.first?.takeTurn();
  }

  #learn(watch: JobWatch, endMs: number): void {
    const { usualMs } = this;
    if (watch.hasBeenSeen) {
      const before = usualMs ?? endMs;
      this.usualMs = before + (endMs - before) * Math.max(LEAST_WEIGHT, 1 / ++this.#seen);
      this.#step = FIRST_STEP;
    } else if (usualMs === undefined || watch.closedAtMs >= this.#steppedAtMs) {
      this.usualMs = Math.min(usualMs ?? endMs, endMs) * (1 - this.#step);
      this.#step = Math.min(MOST_STEP, this.#step * 2);
      this.#steppedAtMs = this.now();
    }
  }

  /** It is not looked at any more. */
  forget(watch: JobWatch): void {
    if (this.#watches.delete(watch)) this.first?.takeTurn();
  }
}

/** The looks at one job. */
export class JobWatch {
  readonly closedAtMs: number;
  lastLookMs = 0;
  /** At work. */
  hasBeenSeen = false;
  #isOverdue = false;
  #isCalledUp = false;
  /** Others that are older are looked at in its stead. */
  #isInLine = false;
  #sleep = new AbortController();

  constructor(
    private readonly looks: Looks,
    private nextStepMs: number,
  ) {
    this.closedAtMs = looks.now();
  }

  get ageMs(): number {
    return this.looks.now() - this.closedAtMs;
  }

  /** Nothing is known that speaks against it. */
  get mayEnd(): boolean {
    return this.looks.usualMs === undefined || this.#isOverdue;
  }

  /** How long to wait before the next look, unless `woken` is aborted before: then ask again. */
  plan(): { readonly delayMs: number; readonly woken: AbortSignal } {
    if (this.#sleep.signal.aborted) this.#sleep = new AbortController();
    return { delayMs: this.#nextDelayMs(), woken: this.#sleep.signal };
  }

  wake(): void {
    // With a reason of its own the signal would hold the stack, whose callers hold their batches and earlier watches, without end.
    this.#sleep.abort('woken');
  }

  /** The first job has ended: how long jobs take is known now. */
  standInLine(): void {
    this.#noteOverdue(this.ageMs);
    this.wake();
  }

  /** It is the first in line now. */
  takeTurn(): void {
    if (this.#isInLine) this.wake();
  }

  /** Has it looked at at once. */
  callUp(): void {
    this.#isCalledUp = true;
    this.wake();
  }

  noteAtWork(ageMs: number): void {
    this.lastLookMs = ageMs;
    this.hasBeenSeen = true;
    this.#isCalledUp = false;
    this.#noteOverdue(ageMs);
  }

  /** It ended some time since the look before. */
  noteEnded(ageMs: number): void {
    this.looks.noteEnded(this, ageMs);
  }

  /** It should have ended at this age, and perhaps has not. */
  #noteOverdue(ageMs: number): void {
    const { usualMs } = this.looks;
    // A timer may be early.
    if (usualMs === undefined || this.#isOverdue || ageMs < usualMs - LEAST_DELAY_MS) return;
    this.#isOverdue = true;
    this.nextStepMs = Math.max(LEAST_DELAY_MS, usualMs * OVERDUE);
  }

  #nextDelayMs(): number {
    const { usualMs, maxDelayMs } = this.looks;
    const { ageMs } = this;
    const isCalledUp = this.#isCalledUp;
    this.#isCalledUp = false;
    this.#isInLine = false;
    if (isCalledUp) return 0;
    const mostMs = Math.max(0, this.lastLookMs + maxDelayMs - ageMs);
    if (usualMs !== undefined && !this.#isOverdue) {
      const restMs = usualMs - ageMs;
      // In equal steps, so that the last one leads there.
      return restMs <= 0 ? 0 : Math.min(mostMs, restMs / Math.ceil(restMs / maxDelayMs));
    }
    this.#isInLine = this.looks.first !== this;
    if (this.#isInLine) return mostMs;
    const stepMs = this.nextStepMs;
    this.nextStepMs *= GROWTH;
    return Math.min(mostMs, stepMs);
  }
}
