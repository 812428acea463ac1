/**
 * How much is still to come, as far as can be told while the input is read: what was read so far, and by what factor that
 * will grow until the end.
 */
export class InputForecast {
  readonly #records = new Map<string, number>();
  #all = 0;
  /** All records that the input will have held, reckoned when its last piece was taken. */
  #expected: number | undefined;
  #hasEnded = false;

  /** A record that this run is to send. */
  noteRecord(topic: string): void {
    this.#all++;
    this.#records.set(topic, (this.#records.get(topic) ?? 0) + 1);
  }

  /** So many lines up to `position` are about to be taken. Of the first ones all are reckoned to be records. */
  noteAhead(lines: number, position: number, size: number | undefined): void {
    if (size !== undefined && position > 0) this.#expected ??= lines * Math.max(1, size / position);
  }

  /** All records of the input up to `position` were noted. Both in bytes as stored; the size is undefined where nobody knows it. */
  notePosition(position: number, size: number | undefined): void {
    if (size !== undefined && position > 0) this.#expected = this.#all * Math.max(1, size / position);
  }

  noteEnd(): void {
    this.#hasEnded = true;
  }

  /** Records of the topic so far. */
  recordsOf(topic: string): number {
    return this.#records.get(topic) ?? 0;
  }

  /** 1 at the end of the input; undefined where the length of the input is not known. */
  get expectedGrowth(): number | undefined {
    if (this.#hasEnded) return 1;
    if (this.#expected === undefined || this.#all === 0) return undefined;
    return Math.max(1, this.#expected / this.#all);
  }
}
