/** Salesforce takes so many long-running requests at once; more than that is never tried. */
const MAX_CALLS = 25;
const INITIAL_CALLS = 10;
/** While the org works on at least this part of the calls in flight at once, more of them bring something. */
const BUSY_SHARE = 0.75;
/** Below this part the calls wait for each other, though they did not before. */
const WAITING_SHARE = 0.65;
/** With half the calls in flight, at least this part of the throughput: then the other half only waited. */
const SAME_THROUGHPUT_SHARE = 0.9;
/** Rounds between two looks at whether a few more would bring something now. */
const ROUNDS_BETWEEN_PROBES = 10;
/** How fast the time that a record takes by itself follows what is measured, where the org has become slower for good. */
const SMOOTHING = 0.05;

/** A call that was started under some limit. */
interface StartedCall {
  readonly round: Round;
  readonly startedAtMs: number;
}

interface CallResult {
  readonly nowMs: number;
  readonly records: number;
  /** The org has refused the call, or some of its records, for the moment only. */
  readonly isCongested: boolean;
}

/** The calls that were started under one limit, until there are enough of them to judge it by. */
interface Round {
  calls: number;
  records: number;
  ms: number;
}

/**
 * `max_in_flight: auto`: finds the number of calls at once from which on the org's throughput grows no more. A call that
 * takes longer than it does by itself has waited for others: so much of what is in flight the org does not work on. The
 * limit is doubled as long as the org works on most of them, then set to as many as it works on, and raised a little now
 * and then. Where the first calls have waited for each other already, it is halved until fewer get less done. It goes down when
 * calls become slower, and when the org says that it has too much at once (locks, limits on concurrent requests).
 */
export class AutoInFlight {
  limit = INITIAL_CALLS;
  #inFlight = 0;
  #round = newRound();
  /** Milliseconds that a record takes where calls do not wait for each other. */
  #unhinderedMs: number | undefined;
  #phase: 'climbing' | 'descending' | 'staying' | 'probing' = 'climbing';
  #limitBefore = INITIAL_CALLS;
  /** Records a millisecond that the org takes, however many calls are in flight. */
  #maxThroughput = 0;
  #roundsUntilProbe = ROUNDS_BETWEEN_PROBES;

  started(nowMs: number): StartedCall {
    this.#inFlight++;
    return { round: this.#round, startedAtMs: nowMs };
  }

  finished({ round, startedAtMs }: StartedCall, { nowMs, records, isCongested }: CallResult): void {
    const isLimited = this.#inFlight >= this.limit;
    this.#inFlight--;
    // What was started under another limit says nothing about this one.
    if (round !== this.#round) return;
    if (isCongested) {
      this.#stay(this.limit * 0.7);
      return;
    }
    // Were fewer in flight than might be, it is the input that is slow.
    if (!isLimited || records === 0) return;
    round.calls++;
    round.records += records;
    round.ms += nowMs - startedAtMs;
    if (round.calls >= Math.max(2, this.limit)) this.#judge(round.ms / round.records);
  }

  #judge(msPerRecord: number): void {
    this.#round = newRound();
    const unhinderedMs = Math.min(this.#unhinderedMs ?? msPerRecord, msPerRecord);
    this.#unhinderedMs = unhinderedMs;
    const workedOn = (this.limit * unhinderedMs) / msPerRecord;
    switch (this.#phase) {
      case 'climbing':
        if (workedOn <= INITIAL_CALLS && this.limit > INITIAL_CALLS)
          this.#descend(this.limit / msPerRecord, INITIAL_CALLS);
        else if (workedOn < this.limit * BUSY_SHARE) this.#stay(workedOn);
        else if (this.limit === MAX_CALLS) this.#stay(MAX_CALLS);
        else this.limit = Math.min(MAX_CALLS, this.limit * 2);
        break;
      case 'descending':
        if (this.limit > 1 && this.limit / msPerRecord >= this.#maxThroughput * SAME_THROUGHPUT_SHARE) {
          this.#descend(this.#maxThroughput, this.limit);
        } else {
          this.#stay(this.#maxThroughput * unhinderedMs);
        }
        break;
      case 'probing':
        this.#stay(workedOn < this.limit * (1 + BUSY_SHARE) * 0.5 ? this.#limitBefore : this.limit);
        break;
      case 'staying':
        this.#unhinderedMs += (msPerRecord - unhinderedMs) * SMOOTHING;
        if (workedOn < this.limit * WAITING_SHARE) this.#stay(workedOn);
        else if (--this.#roundsUntilProbe <= 0 && this.limit < MAX_CALLS) this.#probe();
        break;
    }
  }

  #stay(limit: number): void {
    this.limit = Math.max(1, Math.ceil(limit));
    this.#round = newRound();
    this.#phase = 'staying';
    this.#roundsUntilProbe = ROUNDS_BETWEEN_PROBES;
  }

  #descend(maxThroughput: number, limit: number): void {
    this.#maxThroughput = maxThroughput;
    this.limit = Math.ceil(limit / 2);
    this.#phase = 'descending';
  }

  #probe(): void {
    this.#limitBefore = this.limit;
    this.limit = Math.min(MAX_CALLS, this.limit + Math.max(1, Math.floor(this.limit / 4)));
    this.#phase = 'probing';
  }
}

function newRound(): Round {
  return { calls: 0, records: 0, ms: 0 };
}
