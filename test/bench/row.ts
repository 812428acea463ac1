import { ratiosOf, spreadOf, type Goal, type Spread } from './statistics.js';

/** What a row is told. */
export interface Bench {
  /** A folder of its own for dumps and what clients write; removed at the end. */
  readonly folder: string;
  /** Instead of the row's own number of lines. */
  readonly lines: number | undefined;
  /** Instead of the row's own number of rounds. */
  readonly rounds: number | undefined;
  /** Small enough to see within seconds that it works; the figures mean little. */
  readonly isQuick: boolean;
  /** Says what is being done. */
  readonly say: (text: string) => void;
}

/** A client, or a case, and its figures by name and unit, such as `records/s`. */
export interface Measured {
  readonly name: string;
  readonly figures: Readonly<Record<string, Spread>>;
}

/** Two figures of the same rounds, one by the other. */
export interface Comparison {
  readonly name: string;
  readonly ratio: Spread;
  readonly goal?: Goal;
}

export interface RowResult {
  readonly title: string;
  readonly lines: number;
  readonly rounds: number;
  readonly measured: readonly Measured[];
  readonly comparisons: readonly Comparison[];
  /** Sentences that one must know to read the figures. */
  readonly notes: readonly string[];
}

export type Row = (bench: Bench) => Promise<RowResult>;

/** What one run of a client gave, by the name of the figure. */
export type Figures = Readonly<Record<string, number>>;

export interface Case {
  readonly name: string;
  readonly run: () => Promise<Figures>;
}

/** Figures of each case, one per round. */
export class Rounds {
  readonly #byCase = new Map<string, Figures[]>();

  constructor(readonly count: number) {}

  /** Runs the cases in turn, round after round; each round begins with another, so that none is always the first. */
  static async run(cases: readonly Case[], count: number, say: (text: string) => void): Promise<Rounds> {
    const rounds = new Rounds(count);
    for (let round = 0; round < count; round++) {
      for (let i = 0; i < cases.length; i++) {
        const { name, run } = cases[(round + i) % cases.length] as Case;
        say(`round ${round + 1} of ${count}: ${name}`);
        rounds.#add(name, await run());
      }
    }
    return rounds;
  }

  /** One figure of a case in every round. */
  values(name: string, figure: string): number[] {
    const all = this.#byCase.get(name) ?? [];
    return all.map((figures) => {
      const value = figures[figure];
      if (value === undefined) throw new Error(`${name} has no figure ${figure}`);
      return value;
    });
  }

  measured(): Measured[] {
    return [...this.#byCase.entries()].map(([name, all]) => {
      const names = Object.keys(all[0] ?? {});
      return { name, figures: Object.fromEntries(names.map((one) => [one, spreadOf(this.values(name, one))])) };
    });
  }

  /** Our figure by theirs, round by round. */
  compare(ours: string, theirs: string, figure: string, goal?: Goal): Comparison {
    const ratio = spreadOf(ratiosOf(this.values(ours, figure), this.values(theirs, figure)));
    return { name: `${ours} : ${theirs}, ${figure}`, ratio, ...(goal !== undefined && { goal }) };
  }

  /** A figure that is a ratio already. */
  rate(name: string, figure: string, goal?: Goal): Comparison {
    const ratio = spreadOf(this.values(name, figure));
    return { name: `${name}, ${figure}`, ratio, ...(goal !== undefined && { goal }) };
  }

  #add(name: string, figures: Figures): void {
    const all = this.#byCase.get(name);
    if (all === undefined) this.#byCase.set(name, [figures]);
    else all.push(figures);
  }
}
