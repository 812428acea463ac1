/**
 * Calls in a row without a reply after which the org counts as out of reach. A call that must not be repeated is never
 * tried twice, so that no single one of them can tell; without this, an org that hangs would cost a time-out and a batch
 * of records in doubt again and again until the input ends.
 */
const MOST_LOST_IN_A_ROW = 5;

/** Counts calls without a reply, over all batches. */
export class LostStreak {
  #lost = 0;

  noteReply(): void {
    this.#lost = 0;
  }

  /** True when the org is to be given up. */
  noteLost(): boolean {
    this.#lost++;
    return this.#lost >= MOST_LOST_IN_A_ROW;
  }
}
