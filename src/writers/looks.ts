/** As long as no job has ended, the first look at one comes after this and a little for each of its records. */
const FIRST_LOOK_MS = 200;
const MS_PER_RECORD = 0.2;
/** The first wait for a job that is overdue, as a part of the usual time, and the shortest. */
const OVERDUE = 0.1;
const LEAST_DELAY_MS = 20;
/** Each further wait is longer by this part of the time since the job could have ended. */
const GROWTH = 0.4;
/** A job is looked at later by this part of the usual time while an older one is overdue. */
const GRACE = 0.2;
/**
 * The usual time is lowered by this part when a job has ended by the look at which it should have, for it may have ended long
 * before; and raised when it has not. As long as that goes on in one way, by twice as much each time.
 */
const LOWER = 0.04;
const RAISE = 0.02;
const MOST_STEP = 0.5;

/**
 * When to look at bulk jobs, which the org works on in about the order in which they were closed. As long as none has ended,
 * the oldest is looked at soon, then ever more rarely, for all others. Then each is looked at when it should have ended, and
 * the oldest of those that have not is looked at until it has; the end of a job calls up those behind it. No two looks at a
 * job are more than `maxDelayMs` apart.
 */
export class Looks {
  /** From closing to end, as the jobs of this run usually take; undefined until one has ended. */
  usualMs: number | undefined;
  /** In the order in which they were closed. */
  readonly #watches = new Set<JobWatch>();
  #way: 'lower' | 'raise' | undefined;
  #step = 0;
  #loweredAtMs = -Infinity;

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

  /** The oldest job that may end at any time: it is looked at for those behind it. */
  get leader(): JobWatch | undefined {
    for (const watch of this.#watches) if (watch.mayEnd) return watch;
    return undefined;
  }

  /** A look at this age has found it ended. */
  noteEnded(watch: JobWatch, ageMs: number): void {
    const endMs = watch.lastLookMs > 0 ? (watch.lastLookMs + ageMs) / 2 : ageMs;
    this.#learn(watch, ageMs, endMs);
    this.#watches.delete(watch);
    // The next ones have ended, too, if they took no longer; if so, each calls up two more.
    const next = [...this.#watches].filter(({ ageMs }) => ageMs >= endMs);
    for (const other of next.slice(0, 2)) other.callUp();
    this.wakeOthers(watch);
  }

  /** What was learnt of the job may change when they are looked at. */
  wakeOthers(watch: JobWatch): void {
    for (const other of this.#watches) if (other !== watch) other.wake();
  }

  #learn(watch: JobWatch, ageMs: number, endMs: number): void {
    const { usualMs } = this;
    if (usualMs === undefined) {
      this.usualMs = endMs;
    } else if (watch.isOverdue) {
      this.usualMs = Math.max(usualMs, Math.min(endMs, usualMs * (1 + this.#nextStep('raise'))));
    } else if (watch.closedAtMs >= this.#loweredAtMs) {
      // Jobs that were closed before that were looked at by the former usual time.
      this.usualMs = Math.min(usualMs, ageMs) * (1 - this.#nextStep('lower'));
      this.#loweredAtMs = this.now();
    }
  }

  #nextStep(way: 'lower' | 'raise'): number {
    if (this.#way === way) this.#step = Math.min(MOST_STEP, this.#step * 2);
    else this.#step = way === 'lower' ? LOWER : RAISE;
    this.#way = way;
    return this.#step;
  }

  /** It is not looked at any more. */
  forget(watch: JobWatch): void {
    if (this.#watches.delete(watch)) this.wakeOthers(watch);
  }
}

/** The looks at one job. */
export class JobWatch {
  readonly closedAtMs: number;
  /** At which it was still at work; 0 before the first. */
  lastLookMs = 0;
  #isLookedAt = false;
  #isCalledUp = false;
  #sleep = new AbortController();

  constructor(
    private readonly looks: Looks,
    private readonly firstLookMs: number,
  ) {
    this.closedAtMs = looks.now();
  }

  get ageMs(): number {
    return this.looks.now() - this.closedAtMs;
  }

  /** It was still at work when it should have ended. */
  get isOverdue(): boolean {
    const { usualMs } = this.looks;
    // A timer may be early.
    return usualMs !== undefined && this.lastLookMs >= usualMs - 1;
  }

  /** Nothing is known that speaks against it. */
  get mayEnd(): boolean {
    return this.looks.usualMs === undefined || this.isOverdue || this.#isLookedAt;
  }

  /** How long to wait before the next look. When `woken` is aborted before, ask again. */
  plan(): { readonly delayMs: number; readonly woken: AbortSignal } {
    if (this.#sleep.signal.aborted) this.#sleep = new AbortController();
    return { delayMs: this.#delayMs(), woken: this.#sleep.signal };
  }

  wake(): void {
    // With a reason of its own the signal would hold the stack, whose callers hold their batches and earlier watches, without end.
    this.#sleep.abort('woken');
  }

  /** Has it looked at at once. */
  callUp(): void {
    this.#isCalledUp = true;
  }

  noteLook(): void {
    this.#isLookedAt = true;
    this.looks.wakeOthers(this);
  }

  noteAtWork(ageMs: number): void {
    this.lastLookMs = ageMs;
    this.#isLookedAt = false;
    this.#isCalledUp = false;
    this.looks.wakeOthers(this);
  }

  /** It ended some time since the look before. */
  noteEnded(ageMs: number): void {
    this.looks.noteEnded(this, ageMs);
  }

  #delayMs(): number {
    if (this.#isCalledUp) return 0;
    return Math.max(0, Math.min(this.#dueMs(), this.lastLookMs + this.looks.maxDelayMs) - this.ageMs);
  }

  /** The age at which it is looked at unless something is learnt before. */
  #dueMs(): number {
    const { usualMs, leader } = this.looks;
    const isFirst = leader === undefined || leader === this || leader.closedAtMs > this.closedAtMs;
    if (usualMs === undefined) return isFirst ? this.firstLookMs + this.lastLookMs * (1 + GROWTH) : Infinity;
    if (!this.isOverdue) return isFirst ? usualMs : usualMs * (1 + GRACE);
    if (!isFirst) return Infinity;
    return this.lastLookMs + Math.max(LEAST_DELAY_MS, usualMs * OVERDUE) + (this.lastLookMs - usualMs) * GROWTH;
  }
}
