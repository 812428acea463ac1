/** The first look at a job of unknown length comes after this and a little for each of its records. */
const FIRST_LOOK_MS = 100;
const MS_PER_RECORD = 0.1;
const GROWTH = 1.6;
/** The shortest wait for a job that is overdue. */
const LEAST_DELAY_MS = 20;
/** A look before the job has ended costs a call, a look after it costs time: this long after the usual end is a fair price. */
const LATE = 1.1;
/** A job that has ended by its first look may have ended long before: so much of its age counts, until looks come too early again. */
const UNSEEN = 0.85;

/**
 * When to look at bulk jobs. The first jobs of a run are looked at soon after they are closed, then ever more rarely, and
 * one of them looks for all that are as old. Once some have ended, the others are looked at when they should have, too.
 * No two looks at a job are more than `maxDelayMs` apart.
 */
export class Looks {
  /** From closing to end, as the jobs of this run usually take. */
  usualMs: number | undefined;
  /** The greatest age at which a job was seen at work, while none has ended yet. */
  atWorkMs = 0;

  constructor(readonly maxDelayMs: number) {}

  /** Of a job that was just closed. */
  watch(records: number): JobWatch {
    return new JobWatch(this, records);
  }
}

/** The looks at one job. Ages are milliseconds since it was closed. */
export class JobWatch {
  #delayMs: number;
  #lastLookMs = 0;
  #hasSeenAtWork = false;
  #hasPassedOver = false;
  #isOverdue = false;

  constructor(
    private readonly looks: Looks,
    records: number,
  ) {
    this.#delayMs = FIRST_LOOK_MS + MS_PER_RECORD * records;
  }

  nextDelayMs(ageMs: number): number {
    const { usualMs, maxDelayMs } = this.looks;
    if (usualMs === undefined) return Math.min(this.#grow(), maxDelayMs);
    const restMs = usualMs * LATE - ageMs;
    // In equal steps, so that the last one leads there.
    if (restMs > 0) return restMs / Math.ceil(restMs / maxDelayMs);
    if (!this.#isOverdue) this.#delayMs = Math.max(LEAST_DELAY_MS, usualMs * 0.15);
    this.#isOverdue = true;
    return Math.min(this.#grow(), maxDelayMs);
  }

  /** False where others that are as old are at work, so that this one will be, too. Never twice in a row. */
  isWorthALook(ageMs: number): boolean {
    const { usualMs, atWorkMs, maxDelayMs } = this.looks;
    const isKnown = usualMs === undefined && atWorkMs > ageMs * 0.9;
    const isDue = this.#hasPassedOver || ageMs + this.#delayMs - this.#lastLookMs > maxDelayMs;
    this.#hasPassedOver = isKnown && !isDue;
    return !this.#hasPassedOver;
  }

  noteAtWork(ageMs: number): void {
    this.#lastLookMs = ageMs;
    this.#hasSeenAtWork = true;
    this.looks.atWorkMs = Math.max(this.looks.atWorkMs, ageMs);
  }

  /** It ended some time since the look before. */
  noteEnded(ageMs: number): void {
    const { usualMs } = this.looks;
    const endMs = this.#hasSeenAtWork ? (this.#lastLookMs + ageMs) / 2 : ageMs * UNSEEN;
    this.looks.usualMs = usualMs === undefined ? endMs : (usualMs + endMs) / 2;
  }

  #grow(): number {
    const delayMs = this.#delayMs;
    this.#delayMs *= GROWTH;
    return delayMs;
  }
}
