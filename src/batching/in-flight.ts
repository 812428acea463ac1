/** Salesforce takes so many long-running requests at once; more than that is never tried. */
const MOST = 25;
const FIRST = 2;
/** What more calls at once must bring, as a share of what they would bring if none of them cost the others anything. */
const WORTH = 0.5;
/** Calls that have become slower by this factor since they were last judged wait for each other in the org. */
const SLOWER = 0.7;
/** Rounds between two looks at whether one more would bring something now. */
const ROUNDS_BETWEEN_PROBES = 10;

/** A batch that took off under some limit. */
export interface Flight {
  readonly round: Round;
  readonly startedAtMs: number;
}

/** The calls that took off under one limit, until there are enough of them to judge it by. */
interface Round {
  calls: number;
  records: number;
  ms: number;
}

/**
 * `max_in_flight: auto`: finds the number of calls at once from which on the org's throughput grows no more. It doubles
 * as long as that brings at least half of what it could, then stays and tries a few more now and then. It goes down when
 * the org says that it has too much at once (locks, limits on concurrent requests), and when calls become slower.
 */
export class AutoInFlight {
  limit = FIRST;
  #inFlight = 0;
  #round = newRound();
  /** The limit to be held against, and the records per millisecond that it gave. */
  #known: { readonly limit: number; readonly rate: number } | undefined;
  #phase: 'climbing' | 'staying' | 'probing' = 'climbing';
  #roundsUntilProbe = ROUNDS_BETWEEN_PROBES;

  takeOff(nowMs: number): Flight {
    this.#inFlight++;
    return { round: this.#round, startedAtMs: nowMs };
  }

  /** `isCongested`: the org has refused the call or some of its records for the moment only. */
  land({ round, startedAtMs }: Flight, { nowMs, records, isCongested }: Landing): void {
    const isLimited = this.#inFlight >= this.limit;
    this.#inFlight--;
    // What took off under another limit says nothing about this one.
    if (round !== this.#round) return;
    if (isCongested) {
      this.#goDown();
      return;
    }
    // Were fewer in flight than might be, it is the input that is slow.
    if (!isLimited) return;
    round.calls++;
    round.records += records;
    round.ms += nowMs - startedAtMs;
    if (round.calls >= Math.max(2, this.limit)) this.#judge((this.limit * round.records) / Math.max(1, round.ms));
  }

  #judge(rate: number): void {
    this.#round = newRound();
    const { limit } = this;
    const known = this.#known;
    if (known === undefined) {
      this.#known = { limit, rate };
      if (this.#phase === 'climbing') this.#double();
      return;
    }
    const gain = rate / known.rate;
    const isWorth = gain >= 1 + (limit / known.limit - 1) * WORTH;
    switch (this.#phase) {
      case 'climbing':
        if (isWorth) this.#known = { limit, rate };
        if (isWorth && limit < MOST) this.#double();
        else this.#stay(isWorth ? limit : known.limit);
        break;
      case 'probing':
        if (isWorth) this.#known = { limit, rate };
        this.#stay(isWorth ? limit : known.limit);
        break;
      case 'staying':
        if (gain < SLOWER) {
          this.#goDown();
        } else {
          this.#known = { limit, rate: 0.8 * known.rate + 0.2 * rate };
          if (--this.#roundsUntilProbe <= 0 && limit < MOST) this.#probe();
        }
        break;
    }
  }

  #double(): void {
    this.limit = Math.min(MOST, this.limit * 2);
  }

  #stay(limit: number): void {
    this.limit = limit;
    this.#phase = 'staying';
    this.#roundsUntilProbe = ROUNDS_BETWEEN_PROBES;
  }

  #probe(): void {
    this.limit = Math.min(MOST, this.limit + Math.max(1, Math.floor(this.limit / 4)));
    this.#phase = 'probing';
  }

  #goDown(): void {
    this.#round = newRound();
    this.#known = undefined;
    this.#stay(Math.max(1, Math.floor(this.limit * 0.7)));
  }
}

export interface Landing {
  readonly nowMs: number;
  readonly records: number;
  readonly isCongested: boolean;
}

function newRound(): Round {
  return { calls: 0, records: 0, ms: 0 };
}
